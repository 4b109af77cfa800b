import asyncio
from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.crud.base import Repository
from app.crud.pages import Page
from app.crud.store.port import Op, Order, Query, Store, Where
from app.schemas.disaster import Disaster, DisasterFilter, DisasterStatus, Phase
from app.schemas.participant import Participant
from app.schemas.vocabulary import RoleId

CONTENTS = ("requests", "tasks", "resources", "messages", "observations")
"""The collections whose documents belong to a disaster by their `disaster_id`."""

MOST_ON_A_MAP = 1_000


class DisasterRepository(Repository[Disaster]):
    collection = "disasters"
    audited = frozenset({"name", "status", "status_reason", "phase", "severity", "type"})
    leaves_tombstones = True

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Disaster)

    def participants(self, disaster_id: str) -> "ParticipantRepository":
        """Who takes part in one disaster."""
        self.key(disaster_id)
        return ParticipantRepository(self.store, self.clock, disaster_id)

    async def newest(
        self,
        *,
        status: DisasterStatus,
        created_by: str | None = None,
        wanted: DisasterFilter | None = None,
        limit: int,
        cursor: str | None,
    ) -> Page[Disaster]:
        """Disasters in one state (of one person, where one is named), newest first.

        There are few disasters in a country and many ways to look for one, so the rest of a search is not indexed.
        """
        where = [Where("status", Op.EQ, status)]
        if created_by is not None:
            where.append(Where("created_by", Op.EQ, created_by))
        if wanted is None:
            return await self.page(where, _NEWEST, limit=limit, cursor=cursor)
        takes = wanted.takes
        return await self.sift(where, _NEWEST, lambda data: takes(self.read(data)), limit=limit, cursor=cursor)

    async def on_map(self) -> Sequence[Disaster]:
        """Registered ones that are not archived, out of the `MOST_ON_A_MAP` newest."""
        page = await self.newest(status=DisasterStatus.REGISTERED, limit=MOST_ON_A_MAP, cursor=None)
        return [one for one in page.items if one.phase is not Phase.ARCHIVED]

    async def standing(self) -> list[Disaster]:
        """All that go on or wait for a decision: where one of them is, another need not be suggested."""
        where = [Where("status", Op.IN, [str(DisasterStatus.REGISTERED), str(DisasterStatus.PENDING)])]
        found = await self.every(where)
        return [one for one in found if one.ongoing or one.status is DisasterStatus.PENDING]

    async def discarded(self, *, since: datetime) -> list[Disaster]:
        """What a human has turned down since then."""
        where = [
            Where("status", Op.EQ, DisasterStatus.REJECTED),
            Where("decided_at", Op.GE, rfc3339(since)),
        ]
        return await self.every(where, [Order("decided_at")])

    async def contents(self, id: str) -> dict[str, int]:
        """How many documents of each kind belong to a disaster; kinds with none are left out."""
        of_it = (Where("disaster_id", Op.EQ, id),)
        queries = {name: Query(name, where=of_it) for name in CONTENTS}
        queries["participants"] = Query(self.participants(id).place)
        counts = await asyncio.gather(*(self.store.count(query) for query in queries.values()))
        return {name: count for name, count in zip(queries, counts, strict=True) if count}


class ParticipantRepository(Repository[Participant]):
    audited = frozenset({"role"})

    def __init__(self, store: Store, clock: Clock, disaster_id: str) -> None:
        super().__init__(store, clock, Participant, collection=f"disasters/{disaster_id}/participants")

    async def newest(self, *, role: RoleId | None, limit: int, cursor: str | None) -> Page[Participant]:
        """Those in one role (None: in any), who joined last first."""
        where = [Where("role", Op.EQ, role)] if role is not None else []
        return await self.page(where, [Order("joined_at", descending=True)], limit=limit, cursor=cursor)


_NEWEST = (Order("created_at", descending=True),)
