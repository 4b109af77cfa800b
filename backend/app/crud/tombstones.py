from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.crud.base import TOMBSTONES, Page, Repository
from app.crud.store.port import Op, Order, Store, Where
from app.schemas.tombstone import Tombstone


class TombstoneRepository(Repository[Tombstone]):
    """What repositories with `leaves_tombstones` have removed; only read here."""

    collection = TOMBSTONES

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Tombstone)

    async def of(self, collection: str, id: str) -> Tombstone | None:
        """What is left of one document of a collection; None where it was never removed."""
        return await self.find(self.id_of(collection, id))

    @staticmethod
    def id_of(collection: str, id: str) -> str:
        """Where `Unit.remove` leaves the tombstone of a document."""
        return f"{collection.replace('/', '.')}.{id}"

    async def since(
        self, collection: str, disaster_id: str, since: datetime, *, limit: int, cursor: str | None = None
    ) -> Page[Tombstone]:
        """What was removed from a disaster's share of a collection at `since` or later, oldest first."""
        where = [
            Where("collection", Op.EQ, collection),
            Where("disaster_id", Op.EQ, disaster_id),
            Where("updated_at", Op.GE, rfc3339(since)),
        ]
        return await self.page(where, [Order("updated_at")], limit=limit, cursor=cursor)
