"""What models were used for one thing that is being done: a job, or a call; added up by whoever asks them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass as checked

from app.core.model import Usage


@checked(frozen=True, slots=True)
class TokenPrice:
    """US dollars for a million tokens read and a million written."""

    read: NonNegativeFloat = 0.0
    written: NonNegativeFloat = 0.0

    def of(self, usage: Usage) -> float:
        return (usage.input_tokens * self.read + usage.output_tokens * self.written) / 1_000_000


@dataclass
class Spent:
    """Tokens and their price in US dollars, with the models that took them."""

    calls: int = 0
    read: int = 0
    written: int = 0
    usd: float = 0.0
    models: list[str] = field(default_factory=list)

    def add(self, model: str, read: int, written: int, usd: float) -> None:
        self.calls += 1
        self.read += read
        self.written += written
        self.usd += usd
        if model not in self.models:
            self.models.append(model)


_spending: ContextVar[tuple[Spent, ...]] = ContextVar("spending", default=())


@contextmanager
def counting() -> Iterator[Spent]:
    """What is spent within the block, also by tasks that are begun in it; a block within another counts for both."""
    spent = Spent()
    token = _spending.set((*_spending.get(), spent))
    try:
        yield spent
    finally:
        _spending.reset(token)


def spend(model: str, *, read: int, written: int, usd: float) -> None:
    """Say that a model took so many tokens, for whatever is being done here."""
    for spent in _spending.get():
        spent.add(model, read, written, usd)
