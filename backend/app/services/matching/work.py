"""One severity class as arrays: what is handed from the rules to the solvers."""

from dataclasses import dataclass

from app.services.matching.travel import Bools, Ints


@dataclass(frozen=True, slots=True)
class Work:
    """The tasks of one class (rows) against all workers (columns)."""

    allowed: Bools
    """Pairs that break no rule, of workers who are still free."""
    cost: Ints
    least: Ints
    """People wanted before the team of each task is complete."""
    most: Ints
    """People wanted in all by each task."""
    rank: Ints
    """0 for the earliest request, equal for equal times."""
    free: Ints
    """Tasks each worker can still take."""

    def part(self, tasks: Ints) -> "Work":
        """The same workers, some of the tasks."""
        return Work(
            self.allowed[tasks], self.cost[tasks], self.least[tasks], self.most[tasks], self.rank[tasks], self.free
        )
