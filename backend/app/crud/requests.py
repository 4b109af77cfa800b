import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast

from app.core.clock import Clock, rfc3339
from app.core.geo import RESOLUTIONS, Area, cells_at, covering
from app.core.words import search_words
from app.crud.base import Repository
from app.crud.pages import Changes, Page
from app.crud.store.port import Data, Json, Op, Order, Query, Store, Where
from app.schemas.request import Request
from app.schemas.request_parts import NOT_LISTED
from app.schemas.request_search import RequestFilter, RequestOrder
from app.schemas.request_states import ENDED, Stage, Status


class RequestRepository(Repository[Request]):
    """Requests, kept with what they are searched by: needs, words, urgency and H3 cells stand beside their fields."""

    collection = "requests"
    audited = frozenset(
        {
            "status", "status_reason", "stage", "stage_reason", "severity", "judged_as_request",
            "cluster_id", "repeats", "apart",
        }
    )  # fmt: skip
    unsaid = frozenset({"title", "description", "location", "media", "contact", "finding", "body_hash"}) | {
        "search_words",
        "links",
        "needs",
        "cell_7",
        "cell_5",
        "cell_3",
    }
    leaves_tombstones = True

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Request)

    def written(self, document: Request) -> Data:
        place = document.location
        cells: Mapping[int, str | None] = cells_at(place.lat, place.lng) if place else dict.fromkeys(RESOLUTIONS)
        found: Data = {
            "needs": list(document.needs),
            "search_words": list(search_words(document.words)),
            "urgency": document.urgency,
            **{f"cell_{resolution}": cell for resolution, cell in cells.items()},
        }
        return {**super().written(document), **found}

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
        wanted: RequestFilter | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> Page[Request]:
        """Requests of these disasters (None: of all) in the order asked for.

        The index with the fewest documents is read (words, then area, then need, then the plain fields); what it cannot
        ask is sifted.
        """
        if disasters is not None and not disasters:
            return Page((), None)
        wanted = wanted or RequestFilter()
        path = _path(wanted, disasters)
        rest = {name: test for name, test in _tests(wanted, disasters).items() if name not in path.covers}
        if not rest:
            return await self.page(path.where, path.order, limit=limit, cursor=cursor)
        return await self.sift(
            path.where,
            path.order,
            lambda data: all(test(data) for test in rest.values()),
            tested=[_TESTED.get(name, name) for name in rest],
            limit=limit,
            cursor=cursor,
        )

    async def changed_of(self, uid: str, since: datetime, *, limit: int, cursor: str | None) -> Changes[Request]:
        """What has changed among one person's requests."""
        return await self.changed([Where("created_by", Op.EQ, uid)], since, limit=limit, cursor=cursor)

    async def changed_in(
        self, disasters: Sequence[str] | None, since: datetime, *, limit: int, cursor: str | None
    ) -> Changes[Request]:
        """What has changed among the requests of these disasters (None: of all)."""
        if disasters is not None and not disasters:
            return Changes((), None, since)
        there = [] if disasters is None else _among("disaster_id", disasters)
        return await self.changed(there, since, limit=limit, cursor=cursor)

    async def waiting(self, stages: Sequence[Stage], *, since: datetime, limit: int) -> Sequence[Request]:
        """Those that have been in one of `stages` since before `since`, longest first."""
        where = [*_among("stage", stages), Where("stage_since", Op.LE, rfc3339(since))]
        return (await self.page(where, [Order("stage_since")], limit=limit)).items

    async def standing(self, stage: Stage) -> tuple[int, datetime | None]:
        """How many are in a stage, and since when the first of them; before a human only those still to be decided."""
        where = _among("stage", [stage])
        if stage is Stage.NEEDS_HUMAN:
            where.append(Where("status", Op.EQ, str(Status.PENDING)))
        count, first = await asyncio.gather(
            self.store.count(Query(self.place, tuple(where))),
            self.page(where, [Order("stage_since")], limit=1),
        )
        return count, first.items[0].stage_since if first.items else None

    async def unlisted(self, *, since: datetime, most: int) -> list[Request]:
        """What came in since then and belongs to no disaster, newest first."""
        where = [Where("group", Op.EQ, NOT_LISTED), Where("created_at", Op.GE, rfc3339(since))]
        return await self.every(where, _NEWEST, most=most)

    async def left_and_ended(self, *, limit: int) -> Sequence[str]:
        """The ids of those that have ended since their person was deleted, and still hold the contact."""
        where = [Where("owner_left", Op.EQ, True), Where("status", Op.IN, [str(status) for status in ENDED])]
        return await self.ids(where, limit=limit)

    async def past(self, before: datetime, *, limit: int) -> Sequence[str]:
        """The ids of those that ended before a moment and still say whose they were, longest ago first."""
        return await self.ids(_past(before), [Order("ended_at")], limit=limit)

    async def count_past(self, before: datetime) -> int:
        return await self.store.count(Query(self.place, tuple(_past(before)), (Order("ended_at"),)))

    async def to_match(self, group: str) -> list[Request]:
        """All of a group for which people or stocks are still to be found."""
        return await self.every([Where("group", Op.EQ, group), Where("wants_match", Op.EQ, True)])

    async def to_link(self, *, limit: int) -> Sequence[Request]:
        """Those that the search for duplicates has something to do for."""
        return (await self.page([Where("wants_link", Op.EQ, True)], [], limit=limit)).items

    async def sent_since(self, at: datetime, *, limit: int, cursor: str | None) -> Page[Request]:
        """All that were sent from a moment on, oldest first."""
        return await self.page(
            [Where("created_at", Op.GE, rfc3339(at))], [Order("created_at")], limit=limit, cursor=cursor
        )

    async def news(
        self, since: datetime, new: Callable[[str, int], bool], *, limit: int, cursor: str | None
    ) -> Page[Request]:
        """What was written from a moment on, oldest change first, but only those whose id and version are `new`.

        Whoever reads the same minutes again and again pays for what is new in them only.
        """

        def keep(data: Data) -> bool:
            return new(str(data["id"]), cast("int", data["version"]))

        where = [Where("updated_at", Op.GE, rfc3339(since))]
        return await self.sift(where, [Order("updated_at")], keep, tested=("id", "version"), limit=limit, cursor=cursor)

    async def removed_since(self, at: datetime, *, limit: int) -> list[str]:
        """The ids of those that were removed from a moment on, oldest first."""
        where = (Where("updated_at", Op.GE, rfc3339(at)),)
        buried = Query(self.graves, where, (Order("updated_at"),), limit, select=())
        return [one.key.id for one in await self.store.query(buried)]

    async def of_cluster(self, cluster_id: str, *, limit: int) -> Sequence[Request]:
        """Some that belong to a cluster, in no order that means anything."""
        return (await self.page([Where("cluster_id", Op.EQ, cluster_id)], [], limit=limit)).items

    async def leading(self, cluster_id: str) -> tuple[Request | None, Request | None]:
        """The most urgent and the earliest of a cluster's open requests; None where none is open."""
        where = [Where("cluster_id", Op.EQ, cluster_id), *_among("status", _OPEN)]
        most_urgent = await self.page(where, [Order("urgency")], limit=1)
        earliest = await self.page(where, [Order("created_at")], limit=1)
        return next(iter(most_urgent.items), None), next(iter(earliest.items), None)

    async def count_in(self, cluster_id: str, *, only_open: bool = False) -> int:
        """How many requests belong to a cluster."""
        where = [Where("cluster_id", Op.EQ, cluster_id), *(_among("status", _OPEN) if only_open else [])]
        return await self.store.count(Query(self.place, where=tuple(where)))

    async def repeating(self, id: str, *, limit: int) -> Sequence[Request]:
        """Those of the same sender that seem to repeat one request."""
        return (await self.page([Where("repeats", Op.EQ, id)], [], limit=limit)).items


