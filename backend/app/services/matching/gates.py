"""Who may do what: the hard rules, and the cost of what they allow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.schemas.vocabulary import RoleId, Skill
from app.services.matching import travel
from app.services.matching.travel import Bools, Floats, Ints
from app.services.matching.types import Limits, TaskNeed, Worker

ROLE_ORDER = {RoleId.VOLUNTEER: 1, RoleId.FIRST_RESPONDER: 2}
"""Who may be dispatched at all, and who may stand in for whom: the higher for the lower."""

_NOBODY = 9
"""The order of a role that nobody can fill."""

_SKILL_BIT = {skill: 1 << place for place, skill in enumerate(Skill)}


class Gate(StrEnum):
    """The hard rules, in the order in which a shortfall is explained."""

    ROLE = "role"
    SKILL = "skill"
    TRUST = "trust"
    PLACE = "place"
    REACH = "reach"
    WELCOME = "welcome"


@dataclass(frozen=True, slots=True)
class Workforce:
    """The workers who may be dispatched, sorted by id, as columns."""

    workers: tuple[Worker, ...]
    role: Ints
    trusted: Bools
    skills: Ints
    proven: Ints
    staleness: Floats
    index: Mapping[str, int]

    @classmethod
    def of(cls, workers: Iterable[Worker], limits: Limits) -> "Workforce":
        """All but affected people and admins, who are never dispatched."""
        fit = tuple(sorted((w for w in workers if w.role in ROLE_ORDER), key=lambda w: w.id))
        return cls(
            workers=fit,
            role=np.array([ROLE_ORDER[w.role] for w in fit], dtype=np.int64),
            trusted=np.array([w.verified or w.role is RoleId.FIRST_RESPONDER for w in fit], dtype=np.bool_),
            skills=np.array([_bits(w.skills) for w in fit], dtype=np.int64),
            proven=np.array([_bits(w.skills if w.proven is None else w.proven) for w in fit], dtype=np.int64),
            staleness=travel.staleness([w.position_age_minutes for w in fit], limits),
            index={worker.id: place for place, worker in enumerate(fit)},
        )

    def free(self) -> Ints:
        """How many more tasks each can take."""
        return np.array([max(0, w.free) for w in self.workers], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Options:
    """Tasks (rows) against workers (columns): which rules each pair passes, how far, how long, at what cost."""

    tasks: tuple[TaskNeed, ...]
    force: Workforce
    passed: Mapping[Gate, Bools]
    others: Bools
    """False where the worker is one of those the task keeps."""
    km: Floats
    minutes: Floats
    cost: Ints

    def allowed(self) -> Bools:
        """The pairs that break no rule."""
        allowed = self.others.copy()
        for passes in self.passed.values():
            allowed &= passes
        return allowed


def weigh(
    tasks: Sequence[TaskNeed], force: Workforce, limits: Limits, previous: Mapping[str, tuple[str, ...]]
) -> Options:
    """Every task against every worker."""
    km = travel.distances([t.position for t in tasks], [w.position for w in force.workers])
    minutes = travel.minutes(km, limits)
    placed = np.array([t.position is not None for t in tasks], dtype=np.bool_)[:, None]
    known = ~np.isnan(km) | ~placed
    trusted_only = np.array([t.trusted_only for t in tasks], dtype=np.bool_)[:, None]
    passed = {
        Gate.ROLE: force.role >= _column(ROLE_ORDER.get(t.role, _NOBODY) for t in tasks),
        Gate.SKILL: _skilled(tasks, force.skills),
        Gate.TRUST: (force.trusted & _skilled(tasks, force.proven)) | ~trusted_only,
        Gate.PLACE: known,
        Gate.REACH: ~placed | (minutes <= limits.max_travel_minutes),
        Gate.WELCOME: ~_marked(tasks, force, [t.excluded for t in tasks]),
    }
    charge = np.where(placed, np.nan_to_num(minutes) + force.staleness, limits.unlocated_minutes)
    charge += np.where(_marked(tasks, force, [previous.get(t.id, ()) for t in tasks]), 0.0, limits.change_minutes)
    kept = _marked(tasks, force, [t.kept for t in tasks])
    return Options(tuple(tasks), force, passed, ~kept, km, minutes, travel.cost(charge))


def _skilled(tasks: Sequence[TaskNeed], skills: Ints) -> Bools:
    every, some = _column(_bits(t.skills_all) for t in tasks), _column(_bits(t.skills_any) for t in tasks)
    return np.asarray(((skills & every) == every) & ((some == 0) | ((skills & some) != 0)), dtype=np.bool_)


def _marked(tasks: Sequence[TaskNeed], force: Workforce, named: Sequence[Iterable[str]]) -> Bools:
    marks = np.zeros((len(tasks), len(force.workers)), dtype=np.bool_)
    for row, ids in enumerate(named):
        for worker in ids:
            if worker in force.index:
                marks[row, force.index[worker]] = True
    return marks


def _bits(skills: Iterable[Skill]) -> int:
    return sum(_SKILL_BIT[skill] for skill in skills)


def _column(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int64)[:, None]
