"""The order of the steps. One dictionary drives the happy path and the sweeper alike."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict, NotFound
from app.core.queue import Fault, Job, JobQueue, backoff
from app.core.tracing import Tracer
from app.crud.clusters import ClusterRepository
from app.crud.requests import RequestRepository
from app.schemas.audit import Act
from app.schemas.request import Request
from app.schemas.request_search import RequestFilter
from app.schemas.request_states import Stage
from app.schemas.vocabulary import Severity

log = structlog.get_logger(__name__)
T = TypeVar("T")

NEXT_JOB: Mapping[Stage, Job] = {
    Stage.RECEIVED: Job.ASSESS,
    Stage.ASSESSED: Job.PLAN,
    Stage.PLANNED: Job.MATCH,
}
REQUEST_JOBS = frozenset({Job.ASSESS, Job.PLAN})
"""The id of these is a request's."""
STAGE_OF = {job: stage for stage, job in NEXT_JOB.items()}
BATCH = 500
EVERYWHERE = "everywhere"
"""The id of the job that links: it looks at all that waits for it, wherever that is."""


async def in_time(seconds: float, step: Awaitable[T], instead: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
    """What a step comes to within its time, and whether it did; else what the rules come to, who need none."""
    try:
        async with asyncio.timeout(seconds):
            return await step, True
    except TimeoutError:
        return await instead(), False


@dataclass(frozen=True)
class Counted:
    """How often a step has failed by now; the next try is so many seconds away, if this was not the end."""

    attempts: int
    pause: float
    ended: bool


@dataclass(frozen=True)
class Pipeline:
    """Rings for what comes next, and again for what has waited too long."""

    requests: RequestRepository
    clusters: ClusterRepository
    queue: JobQueue
    clock: Clock
    stuck_after: timedelta
    attempts: int
    tracer: Tracer
    first_pause: float = 1.0

    async def ring(self, request: Request, *, after: float = 0.0, new: bool = False) -> None:
        """Put the next job of a request, in so many seconds; nothing where the machine has no more to do."""
        with self.tracer.about(request.id, new=new):
            await self._ring(request, after)

    async def _ring(self, request: Request, after: float) -> None:
        if request.wants_link:
            await self.queue.put(Job.LINK, EVERYWHERE)
        job = NEXT_JOB.get(request.stage)
        urgent = request.severity is Severity.CRITICAL
        if job is Job.MATCH:
            # All open requests of a disaster are matched together, so the id of this job is the disaster's.
            await self.queue.put(job, request.group, urgent=urgent, after=after)
        elif job is not None:
            await self.queue.put(job, request.id, urgent=urgent, after=after)

    async def sweep(self, *, older_than: timedelta | None = None) -> int:
        """Ring for every request that has been in one stage for too long; returns how many."""
        age = self.stuck_after if older_than is None else older_than
        waiting = await self.requests.waiting(tuple(NEXT_JOB), since=self.clock() - age, limit=BATCH)
        for request in waiting:
            await self.ring(request)
        if await self.requests.to_link(limit=1) or await self.clusters.joining(limit=1):
            await self.queue.put(Job.LINK, EVERYWHERE)
        if waiting:
            log.info("pipeline.swept", requests=len(waiting))
        return len(waiting)

    async def count_failure(self, job: Job, id: str, fault: Fault) -> Counted | None:
        """After a failed try: counted on the request, which is before a human once there were enough of them.

        A failed match counts for every request of the group that is waiting for one. None where nothing waits for
        this job that could be counted on.
        """
        stage = STAGE_OF.get(job)
        if stage is None:
            return None
        ids = [id] if job is not Job.MATCH else [one.id for one in await self.requests.to_match(id)]
        counted = [one for id in ids if (one := await self._count_one(job, stage, id, fault)) is not None]
        if not counted:
            return None
        return Counted(
            attempts=max(one.attempts for one in counted),
            pause=min(one.pause for one in counted),
            ended=all(one.ended for one in counted),
        )

    async def _count_one(self, job: Job, stage: Stage, id: str, fault: Fault) -> Counted | None:
        counts = False

        def step(latest: Request) -> Request:
            nonlocal counts
            counts = latest.stage is stage
            if not counts:
                return latest
            return latest.failed_once(fault.reason, self.clock(), limit=1 if fault.final else self.attempts)

        try:
            request = await self.requests.change(id, step, Act(event=f"request.{job}_failed", why=fault.reason))
        except (NotFound, Conflict):
            return None
        pause = backoff(request.attempts, first=self.first_pause)
        await self.ring(request, after=pause)
        return Counted(request.attempts, pause, ended=request.stage is not stage) if counts else None

    async def resume(self, stages: Sequence[Stage] = tuple(NEXT_JOB)) -> int:
        """Ring for all that an earlier process left waiting; returns how many."""
        rung = 0
        cursor: str | None = None
        for stage in stages:
            while True:
                page = await self.requests.listed(
                    disasters=None, wanted=RequestFilter(stage=stage), limit=BATCH, cursor=cursor
                )
                for request in page.items:
                    await self.ring(request)
                rung += len(page.items)
                cursor = page.next
                if cursor is None:
                    break
        return rung
