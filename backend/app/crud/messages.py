from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.crud.base import Repository
from app.crud.pages import Changes, Page
from app.crud.store.port import Op, Order, Store, Where
from app.schemas.message import Message


class MessageRepository(Repository[Message]):
    collection = "messages"
    audited = frozenset({"disaster_id", "reported_at"})
    leaves_tombstones = True

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Message)

    async def newest(
        self, disaster_id: str, *, before: datetime | None = None, limit: int, cursor: str | None = None
    ) -> Page[Message]:
        """A disaster's messages (those before a moment), newest first."""
        where = [Where("disaster_id", Op.EQ, disaster_id)]
        if before is not None:
            where.append(Where("created_at", Op.LT, rfc3339(before)))
        return await self.page(where, [Order("created_at", descending=True)], limit=limit, cursor=cursor)

    async def changed_in(
        self, disaster_id: str, since: datetime, *, limit: int, cursor: str | None
    ) -> Changes[Message]:
        """What has changed among a disaster's messages."""
        return await self.changed([Where("disaster_id", Op.EQ, disaster_id)], since, limit=limit, cursor=cursor)
