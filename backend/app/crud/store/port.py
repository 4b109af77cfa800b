"""The store port: the small part of Firestore that the product uses, the same on every adapter.

A document is a JSON object. Times are strings, RFC 3339 in UTC with a fixed width, so that they order as they
read on every adapter. Field names in queries may be dotted (`finding.severity`).
"""

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

from app.core.errors import Transient

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Data: TypeAlias = dict[str, Json]
T = TypeVar("T")

IN_LIMIT = 30
QUERY_LIMIT = 1_000
COMMIT_LIMIT = 500


class AlreadyExists(Exception):
    """A document was to be created and is there already."""


class Missing(Exception):
    """A document was to be changed or deleted and is not there."""


class Stale(Exception):
    """A document is not any more what the writer had read."""


class Contended(Transient):
    """A transaction met other writers until its time was up; it changed nothing."""


class IndexMissing(Exception):
    """A query needs a composite index that `firestore.indexes.json` does not have; the message is the JSON to add."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Where a document is: `Key("requests", "r1")`, or `Key("users/u1/devices", "d1")` in a subcollection."""

    collection: str
    id: str

    def __post_init__(self) -> None:
        parts = self.collection.split("/")
        if len(parts) % 2 == 0 or not all(parts) or not self.id or "/" in self.id:
            raise ValueError(f"{self.collection!r}, {self.id!r} is not the place of a document.")

    def __str__(self) -> str:
        return f"{self.collection}/{self.id}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document as it was read. `revision` is opaque and differs after every write that changed the document."""

    key: Key
    data: Data
    revision: str


class Op(StrEnum):
    EQ = "=="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "in"
    CONTAINS = "array_contains"


RANGES = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})


@dataclass(frozen=True, slots=True)
class Where:
    field: str
    op: Op
    value: Json


