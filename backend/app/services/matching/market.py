"""The places of one class and the people for them, seen through those pairs that matter.

Where there are few pairs every one is there. Where there are many it begins with the nearest, and after every flow
those are added that the prices of the flow ask for (column generation): when they ask for none, the flow is optimal
over all pairs, though only a few of them were ever looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from app.services.matching import travel
from app.services.matching.flow import Pairs, Scale, Wants, best_flow
from app.services.matching.gates import Ask, Workforce
from app.services.matching.prices import prices_of
from app.services.matching.pricing import Found, Quote, found_pairs
from app.services.matching.travel import Bools, Floats, Ints
from app.services.matching.types import Limits
from app.services.matching.work import Work, among

_NEAREST = 6
"""Pairs of each place to begin with, beside one for every person it takes."""

_ROUNDS = 12
"""Flows after which the search ends, proven or not; three to five are usual."""

_MANY, _HOPELESS = 20_000, 8.0
"""Of more pairs than this, those are forgotten that would make the flow worse by so many minutes."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows with the same ask, in an order that keeps neighbours together, and who may fill them."""

    ask: Ask
    rows: Ints
    able: Ints


@dataclass(frozen=True, slots=True)
class Filling:
    """The pairs in use, and how far from the least cost this can be: `more` people might yet be placed."""

    used: Bools
    gap: float
    more: int


