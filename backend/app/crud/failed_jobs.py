from collections.abc import Sequence

from app.core.clock import Clock
from app.crud.base import Repository
from app.crud.pages import Page
from app.crud.store.port import Op, Order, Store, Where
from app.crud.unit import Unit, together
from app.schemas.failed_job import FailedJob, FailureState


class FailedJobRepository(Repository[FailedJob]):
    """Jobs that were given up, and those that have failed and are still tried."""

    collection = "failed_jobs"

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, FailedJob)

    async def record(
        self, job: str, job_id: str, reason: str, error: str, *, attempts: int | None, last: int
    ) -> FailedJob:
        """Write down one more failed try; the `last`-th is the end. `attempts` where somebody else has counted."""
        id = f"{job}.{job_id}"

        async def step(unit: Unit) -> FailedJob:
            at = self.clock()
            known = await unit.find(self, id)
            before = known or FailedJob(
                id=id,
                job=job,
                job_id=job_id,
                reason=reason,
                error=error,
                attempts=0,
                first_at=at,
                last_at=at,
                created_at=at,
                updated_at=at,
            )
            after = before.failed(reason, error, at, attempts=attempts, ended=False)
            if after.attempts >= last:
                after = before.failed(reason, error, at, attempts=attempts, ended=True)
            return unit.put(self, after, None) if known else unit.add(self, after, None)

        return await together(self.store, self.clock, step, keys=[self.key(id)])

    async def ended(self, *, limit: int, cursor: str | None = None) -> Page[FailedJob]:
        """Those that were given up, the last one first."""
        where = [Where("state", Op.EQ, FailureState.ENDED)]
        return await self.page(where, [Order("last_at", descending=True)], limit=limit, cursor=cursor)

    async def rung_again(self, *, limit: int) -> Sequence[FailedJob]:
        """Those that somebody wants tried again, and that nobody has passed on."""
        return (await self.page([Where("state", Op.EQ, FailureState.RUNG_AGAIN)], [], limit=limit)).items
