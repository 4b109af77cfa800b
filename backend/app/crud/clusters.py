from collections.abc import Sequence

from app.core.clock import Clock
from app.crud.base import Repository
from app.crud.pages import Page
from app.crud.store.port import Data, Op, Order, Store, Where
from app.schemas.cluster import Cluster
from app.schemas.vocabulary import Severity


class ClusterRepository(Repository[Cluster]):
    collection = "clusters"
    audited = frozenset({"severity", "lead", "joined_into"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Cluster)

    def written(self, document: Cluster) -> Data:
        found: Data = {
            "open": document.severity is not None,
            "urgency": (document.severity or Severity.LOW).rank,
        }
        return {**super().written(document), **found}

    async def most_urgent(
        self, disasters: Sequence[str] | None, *, limit: int, cursor: str | None = None
    ) -> Page[Cluster]:
        """Those of these disasters (None: of all) with open requests, most urgent first, of those the oldest."""
        if disasters is not None and not disasters:
            return Page((), None)
        where = [Where("open", Op.EQ, True)]
        if disasters is not None:
            where.append(Where("disaster_id", Op.IN, list(disasters)))
        return await self.page(where, [Order("urgency"), Order("since")], limit=limit, cursor=cursor)

    async def joining(self, *, limit: int) -> Sequence[Cluster]:
        """Those given up for an older one that still have requests to be moved there."""
        return (await self.page([Where("joining", Op.EQ, True)], [], limit=limit)).items
