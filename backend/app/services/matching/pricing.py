"""Which pairs, among all that were never looked at, could make a flow better, and by how much at most."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from app.services.matching import travel
from app.services.matching.flow import Scale
from app.services.matching.prices import Prices
from app.services.matching.travel import Bools, Floats, Ints
from app.services.matching.work import among

if TYPE_CHECKING:
    from app.services.matching.market import Group, Market

_BLOCK = 32
"""Rows looked at together: few enough that their distances stay in the cache."""

_BEST = 10
"""Pairs added for each row in one round."""

_RANKS = np.unique(np.concatenate((np.arange(1, 6), np.rint(np.geomspace(7, 160, 8))))).astype(np.int64)
"""The nearest people of a cheaper level, and ever fewer of those further off, so that not all ask the same ones."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The prices of a flow, taken apart: whole levels, and what is left in tenths of minutes."""

    prices: Prices
    scale: Scale

    def levels(self, price: Ints) -> Ints:
        return (price + self.scale.step // 2) // self.scale.step

    def rest(self, price: Ints) -> Floats:
        return np.asarray((price - self.levels(price) * self.scale.step) / self.scale.tie, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of pairs to add; by how much cost they could be lower at most; how many places more they might fill."""

    keys: Ints
    gap: float
    more: int


def found_pairs(market: "Market", wanted: Bools, quote: Quote) -> Found:
    """The pairs that the prices ask for."""
    keys: list[Ints] = [np.zeros(0, dtype=np.int64)]
    gap, more = 0.0, 0
    for group in market.groups:
        rows = group.rows[wanted[group.rows]]
        if len(rows):
            search = _Search(market, group, quote)
            for found in search.over(rows):
                keys.append(found.keys)
                gap, more = gap + found.gap, more + found.more
    return Found(np.concatenate(keys), gap, more)


class _Search:
    """The pairs of one group."""

    def __init__(self, market: "Market", group: "Group", quote: Quote) -> None:
        self.market, self.able, self.placed = market, group.able, group.ask.placed
        self.limits, self.force, self.work = market.limits, market.force, market.work
        giver, taker = quote.prices.giver[group.able], quote.prices.taker
        self.giver_level, self.giver = quote.levels(giver), quote.rest(giver)
        self.taker_level, self.taker = quote.levels(taker), quote.rest(taker)
        self.short = self.force.reach[group.able] < self.limits.max_travel_minutes
        charge = self.force.staleness[group.able] if self.placed else self.limits.unlocated_minutes
        self.asked = self.giver + (charge + self.limits.change_minutes) * travel.COST_PER_MINUTE
        """Tenths of minutes that somebody takes before they have gone a step."""
        self.per_chord = travel.EARTH_KM * travel.minutes(np.ones(1), self.limits)[0] * travel.COST_PER_MINUTE

    def over(self, rows: Ints) -> Iterator[Found]:
        for level in np.unique(self.taker_level[rows]).tolist():
            those = rows[self.taker_level[rows] == level]
            below, same = self.giver_level < level, self.giver_level == level
            if not self.placed:
                yield from self._anywhere(those, below, same)
                continue
            if (below & ~self.short).any():
                yield self._below(those, np.flatnonzero(below & ~self.short))
            if (below & self.short).any():
                yield from self._near(those, np.flatnonzero(below & self.short), deep=True)
            if same.any():
                yield from self._near(those, np.flatnonzero(same), deep=False)

    def _below(self, rows: Ints, able: Ints) -> Found:
        """People whose time is worth a whole level less: each of them would fill a place more."""
        barred = len(self.work.barred)
        ranks = _RANKS if not barred else np.union1d(_RANKS, np.arange(1, min(barred, 64) + 16))
        tree = cKDTree(self.force.points[self.able[able]])
        reach = travel.chord_within(self.limits.max_travel_minutes, self.limits)
        chord, place = tree.query(
            self.work.points[rows], k=ranks[ranks <= len(able)], distance_upper_bound=reach, workers=1
        )
        near = np.isfinite(chord)
        return self._judged(np.broadcast_to(rows[:, None], chord.shape)[near], able[place[near]], deep=True)

    def _near(self, rows: Ints, able: Ints, *, deep: bool) -> Iterator[Found]:
        """People of the same level, as far as the price of each place reaches; all in reach where `deep`."""
        points = self.force.points[self.able[able]]
        tree, cheapest = cKDTree(points), float(self.asked[able].min())
        cap = travel.chord_within(self.limits.max_travel_minutes, self.limits)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            here = self.work.points[block]
            middle = here.mean(axis=0)
            around = float(np.sqrt(((here - middle) ** 2).sum(axis=1).max()))
            reach = cap if deep else min(cap, (float(self.taker[block].max()) - cheapest + 1.0) / self.per_chord)
            if reach <= 0:
                continue
            close = np.array(tree.query_ball_point(middle, around + reach), dtype=np.int64)
            if not len(close):
                continue
            costs = cdist(here, points[close])
            if deep:
                row, column = np.nonzero(costs <= cap)
            else:
                costs *= self.per_chord
                costs += self.asked[able[close]]
                row, column = np.nonzero(costs < self.taker[block][:, None] + 1.0)
            yield self._judged(block[row], able[close[column]], deep=deep)

    def _anywhere(self, rows: Ints, below: Bools, same: Bools) -> Iterator[Found]:
        """For rows without a place, where everybody is equally far: those who ask least."""
        for which, deep in ((np.flatnonzero(below), True), (np.flatnonzero(same), False)):
            if len(which):
                most = int(self.work.most[rows].max()) + _BEST + min(len(self.work.barred), 64)
                best = which[np.argsort(self.asked[which], kind="stable")[:most]]
                yield self._judged(np.repeat(rows, len(best)), np.tile(best, len(rows)), deep=deep)

    def _judged(self, rows: Ints, able: Ints, *, deep: bool) -> Found:
        """The pairs that break no rule and are new, the best of each row, and what they promise together."""
        workers = self.able[able]
        keys = rows * self.market.workers + workers
        fresh = ~among(keys, self.market.keys)
        rows, able, workers, keys = rows[fresh], able[fresh], workers[fresh], keys[fresh]
        fit, cost = self.market.charge(rows, workers)
        promise = self.taker[rows] - self.giver[able] - cost
        good = fit if deep else fit & (promise > 1e-6)
        rows, keys, promise = rows[good], keys[good], promise[good]
        order = np.lexsort((-promise, rows))
        rows, keys, promise = rows[order], keys[order], promise[order]
        first = np.searchsorted(rows, rows, side="left")
        place = np.arange(len(rows)) - first
        counted = place < self.work.most[rows]
        if deep:
            return Found(keys, 0.0, int(counted.sum()))
        return Found(keys[place < _BEST], float(promise[counted].sum()), 0)
