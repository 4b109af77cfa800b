"""The store port: the small part of Firestore that the product uses, the same on every adapter.

A document is a JSON object. Times are strings, RFC 3339 in UTC with a fixed width, so that they order as they
read on every adapter. Field names in queries may be dotted (`finding.severity`).
"""

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from app.core.errors import Transient
from app.core.metrics import Strain
from app.crud.store.documents import AlreadyExists, Data, Json, Key, Missing, Snapshot, Stale, Unstorable
from app.crud.store.locks import KeyLocks
from app.crud.store.queries import IN_LIMIT, QUERY_LIMIT, RANGES, Cursor, Op, Order, Query, Where, value_at
from app.crud.store.transaction import Transaction
from app.crud.store.writes import COMMIT_LIMIT, Create, Delete, Set, Update, Verify, Write, check_commit

__all__ = [
    "COMMIT_LIMIT",
    "IN_LIMIT",
    "QUERY_LIMIT",
    "RANGES",
    "AlreadyExists",
    "Contended",
    "Create",
    "Cursor",
    "Data",
    "Delete",
    "IndexMissing",
    "Json",
    "Key",
    "KeyLocks",
    "Missing",
    "Op",
    "Order",
    "Query",
    "Set",
    "Snapshot",
    "Stale",
    "Store",
    "Transaction",
    "Transient",
    "Unstorable",
    "Update",
    "Verify",
    "Where",
    "Write",
    "value_at",
]

T = TypeVar("T")

_FIRST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.5


@dataclass(slots=True)
class _Running:
    """A transaction in progress. A task started inside one keeps the mark, so it is told when the end has come."""

    over: bool = False


_running: ContextVar[_Running | None] = ContextVar("running_transaction", default=None)


class Contended(Transient):
    """A transaction met other writers until its time was up; it changed nothing."""


class IndexMissing(Exception):
    """A query needs a composite index that `firestore.indexes.json` does not have; the message is the JSON to add."""


class _RunAgainError(Exception):
    """What a try of a transaction had read was not so any more."""


class _LocksNeededError(Exception):
    """The next try of a transaction should hold these keys too."""

    def __init__(self, keys: frozenset[Key]) -> None:
        super().__init__()
        self.keys = keys