@dataclass(frozen=True, slots=True)
class Order:
    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place just after one document in an order: the values of its order fields, then its id."""

    values: tuple[Json, ...]
    id: str


@dataclass(frozen=True, slots=True)
class Query:
    """Documents of one collection, in an order that always ends with the id (in the direction of the last order).

    As in Firestore, a document without an order field is not in the result. Ranges are on one field, which is
    then the first of the order (it is put there where no order is given).
    """

    collection: str
    where: tuple[Where, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int = 100
    after: Cursor | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= QUERY_LIMIT:
            raise ValueError(f"A query reads 1 to {QUERY_LIMIT} documents, not {self.limit}.")
        ranged = {w.field for w in self.where if w.op in RANGES}
        if len(ranged) > 1:
            raise ValueError(f"A query has ranges on one field only, not on {sorted(ranged)}.")
        if ranged and not self.order:
            object.__setattr__(self, "order", (Order(next(iter(ranged))),))
        if ranged and self.order[0].field not in ranged:
            raise ValueError(f"The first order of a query is its range field {ranged}, not {self.order[0].field}.")
        if sum(w.op is Op.CONTAINS for w in self.where) > 1:
            raise ValueError("A query has one array_contains at most.")
        for w in self.where:
            if w.op is Op.IN and not (isinstance(w.value, list) and 1 <= len(w.value) <= IN_LIMIT):
                raise ValueError(f"`in` takes a list of 1 to {IN_LIMIT} values.")
        if self.after is not None and len(self.after.values) != len(self.order):
            raise ValueError("A cursor has one value for each order field.")


@dataclass(frozen=True, slots=True)
class Create:
    """Write a new document; `AlreadyExists` if one is there."""

    key: Key
    data: Data


@dataclass(frozen=True, slots=True)
class Set:
    """Write a whole document, new or not; with `revision`, `Stale` unless the document is still that one."""

    key: Key
    data: Data
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Replace these top-level fields and leave all others alone; `Missing` if the document is not there."""

    key: Key
    fields: Data
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a document; without `revision` no error if there is none."""

    key: Key
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Verify:
    """Write nothing, but let the commit fail with `Stale` unless the document is (still) this one, or still absent."""

    key: Key
    revision: str | None


Write: TypeAlias = Create | Set | Update | Delete | Verify


@dataclass(slots=True)
class Transaction:
    """Reads, then writes, that take effect together or not at all. Reads after the first write are refused."""

    _store: "Store"
    _read: dict[Key, Snapshot | None] = field(default_factory=dict)
    _writes: dict[Key, Write] = field(default_factory=dict)

    async def get(self, key: Key) -> Data | None:
        found = await self.get_many([key])
        return found.get(key)

    async def get_many(self, keys: Iterable[Key]) -> dict[Key, Data]:
        """The documents that exist among `keys`."""
        if self._writes:
            raise RuntimeError("A transaction reads before it writes.")
        wanted = list(dict.fromkeys(keys))
        missing = [key for key in wanted if key not in self._read]
        if missing:
            found = await self._store.get_many(missing)
            self._read.update({key: found.get(key) for key in missing})
        return {key: snapshot.data for key in wanted if (snapshot := self._read[key]) is not None}

    def create(self, key: Key, data: Data) -> None:
        self._put(Create(key, data))

    def set(self, key: Key, data: Data) -> None:
        self._put(Create(key, data) if self._known_absent(key) else Set(key, data, self._revision(key)))

    def update(self, key: Key, fields: Data) -> None:
        if self._known_absent(key):
            raise Missing(str(key))
        self._put(Update(key, fields, self._revision(key)))

    def delete(self, key: Key) -> None:
        self._put(Verify(key, None) if self._known_absent(key) else Delete(key, self._revision(key)))

    def commit_writes(self) -> list[Write]:
        """What the commit is made of: the writes, and a check of every document that was only read."""
        if not self._writes:
            return []
        checks = [
            Verify(key, snapshot.revision if snapshot else None)
            for key, snapshot in self._read.items()
            if key not in self._writes
        ]
        return [*self._writes.values(), *checks]

    @property
    def touched(self) -> frozenset[Key]:
        return frozenset(self._read) | frozenset(self._writes)

    def _put(self, write: Write) -> None:
        if write.key in self._writes:
            raise RuntimeError(f"A transaction writes {write.key} once.")
        self._writes[write.key] = write

    def _known_absent(self, key: Key) -> bool:
        return key in self._read and self._read[key] is None

    def _revision(self, key: Key) -> str | None:
        snapshot = self._read.get(key)
        return snapshot.revision if snapshot else None


class KeyLocks:
    """A lock per key in this process: writers of a hot document queue here instead of failing at the store."""

    def __init__(self) -> None:
        self._locks: dict[Key, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def held(self, keys: Iterable[Key]) -> AsyncIterator[None]:
        """All of `keys`, taken in one order everywhere, so that no two holders wait for each other."""
        async with AsyncExitStack() as stack:
            for key in sorted(set(keys)):
                await stack.enter_async_context(self._one(key))
            yield

    @asynccontextmanager
    async def _one(self, key: Key) -> AsyncIterator[None]:
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = (lock, users - 1)


class Store(ABC):
    """A document store. Adapters give the five primitives; all else is made of them."""

    transaction_seconds: float = 15.0

    def __init__(self) -> None:
        self._key_locks = KeyLocks()

    @abstractmethod
    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        """The documents that exist among `keys`, in one round trip."""

    @abstractmethod
    async def query(self, query: Query) -> list[Snapshot]: ...

    @abstractmethod
    async def count(self, query: Query) -> int:
        """How many documents match; order, cursor and limit do not count."""

    @abstractmethod
    async def commit(self, writes: Sequence[Write]) -> None:
        """All the writes (500 at most) or none: AlreadyExists, Missing, Stale; Transient where a retry may heal."""

    @abstractmethod
    async def close(self) -> None: ...

    async def get(self, key: Key) -> Snapshot | None:
        return (await self.get_many([key])).get(key)

    async def create(self, key: Key, data: Data) -> None:
        await self.commit([Create(key, data)])

    async def set(self, key: Key, data: Data) -> None:
        await self.commit([Set(key, data)])

    async def update(self, key: Key, fields: Data) -> None:
        await self.commit([Update(key, fields)])

    async def delete(self, key: Key) -> None:
        await self.commit([Delete(key)])

    async def transaction(self, fn: Callable[[Transaction], Awaitable[T]], *, keys: Iterable[Key] = ()) -> T:
        """Run `fn`, then commit what it wrote if nothing it read has changed; else run it again.

        Optimistic, with a lock per key in this process: `keys` are those known to be written, and whatever a
        failed try touched is locked before the next one. Gives up with `Contended` after `transaction_seconds`.
        An error out of `fn` ends it with nothing written.
        """
        locked = set(keys)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.transaction_seconds
        pause = 0.005
        while True:
            async with self._key_locks.held(locked):
                transaction = Transaction(self)
                result = await fn(transaction)
                writes = transaction.commit_writes()
                try:
                    if writes:
                        await self.commit(writes)
                    return result
                except Stale:
                    pass
                except (AlreadyExists, Missing):
                    if not transaction.touched - locked:
                        raise
            if loop.time() > deadline:
                raise Contended(f"{len(transaction.touched)} documents stayed busy.")
            locked |= transaction.touched
            await asyncio.sleep(random.uniform(0, pause))
            pause = min(pause * 2, 0.5)
