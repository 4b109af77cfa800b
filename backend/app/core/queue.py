"""The job queue: a job is a name and one id, a hint that something may be waiting; the store knows what is.

A handler is a coroutine that takes the id. Losing a job loses nothing: the sweeper finds what waits.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

import structlog

from app.core.errors import Transient
from app.core.logging import frames

log = structlog.get_logger(__name__)


class Job(StrEnum):
    ASSESS = "assess"
    PLAN = "plan"
    MATCH = "match"
    DELIVER = "deliver"
    LINK = "link"
    SCOUT = "scout"
    LAPSE = "lapse"
    EXPIRE = "expire"
    DISCARD = "discard"
    FORGET = "forget"
    ANONYMISE = "anonymise"
    TELL = "tell"


Handler: TypeAlias = Callable[[str], Awaitable[None]]
GaveUp: TypeAlias = Callable[[Job, str, str], Awaitable[None]]


class JobQueue(Protocol):
    async def put(self, job: Job, id: str) -> None:
        """Ring for one document. Never fails and never blocks its caller for longer than its own short bound."""


@dataclass(slots=True)
class InProcessQueue:
    """Workers inside this process. One job for one id waits once and runs once at a time; rung while it runs, it
    runs once more.

    A handler that fails is rung again, later and later, by its own document's `attempts` (see `gave_up`, which is
    told of every failed try with a reason that names no person).
    """

    workers: int
    gave_up: GaveUp
    handlers: Mapping[Job, Handler] = field(default_factory=dict)
    _jobs: "asyncio.Queue[tuple[Job, str]]" = field(default_factory=asyncio.Queue)
    _waiting: set[tuple[Job, str]] = field(default_factory=set)
    _running: set[tuple[Job, str]] = field(default_factory=set)
    _again: set[tuple[Job, str]] = field(default_factory=set)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, job: Job, id: str) -> None:
        if (job, id) in self._running:
            self._again.add((job, id))
        elif (job, id) not in self._waiting:
            self._waiting.add((job, id))
            self._idle.clear()
            self._jobs.put_nowait((job, id))

    def start(self, handlers: Mapping[Job, Handler]) -> None:
        self.handlers = handlers
        self._tasks = [asyncio.create_task(self._work(), name=f"worker-{n}") for n in range(self.workers)]

    async def stop(self) -> None:
        """Let no new job begin; a job that is cut off is found again by the sweeper."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def drained(self) -> None:
        """Wait until no job waits or runs."""
        while self._waiting or self._running:
            self._idle.clear()
            await self._idle.wait()

    @property
    def depth(self) -> int:
        return len(self._waiting)

    async def _work(self) -> None:
        while True:
            job, id = rung = await self._jobs.get()
            self._waiting.discard(rung)
            self._running.add(rung)
            try:
                await self._run(job, id)
            finally:
                self._running.discard(rung)
                if rung in self._again:
                    self._again.discard(rung)
                    await self.put(job, id)
                if not self._waiting and not self._running:
                    self._idle.set()

    async def _run(self, job: Job, id: str) -> None:
        try:
            with structlog.contextvars.bound_contextvars(job=job, job_id=id):
                await self.handlers[job](id)
        except Transient as error:
            log.warning("job.failed", job=job, id=id, error=type(error).__name__)
            await self._report(job, id, "a service it needs did not answer")
        except Exception as error:
            # The edge of this process: a defect in a handler must not end the worker, and must be seen.
            log.error("job.crashed", job=job, id=id, error=type(error).__name__, frames=frames(error))
            await self._report(job, id, f"{job} failed with {type(error).__name__}")

    async def _report(self, job: Job, id: str, reason: str) -> None:
        await asyncio.sleep(random.uniform(0.05, 0.25))
        try:
            await self.gave_up(job, id, reason)
        except Exception as error:
            # The store itself may be the thing that is down; the sweeper rings again.
            log.warning("job.report_failed", job=job, id=id, error=type(error).__name__)
