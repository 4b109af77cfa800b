from collections.abc import Sequence

from app.core.clock import Clock
from app.crud.base import Repository
from app.crud.store.port import Op, Store, Where
from app.schemas.broadcast import Broadcast, BroadcastStatus


class BroadcastRepository(Repository[Broadcast]):
    collection = "broadcasts"
    audited = frozenset({"status", "critical", "drill", "told"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Broadcast)

    async def sending(self, *, limit: int) -> Sequence[str]:
        """The ids of those that not everybody has in their inbox yet."""
        return await self.ids([Where("status", Op.EQ, BroadcastStatus.SENDING)], limit=limit)
