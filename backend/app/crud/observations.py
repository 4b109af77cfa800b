import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.core.geo import Cells, Circle, cells_at, covering
from app.crud.base import Repository
from app.crud.pages import Changes, Page
from app.crud.store.port import IN_LIMIT, Data, Json, Op, Order, Store, Where
from app.schemas.observation import SAME_WITHIN, SAME_WITHIN_KM, Observation, ObservationFilter
from app.schemas.observation_states import EXPIRING, ObservationStatus

MOST_ALIKE = 1_000


class ObservationRepository(Repository[Observation]):
    collection = "observations"
    audited = frozenset({"status", "kind", "severity", "expires_at", "corroborates"})
    leaves_tombstones = True

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Observation)

    def written(self, document: Observation) -> Data:
        cells: Data = {f"cell_{size}": cell for size, cell in cells_at(*document.location.point).items()}
        return {**super().written(document), **cells}

    async def newest(
        self, disaster_id: str, wanted: ObservationFilter, *, limit: int, cursor: str | None
    ) -> Page[Observation]:
        """Observations of one disaster, seen last first. An area is asked for by its cells, all else is sifted then."""
        there = Where("disaster_id", Op.EQ, disaster_id)

        def takes(data: Data) -> bool:
            return wanted.takes(self.read(data))

        if wanted.area is not None and (cells := covering(wanted.area)):
            return await self.sift([there, _in(cells)], _NEWEST, takes, limit=limit, cursor=cursor)
        plain = {"status": wanted.status, "kind": wanted.kind}
        where = [there, *(Where(name, Op.EQ, str(word)) for name, word in plain.items() if word is not None)]
        if wanted.area is None:
            return await self.page(where, _NEWEST, limit=limit, cursor=cursor)
        return await self.sift(where, _NEWEST, takes, limit=limit, cursor=cursor)

    async def changed_in(
        self, disaster_id: str, since: datetime, *, limit: int, cursor: str | None
    ) -> Changes[Observation]:
        """What has changed among the observations of one disaster."""
        return await self.changed([Where("disaster_id", Op.EQ, disaster_id)], since, limit=limit, cursor=cursor)

    async def alike(self, one: Observation) -> list[Observation]:
        """Other reports of the same thing, by kind, place and time."""
        cells = covering(Circle(*one.location.point, SAME_WITHIN_KM))
        where = [
            Where("disaster_id", Op.EQ, one.disaster_id),
            Where("observed_at", Op.GE, rfc3339(one.observed_at - SAME_WITHIN)),
            Where("observed_at", Op.LE, rfc3339(one.observed_at + SAME_WITHIN)),
            *([_in(cells)] if cells else []),
        ]
        found = await self.every(where, _NEWEST, most=MOST_ALIKE)
        return [other for other in found if other.id != one.id and other.same_as(one)]

    async def corroborations(self, ids: Sequence[str]) -> Counter[str]:
        """How many others say the same as each of these; those that are disputed do not count."""
        chunks = [list(ids[start : start + IN_LIMIT]) for start in range(0, len(ids), IN_LIMIT)]
        found = await asyncio.gather(*(self._saying_the_same(chunk) for chunk in chunks))
        linked = [data for page in found for data in page if data["status"] != ObservationStatus.DISPUTED]
        return Counter(str(data["corroborates"]) for data in linked)

    async def _saying_the_same(self, ids: Sequence[str]) -> list[Data]:
        """Of what corroborates these, what it corroborates and how it stands."""
        where = [Where("corroborates", Op.IN, list[Json](ids))]
        return await self.parts(where, ("corroborates", "status"))

    async def linked_to(self, id: str) -> list[Observation]:
        """What corroborates one observation, oldest first."""
        found = await self.every([Where("corroborates", Op.EQ, id)])
        return sorted(found, key=lambda one: (one.created_at, one.id))

    async def due(self, *, at: datetime, limit: int) -> Sequence[str]:
        """The ids of those whose time has run out and that are not expired yet, longest overdue first."""
        where = [
            Where("status", Op.IN, [str(status) for status in EXPIRING]),
            Where("expires_at", Op.LE, rfc3339(at)),
        ]
        return await self.ids(where, [Order("expires_at")], limit=limit)


_NEWEST = (Order("observed_at", descending=True),)


def _in(cells: Cells) -> Where:
    return Where(f"cell_{cells.resolution}", Op.IN, list[Json](cells.ids))
