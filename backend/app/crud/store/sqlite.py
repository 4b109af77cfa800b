"""The store on one machine: a SQLite file, durable, safe with several processes."""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import cast

from app.crud.store.documents import Data, Key, Snapshot
from app.crud.store.indexes import Indexes
from app.crud.store.port import Store
from app.crud.store.queries import Query, projected
from app.crud.store.sqlite_reader import Reader
from app.crud.store.sqlite_schema import Entrance
from app.crud.store.sqlite_sql import count, counted, entrance, scanned, select
from app.crud.store.sqlite_writer import Prepared, Writer, commit_job, schema_job
from app.crud.store.writes import Write


class SqliteStore(Store):
    """Documents in one SQLite file, one table for each collection id.

    A commit is on the disk when it returns. The index or table of entries that a query needs is made when it is first
    asked; what Firestore would not make by itself must stand in `firestore.indexes.json`, else `IndexMissing`.
    """

    def __init__(self, path: Path | str, *, indexes: Indexes | None = None, busy_seconds: float = 5.0) -> None:
        super().__init__()
        self._indexes = Indexes.load() if indexes is None else indexes
        self._writer = Writer(Path(path), busy_seconds=busy_seconds)
        self._reader = Reader(Path(path), busy_seconds=busy_seconds)
        self._made: set[Entrance] = set()
        self._closed = False

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        await self._make_tables(key.collection for key in keys)
        return await self._reader.documents(keys)

    async def query(self, query: Query) -> list[Snapshot]:
        self._indexes.check(query)
        await self._make(entrance(query))
        rows = await self._reader.rows(select(query), query.limit)
        unpack = json.loads if query.select is None else partial(_part, query.select)
        return [
            Snapshot(Key(query.collection, str(id)), partial(unpack, cast("str", text)), str(revision))
            for id, text, revision, *_ in rows
        ]

    async def count(self, query: Query) -> int:
        query = counted(query)
        self._indexes.check(query)
        await self._make(entrance(query))
        [(number,)] = await self._reader.rows([count(query)], limit=1)
        return int(str(number))

    async def scan(self, group: str, *, after: Key | None = None, limit: int) -> list[Snapshot]:
        await self._make(Entrance(group))
        rows = await self._reader.rows([scanned(group, after, limit)], limit)
        found = []
        for above, id, text, revision in rows:
            key = Key(f"{above}/{group}" if above else group, str(id))
            found.append(Snapshot(key, partial(json.loads, str(text)), str(revision)))
        return found

    async def close(self) -> None:
        self._closed = True
        await self._writer.close()
        await self._reader.close()

    async def _commit(self, writes: Sequence[Write]) -> None:
        prepared = [Prepared.of(write) for write in writes]
        await self._make_tables(write.key.collection for write in writes)
        await self._writer.run(commit_job(prepared), atomic=len(writes) == 1)

    async def _make_tables(self, collections: Iterable[str]) -> None:
        for collection in collections:
            await self._make(Entrance(collection.rpartition("/")[2]))

    async def _make(self, entrance: Entrance) -> None:
        """See to it that a collection has its table, and this entrance."""
        if self._closed:
            raise RuntimeError("The store is closed.")
        if entrance in self._made:
            return
        await self._writer.run(schema_job(entrance), atomic=False, sorts=True)
        self._made |= {Entrance(entrance.collection_id), entrance}


def _part(select: tuple[str, ...], text: str) -> Data:
    return projected(json.loads(text), select)
