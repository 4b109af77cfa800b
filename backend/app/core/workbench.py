"""Working on one message: some ids of one job, together, each of them once at a time over all processes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from app.core.celery_app import JOB_SECONDS
from app.core.celery_queue import CeleryQueue
from app.core.leases import Leases, Turn, Verdict, lease_key
from app.core.queue import Failures, Fault, Handler, Job, Lane, Ran, run_once, told
from app.core.rings import Ring

STARTS_MOST = 3
FLUSH_SECONDS = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Workbench:
    handlers: Mapping[Job, Handler]
    failures: Failures
    queue: CeleryQueue
    leases: Leases

    async def work(self, holder: str, lane: Lane, job: Job, rung: Mapping[str, str | None]) -> None:
        """Do a job for each id, as part of the call that rang for it. `holder` is the message, also when it returns."""
        self.queue.busy += 1
        try:
            turns = await self.leases.acquire(holder, lane, job, list(rung))
            await self._wait(lane, job, rung, turns)
            mine = {id: turn.number for id, turn in turns.items() if turn.verdict is Verdict.RUN}
            if len(mine) > 1 and max(mine.values()) > 1:
                await self._each_alone(holder, lane, job, {id: rung[id] for id in mine})
            elif mine:
                await self._run(holder, lane, job, {id: rung[id] for id in mine}, mine)
        finally:
            self.queue.busy -= 1

    async def _run(
        self, holder: str, lane: Lane, job: Job, rung: Mapping[str, str | None], starts: Mapping[str, int]
    ) -> None:
        async with self.leases.renewing(holder, [lease_key(job, id) for id in rung]):
            ran = dict(
                zip(
                    rung,
                    await asyncio.gather(*(self._once(job, id, call, starts[id]) for id, call in rung.items())),
                    strict=True,
                )
            )
            # What these lead to is in Redis before this message is gone from there.
            await self.queue.flush(FLUSH_SECONDS)
        for id in await self.leases.release(holder, job, ran):
            self.queue.ring(Ring(job, id, lane, rung[id]), after=ran[id].rest)

    async def _once(self, job: Job, id: str, call: str | None, starts: int) -> Ran:
        if starts <= STARTS_MOST:
            return await run_once(self.handlers, self.failures, job, id, call=call, seconds=JOB_SECONDS)
        log.error("job.ended_its_process", job=job, id=id, times=STARTS_MOST)
        return await told(
            self.failures, job, id, Fault(f"{job} ended its worker {STARTS_MOST} times", "WorkerLost", final=True)
        )

    async def _each_alone(self, holder: str, lane: Lane, job: Job, rung: Mapping[str, str | None]) -> None:
        """One of them has ended its process: the next time it is to end only itself."""
        await self.leases.let_go(holder, job, list(rung))
        for id, call in rung.items():
            self.queue.ring(Ring(job, id, lane, call, alone=True))
        await self.queue.flush(FLUSH_SECONDS)

    async def _wait(self, lane: Lane, job: Job, rung: Mapping[str, str | None], turns: Mapping[str, Turn]) -> None:
        for id, turn in turns.items():
            if turn.verdict is Verdict.RESTING:
                self.queue.ring(Ring(job, id, lane, rung[id]), after=max(0.001, turn.number / 1000))
