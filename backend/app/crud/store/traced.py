"""A store each of whose calls is a span of the trace around it."""

from collections.abc import Callable, Sequence

from app.core.metrics import Strain
from app.core.tracing import Kind, Span, Tracer
from app.crud.store.documents import Key, Snapshot
from app.crud.store.port import Store
from app.crud.store.queries import Query
from app.crud.store.writes import Write


class TracedStore(Store):
    """Another store, watched. What is noted is collections and numbers: ids of documents may be people's."""

    def __init__(self, inner: Store, tracer: Tracer) -> None:
        super().__init__()
        self.transaction_seconds = inner.transaction_seconds
        self._inner = inner
        self._tracer = tracer

    def report_to(self, strained: Callable[[Strain], None]) -> None:
        super().report_to(strained)
        self._inner.report_to(strained)

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        with self._tracer.part("store.get", kind=Kind.CLIENT) as span:
            _note(span, keys[0].collection if keys else "", len(keys))
            return await self._inner.get_many(keys)

    async def query(self, query: Query) -> list[Snapshot]:
        with self._tracer.part("store.query", kind=Kind.CLIENT) as span:
            found = await self._inner.query(query)
            _note(span, query.collection, len(found))
            return found

    async def count(self, query: Query) -> int:
        with self._tracer.part("store.count", kind=Kind.CLIENT) as span:
            _note(span, query.collection, 0)
            return await self._inner.count(query)

    async def scan(self, group: str, *, after: Key | None = None, limit: int) -> list[Snapshot]:
        with self._tracer.part("store.scan", kind=Kind.CLIENT) as span:
            found = await self._inner.scan(group, after=after, limit=limit)
            _note(span, group, len(found))
            return found

    async def _commit(self, writes: Sequence[Write]) -> None:
        with self._tracer.part("store.commit", kind=Kind.CLIENT) as span:
            _note(span, writes[0].key.collection, len(writes))
            await self._inner.commit(writes)

    async def close(self) -> None:
        await self._inner.close()


def _note(span: Span, collection: str, documents: int) -> None:
    span.set("db.collection.name", collection.rpartition("/")[2])
    span.set("resq.documents", documents)
