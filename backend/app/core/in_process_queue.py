"""Workers inside this process."""

import asyncio
import heapq
import itertools
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from app.core.courtesy import Courtesy
from app.core.queue import Failures, Handler, Job, Lane, QueueState, Ran, current_call, lane_of, run_once

_Key: TypeAlias = tuple[Job, str]


@dataclass(frozen=True, slots=True)
class _Rung:
    lane: Lane
    call: str | None
    after: float = 0.0
    at: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class InProcessQueue:
    """One job for one id waits once and runs once at a time; rung while it runs or rests, it runs once more."""

    workers: int
    courtesy: Courtesy = field(default_factory=Courtesy)
    elsewhere: bool = False
    _heap: list[tuple[Lane, int, _Key]] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=itertools.count)
    _waiting: dict[_Key, _Rung] = field(default_factory=dict)
    _later: dict[_Key, asyncio.TimerHandle] = field(default_factory=dict)
    _running: set[_Key] = field(default_factory=set)
    _again: dict[_Key, _Rung] = field(default_factory=dict)
    _resting: dict[_Key, float] = field(default_factory=dict)
    _deaf: dict[_Key, float] = field(default_factory=dict)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)
    _some: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(
        self, job: Job, id: str, *, urgent: bool = False, after: float = 0.0, once_more: bool = False
    ) -> None:
        key = (job, id)
        if once_more:
            self._deaf.pop(key, None)
        elif key in self._deaf:
            if time.monotonic() < self._deaf[key]:
                return
            del self._deaf[key]
        self._ring(key, _Rung(lane_of(job, urgent=urgent), current_call(), after))

    def start(self, handlers: Mapping[Job, Handler], failures: Failures) -> None:
        if self._tasks:
            raise RuntimeError("This queue has workers already.")
        names = (f"worker-{n}" for n in range(self.workers))
        self._tasks = [asyncio.create_task(self._work(handlers, failures), name=name) for name in names]

    async def stop(self) -> None:
        """Let no new job begin; a job that is cut off is found again by the sweeper."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        for timer in self._later.values():
            timer.cancel()
        self._later.clear()

    async def drained(self) -> None:
        while self._waiting or self._running or self._later:
            self._idle.clear()
            await self._idle.wait()

    @property
    def depth(self) -> int:
        return len(self._waiting)

    async def state(self) -> QueueState:
        now = time.monotonic()
        return QueueState(
            works=True,
            depth=self.depth,
            detail=f"in this process, {self.workers} workers, {self.depth} jobs wait",
            lanes=dict.fromkeys(Lane, 0) | Counter(rung.lane for rung in self._waiting.values()),
            oldest_seconds=max((now - rung.at - rung.after for rung in self._waiting.values()), default=0.0),
        )

    def _ring(self, key: _Key, rung: _Rung) -> None:
        if key in self._running:
            before = self._again.get(key)
            if before is None or rung.lane < before.lane or rung.after > before.after:
                self._again[key] = rung
        elif key in self._later:
            return
        elif key in self._waiting:
            if rung.lane < self._waiting[key].lane:
                self._enqueue(key, rung)  # what stands in the slower lane is passed over when its turn comes
        elif (wait := max(rung.after, self._rest_of(key))) > 0:
            self._later[key] = asyncio.get_running_loop().call_later(wait, self._due, key, rung)
        else:
            self._enqueue(key, rung)

    def _rest_of(self, key: _Key) -> float:
        rest = self._resting.get(key, 0.0) - time.monotonic()
        if rest <= 0:
            self._resting.pop(key, None)
        return rest

    def _due(self, key: _Key, rung: _Rung) -> None:
        del self._later[key]
        self._resting.pop(key, None)
        self._enqueue(key, rung)

    def _enqueue(self, key: _Key, rung: _Rung) -> None:
        self._waiting[key] = rung
        heapq.heappush(self._heap, (rung.lane, next(self._number), key))
        self._some.set()

    async def _next(self) -> tuple[_Key, _Rung]:
        while True:
            while not self._heap:
                self._some.clear()
                await self._some.wait()
            lane, _, key = heapq.heappop(self._heap)
            if key in self._waiting and self._waiting[key].lane == lane:
                self._running.add(key)
                return key, self._waiting.pop(key)

    async def _work(self, handlers: Mapping[Job, Handler], failures: Failures) -> None:
        while True:
            key, rung = await self._next()
            if rung.lane is not Lane.CRITICAL:
                await self.courtesy.stand_back()
            ran = Ran()
            try:
                ran = await run_once(handlers, failures, *key, call=rung.call)
            finally:
                self._end(key, ran)

    def _end(self, key: _Key, ran: Ran) -> None:
        self._running.discard(key)
        now = time.monotonic()
        if ran.rest > 0:
            self._resting[key] = now + ran.rest
        if ran.deaf > 0:
            self._deaf[key] = now + ran.deaf
        if again := self._again.pop(key, None):
            self._ring(key, again)
        if not self._waiting and not self._running and not self._later:
            self._idle.set()
