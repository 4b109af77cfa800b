"""Matching: people to tasks and goods to needs, from plain values to proposals with reasons."""

from app.services.matching.fast import Standby
from app.services.matching.people import dispatch
from app.services.matching.supplies import provide
from app.services.matching.types import (
    Allocation,
    Area,
    Assignment,
    Limits,
    Matching,
    Order,
    Part,
    Point,
    Problem,
    Shortfall,
    ShortfallCode,
    Stock,
    SupplyNeed,
    Tally,
    TaskNeed,
    Worker,
)

__all__ = [
    "Allocation",
    "Area",
    "Assignment",
    "Limits",
    "Matching",
    "Order",
    "Part",
    "Point",
    "Problem",
    "Shortfall",
    "ShortfallCode",
    "Standby",
    "Stock",
    "SupplyNeed",
    "Tally",
    "TaskNeed",
    "Worker",
    "solve",
]


def solve(problem: Problem) -> Matching:
    """The proposal for everything open, most severe first, sorted by task or need.

    Pure CPU, seconds for thousands of tasks: call it in a thread. Deterministic: the same problem in any order gives
    the same matching. What a more severe class gets never depends on a less severe one.
    """
    people, goods = dispatch(problem), provide(problem)
    return Matching(
        assignments=people.assignments,
        allocations=goods.allocations,
        shortfalls=people.shortfalls + goods.shortfalls,
        proven=people.proven,
        tallies=people.tallies,
        least_minutes=people.least_minutes,
    )
