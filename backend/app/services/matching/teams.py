"""Which people go to which tasks of one severity class, when a team is worth nothing below its minimum.

The objective, what comes first outweighing all that follows:
1. most tasks whose least team is complete,
2. most people in complete teams,
3. least travel,
4. the smallest sum of ranks, that is: the earlier request.

A flow finds the optimum when no task is left with a part of its least team. Otherwise some task must be released, and
choosing which is NP-hard for teams of three and more: it is proven in `exact` for few pairs, and approached in `crew`
by augmenting paths for many. The heuristic still leaves no task out that could be added.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.services.matching import exact
from app.services.matching.crew import Crew
from app.services.matching.market import Filling, Market
from app.services.matching.travel import Bools, Ints


@dataclass(frozen=True, slots=True)
class Staffing:
    """Which pairs of the market are in use, only in complete teams, and whether nothing better exists.

    `most` is how many people of each tier could be sent at most, a part of a team counting as that part. `least_cost`
    is what they must cost at least, None where teams were released: those left were chosen for more than travel.
    """

    used: Bools
    proven: bool
    most: Ints
    least_cost: float | None


def staff(market: Market) -> Staffing:
    """The best staffing of one class."""
    work = market.work
    offered = np.bincount(market.row, minlength=len(work.task))
    possible = work.per_task(offered < work.least) == 0
    alone = bool((work.team <= 1).all())
    relaxed = _fill(market, possible, rough=not alone)
    most = np.bincount(work.tier[market.row[relaxed.used]], minlength=int(work.tier.max(initial=0)) + 1)
    most[0] += relaxed.more
    partial = _partial(market, relaxed.used)
    if not partial.any():
        if not alone:
            relaxed = _fill(market, possible)
        cost = None if relaxed.more else float(market.cost[relaxed.used].sum()) - relaxed.gap
        return Staffing(relaxed.used, not relaxed.more, most, cost)
    complete, proven = possible & ~_short(market, relaxed.used), market.complete
    for tasks in _components(market, possible):
        if partial[tasks].any():
            part = _Part.of(market, tasks, relaxed.used, complete)
            best = None
            if part.alike and part.pairs <= market.limits.exact_pairs and market.complete:
                best = exact.complete_teams(market, part.tasks, part.bound(), market.limits)
            proven &= best is not None
            complete[tasks] = part.found if best is None else best
    final = _fill(market, complete)
    while (short := complete & _short(market, final.used)).any():
        # The flow fills small teams first: should one of those chosen lose by it, the others are filled without it.
        complete, proven = complete & ~short, False
        final = _fill(market, complete)
    return Staffing(final.used, proven, most, None)


def _fill(market: Market, tasks: Bools, *, search: bool = True, rough: bool = False) -> Filling:
    """The flow over these tasks."""
    return market.fill(tasks[market.work.task], search=search, rough=rough)


def _short(market: Market, used: Bools) -> Bools:
    """The tasks with a row below its least."""
    filled = np.bincount(market.row[used], minlength=len(market.work.task))
    return np.asarray(market.work.per_task(filled < market.work.least) > 0, dtype=np.bool_)


def _partial(market: Market, used: Bools) -> Bools:
    filled = np.bincount(market.row[used], minlength=len(market.work.task))
    return np.asarray((market.work.per_task(filled) > 0) & _short(market, used), dtype=np.bool_)


def _components(market: Market, possible: Bools) -> Iterator[Ints]:
    """Tasks that compete, directly or through others, each group sorted."""
    work = market.work
    arcs = possible[work.task[market.row]]
    tasks, workers = work.task[market.row[arcs]], market.worker[arcs]
    count = len(work.tasks) + market.workers
    graph = coo_array((np.ones(len(tasks), dtype=np.int8), (tasks, len(work.tasks) + workers)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    there = np.unique(tasks)
    order = there[np.argsort(label[there], kind="stable")]
    for group in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        if len(group):
            yield np.sort(group)


@dataclass(frozen=True, slots=True)
class _Part:
    """Tasks that compete, and those of them that augmenting paths complete."""

    market: Market
    tasks: Ints
    alike: bool
    """Of one tier."""
    pairs: int
    relaxed: Bools
    found: Bools

    @classmethod
    def of(cls, market: Market, tasks: Ints, relaxed: Bools, complete: Bools) -> "_Part":
        inside = np.zeros(len(market.work.tasks), dtype=np.bool_)
        inside[tasks] = True
        mine = inside[market.work.task[market.row]]
        alike = len({market.work.tasks[task].severity for task in tasks.tolist()}) == 1
        found = _extended(market, tasks, relaxed, complete)
        return cls(market, tasks, alike, int(mine.sum()), relaxed & mine, found)

    def bound(self) -> exact.Bound:
        """What the relaxed flow allows at most: it counts a part of a team as that part."""
        work = self.market.work
        filled = np.bincount(self.market.row[self.relaxed], minlength=len(work.task))
        have = work.per_task(np.minimum(filled, work.least))[self.tasks].tolist()
        least = work.team[self.tasks].tolist()
        parts = sum(Fraction(some, all_) for some, all_ in zip(have, least, strict=True) if all_)
        teams, people = sum(not all_ for all_ in least) + int(parts), int(filled.sum())
        wanted = np.zeros(len(work.tasks), dtype=np.bool_)
        wanted[self.tasks[self.found]] = True
        sent = int(_fill(self.market, wanted, search=False).used.sum())
        return exact.Bound(teams, people, int(self.found.sum()) == teams and sent == people)


def _extended(market: Market, tasks: Ints, relaxed: Bools, complete: Bools) -> Bools:
    """Tier by tier the teams that the flow completed, and as many more as still find one: the smallest and earliest
    first. What a lower tier holds is taken from it where a higher one needs it.
    """
    work = market.work
    crew = Crew(market)
    tier, rank = np.zeros((2, len(work.tasks)), dtype=np.int64)
    tier[work.task], rank[work.task] = work.tier, work.rank
    teams = relaxed & complete[work.task[market.row]]
    done = np.zeros(len(tasks), dtype=np.bool_)
    for level in np.unique(tier[tasks]).tolist():
        places = np.flatnonzero(tier[tasks] == level)
        for place in places[complete[tasks[places]]].tolist():
            done[place] = crew.adopt(int(tasks[place]), teams)
        waiting = places[~done[places]].tolist()
        for place in sorted(waiting, key=lambda n: (work.team[tasks[n]], rank[tasks[n]], n)):
            done[place] = crew.complete(int(tasks[place]))
    return done
