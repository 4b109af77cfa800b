from app.core.clock import Clock
from app.crud.base import Repository
from app.crud.pages import Page
from app.crud.store.port import Op, Order, Store, Where
from app.schemas.resource import LedgerEntry, Resource, ResourceStatus
from app.schemas.vocabulary import Item


class ResourceRepository(Repository[Resource]):
    collection = "resources"
    audited = frozenset({"quantity", "reserved", "status"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Resource)

    def ledger(self, resource_id: str) -> Repository[LedgerEntry]:
        """The changes of one stock."""
        self.key(resource_id)
        return Repository(self.store, self.clock, LedgerEntry, collection=f"{self.collection}/{resource_id}/ledger")

    async def newest(self, *, item: Item | None, limit: int, cursor: str | None) -> Page[Resource]:
        where = [Where("resource_type", Op.EQ, item)] if item else []
        return await self.page(where, [Order("created_at", descending=True)], limit=limit, cursor=cursor)

    async def in_reach(self, disaster_id: str | None) -> list[Resource]:
        """Stocks that are open, and serve this disaster or all."""
        stocks = await self.every([Where("status", Op.EQ, ResourceStatus.AVAILABLE)])
        return [stock for stock in stocks if stock.disaster_id in (None, disaster_id)]
