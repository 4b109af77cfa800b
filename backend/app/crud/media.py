from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.crud.base import Repository
from app.crud.store.port import Op, Order, Store, Where
from app.schemas.media import Medium


class MediaRepository(Repository[Medium]):
    collection = "media"
    audited = frozenset({"status", "request_ids"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Medium)

    async def overdue(self, now: datetime, *, limit: int) -> Sequence[str]:
        """The ids of what is not to be kept any longer, longest overdue first."""
        where = [Where("keep_until", Op.LE, rfc3339(now))]
        return await self.ids(where, [Order("keep_until")], limit=limit)
