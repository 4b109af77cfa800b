"""Why a task lacks people: the first rule that leaves nobody."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from app.services.matching import reasons, travel
from app.services.matching.gates import Gate
from app.services.matching.market import Market
from app.services.matching.travel import Bools, Floats, Ints
from app.services.matching.types import Part, Shortfall, ShortfallCode, TaskNeed

_CODES = {
    Gate.ROLE: ShortfallCode.WRONG_ROLE,
    Gate.SKILL: ShortfallCode.NO_SKILL_IN_REACH,
    Gate.TRUST: ShortfallCode.UNVERIFIED_ONLY,
    Gate.AREA: ShortfallCode.AREA_CLOSED,
    Gate.REST: ShortfallCode.ALL_RESTING,
    Gate.PLACE: ShortfallCode.POSITION_UNKNOWN,
    Gate.REACH: ShortfallCode.TOO_FAR,
    Gate.WELCOME: ShortfallCode.ALL_DECLINED,
}


@dataclass(frozen=True, slots=True)
class _Stop:
    """The rule that left nobody, how many were left before it, and the nearest of them where it was too far."""

    code: ShortfallCode
    people: int
    nearest: tuple[float, float] | None = None


def lacks(market: Market, used: Bools, left: Ints) -> Iterator[Shortfall]:
    """One shortfall for each task with an empty place, judged by who is free once its class is served."""
    work = market.work
    filled = np.bincount(market.row[used], minlength=len(work.task))
    sent, most, team = work.per_task(filled), work.per_task(work.most), work.team
    short = work.per_task(filled < work.least) > 0
    lacking = np.flatnonzero(sent < most).tolist()
    members = _members(market, used)
    first_row = _first_short_row(market, filled)
    looker = _Looker(market, left)
    for number in lacking:
        task, row = work.tasks[number], first_row[number]
        stop = looker.stop(task, row, members.get(number, []))
        blocking = bool(short[number])
        ready = min(stop.people, int(team[number]) - 1) if stop.code is ShortfallCode.TEAM_INCOMPLETE else 0
        missing = int(team[number]) - ready if blocking else int(most[number] - sent[number])
        asked = _with_part(task, work.parts[row])
        cure = reasons.people_cure(asked, missing, stop.code, market.limits, stopped=stop.people, nearest=stop.nearest)
        yield Shortfall(task.id, missing, stop.code, cure, blocking=blocking)


def _with_part(task: TaskNeed, part: Part | None) -> TaskNeed:
    """The task as it asks of the people of this part."""
    if part is None:
        return task
    return replace(
        task, skills_all=task.skills_all | part.skills_all, skills_any=part.skills_any or task.skills_any, parts=(part,)
    )


def _members(market: Market, used: Bools) -> dict[int, list[int]]:
    members: dict[int, list[int]] = {}
    for pair in np.flatnonzero(used).tolist():
        members.setdefault(int(market.work.task[market.row[pair]]), []).append(int(market.worker[pair]))
    return members


def _first_short_row(market: Market, filled: Ints) -> dict[int, int]:
    """The row to explain: the first one below its least that offers too few, else the first with an empty place."""
    work = market.work
    offered = np.bincount(market.row, minlength=len(work.task))
    found: dict[int, tuple[int, int]] = {}
    for row in np.flatnonzero(filled < work.most).tolist():
        worst = 0 if offered[row] < work.least[row] else 1 if filled[row] < work.least[row] else 2
        number = int(work.task[row])
        found[number] = min(found.get(number, (9, row)), (worst, row))
    return {number: row for number, (_, row) in found.items()}


class _Looker:
    """Goes through the rules in order; what looks only at the person is done once for each ask."""

    def __init__(self, market: Market, left: Ints) -> None:
        self._market, self._left = market, left
        self._known: dict[object, tuple[_Stop | None, Ints]] = {}

    def stop(self, task: TaskNeed, row: int, members: list[int]) -> _Stop:
        force = self._market.force
        others = [*members, *(force.index[id] for id in task.kept if id in force.index)]
        if others:
            everyone = np.ones(len(force.workers), dtype=np.bool_)
            everyone[others] = False
            stop, able = self._personal(row, everyone)
        else:
            stop, able = self._shared(row)
        return stop or self._there(task, row, able)

    def _shared(self, row: int) -> tuple[_Stop | None, Ints]:
        ask = self._market.work.asks[row]
        if ask not in self._known:
            self._known[ask] = self._personal(row, np.ones(len(self._market.force.workers), dtype=np.bool_))
        return self._known[ask]

    def _personal(self, row: int, able: Bools) -> tuple[_Stop | None, Ints]:
        if not able.any():
            return _Stop(ShortfallCode.NO_PEOPLE, 0), np.zeros(0, dtype=np.int64)
        for gate, passes in self._market.force.gates(self._market.work.asks[row]):
            left = able & passes
            if not left.any():
                return _Stop(_CODES[gate], int(able.sum())), np.zeros(0, dtype=np.int64)
            able = left
        return None, np.flatnonzero(able).astype(np.int64)

    def _there(self, task: TaskNeed, row: int, able: Ints) -> _Stop:
        market, force, work = self._market, self._market.force, self._market.work
        near = able
        if work.placed[row]:
            km = travel.kilometres(_chords(force.points[able], work.points[row]))
            minutes = travel.minutes(km, market.limits)
            within = minutes <= force.reach[able]
            if not within.any():
                nearest = int(minutes.argmin())
                return _Stop(_CODES[Gate.REACH], len(able), (float(km[nearest]), float(minutes[nearest])))
            near = able[within]
        barred = [force.index[id] for id in task.excluded if id in force.index]
        welcome = near[~np.isin(near, barred)] if barred else near
        if not len(welcome):
            return _Stop(_CODES[Gate.WELCOME], len(near))
        ready = int((self._left[welcome] > 0).sum())
        return (
            _Stop(ShortfallCode.TEAM_INCOMPLETE, ready) if ready else _Stop(ShortfallCode.ALL_COMMITTED, len(welcome))
        )


def _chords(points: Floats, place: Floats) -> Floats:
    return np.asarray(np.sqrt(((points - place) ** 2).sum(axis=1)), dtype=np.float64)
