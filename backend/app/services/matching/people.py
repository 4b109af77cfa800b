"""Who goes where: severity classes in strict order, and what each task still lacks."""

from collections.abc import Iterator
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


def dispatch(problem: Problem) -> Dispatch:
    """The best staffing of every class, each fixed before the next one is looked at (see `Order`)."""
    force = Workforce.of(problem.workers, problem.limits)
    free, proven = force.free(), True
    assignments: list[Assignment] = []
    shortfalls: list[Shortfall] = []
    tallies: list[Tally] = []
    for severity, tasks in _classes(problem):
        work = work_of(tasks, force, problem.closed, problem.previous)
        market = Market(work, force, free, problem.limits)
        staffing = staff(market)
        proven &= staffing.proven
        left = free - np.bincount(market.worker[staffing.used], minlength=len(free))
        assignments += _assignments(market, staffing.used, free, left, problem)
        shortfalls += lacks(market, staffing.used, left)
        if work.most.any():
            tallies.append(_tally(severity, market, staffing))
        free = left
    return Dispatch(tuple(assignments), tuple(shortfalls), proven, tuple(tallies))


def _classes(problem: Problem) -> Iterator[tuple[Severity | None, list[TaskNeed]]]:
    """What is decided together, in order."""
    tasks = sorted(problem.tasks, key=lambda t: (t.severity.rank, t.id))
    if problem.limits.order is Order.COVERAGE:
        if tasks:
            yield None, tasks
        return
    for severity in Severity:
        if some := [t for t in tasks if t.severity is severity]:
            yield severity, some


def _tally(severity: Severity | None, market: Market, staffing: Staffing) -> Tally:
    least = staffing.least_cost
    return Tally(
        severity=severity,
        wanted=int(market.work.most.sum()),
        sent=int(staffing.used.sum()),
        most_sent=min(staffing.most, int(market.work.most.sum())),
        minutes=round(float(market.cost[staffing.used].sum()) / COST_PER_MINUTE, 1),
        least_minutes=None if least is None else round(least / COST_PER_MINUTE, 1),
    )


def _assignments(market: Market, used: Bools, before: Ints, left: Ints, problem: Problem) -> Iterator[Assignment]:
    work, force = market.work, market.force
    pairs = np.flatnonzero(used)
    # Rows of one task lie together, but its parts must not come before one another's people.
    pairs = pairs[np.lexsort((market.worker[pairs], work.task[market.row[pairs]]))]
    rows, workers = market.row[pairs], market.worker[pairs]
    chord = np.sqrt(((work.points[rows] - force.points[workers]) ** 2).sum(axis=1))
    km = kilometres(chord)
    long = minutes(km, problem.limits)
    busy, doubtful = Nearer(market, before, left).counts(rows, workers, chord)
    for place, (row, worker) in enumerate(zip(rows.tolist(), workers.tolist(), strict=True)):
        task, who, placed = work.tasks[work.task[row]], force.workers[worker], bool(work.placed[row])
        far = round(float(km[place]), 3) if placed else None
        time = round(float(long[place]), 1) if placed else None
        again = who.id in problem.previous.get(task.id, ())
        choice = reasons.Choice(int(busy[place]), int(doubtful[place]), again)
        why = reasons.assignment(task, work.parts[row], who, far, time, choice, problem.limits)
        yield Assignment(task.id, who.id, far, time, why)
