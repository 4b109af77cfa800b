"""What an evaluation found: figures with the number of cases behind each, and the cases that went wrong."""

from app.schemas.base import Model


class Figure(Model):
    name: str
    value: float | None
    """A ratio from 0 to 1 unless the name ends in a unit; None where there was nothing to divide by."""
    cases: int
    goal: float | None = None
    """The least wanted, or the most for what ends in `_ms` or is a share of wrong ones (`at_most`)."""
    at_most: bool = False
    safety: bool = False
    """May never get worse."""

    @property
    def met(self) -> bool:
        if self.goal is None or self.value is None:
            return True
        return self.value <= self.goal if self.at_most else self.value >= self.goal


class Measured(Model):
    evaluation: str
    by: str
    """Who was measured: `rules`, or the model's name."""
    figures: tuple[Figure, ...]
    wrong: tuple[str, ...] = ()
    """Ids of cases that went wrong, each with what was wrong; never a stranger's words."""
