"""Reading a SQLite store, beside the one thread that writes to it."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from app.crud.store.documents import Key, Snapshot
from app.crud.store.sqlite_schema import parent, table
from app.crud.store.sqlite_values import Sql
from app.crud.store.sqlite_writer import connect, readable

THREADS = 2
# A read by primary key takes about 15 µs and a hop to a thread and back 50 to 100 µs: a few keys are read where we are.
KEYS_INLINE = 8

T = TypeVar("T")


class Reader:
    """A few connections. What one call reads was so at one moment."""

    def __init__(self, path: Path, *, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sqlite-reader")
        self._idle: list[sqlite3.Connection] = []

    async def documents(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        """Those that exist; `Transient` if the file stays busy."""
        if len(keys) <= KEYS_INLINE:
            return self._documents(keys)
        return await self._in_thread(lambda: self._documents(keys))

    async def rows(self, statements: Sequence[Sql], limit: int) -> list[tuple[object, ...]]:
        """The first rows of the statements, one after the other; `Transient` if the file stays busy."""
        return await self._in_thread(lambda: self._rows(statements, limit))

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        while self._idle:
            self._idle.pop().close()

    async def _in_thread(self, read: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, read)

    def _documents(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        found = {}
        with self._moment(statements=len(keys)) as connection:
            for key in keys:
                statement = f"SELECT data, revision FROM {table(key.collection)} WHERE parent = ? AND id = ?"  # noqa: S608 names from a closed pattern
                row = connection.execute(statement, (parent(key.collection), key.id)).fetchone()
                if row is not None:
                    found[key] = Snapshot(key, partial(json.loads, row[0]), str(row[1]))
        return found

    def _rows(self, statements: Sequence[Sql], limit: int) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        with self._moment(statements=len(statements)) as connection:
            for sql in statements:
                found += connection.execute(sql.text, sql.parameters).fetchall()
                if len(found) >= limit:
                    break
        return found[:limit]

    @contextmanager
    def _moment(self, *, statements: int) -> Iterator[sqlite3.Connection]:
        """A connection that sees the store as it is now, however many statements follow."""
        try:
            connection = self._idle.pop() if self._idle else connect(self._path, busy_seconds=self._busy_seconds)
            try:
                if statements > 1:
                    connection.execute("BEGIN")
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._idle.append(connection)
        except sqlite3.Error as error:
            raise readable(error) from error
