"""One new task against the free people around it, in milliseconds; the next full run corrects what it could not see."""

from collections.abc import Iterable

import numpy as np

from app.services.matching.gates import Ask, Workforce
from app.services.matching.lacks import lacks
from app.services.matching.market import Market
from app.services.matching.people import assigned
from app.services.matching.teams import staff
from app.services.matching.travel import Ints
from app.services.matching.types import Area, Limits, Matching, TaskNeed, Worker
from app.services.matching.work import Work, work_of

_NEAREST = 16
"""People looked at for each place, beside one for every person it takes; ours, for the time it takes."""


class Standby:
    """Who is free right now. What is proposed here is not taken from anybody until `take` says so."""

    def __init__(self, workers: Iterable[Worker], limits: Limits, closed: Iterable[Area] = ()) -> None:
        self._force, self._limits, self._closed = Workforce.of(workers, limits), limits, tuple(closed)
        self._free = self._force.free()
        self._able: dict[Ask, Ints] = {}

    def propose(self, task: TaskNeed) -> Matching:
        """The nearest free people who may, if they make up the least team, and what is lacking: the same rules, the
        same reasons and the same codes as of a full run that has only this task.
        """
        work = work_of([task], self._force, self._closed, {})
        market = Market(work, self._force, self._around(work), self._limits)
        staffing = staff(market)
        left = self._free - np.bincount(market.worker[staffing.used], minlength=len(self._free))
        return Matching(
            assignments=tuple(assigned(market, staffing.used, left, {})),
            shortfalls=tuple(lacks(market, staffing.used, left)),
            proven=staffing.proven,
        )

    def take(self, worker_id: str) -> None:
        """One task less that they are free for."""
        place = self._force.index[worker_id]
        self._free[place] = max(0, self._free[place] - 1)

    def _around(self, work: Work) -> Ints:
        """The free of those around the task, nobody else."""
        near = np.zeros_like(self._free)
        for row, ask in enumerate(work.asks):
            able = self._able_for(ask)
            able = able[self._free[able] > 0]
            count = int(work.most.sum()) + _NEAREST + len(work.barred)
            if len(able) > count:
                far = ((self._force.points[able] - work.points[row]) ** 2).sum(axis=1) if work.placed[row] else able
                able = able[np.argpartition(far, count)[:count]]
            near[able] = self._free[able]
        return near

    def _able_for(self, ask: Ask) -> Ints:
        if ask not in self._able:
            self._able[ask] = np.flatnonzero(self._force.able(ask)).astype(np.int64)
        return self._able[ask]
