from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.crud.base import Repository
from app.crud.clearing import BATCH, clear
from app.crud.pages import Page
from app.crud.store.port import Op, Order, Query, Store, Where
from app.schemas.notification import Notification, NotificationStatus


class NotificationRepository(Repository[Notification]):
    collection = "notifications"

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

    async def undelivered(self, *, since: datetime, limit: int) -> Sequence[str]:
        """The ids of what was recorded before `since` and has not reached an inbox yet, oldest first."""
        where = [
            Where("status", Op.EQ, NotificationStatus.QUEUED),
            Where("created_at", Op.LE, rfc3339(since)),
        ]
        return await self.ids(where, [Order("created_at")], limit=limit)
