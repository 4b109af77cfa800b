from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.crud.base import Repository
from app.crud.clearing import BATCH, clear
from app.crud.pages import Page
from app.crud.store.port import Data, Op, Order, Query, Store, Where
from app.schemas.notification import SHARDS, Notification, NotificationStatus


class NotificationRepository(Repository[Notification]):
    collection = "notifications"
    schema = 2

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Notification)

    async def inbox(self, uid: str, *, limit: int, cursor: str | None = None) -> Page[Notification]:
        """One person's notifications, newest first."""
        where = [Where("to", Op.EQ, uid)]
        return await self.page(where, [Order("created_at", descending=True)], limit=limit, cursor=cursor)

    async def clear_of(self, uid: str, *, limit: int) -> int:
        """Remove up to `limit` of one person's; returns how many."""
        query = Query(self.place, where=(Where("to", Op.EQ, uid),), limit=min(limit, BATCH))
        return await clear(self.store, query)

    def written(self, document: Notification) -> Data:
        due = document.due
        return {**super().written(document), "shard": document.shard, "due": rfc3339(due) if due else None}

    async def due(self, shard: str, now: datetime, *, limit: int) -> Sequence[Notification]:
        """What of one part of the outbox is to be pushed by now, longest due first."""
        return (await self.page(_due(now, shard), [Order("due")], limit=limit)).items

    async def count_of(self, broadcast_id: str, status: NotificationStatus) -> int:
        """How many of one broadcast's stand so."""
        where = (Where("broadcast_id", Op.EQ, broadcast_id), Where("status", Op.EQ, status))
        return await self.store.count(Query(self.place, where))

    async def shards_due(self, now: datetime) -> list[str]:
        """The parts of the outbox in which something is to be pushed by now."""
        if not await self.ids(_due(now), [Order("due")], limit=1):
            return []
        found = [await self.ids(_due(now, str(shard)), [Order("due")], limit=1) for shard in range(SHARDS)]
        return [str(shard) for shard, ids in enumerate(found) if ids]


def _due(now: datetime, shard: str | None = None) -> list[Where]:
    where = [Where("due", Op.LE, rfc3339(now))]
    return where if shard is None else [Where("shard", Op.EQ, shard), *where]
