"""The store in production: Google's Firestore, by its own protocol.

Channel, credentials and messages are those of the official client; what that client puts between them and us is left
out (docs/decisions/0017-firestore-client.md).
"""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import grpc

from app.core.errors import Transient
from app.core.metrics import Strain
from app.crud.store import firestore_requests as requests
from app.crud.store import firestore_values as values
from app.crud.store.documents import AlreadyExists, Key, Missing, Snapshot, Stale, Unstorable, json_text
from app.crud.store.firestore_channel import Address, Connection, Method
from app.crud.store.firestore_requests import Names, Request
from app.crud.store.firestore_values import Document
from app.crud.store.indexes import needed
from app.crud.store.port import IndexMissing, Store
from app.crud.store.queries import Query
from app.crud.store.writes import Create, Delete, Set, Update, Verify, Write, objection

T = TypeVar("T")
Attempt = Callable[[float], Awaitable[T]]

_Code = grpc.StatusCode
# After these nobody knows whether a commit took place; after the other transient ones it did not.
_UNKNOWN = frozenset({_Code.UNAVAILABLE, _Code.DEADLINE_EXCEEDED, _Code.INTERNAL, _Code.UNKNOWN, _Code.CANCELLED})
_TRANSIENT = _UNKNOWN | {_Code.ABORTED, _Code.RESOURCE_EXHAUSTED}
_REFUSED = frozenset({_Code.ALREADY_EXISTS, _Code.NOT_FOUND, _Code.FAILED_PRECONDITION})

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0


