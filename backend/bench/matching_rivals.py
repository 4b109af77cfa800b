"""What people would do without a plan: send the nearest, in order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.schemas.vocabulary import Severity
from app.services.matching import Problem, TaskNeed
from app.services.matching.gates import Workforce
from app.services.matching.travel import Ints
from app.services.matching.work import Work, work_of

WEIGHTS = {Severity.CRITICAL: 27, Severity.HIGH: 9, Severity.MEDIUM: 3, Severity.LOW: 1}
"""What a person more is worth: those of LIBRARIES.md §5, for four classes."""


@dataclass(frozen=True)
class Reached:
    """People wanted and not sent, weighted; of critical tasks alone; hours of travel."""

    unmet: int
    critical: int
    hours: float


def nearest_first(task: TaskNeed) -> tuple[int, str]:
    """The more severe first, then the earlier."""
    return task.severity.rank, task.since


def first_come(task: TaskNeed) -> tuple[int, str]:
    """The earlier first, whatever it is."""
    return 0, task.since


def served_in_order(problem: Problem, order: Callable[[TaskNeed], tuple[int, str]]) -> dict[str, list[str]]:
    """The nearest people who may, task by task, where they make up the least team."""
    force = Workforce.of(problem.workers, problem.limits)
    free = force.free()
    tasks = sorted(problem.tasks, key=lambda task: (order(task), task.id))
    work = work_of(tasks, force, problem.closed, problem.previous)
    rows = np.split(np.arange(len(work.task)), np.searchsorted(work.task, np.arange(1, len(tasks))))
    able = {ask: np.flatnonzero(force.able(ask)) for ask in set(work.asks)}
    teams: dict[str, list[str]] = {}
    for task, mine in zip(tasks, rows, strict=True):
        team = _team(problem, force, work, mine, {row: able[work.asks[row]] for row in mine.tolist()}, free)
        free[team] -= 1
        if team:
            teams[task.id] = [force.workers[place].id for place in team]
    return teams


def _team(
    problem: Problem, force: Workforce, work: Work, rows: Ints, able: Mapping[int, Ints], free: Ints
) -> list[int]:
    team: list[int] = []
    per_km = problem.limits.detour * 60 / problem.limits.speed_kmh
    for row in rows.tolist():
        there = able[row][free[able[row]] > 0]
        there = there[~np.isin(there, team)]
        chord = np.sqrt(((force.points[there] - work.points[row]) ** 2).sum(axis=1))
        minutes = chord * 6371.0088 * per_km
        near = minutes <= force.reach[there]
        there, charge = there[near], (minutes + force.staleness[there])[near]
        chosen = there[np.argsort(charge, kind="stable")[: int(work.most[row])]]
        if len(chosen) < work.least[row]:
            return []
        team += chosen.tolist()
    return team


def reached(problem: Problem, teams: Mapping[str, Sequence[str]]) -> Reached:
    """The teams counted, with travel from the same estimate for all."""
    force = Workforce.of(problem.workers, problem.limits)
    unmet = critical = 0
    minutes = 0.0
    work = work_of(problem.tasks, force, (), {})
    point = dict(zip(work.task.tolist(), work.points, strict=True))
    per_km = problem.limits.detour * 60 / problem.limits.speed_kmh
    for number, task in enumerate(problem.tasks):
        team = [force.index[id] for id in teams.get(task.id, ())]
        short = task.open_places - len(team)
        unmet += WEIGHTS[task.severity] * short
        critical += short * (task.severity is Severity.CRITICAL)
        if team:
            way = 2 * np.arcsin(np.sqrt(((force.points[team] - point[number]) ** 2).sum(axis=1)) / 2)
            minutes += float((way * 6371.0088 * per_km + force.staleness[team]).sum())
            minutes += problem.limits.change_minutes * len(team)
    return Reached(unmet, critical, round(minutes / 60, 1))
