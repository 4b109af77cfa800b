"""Who may do what: the hard rules."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np

from app.schemas.vocabulary import Item, RoleId, Skill
from app.services.matching import travel
from app.services.matching.areas import holds
from app.services.matching.travel import Bools, Floats, Ints
from app.services.matching.types import Area, Limits, Part, TaskNeed, Worker

ROLE_ORDER = {RoleId.VOLUNTEER: 1, RoleId.FIRST_RESPONDER: 2}
"""Who may be dispatched at all, and who may stand in for whom: the higher for the lower."""

_NOBODY = 9
"""The order of a role that nobody can fill."""

_SKILL_BIT = {skill: 1 << place for place, skill in enumerate(Skill)}
_ITEM_BIT = {item: 1 << place for place, item in enumerate(Item)}


class Gate(StrEnum):
    """The hard rules, in the order in which a shortfall is explained."""

    ROLE = "role"
    SKILL = "skill"
    TRUST = "trust"
    AREA = "area"
    REST = "rest"
    PLACE = "place"
    REACH = "reach"
    WELCOME = "welcome"


@dataclass(frozen=True, slots=True)
class Ask:
    """What one place in a team asks of a person, whoever and wherever. Equal asks share their answers."""

    role: int
    skills: tuple[tuple[int, int], ...]
    """Bits of which all, and bits of which one, must be there; every pair of them."""
    brings: int
    trusted: bool
    placed: bool
    areas: tuple[tuple[int, int], ...]
    """Role and bits of one skill asked by each closed area around the place."""

    @classmethod
    def of(cls, task: TaskNeed, part: Part | None, closed: Iterable[Area]) -> "Ask":
        skills = {(_bits(one.skills_all), _bits(one.skills_any)) for one in (task, part) if one is not None}
        place = task.position
        around = {(ROLE_ORDER.get(a.role, _NOBODY), _bits(a.skills_any)) for a in closed if place and holds(a, place)}
        return cls(
            role=ROLE_ORDER.get(task.role, _NOBODY),
            skills=tuple(sorted(skills - {(0, 0)})),
            brings=sum(_ITEM_BIT[item] for item in part.brings) if part is not None else 0,
            trusted=task.trusted_only,
            placed=place is not None,
            areas=tuple(sorted(around)),
        )


@dataclass(frozen=True, slots=True)
class Workforce:
    """The workers who may be dispatched, sorted by id, as columns."""

    workers: tuple[Worker, ...]
    role: Ints
    trusted: Bools
    skills: Ints
    proven: Ints
    brings: Ints
    rested: Bools
    placed: Bools
    points: Floats
    """On the unit sphere."""
    reach: Floats
    """Minutes each may travel at most."""
    staleness: Floats
    index: Mapping[str, int]

    @classmethod
    def of(cls, workers: Iterable[Worker], limits: Limits) -> "Workforce":
        """All but affected people and admins, who are never dispatched."""
        fit = tuple(sorted((w for w in workers if w.role in ROLE_ORDER), key=lambda w: w.id))
        left = [limits.max_shift_minutes - w.worked_minutes for w in fit]
        return cls(
            workers=fit,
            role=np.array([ROLE_ORDER[w.role] for w in fit], dtype=np.int64),
            trusted=np.array([w.verified or w.role is RoleId.FIRST_RESPONDER for w in fit], dtype=np.bool_),
            skills=np.array([_bits(w.skills) for w in fit], dtype=np.int64),
            proven=np.array([_bits(w.skills if w.proven is None else w.proven) for w in fit], dtype=np.int64),
            brings=np.array([sum(_ITEM_BIT[item] for item in w.brings) for w in fit], dtype=np.int64),
            rested=np.array([_rested(w, limits) for w in fit], dtype=np.bool_),
            placed=np.array([_located(w, limits) for w in fit], dtype=np.bool_),
            points=travel.units([w.position for w in fit]),
            reach=np.minimum(np.array(left, dtype=np.float64), limits.max_travel_minutes),
            staleness=travel.staleness([w.position_age_minutes for w in fit], limits),
            index={worker.id: place for place, worker in enumerate(fit)},
        )

    def free(self) -> Ints:
        """How many more tasks each can take."""
        return np.array([max(0, w.free) for w in self.workers], dtype=np.int64)

    def gates(self, ask: Ask) -> Iterator[tuple[Gate, Bools]]:
        """Who passes each rule that looks only at the person, in order."""
        everyone = np.ones(len(self.workers), dtype=np.bool_)
        yield Gate.ROLE, self.role >= ask.role
        yield Gate.SKILL, _skilled(ask, self.skills) & ((self.brings & ask.brings) == ask.brings)
        yield Gate.TRUST, self.trusted & _skilled(ask, self.proven) if ask.trusted else everyone
        entering = everyone
        for role, some in ask.areas:
            entering = entering & (self.role >= role) & ((some == 0) | ((self.skills & some) != 0))
        yield Gate.AREA, entering
        yield Gate.REST, self.rested
        yield Gate.PLACE, self.placed if ask.placed else everyone

    def able(self, ask: Ask) -> Bools:
        """Who passes all of them."""
        able = np.ones(len(self.workers), dtype=np.bool_)
        for _, passes in self.gates(ask):
            able &= passes
        return able


def _located(worker: Worker, limits: Limits) -> bool:
    age = worker.position_age_minutes
    return worker.position is not None and (age is None or age <= limits.max_age_minutes)


def _rested(worker: Worker, limits: Limits) -> bool:
    """Within a shift, or rested enough to begin one."""
    if worker.worked_minutes > 0:
        return worker.worked_minutes < limits.max_shift_minutes
    return worker.rested_minutes is None or worker.rested_minutes >= limits.min_rest_minutes


def _skilled(ask: Ask, skills: Ints) -> Bools:
    fit = np.ones(len(skills), dtype=np.bool_)
    for every, some in ask.skills:
        fit &= ((skills & every) == every) & ((some == 0) | ((skills & some) != 0))
    return fit


@lru_cache(maxsize=4096)
def _bits(skills: frozenset[Skill]) -> int:
    return sum(_SKILL_BIT[skill] for skill in skills)