class FirestoreStore(Store):
    """Documents in a Firestore database, or in the emulator at `emulator` (`host:port`).

    The channel is opened on first use, in the running event loop (and, in a worker, after its fork); another loop gets
    one of its own. Every call is tried again for `retry_seconds`, `attempt_seconds` at a time, then `Transient`.
    `host` is another front door to Google than the usual one; `interceptors` see every call.
    """

    def __init__(
        self,
        project: str,
        *,
        database: str = "(default)",
        emulator: str | None = None,
        host: str | None = None,
        interceptors: Sequence[grpc.aio.ClientInterceptor] = (),
        attempt_seconds: float = 5.0,
        retry_seconds: float = 15.0,
    ) -> None:
        super().__init__()
        self._names = Names(project, database)
        place = {} if host is None else {"host": host}
        self._address = Address(self._names, emulator, interceptors=interceptors, **place)
        self._attempt_seconds = attempt_seconds
        self._retry_seconds = retry_seconds
        self._connected: Connection | None = None
        self._closed = False

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        return {key: values.snapshot(key, document) for key, document in (await self._read(keys)).items()}

    async def query(self, query: Query) -> list[Snapshot]:
        answers = await self._asked(Method.QUERY, query, requests.run_query(self._names, query))
        found = [document for wire in answers if (document := values.found_in(wire)).name]
        return [values.snapshot(Key(query.collection, _id(one.name)), one) for one in found]

    async def count(self, query: Query) -> int:
        query = Query(query.collection, query.where)
        [wire] = await self._asked(Method.COUNT, query, requests.run_count(self._names, query))
        return values.counted_in(wire, requests.COUNT)

    async def scan(self, group: str, *, after: Key | None = None, limit: int) -> list[Snapshot]:
        request, routing = requests.run_scan(self._names, group, after, limit), ("parent", self._names.root)
        answers = await self._retried(lambda seconds: self._sent(Method.QUERY, request, routing, seconds))
        found = [document for wire in answers if (document := values.found_in(wire)).name]
        return [values.snapshot(self._names.key(one.name), one) for one in found]

    async def close(self) -> None:
        self._closed = True
        connected, self._connected = self._connected, None
        if connected is not None and connected.loop is asyncio.get_running_loop():
            await connected.close()

    async def _commit(self, writes: Sequence[Write]) -> None:
        for write in writes:
            _check(write)
        commit_id = secrets.randbits(62)
        request = requests.commit(self._names, writes, commit_id)
        unknown = False

        async def attempt(seconds: float) -> None:
            nonlocal unknown
            try:
                await self._sent(Method.COMMIT, request, ("database", self._names.base), seconds)
            except grpc.aio.AioRpcError as error:
                if error.code() is _Code.INVALID_ARGUMENT:
                    raise Unstorable(error.details() or "Firestore does not take this.") from error
                if error.code() not in _REFUSED:
                    unknown = unknown or error.code() in _UNKNOWN
                    raise
                if not (unknown and await self._took_place(writes, commit_id)):
                    raise await self._reason(writes, error) from error

        await self._retried(attempt)

    async def _took_place(self, writes: Sequence[Write], commit_id: int) -> bool:
        """Whether an earlier attempt, whose reply was lost, did the work."""
        found = await self._read([write.key for write in writes])
        written = [found.get(write.key) for write in writes if isinstance(write, Create | Set | Update)]
        if written:
            return any(one is not None and values.commit_id_in(one) == commit_id for one in written)
        return all(write.key not in found for write in writes if isinstance(write, Delete))

    async def _reason(self, writes: Sequence[Write], error: Exception) -> Exception:
        """The error of the first write whose condition does not hold: Firestore does not say which it was."""
        conditional = [write for write in writes if _refusal(write) is not None]
        if not conditional:
            return error  # there is no such database
        if len(conditional) > 1:
            found = await self.get_many([write.key for write in conditional])
            for write in conditional:
                snapshot = found.get(write.key)
                objected = objection(write, snapshot.revision if snapshot else None)
                if objected is not None:
                    return objected
            return Stale(conditional[0].key)  # the documents have changed once more: worth another try
        return _refusal(conditional[0]) or Stale(conditional[0].key)

    async def _read(self, keys: Sequence[Key]) -> dict[Key, Document]:
        """The documents that exist, with what only the store itself knows of them."""
        places = {self._names.of(key): key for key in keys}
        if not places:
            return {}
        if len(places) == 1:
            [(name, key)] = places.items()
            return await self._retried(lambda seconds: self._read_one(name, key, seconds))
        return await self._retried(lambda seconds: self._read_all(places, seconds))

    async def _read_all(self, places: dict[str, Key], seconds: float) -> dict[Key, Document]:
        request = requests.get_documents(self._names, places)
        answers = await self._sent(Method.BATCH_GET, request, ("database", self._names.base), seconds)
        found = [document for wire in answers if (document := values.read_in(wire)).name]
        return {places[one.name]: one for one in found}

    async def _read_one(self, name: str, key: Key, seconds: float) -> dict[Key, Document]:
        """One document, for which there is a cheaper call; it says of a missing database what it says of a document."""
        try:
            [wire] = await self._sent(Method.GET, requests.get_document(name), ("name", name), seconds)
        except grpc.aio.AioRpcError as error:
            if error.code() is not _Code.NOT_FOUND:
                raise
            return {} if name in (error.details() or "") else await self._read_all({name: key}, seconds)
        return {key: values.document_in(wire)}

    async def _asked(self, method: Method, query: Query, request: Request) -> list[bytes]:
        routing = ("parent", self._names.parent(query.collection))
        try:
            return await self._retried(lambda seconds: self._sent(method, request, routing, seconds))
        except grpc.aio.AioRpcError as error:
            if error.code() is not _Code.FAILED_PRECONDITION:
                raise
            index = needed(query)
            raise IndexMissing(index.definition() if index else error.details()) from error

    async def _sent(self, method: Method, request: Request, routing: tuple[str, str], seconds: float) -> list[bytes]:
        if self._closed:
            raise RuntimeError("The store is closed.")
        if self._connected is None or self._connected.loop is not asyncio.get_running_loop():
            self._connected = Connection(self._address)
        return await self._connected.ask(method, request, routing, seconds)

    async def _retried(self, attempt: Attempt[T]) -> T:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._retry_seconds
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return await attempt(max(0.01, min(self._attempt_seconds, until - loop.time())))
            except grpc.aio.AioRpcError as error:
                wait = random.uniform(0, pause)
                if error.code() not in _TRANSIENT:
                    raise
                if loop.time() + wait >= until:
                    self._strained(Strain.GAVE_UP)
                    raise Transient("The database does not answer.") from error
            self._strained(Strain.UNANSWERED)
            await asyncio.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _id(name: str) -> str:
    return name.rpartition("/")[2]


def _check(write: Write) -> None:
    match write:
        case Create(data=data) | Set(data=data) | Update(fields=data):
            json_text(data)
        case _:
            pass


def _refusal(write: Write) -> AlreadyExists | Missing | Stale | None:
    """The error of a write whose condition does not hold; None if it has none."""
    match write:
        case Create(key):
            return AlreadyExists(key)
        case Update(key, revision=None):
            return Missing(key)
        case Verify(key) | Set(key, revision=str()) | Update(key) | Delete(key, revision=str()):
            return Stale(key)
        case _:
            return None
