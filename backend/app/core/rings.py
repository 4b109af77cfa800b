"""Rings on their way to Redis: each once, the urgent first, so many at the most."""

import heapq
import itertools
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from app.core.queue import Job, Lane

Key: TypeAlias = tuple[Job, str]


@dataclass(frozen=True, slots=True)
class Ring:
    """One ring. `alone` it goes in a message of its own; `once_more` it is heard though the job was given up."""

    job: Job
    id: str
    lane: Lane
    call: str | None = None
    alone: bool = False
    once_more: bool = False
    announced: bool = False
    """Whether Redis has been told of it, without knowing whether the message got there."""

    @property
    def key(self) -> Key:
        return self.job, self.id


@dataclass(slots=True)
class Rings:
    """Not for several threads at once."""

    most: int
    dropped: int = 0
    _lanes: tuple["OrderedDict[Key, Ring]", ...] = field(default_factory=lambda: tuple(OrderedDict() for _ in Lane))
    _later: dict[Key, Ring] = field(default_factory=dict)
    _due: list[tuple[float, int, Key]] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=itertools.count)

    def __len__(self) -> int:
        return self.ready + len(self._later)

    @property
    def ready(self) -> int:
        return sum(map(len, self._lanes))

    @property
    def next_due(self) -> float | None:
        return self._due[0][0] if self._due else None

    def add(self, ring: Ring, *, due: float | None = None) -> bool:
        """Keep a ring; False where another one had to go for it."""
        if due is not None:
            if ring.key not in self._later:
                self._later[ring.key] = ring
                heapq.heappush(self._due, (due, next(self._number), ring.key))
            return True
        lane = self._lanes[ring.lane]
        if ring.key in lane or any(ring.key in faster for faster in self._lanes[: ring.lane]):
            return True
        for slower in self._lanes[ring.lane + 1 :]:
            slower.pop(ring.key, None)
        lane[ring.key] = ring
        if len(self) <= self.most:
            return True
        self._drop()
        return False

    def take(self, most: int, *, now: float) -> list[Ring]:
        """The first that are due, and gone from here."""
        while self._due and self._due[0][0] <= now:
            self._arrive()
        taken: list[Ring] = []
        for lane in self._lanes:
            while lane and len(taken) < most:
                taken.append(lane.popitem(last=False)[1])
        return taken

    def take_all(self) -> list[Ring]:
        """All of them, due or not."""
        while self._due:
            self._arrive()
        return self.take(len(self), now=0.0)

    def _arrive(self) -> None:
        _, _, key = heapq.heappop(self._due)
        ring = self._later.pop(key, None)
        if ring is not None:
            self.add(ring)

    def _drop(self) -> None:
        """Let go of what has waited longest where it is least urgent."""
        self.dropped += 1
        for lane in reversed(self._lanes):
            if lane:
                lane.popitem(last=False)
                return
        self._later.pop(next(iter(self._later)))
