"""A staffing that grows team by team."""

import numpy as np

from app.services.matching.market import Market
from app.services.matching.travel import Bools, Ints


class Crew:
    """Teams completed along augmenting paths, others moving over where needed; no complete team is ever broken."""

    def __init__(self, market: Market) -> None:
        self._market, self._used = market, np.zeros(len(market.row), dtype=np.bool_)
        work = market.work
        self._spare = market.free.copy()
        self._stuck = np.zeros(market.workers, dtype=np.bool_)
        self._of_row = np.searchsorted(market.row, np.arange(len(work.task) + 1))
        self._by_worker = np.argsort(market.worker, kind="stable")
        self._of_worker = np.searchsorted(market.worker[self._by_worker], np.arange(market.workers + 1))
        order = np.argsort(work.task, kind="stable")
        self._rows = np.split(order, np.cumsum(np.bincount(work.task, minlength=len(work.tasks)))[:-1])

    def adopt(self, task: int, teams: Bools) -> bool:
        """Whether the team that `teams` has for the task can be taken as it is; nothing changed if not."""
        spans = [np.arange(self._of_row[row], self._of_row[row + 1]) for row in self._rows[task].tolist()]
        arcs = np.concatenate(spans)
        arcs = arcs[teams[arcs]]
        workers = self._market.worker[arcs]
        if (self._spare[workers] <= 0).any():
            return False
        self._used[arcs] = True
        self._spare[workers] -= 1
        return True

    def complete(self, task: int) -> bool:
        """Whether the least team of `task` was found; nothing changed if not."""
        work = self._market.work
        places = [row for row in self._rows[task].tolist() for _ in range(int(work.least[row]))]
        if self._spare.sum() < len(places):
            return False
        used, spare = self._used.copy(), self._spare.copy()
        for number, row in enumerate(places):
            seen = self._stuck.copy()
            if not self._augment(row, seen):
                self._used, self._spare = used, spare
                if number == 0:
                    # From these workers no path leads to anybody spare, and no later path can run through them.
                    self._stuck = seen
                return False
        return True

    def _augment(self, start: int, seen: Bools) -> bool:
        """One more person for the row, breadth first."""
        market = self._market
        asked: dict[int, int] = {}
        leaves: dict[int, int] = {start: -1}
        front = [start]
        while front:
            arcs = np.concatenate([self._offers(row) for row in front])
            arcs = arcs[~self._used[arcs] & ~seen[market.worker[arcs]]]
            workers, first = np.unique(market.worker[arcs], return_index=True)
            arcs = arcs[first]
            seen[workers] = True
            asked.update(zip(workers.tolist(), arcs.tolist(), strict=True))
            ready = np.flatnonzero(self._spare[workers] > 0)
            if len(ready):
                self._move(int(workers[ready[0]]), asked, leaves)
                return True
            front = []
            for held in self._held(workers).tolist():
                row = int(market.row[held])
                if row not in leaves:
                    leaves[row] = held
                    front.append(row)
        return False

    def _offers(self, row: int) -> Ints:
        """The pairs of a row, but those of people who are in the team already."""
        arcs = np.arange(self._of_row[row], self._of_row[row + 1])
        rows = self._rows[int(self._market.work.task[row])]
        if len(rows) == 1:
            return arcs
        team = np.concatenate([np.arange(self._of_row[one], self._of_row[one + 1]) for one in rows.tolist()])
        members = self._market.worker[team[self._used[team]]]
        return np.asarray(arcs[~np.isin(self._market.worker[arcs], members)], dtype=np.int64)

    def _held(self, workers: Ints) -> Ints:
        """The pairs in use of these people."""
        spans = [self._by_worker[self._of_worker[w] : self._of_worker[w + 1]] for w in workers.tolist()]
        arcs = np.concatenate([*spans, np.zeros(0, dtype=np.int64)]).astype(np.int64)
        return arcs[self._used[arcs]]

    def _move(self, worker: int, asked: dict[int, int], leaves: dict[int, int]) -> None:
        market = self._market
        self._spare[worker] -= 1
        while worker >= 0:
            taken = asked[worker]
            self._used[taken] = True
            given = leaves[int(market.row[taken])]
            if given >= 0:
                self._used[given] = False
            worker = int(market.worker[given]) if given >= 0 else -1
