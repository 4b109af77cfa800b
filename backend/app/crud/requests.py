from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.crud.base import Page, Repository
from app.crud.store.port import Op, Order, Query, Store, Where
from app.schemas.request import NOT_LISTED, Request, Stage, Status
from app.schemas.vocabulary import Severity


class RequestRepository(Repository[Request]):
    collection = "requests"
    audited = frozenset({"status", "status_reason", "stage", "stage_reason", "severity", "judged_as_request"})
    leaves_tombstones = True

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Request)

    async def of(
        self, uid: str, *, limit: int, cursor: str | None = None, stages: Sequence[Stage] = ()
    ) -> Page[Request]:
        """The requests of one person, newest first."""
        where = [Where("created_by", Op.EQ, uid), *_among("stage", stages)]
        return await self.page(where, _NEWEST, limit=limit, cursor=cursor)

    async def count_of(self, uid: str, *, stages: Sequence[Stage]) -> int:
        """How many requests of one person are in one of `stages`."""
        return await self.store.count(
            Query(self.place, where=(Where("created_by", Op.EQ, uid), *_among("stage", stages)))
        )

    async def listed(
        self,
        *,
        disasters: Sequence[str] | None,
        status: Status | None = None,
        stage: Stage | None = None,
        severity: Severity | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> Page[Request]:
        """Requests of these disasters (None: of all), newest first."""
        if disasters is not None and not disasters:
            return Page((), None)
        where = [] if disasters is None else _among("disaster_id", disasters)
        where += [
            Where(name, Op.EQ, word)
            for name, word in (("status", status), ("stage", stage), ("severity", severity))
            if word is not None
        ]
        return await self.page(where, _NEWEST, limit=limit, cursor=cursor)

    async def waiting(self, stages: Sequence[Stage], *, since: datetime, limit: int) -> Sequence[Request]:
        """Those that have been in one of `stages` since before `since`, longest first."""
        where = [*_among("stage", stages), Where("stage_since", Op.LE, rfc3339(since))]
        return (await self.page(where, [Order("stage_since")], limit=limit)).items

    async def unlisted(self, *, since: datetime, most: int) -> list[Request]:
        """What came in since then and belongs to no disaster, newest first."""
        where = [Where("group", Op.EQ, NOT_LISTED), Where("created_at", Op.GE, rfc3339(since))]
        return await self.every(where, _NEWEST, most=most)

    async def to_match(self, group: str) -> list[Request]:
        """All of a group for which people or stocks are still to be found."""
        return await self.every([Where("group", Op.EQ, group), Where("wants_match", Op.EQ, True)])


_NEWEST = (Order("created_at", descending=True),)


def _among(field: str, words: Sequence[str]) -> list[Where]:
    if not words:
        return []
    if len(words) == 1:
        return [Where(field, Op.EQ, str(words[0]))]
    return [Where(field, Op.IN, [str(word) for word in words])]
