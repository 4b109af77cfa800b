"""What becomes of jobs that fail: tried again where that may help, and an end that people see."""

from dataclasses import dataclass

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict, NotFound
from app.core.metrics import Metrics, Outcome
from app.core.queue import Fault, Job, JobQueue, Ran, backoff
from app.crud.failed_jobs import FailedJobRepository
from app.crud.pages import Page
from app.schemas.audit import Act
from app.schemas.failed_job import FailedJob
from app.schemas.request import Request
from app.services.pipeline import STAGE_OF, Pipeline

log = structlog.get_logger(__name__)

DEAF_SECONDS, DEAF_SECONDS_DEFECT = 60.0, 600.0
"""How long the sweeper's rings for a job that was given up are not heard. Requests need none: their stage says it."""
_BATCH = 100
_RETRIED = Act(event="request.retried")


@dataclass(frozen=True)
class Failures:
    failed: FailedJobRepository
    pipeline: Pipeline
    queue: JobQueue
    clock: Clock
    attempts: int
    first_pause: float
    metrics: Metrics

    async def count(self, job: Job, id: str, fault: Fault) -> Ran:
        """After a failed try: rung again later, or written down as given up."""
        counted = await self.pipeline.count_failure(job, id, fault)
        if counted is not None and not counted.ended:
            self.metrics.job(job, Outcome.RETRIED)
            return Ran(rest=counted.pause)
        last = 0 if fault.final or counted is not None else self.attempts
        attempts = counted.attempts if counted else None
        letter = await self.failed.record(job, id, fault.reason, fault.error, attempts=attempts, last=last)
        if letter.attempts < last:
            pause = backoff(letter.attempts, first=self.first_pause)
            self.metrics.job(job, Outcome.RETRIED)
            await self.queue.put(job, id, after=pause)
            return Ran(rest=pause)
        self.metrics.job(job, Outcome.GAVE_UP)
        log.error("job.given_up", job=job, id=id, error=fault.error, attempts=letter.attempts)
        if counted is not None:
            return Ran()
        return Ran(deaf=DEAF_SECONDS_DEFECT if fault.final else DEAF_SECONDS)

    async def listed(self, *, limit: int, cursor: str | None = None) -> Page[FailedJob]:
        """Jobs that were given up, the last one first."""
        return await self.failed.ended(limit=limit, cursor=cursor)

    async def retry(self, id: str) -> FailedJob:
        """Have one tried again, as if it had never failed; `NotFound` for one that never has."""
        letter = await self.failed.get(id)
        await self._unblock(letter)
        letter = await self.failed.change(id, lambda latest: latest.rung_again(self.clock()), None)
        log.info("job.retried", job=letter.job, id=letter.job_id)
        return letter

    async def sweep(self) -> int:
        """Ring for those that somebody wants tried again; returns how many."""
        wanted = await self.failed.rung_again(limit=_BATCH)
        for letter in wanted:
            await self.queue.put(Job(letter.job), letter.job_id, once_more=True)
            await self.failed.change(letter.id, lambda latest: latest.heard(self.clock()), None)
        return len(wanted)

    async def _unblock(self, letter: FailedJob) -> None:
        """Bring the request that waits before a human for this back to where the job finds it."""
        stage = STAGE_OF.get(Job(letter.job))
        if stage is None or Job(letter.job) is Job.MATCH:
            return

        def step(latest: Request) -> Request:
            return latest.retried(stage, self.clock())

        try:
            await self.pipeline.requests.change(letter.job_id, step, _RETRIED)
        except (NotFound, Conflict):
            log.info("job.retried_in_vain", job=letter.job, id=letter.job_id)
