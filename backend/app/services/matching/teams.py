"""Which people go to which tasks of one severity class, when a team is worth nothing below its minimum.

The objective, what comes first outweighing all that follows:
1. most tasks whose least team is complete,
2. most people in complete teams,
3. least travel,
4. the smallest sum of ranks, that is: the earlier request.

A flow finds the optimum when no task is left with a part of its least team. Otherwise some task must be released, and
choosing which is NP-hard for teams of three and more: it is proven in `exact` for few pairs, and approached here by
augmenting paths for many. The heuristic still leaves no task out that could be added.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from app.services.matching import exact
from app.services.matching.flow import Pairs, Wants, best_flow
from app.services.matching.travel import Bools, Ints
from app.services.matching.types import Limits
from app.services.matching.work import Work


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who goes where (tasks × workers), only in complete teams, and whether nothing better exists."""

    chosen: Bools
    proven: bool


def staff(work: Work, limits: Limits) -> Staffing:
    """The best staffing of one class."""
    possible = (work.allowed.sum(axis=1) >= work.least) & (work.most > 0)
    relaxed = _fill(work, possible)
    partial = _partial(work, relaxed)
    if not partial.any():
        return Staffing(relaxed, proven=True)
    complete, proven = possible & (relaxed.sum(axis=1) >= work.least), True
    for tasks in _components(work.allowed & possible[:, None]):
        if partial[tasks].any():
            part = work.part(tasks)
            found = _extended(part, relaxed[tasks], complete[tasks])
            best = exact.complete_teams(part, _bound(part, relaxed[tasks], found), limits)
            proven &= best is not None
            complete[tasks] = found if best is None else best
    return Staffing(_fill(work, complete), proven)


def _bound(work: Work, relaxed: Bools, found: Bools) -> exact.Bound:
    """What the relaxed flow allows at most: it counts a part of a team as that part."""
    filled = relaxed.sum(axis=1)
    counts = zip(filled.tolist(), work.least.tolist(), strict=True)
    parts = sum(Fraction(min(have, least), least) for have, least in counts if least)
    teams, people = int((work.least == 0).sum()) + int(parts), int(filled.sum())
    reached = int(found.sum()) == teams and int(_fill(work, found).sum()) == people
    return exact.Bound(teams, people, reached)


def _fill(work: Work, wanted: Bools) -> Bools:
    """The flow over the wanted tasks: most people, small least teams first, extras last, then travel, then rank."""
    rows, columns = np.nonzero(work.allowed & wanted[:, None])
    sizes, level = np.unique(work.least, return_inverse=True)
    tasks = np.flatnonzero(wanted)
    wants = Wants(
        taker=np.concatenate((tasks, tasks)),
        units=np.concatenate((work.least[tasks], (work.most - work.least)[tasks])),
        level=np.concatenate((level[tasks], np.full(len(tasks), len(sizes)))),
        rank=np.concatenate((work.rank[tasks], work.rank[tasks])),
    )
    pairs = Pairs(giver=columns, taker=rows, most=np.ones_like(rows), cost=work.cost[rows, columns])
    chosen = np.zeros_like(work.allowed)
    chosen[rows, columns] = best_flow(work.free, pairs, wants) > 0
    return chosen


def _partial(work: Work, chosen: Bools) -> Bools:
    filled = chosen.sum(axis=1)
    return np.asarray((filled > 0) & (filled < work.least), dtype=np.bool_)


def _components(allowed: Bools) -> Iterator[Ints]:
    """Tasks that compete, directly or through others, each group sorted."""
    waiting = np.asarray(allowed.any(axis=1), dtype=np.bool_)
    while waiting.any():
        tasks = np.zeros_like(waiting)
        tasks[waiting.argmax()] = True
        while True:
            grown = np.asarray(allowed[:, allowed[tasks].any(axis=0)].any(axis=1), dtype=np.bool_)
            if (grown == tasks).all():
                break
            tasks = grown
        waiting &= ~tasks
        yield np.flatnonzero(tasks)


def _extended(work: Work, relaxed: Bools, complete: Bools) -> Bools:
    """The teams that the flow completed, and as many more as still find one: the smallest and earliest first."""
    crew = Crew(work, relaxed & complete[:, None])
    done = complete.copy()
    for task in sorted(np.flatnonzero(~complete).tolist(), key=lambda t: (work.least[t], work.rank[t], t)):
        done[task] = crew.complete(task)
    return done


class Crew:
    """A staffing that grows task by task along augmenting paths and never breaks a complete team."""

    def __init__(self, work: Work, chosen: Bools) -> None:
        self._work = work
        self._chosen = chosen
        self._spare = work.free - chosen.sum(axis=0)
        self._stuck = np.zeros(len(work.free), dtype=np.bool_)

    def complete(self, task: int) -> bool:
        """Whether the least team of `task` was found; nothing changed if not."""
        if self._spare.sum() < self._work.least[task]:
            return False
        chosen, spare = self._chosen.copy(), self._spare.copy()
        for place in range(int(self._work.least[task])):
            seen = self._stuck.copy()
            if not self._augment(task, seen):
                self._chosen, self._spare = chosen, spare
                if place == 0:
                    # From these workers no path leads to anybody spare, and no later path can run through them.
                    self._stuck = seen
                return False
        return True

    def _augment(self, task: int, seen: Bools) -> bool:
        """One more person for `task`, breadth first, others moving over where needed."""
        asked_by = np.full(len(seen), -1)
        leaves: dict[int, int] = {task: -1}
        queue = deque([task])
        while queue:
            row = queue.popleft()
            found = self._work.allowed[row] & ~self._chosen[row] & ~seen
            seen |= found
            asked_by[found] = row
            if (found & (self._spare > 0)).any():
                self._move(int((found & (self._spare > 0)).argmax()), asked_by, leaves)
                return True
            workers = np.flatnonzero(found)
            held = self._chosen[:, workers]
            for other in np.flatnonzero(held.any(axis=1)).tolist():
                if other not in leaves:
                    leaves[other] = int(workers[held[other].argmax()])
                    queue.append(other)
        return False

    def _move(self, worker: int, asked_by: Ints, leaves: dict[int, int]) -> None:
        self._spare[worker] -= 1
        while worker >= 0:
            row = int(asked_by[worker])
            self._chosen[row, worker] = True
            worker = leaves[row]
            if worker >= 0:
                self._chosen[row, worker] = False
