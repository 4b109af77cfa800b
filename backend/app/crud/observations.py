import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.crud.base import Page, Repository
from app.crud.sifting import each, sifted
from app.crud.store.port import IN_LIMIT, QUERY_LIMIT, Op, Order, Store, Where
from app.schemas.nearness import Circle
from app.schemas.observation import (
    EXPIRING,
    SAME_WITHIN,
    SAME_WITHIN_KM,
    Observation,
    ObservationSearch,
    ObservationStatus,
)


class ObservationRepository(Repository[Observation]):
    collection = "observations"
    audited = frozenset({"status", "kind", "severity", "expires_at", "corroborates"})
    leaves_tombstones = True

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Observation)

    async def newest(
        self, disaster_id: str, search: ObservationSearch, *, limit: int, cursor: str | None
    ) -> Page[Observation]:
        """Observations of one disaster, seen last first."""
        where = [Where("disaster_id", Op.EQ, disaster_id)]
        if search.status is not None:
            where.append(Where("status", Op.EQ, search.status))
        if search.kind is not None:
            where.append(Where("kind", Op.EQ, search.kind))
        if search.since is not None:
            where.append(Where("observed_at", Op.GE, rfc3339(search.since)))
        if search.near is None:
            return await self.page(where, _NEWEST, limit=limit, cursor=cursor)
        circle = search.near
        where += _inside(circle)
        sieve = each(lambda one: circle.holds(one.location))
        return await sifted(self, where, _NEWEST, sieve, limit=limit, cursor=cursor)

    async def alike(self, one: Observation) -> list[Observation]:
        """Other reports of the same thing, by kind, place and time."""
        circle = Circle(centre=one.location, radius_km=SAME_WITHIN_KM)
        where = [
            Where("disaster_id", Op.EQ, one.disaster_id),
            Where("kind", Op.EQ, one.kind),
            Where("observed_at", Op.GE, rfc3339(one.observed_at - SAME_WITHIN)),
            Where("observed_at", Op.LE, rfc3339(one.observed_at + SAME_WITHIN)),
            *_inside(circle),
        ]
        found = await self.every(where, _NEWEST, most=QUERY_LIMIT)
        return [other for other in found if other.id != one.id and other.same_as(one)]

    async def corroborations(self, ids: Sequence[str]) -> Counter[str]:
        """How many others say the same as each of these; those that are disputed do not count."""
        chunks = [list(ids[start : start + IN_LIMIT]) for start in range(0, len(ids), IN_LIMIT)]
        found = await asyncio.gather(*(self.every([Where("corroborates", Op.IN, chunk)]) for chunk in chunks))
        linked = [one for page in found for one in page if one.status is not ObservationStatus.DISPUTED]
        return Counter(one.corroborates for one in linked if one.corroborates is not None)

    async def linked_to(self, id: str) -> list[Observation]:
        """What corroborates one observation, oldest first."""
        found = await self.every([Where("corroborates", Op.EQ, id)])
        return sorted(found, key=lambda one: (one.created_at, one.id))

    async def due(self, *, at: datetime, limit: int) -> Sequence[Observation]:
        """Those whose time has run out and that are not expired yet, longest overdue first."""
        where = [
            Where("status", Op.IN, sorted(EXPIRING)),
            Where("expires_at", Op.LE, rfc3339(at)),
        ]
        return (await self.page(where, [Order("expires_at")], limit=limit)).items


_NEWEST = (Order("observed_at", descending=True),)


def _inside(circle: Circle) -> list[Where]:
    """What the store can tell of a circle: the cells, as long as it has few. The distance is looked at afterwards."""
    cells = circle.cells
    return [Where("cell", Op.IN, list(cells))] if cells is not None else []
