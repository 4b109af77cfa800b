from app.core.clock import Clock
from app.crud.base import Page, Repository
from app.crud.store.port import Op, Order, Store, Where
from app.schemas.disaster import Disaster, DisasterStatus, Participant


class DisasterRepository(Repository[Disaster]):
    collection = "disasters"
    audited = frozenset({"name", "status", "severity"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Disaster)

    def participants(self, disaster_id: str) -> Repository[Participant]:
        """Who takes part in one disaster."""
        self.key(disaster_id)
        return Repository(
            self.store, self.clock, Participant, collection=f"{self.collection}/{disaster_id}/participants"
        )

    async def newest(self, *, status: DisasterStatus | None, limit: int, cursor: str | None) -> Page[Disaster]:
        where = [Where("status", Op.EQ, status)] if status else []
        return await self.page(where, [Order("created_at", descending=True)], limit=limit, cursor=cursor)
