"""How many were nearer and were not sent."""

import numpy as np
from scipy.spatial import cKDTree

from app.services.matching.market import Market
from app.services.matching.travel import Bools, Floats, Ints

_HAIR = 1e-9
"""Of the radius of the earth: less than a centimetre is not nearer."""


class Nearer:
    """Counts around the places of a class, of people who passed every rule and were free when it began.

    Short of what they may travel, that is: those near the end of a shift count though they could not have gone.
    """

    def __init__(self, market: Market, before: Ints, left: Ints) -> None:
        self._market, self._before, self._left = market, before, left
        self._able = np.zeros((int(market.group.max(initial=0)) + 1, market.workers), dtype=np.bool_)
        for one in market.groups:
            self._able[market.group[one.rows[0]], one.able] = True

    def counts(self, rows: Ints, workers: Ints, chord: Floats) -> tuple[Ints, Ints]:
        """For each pair in use the nearer people who are used up by now, and those who are still free."""
        market, work = self._market, self._market.work
        busy, idle = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
        for group in market.groups:
            mine = np.flatnonzero(np.isin(rows, group.rows))
            if not group.ask.placed or not len(mine):
                continue
            points, radius = work.points[rows[mine]], np.maximum(chord[mine] - _HAIR, 0.0)
            able = group.able[self._before[group.able] > 0]
            free = able[self._left[able] > 0]
            around = self._count(able, points, radius)
            idle[mine] = self._count(free, points, radius)
            busy[mine] = around - idle[mine]
        self._without_team(rows, workers, chord, busy, idle)
        self._without_barred(rows, chord, busy, idle)
        return np.maximum(busy, 0), np.maximum(idle, 0)

    def _count(self, able: Ints, points: Floats, radius: Floats) -> Ints:
        if not len(able):
            return np.zeros(len(points), dtype=np.int64)
        tree = cKDTree(self._market.force.points[able])
        return np.asarray(tree.query_ball_point(points, radius, return_length=True), dtype=np.int64)

    def _without_team(self, rows: Ints, workers: Ints, chord: Floats, busy: Ints, idle: Ints) -> None:
        """The others of the team were sent. Pairs of one task lie together."""
        task = self._market.work.task[rows]
        for step in range(1, int(np.bincount(task).max(initial=0))):
            for here, there in ((slice(step, None), slice(None, -step)), (slice(None, -step), slice(step, None))):
                places = np.arange(len(rows))[here]
                mates, far = workers[there], chord[there]
                sent = (task[here] == task[there]) & (far < chord[here] - _HAIR) & self._fit(rows[here], mates)
                spare = self._left[mates] > 0
                idle[places[sent & spare]] -= 1
                busy[places[sent & ~spare]] -= 1

    def _without_barred(self, rows: Ints, chord: Floats, busy: Ints, idle: Ints) -> None:
        """Those kept already or not asked again are not passed over."""
        market, work = self._market, self._market.work
        for key in work.barred.tolist():
            row, worker = divmod(key, market.workers)
            if self._before[worker] <= 0 or not work.placed[row] or not self._able[market.group[row], worker]:
                continue
            way = float(np.sqrt(((work.points[row] - market.force.points[worker]) ** 2).sum()))
            for place in np.flatnonzero((rows == row) & (way < chord - _HAIR)).tolist():
                self._less(worker, place, busy, idle)

    def _fit(self, rows: Ints, workers: Ints) -> Bools:
        """Who passed every rule of these rows that looks only at the person."""
        return np.asarray(self._able[self._market.group[rows], workers], dtype=np.bool_)

    def _less(self, worker: int, place: int, busy: Ints, idle: Ints) -> None:
        count = idle if self._left[worker] > 0 else busy
        count[place] -= 1
