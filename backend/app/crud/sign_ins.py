from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.crud.base import Repository
from app.crud.store.port import Op, Order, Store, Where
from app.schemas.sign_in import Untold


class UntoldRepository(Repository[Untold]):
    """People of whom the sign-in service does not know the latest yet."""

    collection = "untold"

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Untold)

    async def due(self, now: datetime, *, limit: int) -> Sequence[Untold]:
        """Those at which nobody is, longest due first."""
        return (await self.page([Where("due", Op.LE, rfc3339(now))], [Order("due")], limit=limit)).items