def _past(before: datetime) -> list[Where]:
    return [Where("anonymised_at", Op.EQ, None), Where("ended_at", Op.LT, rfc3339(before))]


_OPEN = sorted(set(Status) - ENDED)
_NEWEST = (Order("created_at", descending=True),)
_ORDERS: Mapping[RequestOrder, tuple[Order, ...]] = {
    RequestOrder.NEWEST: _NEWEST,
    RequestOrder.OLDEST: (Order("created_at"),),
    RequestOrder.URGENCY: (Order("urgency"), Order("created_at")),
    RequestOrder.UPDATED: (Order("updated_at", descending=True),),
}


@dataclass(frozen=True)
class _Path:
    """The index that is read, and the criteria that need no second look then."""

    where: list[Where]
    order: tuple[Order, ...]
    covers: frozenset[str]


def _path(wanted: RequestFilter, disasters: Sequence[str] | None) -> _Path:
    """The way to the documents that reads the fewest: by words, then by area, by need, by the plain fields."""
    order = _ORDERS[wanted.order]
    by_time = order[0].field == "created_at"
    time = _between(wanted) if by_time else []
    covers = {"disasters"} | ({"time"} if by_time else set())
    if wanted.cluster_id:
        covers = (covers - {"disasters"}) | {"cluster"}
        return _Path([Where("cluster_id", Op.EQ, wanted.cluster_id), *time], order, frozenset(covers))
    there = [] if disasters is None else _among("disaster_id", disasters)
    plain = {name: Where(name, Op.EQ, str(word)) for name in _PLAIN if (word := getattr(wanted, name)) is not None}
    if wanted.order is not RequestOrder.NEWEST:
        plain = {name: where for name, where in plain.items() if name == "status"}
        return _Path([*there, *plain.values(), *time], order, frozenset(covers | set(plain)))
    if words := search_words(wanted.text or ""):
        covers |= {"words"} if len(words) == 1 else set()
        where = Where("search_words", Op.CONTAINS, max(words, key=len))
        # Without the disaster: one index of words is dear enough.
        return _Path([where, *time], order, frozenset(covers - {"disasters"}))
    if wanted.area and (cells := covering(wanted.area)):
        where = Where(f"cell_{cells.resolution}", Op.IN, list[Json](cells.ids))
        return _Path([where, *time], order, frozenset(covers - {"disasters"}))
    if wanted.need:
        where = Where("needs", Op.CONTAINS, str(wanted.need))
        return _Path([*there, where, *time], order, frozenset(covers | {"need"}))
    return _Path([*there, *plain.values(), *time], order, frozenset(covers | set(plain)))


