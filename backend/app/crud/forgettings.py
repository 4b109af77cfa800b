from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.crud.base import Repository
from app.crud.store.port import Op, Order, Store, Where
from app.schemas.forgetting import Forgetting


class ForgettingRepository(Repository[Forgetting]):
    """People who are being deleted."""

    collection = "forgettings"

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Forgetting)

    async def due(self, now: datetime, *, limit: int) -> Sequence[str]:
        """The ids of those at which nobody is, longest due first."""
        return await self.ids([Where("due", Op.LE, rfc3339(now))], [Order("due")], limit=limit)
