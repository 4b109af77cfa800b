"""What `array_contains` costs on SQLite, and that what it reads from stays right."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.crud.store.indexes import Indexes
from app.crud.store.port import Create, Cursor, Data, Key, Op, Order, Query, Where
from app.crud.store.sqlite import SqliteStore
from app.crud.store.sqlite_sql import count, entrance, select
from app.crud.store.sqlite_values import Sql

HELD = Where("tags", Op.CONTAINS, "u7")
NEWEST = (Order("n", True),)
MIDDLE = Cursor((500,), "d0500")
QUERIES = [
    Query("things", (HELD,), limit=50),
    Query("things", (HELD,), NEWEST, 50),
    Query("things", (HELD,), NEWEST, 50, MIDDLE),
    Query("things", (HELD,), (Order("n"),), 50, MIDDLE),
    Query("things", (HELD, Where("n", Op.LT, 700)), NEWEST, 50),
    Query("things", (HELD, Where("n", Op.LT, 700)), NEWEST, 50, MIDDLE),
    Query("things", (HELD, Where("kind", Op.EQ, "a")), limit=50),
    Query("things", (HELD, Where("kind", Op.EQ, "a"), Where("n", Op.GE, 3)), NEWEST, 50, MIDDLE),
    Query("things", (HELD, Where("kind", Op.IN, ["a", "b", "z"])), NEWEST, 50),
    Query("things", (HELD, Where("kind", Op.IN, ["a", "b", "z"])), NEWEST, 50, MIDDLE),
]


def document(n: int) -> Data:
    """Every tenth is held by u7."""
    return {"tags": [f"u{n % 10}", f"v{n % 7}"], "kind": "ab"[n % 20 // 10], "n": n}


async def filled(store: SqliteStore, documents: range) -> None:
    for start in range(documents.start, documents.stop, 500):
        batch = range(start, min(start + 500, documents.stop))
        await store.commit([Create(Key("things", f"d{n:04}"), document(n)) for n in batch])


@pytest.fixture
def connection(tmp_path: Path, sqlite_store: SqliteStore) -> Iterator[sqlite3.Connection]:
    """Another look into the file of `sqlite_store`."""
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as connection:
        yield connection


def statements(query: Query) -> list[Sql]:
    return [*select(query), count(query)]


def rows(connection: sqlite3.Connection, query: Query) -> list[tuple[object, ...]]:
    return connection.execute(f'SELECT * FROM "{entrance(query).name}"').fetchall()  # noqa: S608 names of this test


def steps(connection: sqlite3.Connection, query: Query) -> int:
    """How many instructions of SQLite's own machine the list takes: the same however busy the computer is."""
    connection.execute("SELECT count(*) FROM things").fetchone()  # it knows the schema now
    found = 0

    def one_more() -> int:
        nonlocal found
        found += 1
        return 0

    connection.set_progress_handler(one_more, 1)
    for sql in select(query):
        connection.execute(sql.text, sql.parameters).fetchall()
    connection.set_progress_handler(None, 1)
    return found


@pytest.mark.parametrize("query", QUERIES)
async def test_array_contains_enters_its_entries_and_neither_walks_nor_sorts(
    connection: sqlite3.Connection, sqlite_store: SqliteStore, query: Query
) -> None:
    await filled(sqlite_store, range(100))
    await sqlite_store.query(query)
    await sqlite_store.count(query)

    for sql in statements(query):
        plan = [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {sql.text}", sql.parameters)]
        found = [step for step in plan if step.startswith("SEARCH things(tags[]")]
        assert found
        assert all("USING PRIMARY KEY (parent=? AND element=?" in step for step in found)
        others = {step for step in plan if step not in found} - {"MERGE (UNION ALL)", "LEFT", "RIGHT"}
        assert others <= {
            "SEARCH things USING INDEX sqlite_autoindex_things_1 (parent=? AND id=?)",
            "SCAN CONSTANT ROW",
            *(f"SCALAR SUBQUERY {n}" for n in range(1, 9)),
        }


async def test_a_list_by_array_contains_costs_the_same_in_a_collection_five_times_as_large(
    connection: sqlite3.Connection, sqlite_store: SqliteStore
) -> None:
    await filled(sqlite_store, range(1000))
    found = [len(await sqlite_store.query(query)) for query in QUERIES]
    before = [steps(connection, query) for query in QUERIES]
    await filled(sqlite_store, range(1000, 5000))

    assert [len(await sqlite_store.query(query)) for query in QUERIES] == found
    assert [steps(connection, query) for query in QUERIES] == before


async def test_a_write_that_leaves_array_and_columns_alone_writes_no_entry(
    connection: sqlite3.Connection, sqlite_store: SqliteStore
) -> None:
    query = Query("things", (HELD,), NEWEST)
    await sqlite_store.query(query)
    await filled(sqlite_store, range(1))

    def cost(data: str) -> int:
        before = connection.total_changes
        connection.execute("UPDATE things SET data = ?", (data,))
        return connection.total_changes - before

    assert cost('{"tags":["u0","v0"],"kind":"other","n":0}') == 1
    assert cost('{"tags":["u0","v0"],"kind":"other","n":1}') == 1 + 2 + 2
    assert cost('{"tags":["u0"],"kind":"other","n":1}') == 1 + 2 + 1
    assert rows(connection, query) == [("", "u0", 1, "d0000")]


async def test_entries_made_by_one_process_are_kept_by_another_that_has_not_heard_of_them(
    tmp_path: Path, indexes: Indexes
) -> None:
    asking, writing = (SqliteStore(tmp_path / "store.db", indexes=indexes) for _ in range(2))
    query = Query("things", (HELD,), NEWEST, 1000)
    await writing.create(Key("things", "before"), document(7))

    async def write(numbers: range) -> None:
        for n in numbers:
            key = Key("things", f"d{n:04}")
            await writing.create(key, document(n))
            if n % 3 == 0:
                await writing.update(key, {"tags": ["u7", "u7", n]})
            if n % 5 == 0:
                await writing.delete(key)

    await asyncio.gather(asking.query(query), *(write(range(n, 100, 4)) for n in range(4)))
    await write(range(100, 120))
    kept = {n for n in range(120) if (n % 10 == 7 or n % 3 == 0) and n % 5 != 0}
    assert [found.key.id for found in await asking.query(query)] == [
        *(f"d{n:04}" for n in sorted(kept, reverse=True) if n > 7),
        *(["d0007", "before"] if 7 in kept else ["before"]),
        *(f"d{n:04}" for n in sorted(kept, reverse=True) if n < 7),
    ]

    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as connection:
        by_triggers = rows(connection, query)
        connection.execute(f'DROP TABLE "{entrance(query).name}"')
        for name in ("insert", "update", "delete"):
            connection.execute(f'DROP TRIGGER "{entrance(query).name} {name}"')
        again = SqliteStore(tmp_path / "store.db", indexes=indexes)
        await again.query(query)
        assert rows(connection, query) == by_triggers
    for store in (asking, writing, again):
        await store.close()