class Market:
    """The pairs of one class that break no rule, as far as they have been looked at."""

    def __init__(self, work: Work, force: Workforce, free: Ints, limits: Limits) -> None:
        self.work, self.force, self.free, self.limits = work, force, free, limits
        self.groups = tuple(self._grouped())
        pairs = sum(len(group.rows) * len(group.able) for group in self.groups)
        self.complete = pairs <= limits.all_pairs
        first = [self._all(group) if self.complete else self._nearest(group) for group in self.groups]
        self._take(np.concatenate([*first, work.again, np.zeros(0, dtype=np.int64)]))

    @property
    def workers(self) -> int:
        return len(self.force.workers)

    def fill(self, wanted: Bools, *, search: bool = True, rough: bool = False) -> Filling:
        """The best flow over the wanted rows: most people, small least teams first, extras last, then cost, then rank.

        Without `search`, over the pairs known so far; `rough` looks for people only, not for less cost.
        """
        wants, worth_of = self._wants(wanted)
        for round_ in range(_ROUNDS):
            chosen = np.flatnonzero(wanted[self.row])
            giver, seats = self._seated(chosen)
            pairs = Pairs(giver, self.row[chosen], np.ones_like(chosen), self.cost[chosen])
            most = min(int(self.free.sum()), int(wants.units.sum()))
            scale = Scale.of(max(most, 1), self.workers + len(wanted) + 1, self.cost, wants) if most else None
            flow = best_flow(self.free, pairs, wants, scale, seats) > 0
            used = np.zeros(len(self.row), dtype=np.bool_)
            used[chosen] = flow
            if self.complete or scale is None:
                return Filling(used, 0.0, 0)
            if not search:
                return Filling(used, np.inf, 0)
            scaled = Pairs(pairs.giver, pairs.taker, pairs.most, pairs.cost * scale.tie)
            prices = prices_of(self.workers, scaled, flow.astype(np.int64), worth_of(used, scale), seats)
            found = found_pairs(self, wanted, Quote(prices, scale))
            spent = float(self.cost[used].sum())
            good = not found.more and (rough or found.gap <= self.limits.gap_share * spent)
            if good or not len(found.keys) or round_ == _ROUNDS - 1:
                return Filling(used, found.gap, found.more)
            lasting = self._lasting(chosen, used, Quote(prices, scale))
            self._take(np.concatenate((self.keys[lasting], found.keys)))
        raise AssertionError("The last round returns.")

    def _seated(self, chosen: Ints) -> tuple[Ints, Ints]:
        """Who gives in each pair: the person, or their one seat in a team of which they could play several parts."""
        worker = self.worker[chosen]
        several = np.flatnonzero(self.free[worker] > 1)
        keys = self.work.task[self.row[chosen[several]]] * self.workers + worker[several]
        seat, number, count = np.unique(keys, return_inverse=True, return_counts=True)
        shared = count > 1
        place = np.cumsum(shared) - 1
        giver = worker.copy()
        mine = shared[number]
        giver[several[mine]] = self.workers + place[number[mine]]
        return giver, seat[shared] % max(self.workers, 1)

    def _lasting(self, chosen: Ints, used: Bools, quote: Quote) -> Bools:
        """The pairs worth a place in the next flow; prices ask for the others again should they be needed."""
        lasting = np.ones(len(self.keys), dtype=np.bool_)
        if len(self.keys) < _MANY:
            return lasting
        asked, paid = quote.prices.pair, quote.prices.taker[self.row[chosen]]
        loss = (self.cost[chosen] * quote.scale.tie + asked - paid) / quote.scale.tie
        lasting[chosen] = used[chosen] | (loss < _HOPELESS * travel.COST_PER_MINUTE)
        return lasting

    def charge(self, rows: Ints, workers: Ints) -> tuple[Bools, Ints]:
        """Which pairs break no rule, where the people are able, and what each costs."""
        keys = rows * self.workers + workers
        chord = np.sqrt(((self.work.points[rows] - self.force.points[workers]) ** 2).sum(axis=1))
        minutes = travel.minutes(travel.kilometres(chord), self.limits)
        placed = self.work.placed[rows]
        within = ~placed | (minutes <= self.force.reach[workers])
        charge = np.where(placed, minutes + self.force.staleness[workers], self.limits.unlocated_minutes)
        charge += np.where(among(keys, self.work.again), 0.0, self.limits.change_minutes)
        return within & ~among(keys, self.work.barred), travel.cost(charge)

    def _take(self, keys: Ints) -> None:
        """Know these pairs too, as far as they break no rule."""
        keys = np.unique(keys)
        row, worker = keys // max(self.workers, 1), keys % max(self.workers, 1)
        fit, cost = self.charge(row, worker)
        fit &= self._able(row, worker)
        self.keys, self.row, self.worker, self.cost = keys[fit], row[fit], worker[fit], cost[fit]

    def _able(self, rows: Ints, workers: Ints) -> Bools:
        able = np.zeros(len(rows), dtype=np.bool_)
        for group in self.groups:
            mine = np.flatnonzero(self.group[rows] == self._place[group.ask])
            able[mine] = among(workers[mine], group.able)
        return able

    def _grouped(self) -> Iterator[Group]:
        self._place = {ask: number for number, ask in enumerate(dict.fromkeys(self.work.asks))}
        self.group = np.array([self._place[ask] for ask in self.work.asks], dtype=np.int64)
        for ask, number in self._place.items():
            rows = np.flatnonzero((self.group == number) & (self.work.most > 0))
            able = np.flatnonzero(self.force.able(ask) & (self.free > 0))
            if len(rows) and len(able):
                yield Group(ask, _neighbours(rows, self.work.points), able)

    def _all(self, group: Group) -> Ints:
        return (group.rows[:, None] * self.workers + group.able).ravel()

    def _nearest(self, group: Group) -> Ints:
        """The nearest of each row and a few more; for a row without a place, some of those able, each row others."""
        count = min(len(group.able), int(self.work.most[group.rows].max()) + _NEAREST)
        if not group.ask.placed:
            turn = (np.arange(len(group.rows))[:, None] * count + np.arange(count)) % len(group.able)
            return np.asarray((group.rows[:, None] * self.workers + group.able[turn]).ravel(), dtype=np.int64)
        tree = cKDTree(self.force.points[group.able])
        reach = travel.chord_within(self.limits.max_travel_minutes, self.limits)
        chord, place = tree.query(self.work.points[group.rows], k=np.arange(1, count + 1), distance_upper_bound=reach)
        near = np.isfinite(chord)
        rows = np.broadcast_to(group.rows[:, None], chord.shape)[near]
        return np.asarray(rows * self.workers + group.able[place[near]], dtype=np.int64)

    def _wants(self, wanted: Bools) -> "tuple[Wants, _Worth]":
        work = self.work
        team = work.team[work.task]
        sizes, size = np.unique(team, return_inverse=True)
        base = work.tier * (len(sizes) + 1)
        # Among thousands two of the same cost to the tenth of a minute are rare, and telling them apart is dear.
        rank = work.rank if self.complete else np.zeros_like(work.rank)
        rows = np.flatnonzero(wanted)
        wants = Wants(
            taker=np.concatenate((rows, rows)),
            units=np.concatenate((work.least[rows], (work.most - work.least)[rows])),
            level=np.concatenate(((base + size)[rows], (base + len(sizes))[rows])),
            rank=np.concatenate((rank[rows], rank[rows])),
        )
        return wants, _Worth(self, wants, rows)


@dataclass(frozen=True, slots=True)
class _Worth:
    market: Market
    wants: Wants
    rows: Ints

    def __call__(self, used: Bools, scale: Scale) -> Ints:
        """What one person more is worth to each row: more than all costs together, and 0 to a full one."""
        work, count = self.market.work, len(self.rows)
        top = int(self.wants.level.max()) + 1
        worth = (top - self.wants.level) * scale.step - scale.rank
        filled = np.bincount(self.market.row[used], minlength=len(work.task))[self.rows]
        least, most = work.least[self.rows], work.most[self.rows]
        after_least = np.where(filled < most, worth[count:], 0)
        values = np.zeros(len(work.task), dtype=np.int64)
        values[self.rows] = np.where(filled < least, worth[:count], after_least)
        return values


def _neighbours(rows: Ints, points: Floats) -> Ints:
    """The rows in the order of the leaves of a tree."""
    if len(rows) < 64:
        return rows
    order = cKDTree(points[rows], leafsize=32).indices
    return np.asarray(rows[order], dtype=np.int64)


__all__ = ["Filling", "Found", "Group", "Market"]
