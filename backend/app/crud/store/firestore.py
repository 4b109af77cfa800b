"""The store in production: Google's Firestore, through its official client."""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TypeVar

from google.api_core import exceptions as google
from google.cloud.firestore import AsyncClient, AsyncDocumentReference, AsyncQuery, DocumentSnapshot
from google.cloud.firestore_v1.async_aggregation import AsyncAggregationQuery
from google.cloud.firestore_v1.base_query import FieldFilter

from app.core.errors import Transient
from app.crud.store.documents import COMMIT_FIELD, AlreadyExists, Key, Missing, Snapshot, Stale, Unstorable, json_text
from app.crud.store.firestore_writes import add_to
from app.crud.store.indexes import needed
from app.crud.store.port import IndexMissing, Store
from app.crud.store.queries import Query
from app.crud.store.writes import Create, Delete, Set, Update, Verify, Write, objection

T = TypeVar("T")
Attempt = Callable[[float], Awaitable[T]]

# After these nobody knows whether a commit took place; after the other transient ones it did not.
_UNKNOWN = (google.ServiceUnavailable, google.DeadlineExceeded, google.InternalServerError, google.Unknown)
_TRANSIENT = (*_UNKNOWN, google.Aborted, google.ResourceExhausted)
_REFUSED = (google.AlreadyExists, google.NotFound, google.FailedPrecondition)

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0


class FirestoreStore(Store):
    """Documents in a Firestore database, or in the emulator that FIRESTORE_EMULATOR_HOST names.

    The client is made on first use, in the running event loop (and, in a worker, after its fork); another loop gets
    a client of its own. Every call is tried again for `retry_seconds`, `attempt_seconds` at a time, then `Transient`.
    """

    def __init__(
        self,
        project: str,
        *,
        database: str = "(default)",
        attempt_seconds: float = 5.0,
        retry_seconds: float = 15.0,
    ) -> None:
        super().__init__()
        self._project = project
        self._database = database
        self._attempt_seconds = attempt_seconds
        self._retry_seconds = retry_seconds
        self._connected: tuple[asyncio.AbstractEventLoop, AsyncClient] | None = None
        self._closed = False

    @property
    def client(self) -> AsyncClient:
        """The official client of the running event loop."""
        if self._closed:
            raise RuntimeError("The store is closed.")
        loop = asyncio.get_running_loop()
        if self._connected is None or self._connected[0] is not loop:
            self._connected = (loop, self._connect())
        return self._connected[1]

    def _connect(self) -> AsyncClient:
        return AsyncClient(project=self._project, database=self._database)

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        return {key: snapshot for key, (snapshot, _) in (await self._read(keys)).items()}

    async def query(self, query: Query) -> list[Snapshot]:
        async def attempt(seconds: float) -> list[Snapshot]:
            documents = await _ordered(self._filtered(query), query).get(retry=None, timeout=seconds)
            return [_snapshot(Key(query.collection, document.id), document)[0] for document in documents]

        return await self._asked(query, attempt)

    async def count(self, query: Query) -> int:
        query = Query(query.collection, query.where)

        async def attempt(seconds: float) -> int:
            counting = AsyncAggregationQuery(self._filtered(query)).count(alias="n")
            [[result]] = await counting.get(retry=None, timeout=seconds)
            return int(result.value)

        return await self._asked(query, attempt)

    async def close(self) -> None:
        self._closed = True
        connected, self._connected = self._connected, None
        if connected is not None and connected[0] is asyncio.get_running_loop():
            # The client has no close of its own (2.34), and a channel left open outlives its event loop.
            await connected[1]._firestore_api.transport.close()

    async def _commit(self, writes: Sequence[Write]) -> None:
        for write in writes:
            _check(write)
        commit_id = secrets.randbits(62)
        unknown = False

        async def attempt(seconds: float) -> None:
            nonlocal unknown
            batch = self.client.batch()
            for write in writes:
                add_to(batch, self.client, write, commit_id)
            try:
                await batch.commit(retry=None, timeout=seconds)
            except _UNKNOWN:
                unknown = True
                raise
            except google.InvalidArgument as error:
                raise Unstorable(error.message) from error
            except _REFUSED as error:
                if not (unknown and await self._took_place(writes, commit_id)):
                    raise await self._reason(writes) from error

        await self._retried(attempt)

    async def _took_place(self, writes: Sequence[Write], commit_id: int) -> bool:
        """Whether an earlier attempt, whose reply was lost, did the work."""
        found = await self._read([write.key for write in writes])
        written = [found.get(write.key) for write in writes if isinstance(write, Create | Set | Update)]
        if written:
            return any(one is not None and one[1] == commit_id for one in written)
        return all(write.key not in found for write in writes if isinstance(write, Delete))

    async def _reason(self, writes: Sequence[Write]) -> AlreadyExists | Missing | Stale:
        """The error of the first write whose condition does not hold: Firestore does not say which it was."""
        conditional = [write for write in writes if _refusal(write) is not None]
        if len(conditional) > 1:
            found = await self.get_many([write.key for write in conditional])
            for write in conditional:
                snapshot = found.get(write.key)
                error = objection(write, snapshot.revision if snapshot else None)
                if error is not None:
                    return error
            return Stale(conditional[0].key)  # the documents have changed once more: worth another try
        return _refusal(conditional[0]) or Stale(conditional[0].key)

    async def _read(self, keys: Sequence[Key]) -> dict[Key, tuple[Snapshot, object]]:
        """The documents that exist, each with the id of the commit that wrote it."""
        places = {str(key): key for key in keys}
        if not places:
            return {}

        async def attempt(seconds: float) -> dict[Key, tuple[Snapshot, object]]:
            references = [self.client.collection(key.collection).document(key.id) for key in places.values()]
            found = {}
            async with aclosing(self.client.get_all(references, retry=None, timeout=seconds)) as documents:
                async for document in documents:
                    if document.exists:
                        key = places[document.reference.path]
                        found[key] = _snapshot(key, document)
            return found

        return await self._retried(attempt)

    async def _asked(self, query: Query, attempt: Attempt[T]) -> T:
        try:
            return await self._retried(attempt)
        except google.FailedPrecondition as error:
            index = needed(query)
            raise IndexMissing(index.definition() if index else error.message) from error

    def _filtered(self, query: Query) -> AsyncQuery:
        found = AsyncQuery(self.client.collection(query.collection))
        for where in query.where:
            value = where.options if where.op == "in" else where.value
            found = found.where(filter=FieldFilter(where.field, where.op.value, value))
        return found

    async def _retried(self, attempt: Attempt[T]) -> T:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._retry_seconds
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return await attempt(max(0.01, min(self._attempt_seconds, until - loop.time())))
            except _TRANSIENT as error:
                wait = random.uniform(0, pause)
                if loop.time() + wait >= until:
                    raise Transient("The database does not answer.") from error
            await asyncio.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _ordered(found: AsyncQuery, query: Query) -> AsyncQuery:
    direction = AsyncQuery.ASCENDING
    for order in query.order:
        direction = AsyncQuery.DESCENDING if order.descending else AsyncQuery.ASCENDING
        found = found.order_by(order.field, direction=direction)
    found = found.order_by("__name__", direction=direction)
    if query.after is not None:
        found = found.start_after([*query.after.values, query.after.id])
    return found.limit(query.limit)


def _snapshot(key: Key, document: DocumentSnapshot[AsyncDocumentReference]) -> tuple[Snapshot, object]:
    data = document.to_dict() or {}
    commit_id = data.pop(COMMIT_FIELD, None)
    return Snapshot(key, data, document.update_time.rfc3339()), commit_id


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