def _tests(wanted: RequestFilter, disasters: Sequence[str] | None) -> dict[str, Callable[[Data], bool]]:
    """What each criterion that is given asks of a document as it is stored."""
    tests: dict[str, Callable[[Data], bool]] = {
        name: partial(_says, name, str(word)) for name in _PLAIN if (word := getattr(wanted, name)) is not None
    }
    words, area = search_words(wanted.text or ""), wanted.area
    if disasters is not None:
        tests["disasters"] = lambda data: data.get("disaster_id") in disasters
    if words:
        tests["words"] = lambda data: set(words) <= set(cast("list[str]", data.get("search_words", [])))
    if area is not None:
        tests["area"] = lambda data: _lies_in(area, data.get("location"))
    if need := wanted.need:
        tests["need"] = lambda data: need in cast("list[str]", data.get("needs", []))
    if wanted.created_from or wanted.created_to:
        tests["time"] = lambda data: wanted.covers(datetime.fromisoformat(str(data["created_at"])))
    return tests


def _says(name: str, word: str, data: Data) -> bool:
    return data.get(name) == word


def _lies_in(area: Area, place: Json) -> bool:
    return isinstance(place, dict) and area.holds(cast("float", place["lat"]), cast("float", place["lng"]))


_PLAIN = ("status", "stage", "severity")
_TESTED = {
    "disasters": "disaster_id",
    "words": "search_words",
    "area": "location",
    "need": "needs",
    "time": "created_at",
}
"""The stored fields that the tests look at, where they are called otherwise."""


def _between(wanted: RequestFilter) -> list[Where]:
    bounds = ((Op.GE, wanted.created_from), (Op.LT, wanted.created_to))
    return [Where("created_at", op, rfc3339(at)) for op, at in bounds if at is not None]


def _among(field: str, words: Sequence[str]) -> list[Where]:
    if not words:
        return []
    if len(words) == 1:
        return [Where(field, Op.EQ, str(words[0]))]
    return [Where(field, Op.IN, [str(word) for word in words])]
