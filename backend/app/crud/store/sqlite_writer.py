"""The one thread that writes to a SQLite store, many commits to one fsync."""

import asyncio
import json
import queue
import secrets
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from app.core.errors import Transient
from app.crud.store.documents import AlreadyExists, json_text
from app.crud.store.sqlite_schema import Entrance, create_table, parent, table
from app.crud.store.writes import Create, Delete, Set, Update, Verify, Write, objection

GROUP_LIMIT = 256
# New rows fall anywhere into the indexes: with SQLite's own 2 MB, their pages are read again and again.
CACHE_KIB = 64 * 1024

Outcome: TypeAlias = Exception | None
Job: TypeAlias = Callable[[sqlite3.Connection], None]


def connect(path: Path, *, busy_seconds: float) -> sqlite3.Connection:
    """A connection in WAL mode whose commits are on the disk when they return."""
    connection = sqlite3.connect(
        path, timeout=busy_seconds, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


@dataclass(frozen=True, slots=True)
class _Waiting:
    job: Job
    atomic: bool  # one statement needs no savepoint: it does all or nothing by itself
    sorts: bool
    future: asyncio.Future[None]


class Writer:
    """Runs jobs one after the other; a job that fails hurts no other, and a caller hears of success after the fsync."""

    def __init__(self, path: Path, *, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def run(self, job: Job, *, atomic: bool, sorts: bool = False) -> None:
        """Return when the job is durable; what it raises; `Transient` if the file stays busy or the disk is full.

        `atomic`: it is one statement. `sorts`: it may go through a whole collection.
        """
        if self._closed:
            raise RuntimeError("The store is closed.")
        if self._thread is None:
            # Not before the first write: a thread does not survive the fork of a worker.
            self._thread = threading.Thread(target=self._work, name="sqlite-writer", daemon=True)
            self._thread.start()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put(_Waiting(job, atomic, sorts, future))
        await future

    async def close(self) -> None:
        """Write what waits, then stop."""
        self._closed = True
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        connection: sqlite3.Connection | None = None
        last = False
        while not last:
            group, last = self._take()
            try:
                connection = connection or self._connect()
                outcomes = _write(connection, group)
            except Exception as error:  # the edge of the thread: the callers get it
                outcomes = [readable(error)] * len(group)
            _tell(group, outcomes)
        if connection is not None:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._path, busy_seconds=self._busy_seconds)
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        return connection

    def _take(self) -> tuple[list[_Waiting], bool]:
        """All that waits now, at least one; and whether the end has come."""
        group: list[_Waiting] = []
        waiting = self._queue.get()
        while waiting is not None:
            group.append(waiting)
            if len(group) == GROUP_LIMIT or self._queue.empty():
                return group, False
            waiting = self._queue.get()
        return group, True


def _write(connection: sqlite3.Connection, group: Sequence[_Waiting]) -> list[Outcome]:
    if not group:
        return []
    # What undoes one statement or job stays in memory; for a wide array that is half of its cost. A sort may not fit.
    connection.execute(f"PRAGMA temp_store = {'FILE' if any(one.sorts for one in group) else 'MEMORY'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes = [_run(connection, waiting) for waiting in group]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _run(connection: sqlite3.Connection, waiting: _Waiting) -> Outcome:
    if not waiting.atomic:
        connection.execute("SAVEPOINT job")
    try:
        waiting.job(connection)
    except Exception as error:  # it is this caller's alone
        if not connection.in_transaction:
            raise  # a full disk takes the whole group with it
        if not waiting.atomic:
            connection.execute("ROLLBACK TO job")
            connection.execute("RELEASE job")
        return readable(error)
    if not waiting.atomic:
        connection.execute("RELEASE job")
    return None


def _tell(group: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    """One call into each event loop for the whole group: waking a loop costs more than a future."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[None], Outcome]]] = {}
    for waiting, outcome in zip(group, outcomes, strict=True):
        by_loop.setdefault(waiting.future.get_loop(), []).append((waiting.future, outcome))
    for loop, results in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, results)


def _resolve(results: Sequence[tuple[asyncio.Future[None], Outcome]]) -> None:
    for future, outcome in results:
        if future.done():
            continue  # its caller was cancelled
        if outcome is None:
            future.set_result(None)
        else:
            future.set_exception(outcome)


def readable(error: Exception) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if isinstance(error, sqlite3.OperationalError) and code in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
    ):
        return Transient("The database is busy or its disk is full.")
    return error


def schema_job(entrance: Entrance) -> Job:
    """Makes the table of a collection, and an entrance to it, unless they are there."""

    def job(connection: sqlite3.Connection) -> None:
        connection.execute(create_table(entrance.collection_id))
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (entrance.name,)).fetchone() is None:
            for statement in entrance.create():
                connection.execute(statement)

    return job


@dataclass(frozen=True, slots=True)
class Prepared:
    """A write whose document is JSON text already: checked and encoded by the caller, not by the one writer."""

    write: Write
    text: str

    @classmethod
    def of(cls, write: Write) -> "Prepared":
        """`Unstorable` if the write has no storable document."""
        match write:
            case Create(data=data) | Set(data=data) | Update(fields=data):
                return cls(write, json_text(data))
            case _:
                return cls(write, "")


def commit_job(prepared: Sequence[Prepared]) -> Job:
    def job(connection: sqlite3.Connection) -> None:
        for one in prepared:
            _apply(connection, one)

    return job


def _apply(connection: sqlite3.Connection, prepared: Prepared) -> None:
    write = prepared.write
    key = write.key
    place = (parent(key.collection), key.id)
    name = table(key.collection)
    match write:
        case Create():
            done = _insert(connection, f"{_INSERT.format(name)} ON CONFLICT DO NOTHING", place, prepared.text)
            if not done:
                raise AlreadyExists(key)
        case Set(revision=None):
            _insert(connection, f"{_INSERT.format(name)} {_REPLACE}", place, prepared.text)
        case _:
            _change(connection, prepared, name, place)


_INSERT = "INSERT INTO {} (parent, id, data, revision) VALUES (?, ?, ?, ?)"
_REPLACE = "ON CONFLICT (parent, id) DO UPDATE SET data = excluded.data, revision = excluded.revision"


def _insert(connection: sqlite3.Connection, statement: str, place: tuple[str, str], text: str) -> bool:
    return connection.execute(statement, (*place, text, _new_revision())).rowcount == 1


def _change(connection: sqlite3.Connection, prepared: Prepared, name: str, place: tuple[str, str]) -> None:
    write = prepared.write
    at = f"{name} WHERE parent = ? AND id = ?"
    row = connection.execute(f"SELECT revision, data FROM {at}", place).fetchone()  # noqa: S608 names from a closed pattern
    error = objection(write, str(row[0]) if row else None)
    if error is not None:
        raise error
    match write:
        case Verify():
            return
        case Delete():
            connection.execute(f"DELETE FROM {at}", place)  # noqa: S608 names from a closed pattern
            return
        case Update(fields=fields):
            text = json_text({**json.loads(row[1]), **fields})
        case _:
            text = prepared.text
    change = f"UPDATE {name} SET data = ?, revision = ? WHERE parent = ? AND id = ?"  # noqa: S608 names from a closed pattern
    connection.execute(change, (text, _new_revision(), *place))


def _new_revision() -> int:
    """Drawn, not counted: no other process and no earlier life of the document has had it."""
    return secrets.randbits(62)
