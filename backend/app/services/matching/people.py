"""Who goes where: severity classes in strict order, and what each task still lacks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.schemas.vocabulary import Severity
from app.services.matching import reasons
from app.services.matching.gates import Options, Workforce, weigh
from app.services.matching.lacks import lacks
from app.services.matching.teams import staff
from app.services.matching.travel import Bools, Ints
from app.services.matching.types import Assignment, Problem, Shortfall
from app.services.matching.work import Work


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The people's half of a matching."""

    assignments: tuple[Assignment, ...]
    shortfalls: tuple[Shortfall, ...]
    proven: bool


def dispatch(problem: Problem) -> Dispatch:
    """The best staffing of every class, each fixed before the next one is looked at."""
    force = Workforce.of(problem.workers, problem.limits)
    free, proven = force.free(), True
    assignments: list[Assignment] = []
    shortfalls: list[Shortfall] = []
    for severity in Severity:
        tasks = sorted((t for t in problem.tasks if t.severity is severity), key=lambda t: t.id)
        if not tasks:
            continue
        options = weigh(tasks, force, problem.limits, problem.previous)
        allowed = options.allowed() & (free > 0)
        staffing = staff(_work(options, allowed, free), problem.limits)
        proven &= staffing.proven
        free = free - staffing.chosen.sum(axis=0)
        assignments += _assignments(options, allowed & ~staffing.chosen, staffing.chosen, free, problem)
        shortfalls += lacks(options, staffing.chosen, free, problem.limits)
    return Dispatch(tuple(assignments), tuple(shortfalls), proven)


def _work(options: Options, allowed: Bools, free: Ints) -> Work:
    return Work(
        allowed=allowed,
        cost=options.cost,
        least=np.array([t.least for t in options.tasks], dtype=np.int64),
        most=np.array([t.open_places for t in options.tasks], dtype=np.int64),
        rank=ranks([t.since for t in options.tasks]),
        free=free,
    )


def ranks(since: Sequence[str]) -> Ints:
    """0 for the earliest, equal for equal times."""
    place = {time: rank for rank, time in enumerate(sorted(set(since)))}
    return np.array([place[time] for time in since], dtype=np.int64)


def _assignments(
    options: Options, passed_over: Bools, chosen: Bools, free: Ints, problem: Problem
) -> Iterator[Assignment]:
    for row, task in enumerate(options.tasks):
        for column in np.flatnonzero(chosen[row]).tolist():
            worker = options.force.workers[column]
            km = None if task.position is None else round(float(options.km[row, column]), 3)
            minutes = None if task.position is None else round(float(options.minutes[row, column]), 1)
            nearer = passed_over[row] & (options.km[row] < options.km[row, column])
            choice = reasons.Choice(
                busy=int((nearer & (free == 0)).sum()),
                doubtful=int((nearer & (free > 0)).sum()),
                again=worker.id in problem.previous.get(task.id, ()),
            )
            why = reasons.assignment(task, worker, km, minutes, choice, problem.limits)
            yield Assignment(task.id, worker.id, km, minutes, why)