class Store(ABC):
    """A document store. Adapters give six primitives; all else is made of them.

    Reads see every commit that was acknowledged before they began, and what one call reads was so at one moment.
    """

    transaction_seconds: float = 15.0

    def __init__(self) -> None:
        self._key_locks = KeyLocks()
        self._watchers: dict[str, list[Callable[[str], None]]] = {}
        self._strained: Callable[[Strain], None] = _unwatched

    def report_to(self, strained: Callable[[Strain], None]) -> None:
        """Have somebody told of what had to be done again, or was given up."""
        self._strained = strained

    @abstractmethod
    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        """The documents that exist among `keys`, in one round trip, as they were at one moment."""

    @abstractmethod
    async def query(self, query: Query) -> list[Snapshot]:
        """The matching documents, in order; `IndexMissing` where the query needs an index that is not declared."""

    @abstractmethod
    async def count(self, query: Query) -> int:
        """How many documents match; order, cursor and limit do not count (but a range still leaves out others)."""

    @abstractmethod
    async def scan(self, group: str, *, after: Key | None = None, limit: int) -> list[Snapshot]:
        """Documents of all collections of that last name (`devices`: of everybody), `limit` at the most.

        They come in an order of the store's own; the key of the last one is the place where the next ones begin.
        """

    @abstractmethod
    async def _commit(self, writes: Sequence[Write]) -> None: ...

    @abstractmethod
    async def close(self) -> None:
        """Let go of threads and connections once what was accepted is written; the store is of no use after."""

    async def commit(self, writes: Sequence[Write]) -> None:
        """All the writes (500 at most, each on another document) or none.

        The error is that of the first write whose condition does not hold: `AlreadyExists`, `Missing`, `Stale`;
        `Unstorable` for data that is no document; `Transient` where a retry may heal.
        """
        check_commit(writes)
        if not writes:
            return
        try:
            await self._commit(writes)
        finally:  # also after an error: the answer may be lost, and the write done
            self._tell(writes)

    def watch(self, collection: str, written: Callable[[str], None]) -> None:
        """Have `written` called with the id of every document of a collection that this process writes, once that is
        done and before whoever wrote it goes on."""
        self._watchers.setdefault(collection, []).append(written)

    def _tell(self, writes: Sequence[Write]) -> None:
        if self._watchers:
            for write in writes:
                for written in self._watchers.get(write.key.collection, ()):
                    written(write.key.id)

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

    async def transaction(
        self, fn: Callable[[Transaction], Awaitable[T]], *, keys: Iterable[Key] = (), seen: Iterable[Snapshot] = ()
    ) -> T:
        """Run `fn`, then commit what it wrote if nothing it read has changed; else run it again.

        Optimistic, with a lock per key in this process: `keys` are those known to be written, and whatever a
        failed try touched is locked before the next one. Gives up with `Contended` after `transaction_seconds`.
        What was `seen` a moment ago is not read again, unless it turns out to have changed.
        An error out of `fn` ends it with nothing written. `fn` must not open a transaction itself.
        """
        outer = _running.get()
        if outer is not None and not outer.over:
            raise RuntimeError("A transaction inside a transaction would wait for its own locks.")
        mark = _Running()
        token = _running.set(mark)
        try:
            return await self._run(fn, frozenset(keys), {one.key: one for one in seen})
        finally:
            mark.over = True
            _running.reset(token)

    async def _run(
        self, fn: Callable[[Transaction], Awaitable[T]], locked: frozenset[Key], seen: dict[Key, Snapshot]
    ) -> T:
        until = asyncio.get_running_loop().time() + self.transaction_seconds
        while True:
            try:
                async with self._locks(locked, until):
                    return await self._tries(fn, locked, until, seen)
            except _LocksNeededError as error:
                locked |= error.keys

    @asynccontextmanager
    async def _locks(self, keys: frozenset[Key], until: float) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._key_locks.held(keys, until=until))
            except TimeoutError as error:
                self._strained(Strain.GAVE_UP)
                raise Contended(f"{len(keys)} documents stayed busy.") from error
            yield

    async def _tries(
        self,
        fn: Callable[[Transaction], Awaitable[T]],
        locked: frozenset[Key],
        until: float,
        seen: dict[Key, Snapshot],
    ) -> T:
        """Try, and keep the locks over the pauses: whoever waits for them could not get through either."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            transaction = Transaction(self.get_many, dict(seen))
            seen.clear()  # it is for the first try alone
            try:
                return await self._try(fn, transaction, locked)
            except _RunAgainError:
                touched = transaction.touched
                self._strained(Strain.CONTENDED)
            if asyncio.get_running_loop().time() > until:
                self._strained(Strain.GAVE_UP)
                raise Contended(f"{len(touched)} documents stayed busy.")
            if not touched <= locked:
                raise _LocksNeededError(touched)
            await asyncio.sleep(random.uniform(0, pause))
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _try(
        self, fn: Callable[[Transaction], Awaitable[T]], transaction: Transaction, locked: frozenset[Key]
    ) -> T:
        try:
            result = await fn(transaction)
        except Exception:
            # What fn objects to may never have been so: its reads were of different moments.
            if await transaction.saw_one_moment():
                raise
            raise _RunAgainError from None
        writes = transaction.commit_writes()
        if not writes:
            if await transaction.saw_one_moment():
                return result
            raise _RunAgainError
        if self._key_locks.busy(transaction.touched - locked):
            raise _RunAgainError  # others stand in line for it: a commit now would push in and make them fail
        try:
            await self.commit(writes)
        except Stale:
            raise _RunAgainError from None
        except (AlreadyExists, Missing) as error:
            if transaction.has_read(error.key):
                raise _RunAgainError from None
            raise
        return result


def _unwatched(_: Strain) -> None:
    """Nobody counts."""
