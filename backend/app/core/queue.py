"""The job queue: a job is a name and one id, a hint that something may be waiting; the store knows what is.

A handler is a coroutine that takes the id. Losing a job loses nothing: the sweeper finds what waits.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Protocol, TypeAlias

import structlog

from app.core.errors import Transient
from app.core.logging import current_request, frames
from app.core.tracing import carried, carrying

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
    SCORE = "score"
    BROADCAST = "broadcast"


class Lane(IntEnum):
    """What waits is taken from the first of these that has anything."""

    CRITICAL = 0
    TRIAGE = 1
    DEFAULT = 2
    DELIVERY = 3
    BACKGROUND = 4

    @property
    def word(self) -> str:
        return self.name.lower()


_LANES = {
    # All are read before any is planned: only then is it known who is in the greatest danger.
    Job.ASSESS: Lane.TRIAGE,
    Job.PLAN: Lane.DEFAULT,
    Job.MATCH: Lane.DEFAULT,
    Job.DELIVER: Lane.DELIVERY,
}


def lane_of(job: Job, *, urgent: bool) -> Lane:
    return Lane.CRITICAL if urgent else _LANES.get(job, Lane.BACKGROUND)


Rest: TypeAlias = float | None
Handler: TypeAlias = Callable[[str], Awaitable[Rest]]
"""Returns for how many seconds the same job for the same id is to rest now, however often somebody rings."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a try has failed, in words that name no person, and whether another one could go better."""

    reason: str
    error: str
    final: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one try: for how long a ring for the same has to wait, and for how long none is heard."""

    rest: float = 0.0
    deaf: float = 0.0


Failures: TypeAlias = Callable[[Job, str, Fault], Awaitable[Ran]]
"""Told of every failed try; it rings again where that is of use."""


class JobQueue(Protocol):
    async def put(
        self, job: Job, id: str, *, urgent: bool = False, after: float = 0.0, once_more: bool = False
    ) -> None:
        """Ring for one document, in so many seconds. Never fails and never blocks.

        Urgent rings overtake all others. `once_more` is heard even where the job was given up a short while ago.
        """


@dataclass(frozen=True, slots=True)
class QueueState:
    """Whether jobs are being passed on, how many wait, and what an operator should know of it."""

    works: bool
    depth: int
    detail: str
    lanes: Mapping[Lane, int] = field(default_factory=dict)
    """How many wait in each lane; none where that is not known."""
    oldest_seconds: float = 0.0
    """How long the one has waited that waits longest."""


class WorkQueue(JobQueue, Protocol):
    """A queue as the process has it that made it."""

    @property
    def elsewhere(self) -> bool:
        """Whether workers and sweeper are other processes."""

    @property
    def depth(self) -> int:
        """How many rings wait in this process."""

    def start(self, handlers: Mapping[Job, Handler], failures: Failures) -> None: ...

    async def stop(self) -> None: ...

    async def drained(self) -> None:
        """Wait until no job waits or runs."""

    async def state(self) -> QueueState: ...


async def run_once(
    handlers: Mapping[Job, Handler],
    failures: Failures,
    job: Job,
    id: str,
    *,
    call: str | None,
    seconds: float | None = None,
) -> Ran:
    """Try a job once, within so many seconds, as part of the `call` that rang for it. Never raises."""
    request_id, _, traceparent = (call or "").partition(" ")
    called = {"request_id": request_id} if request_id else {}
    with carrying(traceparent or None), structlog.contextvars.bound_contextvars(job=job, job_id=id, **called):
        try:
            async with asyncio.timeout(seconds):
                return Ran(rest=await handlers[job](id) or 0.0)
        except (Transient, TimeoutError) as error:
            log.warning("job.failed", job=job, id=id, error=type(error).__name__)
            fault = Fault("a service it needs did not answer", type(error).__name__, final=False)
        except Exception as error:
            # The edge of this process: a defect in a handler must not end the worker, and must be seen.
            log.error("job.crashed", job=job, id=id, error=type(error).__name__, frames=frames(error))
            fault = Fault(f"{job} failed with {type(error).__name__}", type(error).__name__, final=True)
        return await told(failures, job, id, fault)


async def told(failures: Failures, job: Job, id: str, fault: Fault) -> Ran:
    """Report a failed try. Never raises."""
    try:
        return await failures(job, id, fault)
    except Exception as error:
        # The store itself may be the thing that is down; the sweeper rings again.
        log.warning("job.report_failed", job=job, id=id, error=type(error).__name__)
        return Ran()


def backoff(attempts: int, *, first: float, most: float = 60.0) -> float:
    """Seconds before the next try after so many failed ones: longer each time, and never the same for all."""
    return float(min(most, first * 2 ** min(attempts - 1, 16)) * random.uniform(0.5, 1.5))


def current_call() -> str | None:
    """The id of the call that is being answered, or that the running job goes back to; after it, where one is sent, the
    W3C traceparent of what is done for it right now.
    """
    call, traceparent = current_request(), carried()
    return f"{call or ''} {traceparent}" if traceparent else call
