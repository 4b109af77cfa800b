"""Why a task lacks people: the first rule that leaves nobody."""

from collections.abc import Iterator

import numpy as np

from app.services.matching import reasons
from app.services.matching.gates import Gate, Options
from app.services.matching.travel import Bools, Ints
from app.services.matching.types import Limits, Shortfall, ShortfallCode

_CODES = {
    Gate.ROLE: ShortfallCode.WRONG_ROLE,
    Gate.SKILL: ShortfallCode.NO_SKILL_IN_REACH,
    Gate.TRUST: ShortfallCode.UNVERIFIED_ONLY,
    Gate.PLACE: ShortfallCode.POSITION_UNKNOWN,
    Gate.REACH: ShortfallCode.TOO_FAR,
    Gate.WELCOME: ShortfallCode.ALL_DECLINED,
}


def lacks(options: Options, chosen: Bools, free: Ints, limits: Limits) -> Iterator[Shortfall]:
    """One shortfall for each task with an empty place, judged by who is free once its class is served."""
    stopped, codes = _stopped(options, options.others & ~chosen, free)
    for row, (task, sent, code) in enumerate(zip(options.tasks, chosen.sum(axis=1).tolist(), codes, strict=True)):
        if sent >= task.open_places:
            continue
        blocking = sent < task.least
        number = int(stopped[row].sum())
        ready = number if code is ShortfallCode.TEAM_INCOMPLETE else 0
        missing = task.least - ready if blocking else task.open_places - sent
        nearest = _nearest(options, row, stopped[row]) if code is ShortfallCode.TOO_FAR else None
        cure = reasons.people_cure(task, missing, code, limits, stopped=number, nearest=nearest)
        yield Shortfall(task.id, missing, code, cure, blocking=blocking)


def _stopped(options: Options, able: Bools, free: Ints) -> tuple[Bools, list[ShortfallCode]]:
    """For each task the last people left before the rule that left nobody, and the code of that rule."""
    codes = [ShortfallCode.NO_PEOPLE] * len(options.tasks)
    steps = [(_CODES[gate], options.passed[gate]) for gate in Gate]
    steps.append((ShortfallCode.ALL_COMMITTED, np.broadcast_to(free > 0, able.shape)))
    going: Bools = np.asarray(able.any(axis=1), dtype=np.bool_)
    for code, passes in steps:
        left = able & passes
        some: Bools = np.asarray(left.any(axis=1), dtype=np.bool_)
        for row in np.flatnonzero(going & ~some).tolist():
            codes[row] = code
        going &= some
        able = np.where(going[:, None], left, able)
    for row in np.flatnonzero(going).tolist():
        codes[row] = ShortfallCode.TEAM_INCOMPLETE
    return able, codes


def _nearest(options: Options, row: int, workers: Bools) -> tuple[float, float]:
    """Kilometres and minutes to the nearest of these."""
    return float(np.min(options.km[row, workers])), float(np.min(options.minutes[row, workers]))
