"""Who goes where: severity classes in strict order, and what each task still lacks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from app.schemas.vocabulary import Severity
from app.services.matching import reasons
from app.services.matching.gates import Workforce
from app.services.matching.lacks import lacks
from app.services.matching.market import Market
from app.services.matching.nearer import Nearer
from app.services.matching.teams import Staffing, staff
from app.services.matching.travel import COST_PER_MINUTE, Bools, Ints, kilometres, minutes
from app.services.matching.types import Assignment, Order, Problem, Shortfall, Tally, TaskNeed
from app.services.matching.work import work_of


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The people's half of a matching."""

    assignments: tuple[Assignment, ...]
    shortfalls: tuple[Shortfall, ...]
    proven: bool
    tallies: tuple[Tally, ...]
    least_minutes: float | None


def dispatch(problem: Problem) -> Dispatch:
    """The best staffing of every class, each fixed before the next one is looked at (see `Order`)."""
    force = Workforce.of(problem.workers, problem.limits)
    free = force.free()
    assignments: list[Assignment] = []
    shortfalls: list[Shortfall] = []
    tallies: list[Tally] = []
    proven, least = True, 0.0
    for tasks in _classes(problem):
        work = work_of(tasks, force, problem.closed, problem.previous)
        market = Market(work, force, free, problem.limits)
        staffing = staff(market)
        left = free - np.bincount(market.worker[staffing.used], minlength=len(free))
        assignments += assigned(market, staffing.used, left, problem.previous)
        shortfalls += lacks(market, staffing.used, left)
        tallies += _tallies(market, staffing)
        proven &= staffing.proven
        least += float("nan") if staffing.least_cost is None else staffing.least_cost / COST_PER_MINUTE
        free = left
    return Dispatch(
        tuple(assignments), tuple(shortfalls), proven, tuple(tallies), None if least != least else round(least, 1)
    )


def _classes(problem: Problem) -> Iterator[list[TaskNeed]]:
    """What is decided together, in order."""
    tasks = sorted(problem.tasks, key=lambda t: (t.severity.rank, t.id))
    if problem.limits.order is Order.COVERAGE:
        yield from (tasks,) if tasks else ()
        return
    for severity in Severity:
        if some := [t for t in tasks if t.severity is severity]:
            yield some


def _tallies(market: Market, staffing: Staffing) -> Iterator[Tally]:
    work = market.work
    there = sorted({task.severity.rank for task in work.tasks})
    of_pair = work.tier[market.row[staffing.used]]
    for tier, rank in enumerate(there):
        wanted = int(work.most[work.tier == tier].sum())
        if wanted:
            yield Tally(
                severity=next(one for one in Severity if one.rank == rank),
                wanted=wanted,
                sent=int((of_pair == tier).sum()),
                most_sent=min(int(staffing.most[tier]), wanted),
                minutes=round(float(market.cost[staffing.used][of_pair == tier].sum()) / COST_PER_MINUTE, 1),
            )


def assigned(market: Market, used: Bools, left: Ints, previous: Mapping[str, tuple[str, ...]]) -> Iterator[Assignment]:
    """The pairs in use, each with its reason; `left` is how free everybody is afterwards."""
    work, force, limits = market.work, market.force, market.limits
    pairs = np.flatnonzero(used)
    # Rows of one task lie together, but its parts must not come before one another's people.
    pairs = pairs[np.lexsort((market.worker[pairs], work.task[market.row[pairs]]))]
    rows, workers = market.row[pairs], market.worker[pairs]
    chord = np.sqrt(((work.points[rows] - force.points[workers]) ** 2).sum(axis=1))
    km = kilometres(chord)
    long = minutes(km, limits)
    busy, doubtful = Nearer(market, market.free, left).counts(rows, workers, chord)
    for place, (row, worker) in enumerate(zip(rows.tolist(), workers.tolist(), strict=True)):
        task, who, placed = work.tasks[work.task[row]], force.workers[worker], bool(work.placed[row])
        far = round(float(km[place]), 3) if placed else None
        time = round(float(long[place]), 1) if placed else None
        again = who.id in previous.get(task.id, ())
        choice = reasons.Choice(int(busy[place]), int(doubtful[place]), again)
        why = reasons.assignment(task, work.parts[row], who, far, time, choice, limits)
        yield Assignment(task.id, who.id, far, time, why)
