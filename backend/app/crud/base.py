"""Repositories: documents in and out of the store as typed, frozen values, every change atomic and remembered."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Generic, TypeVar, cast

from app.core.clock import Clock, rfc3339
from app.core.errors import Gone, Invalid, NotFound
from app.crud.pages import Changes, Page, decode_cursor, encode_cursor
from app.crud.shelf import Shelf
from app.crud.store.port import AlreadyExists, Cursor, Data, Json, Key, Op, Order, Query, Snapshot, Store, Where
from app.crud.unit import Unit, together
from app.schemas.audit import Act
from app.schemas.base import Document, Keyed, Tombstone

D = TypeVar("D", bound=Document)
K = TypeVar("K", bound=Keyed)
T = TypeVar("T")

TOMBSTONES = "tombstones"
BURIED = "buried"
SIFTED = 1_000

REMEMBERED = timedelta(days=30)
"""How long a tombstone is kept at the least, and so how long a client may have been away."""

OVERLAP = timedelta(seconds=20)
"""A change is seen up to this much after its own time (a transaction may last 15 s), so reading begins earlier."""


class Repository(Generic[D]):
    """One collection. `schema` is the shape it writes; `upgrade` brings older ones up when they are read."""

    collection: ClassVar[str]
    schema: ClassVar[int] = 1
    audited: ClassVar[frozenset[str]] = frozenset()
    unsaid: ClassVar[frozenset[str]] = frozenset()
    """Fields so easily guessed (a telephone number, a place) that the audit keeps no digest of them either."""
    leaves_tombstones: ClassVar[bool] = False

    def __init__(self, store: Store, clock: Clock, model: type[D], *, collection: str | None = None) -> None:
        self.store = store
        self.clock = clock
        self.model = model
        self.place = collection or self.collection
        self._shelf = Shelf[D]()

    def key(self, id: str) -> Key:
        try:
            return Key(self.place, id)
        except ValueError as error:
            raise NotFound(self.absent) from error

    async def find(self, id: str) -> D | None:
        snapshot = await self.store.get(self.key(id))
        return self.shown(snapshot) if snapshot else None

    async def get(self, id: str) -> D:
        """The document, or `NotFound`."""
        found = await self.find(id)
        if found is None:
            raise NotFound(self.absent)
        return found

    async def get_many(self, ids: Iterable[str]) -> dict[str, D]:
        """Those that exist among `ids`, by id."""
        found = await self.store.get_many([self.key(one) for one in dict.fromkeys(ids)])
        return {key.id: self.shown(snapshot) for key, snapshot in found.items()}

    async def add(self, document: D, act: Act) -> D:
        """Store a new document; `AlreadyExists` if one has its id."""

        async def step(unit: Unit) -> D:
            return unit.add(self, document, act)

        return await self._alone(step, document.id)

    async def add_once(
        self, document: K, act: Act, *, finish: Callable[[Unit, K], Awaitable[K]] | None = None
    ) -> tuple[K, bool]:
        """Store a document whose id comes from an idempotency key (see `core.ids.keyed_id`), and whether it is new.

        The same call again finds the first document; the same key with another body is `Invalid`. One that was
        removed meanwhile is `Gone`: a late repeat does not bring it back. `finish` completes a new document, and
        writes what moves with it.
        """
        if self.leaves_tombstones and await self.store.get(Key(self.graves, document.id)) is not None:
            raise Gone("What was made with this key was taken back since.")
        try:
            if finish is None:
                return cast("K", await self.add(cast("D", document), act)), True
            return await self._add_finished(document, act, finish), True
        except AlreadyExists:
            first = cast("K", await self.get(document.id))
        if first.created_by != document.created_by or first.body_hash != document.body_hash:
            raise Invalid("This key was used for another body before.", field="Idempotency-Key", place="header")
        return first, False

    async def _add_finished(self, document: K, act: Act, finish: Callable[[Unit, K], Awaitable[K]]) -> K:
        async def step(unit: Unit) -> D:
            if await unit.find(self, document.id) is not None:
                raise AlreadyExists(self.key(document.id))
            return unit.add(self, cast("D", await finish(unit, document)), act)

        return cast("K", await self._alone(step, document.id))

    async def change(self, id: str, step: Callable[[D], D], act: Act | None, *, seen: D | None = None) -> D:
        """Replace the document by what the pure `step` makes of it; the same object means no change.

        One that was `seen` a moment ago is not read again, unless it has changed since.
        """

        async def apply(unit: Unit) -> D:
            latest = await unit.get(self, id)
            return unit.put(self, step(latest), act)

        return await self._alone(apply, id, seen=self.seen(seen))

    def seen(self, *documents: D | None) -> list[Snapshot]:
        """What these documents were read from, as far as that is remembered: see `together`."""
        found = (self._shelf.seen(one.id, one) for one in documents if one is not None)
        return [one for one in found if one is not None]

    async def remove(self, id: str, act: Act) -> None:
        async def step(unit: Unit) -> None:
            await unit.get(self, id)
            unit.remove(self, id, act)

        await self._alone(step, id)

    async def page(
        self, where: Sequence[Where], order: Sequence[Order], *, limit: int, cursor: str | None = None
    ) -> Page[D]:
        after = decode_cursor(cursor, len(order)) if cursor else None
        found = await self.store.query(
            Query(self.place, where=tuple(where), order=tuple(order), limit=limit, after=after)
        )
        items = tuple(self.shown(snapshot) for snapshot in found)
        if len(found) < limit:
            return Page(items, None)
        last = found[-1]
        values = tuple(_field(last.data, one.field) for one in order)
        return Page(items, encode_cursor(Cursor(values=values, id=last.key.id)))

    async def ids(self, where: Sequence[Where], order: Sequence[Order] = (), *, limit: int) -> list[str]:
        """The ids of those that match, without the documents: for work that reads each again when its turn comes."""
        found = await self.store.query(Query(self.place, tuple(where), tuple(order), limit, select=()))
        return [one.key.id for one in found]

    async def parts(self, where: Sequence[Where], select: Sequence[str], *, most: int = 20_000) -> list[Data]:
        """Some stored fields of all that match, by id, `most` at the most: for counts that no index can make."""
        items: list[Data] = []
        after: Cursor | None = None
        while len(items) < most:
            query = Query(self.place, tuple(where), (), min(1_000, most - len(items)), after, tuple(select))
            found = await self.store.query(query)
            items.extend(one.data for one in found)
            if len(found) < query.limit:
                break
            after = query.cursor(found[-1])
        return items

    async def made_by(self, uid: str, *, limit: int, cursor: str | None = None) -> Page[D]:
        """What one person made, by id; for documents that say so in `created_by`."""
        return await self.page([Where("created_by", Op.EQ, uid)], (), limit=limit, cursor=cursor)

    async def changed(
        self, where: Sequence[Where], since: datetime, *, limit: int, cursor: str | None = None
    ) -> Changes[D]:
        """What of `where` was written or removed from `since` on; `Gone` if that is too long ago to know."""
        now = self.clock()
        if now - since > REMEMBERED:
            raise Gone(f"What was removed is known for {REMEMBERED.days} days only; read the whole list anew.")
        order = (Order("updated_at"),)
        after = decode_cursor(cursor, len(order)) if cursor else None
        asked = (*where, Where("updated_at", Op.GE, rfc3339(since)))
        found = await self.store.query(Query(self.place, asked, order, limit, after))
        buried = (
            await self.store.query(Query(self.graves, asked, order, limit, after)) if self.leaves_tombstones else []
        )
        both = sorted([*found, *buried], key=lambda one: (str(one.data["updated_at"]), one.key.id))
        items = [
            Tombstone.model_validate(one.data) if one.key.collection == self.graves else self.shown(one)
            for one in both[:limit]
        ]
        if len(both) < limit:
            return Changes(tuple(items), None, now - OVERLAP)
        last = both[limit - 1]
        place = Cursor((last.data["updated_at"],), last.key.id)
        return Changes(tuple(items), encode_cursor(place), now - OVERLAP)

    @property
    def graves(self) -> str:
        """The collection of this one's tombstones."""
        return f"{TOMBSTONES}/{self.place}/{BURIED}"

    async def sift(
        self,
        where: Sequence[Where],
        order: Sequence[Order],
        keep: Callable[[Data], bool],
        *,
        tested: Sequence[str] | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> Page[D]:
        """A page of those whose stored fields `keep` wants, for what no index can ask.

        It reads `SIFTED` documents at the most, so that a call costs no more than that: a page may hold fewer than
        `limit`, even none, and still name the next one. Where `keep` looks at the `tested` fields alone, those are all
        that is read of what it does not want (docs/decisions/0017-firestore-client.md).
        """
        select = None if tested is None else tuple(tested)
        kept: list[Snapshot] = []
        seen = 0
        after = decode_cursor(cursor, len(order)) if cursor else None
        step = limit
        while seen < SIFTED:
            query = Query(self.place, tuple(where), tuple(order), min(SIFTED - seen, step), after, select)
            found = await self.store.query(query)
            for snapshot in found:
                after = Cursor(tuple(_field(snapshot.data, one.field) for one in order), snapshot.key.id)
                if keep(snapshot.data):
                    kept.append(snapshot)
                    if len(kept) == limit:
                        return Page(await self._whole(kept, keep, select), encode_cursor(after))
            seen += len(found)
            if len(found) < query.limit:
                return Page(await self._whole(kept, keep, select), None)
            step *= 2
        return Page(await self._whole(kept, keep, select), encode_cursor(after) if after else None)

    async def _whole(
        self, kept: Sequence[Snapshot], keep: Callable[[Data], bool], select: Sequence[str] | None
    ) -> tuple[D, ...]:
        """The documents of snapshots; where those are parts, the whole ones that `keep` still wants."""
        if select is not None:
            whole = await self.store.get_many([one.key for one in kept])
            kept = [found for one in kept if (found := whole.get(one.key)) is not None and keep(found.data)]
        return tuple(self.shown(one) for one in kept)

    async def every(self, where: Sequence[Where], order: Sequence[Order] = (), *, most: int = 20_000) -> list[D]:
        """All that match, read page by page, `most` at the most: for background work, never for a caller."""
        items: list[D] = []
        cursor: str | None = None
        while len(items) < most:
            page = await self.page(where, order, limit=min(500, most - len(items)), cursor=cursor)
            items.extend(page.items)
            cursor = page.next
            if cursor is None:
                break
        return items

    def shown(self, snapshot: Snapshot) -> D:
        """The document of a snapshot; one whose revision was read before is not unpacked and checked again."""
        return self._shelf.read(snapshot, self.read)

    def read(self, data: Data) -> D:
        return self.model.model_validate(self.upgrade(data))

    def upgrade(self, data: Data) -> Data:
        """An older document in today's shape."""
        return data

    def remembered(self, data: Data) -> Data:
        """What the audit keeps as it is, before and after a change; all else it keeps as a digest."""
        return {name: data.get(name) for name in self.audited}

    def written(self, document: D) -> Data:
        return {**document.model_dump(mode="json"), "schema": self.schema}

    async def _alone(self, step: Callable[[Unit], Awaitable[T]], id: str, *, seen: Iterable[Snapshot] = ()) -> T:
        return await together(self.store, self.clock, step, keys=[self.key(id)], seen=seen)

    @property
    def absent(self) -> str:
        """What is said where there is no such document."""
        return f"There is no such {self.model.__name__.lower()}."


def _field(data: Data, path: str) -> Json:
    value: Json = data
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
