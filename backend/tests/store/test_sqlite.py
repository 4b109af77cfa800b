"""What only the SQLite store must show: durability, several processes, and costs that do not grow."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.core.errors import Transient
from app.crud.store.indexes import Indexes
from app.crud.store.port import Create, Cursor, Key, Op, Order, Query, Transaction, Update, Where
from app.crud.store.sqlite import SqliteStore
from app.crud.store.sqlite_sql import select

A = Key("things", "a")
BACKEND = Path(__file__).parents[2]

WRITER = """
import asyncio, sys
from app.crud.store.indexes import Indexes
from app.crud.store.port import Key
from app.crud.store.sqlite import SqliteStore

async def write(store, name):
    n = 0
    while True:
        id = f"{name}-{n}"
        await store.create(Key("things", id), {"id": id, "padding": "x" * 500})
        sys.stdout.write(id + chr(10))
        sys.stdout.flush()
        n += 1

async def main():
    store = SqliteStore(sys.argv[1], indexes=Indexes.of([]))
    await asyncio.gather(*(write(store, f"w{n}") for n in range(8)))

asyncio.run(main())
"""


async def increment(transaction: Transaction) -> None:
    data = await transaction.get(A)
    assert data is not None
    assert isinstance(data["n"], int)
    transaction.update(A, {"n": data["n"] + 1})


async def test_what_was_written_is_there_after_closing_and_opening_again(tmp_path: Path, indexes: Indexes) -> None:
    file = tmp_path / "store.db"
    first = SqliteStore(file, indexes=indexes)
    await first.create(A, {"n": 1})
    before = await first.get(A)
    await first.close()

    second = SqliteStore(file, indexes=indexes)
    assert await second.get(A) == before
    await second.close()


async def test_close_writes_what_was_accepted(tmp_path: Path, indexes: Indexes) -> None:
    file = tmp_path / "store.db"
    store = SqliteStore(file, indexes=indexes)
    await store.create(A, {"n": 0})
    waiting = [asyncio.create_task(store.create(Key("things", f"t{n}"), {})) for n in range(50)]
    await asyncio.sleep(0)  # each has handed its write to the thread
    await store.close()
    await asyncio.gather(*waiting)

    again = SqliteStore(file, indexes=indexes)
    assert await again.count(Query("things")) == 51
    await again.close()


def test_after_a_kill_every_acknowledged_write_is_there(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    acknowledged: list[str] = []
    with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], cwd=BACKEND, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        acknowledged += [process.stdout.readline().decode().strip() for _ in range(300)]
        process.kill()
        acknowledged += [line.decode().strip() for line in process.stdout if line.endswith(b"\n")]

    async def kept() -> set[str]:
        store = SqliteStore(file, indexes=Indexes.of([]))
        found = await store.get_many([Key("things", id) for id in acknowledged])
        await store.close()
        return {key.id for key, snapshot in found.items() if snapshot.data["id"] == key.id}

    assert len(acknowledged) >= 300
    assert asyncio.run(kept()) == set(acknowledged)


async def test_two_processes_on_one_file_lose_nothing(tmp_path: Path, indexes: Indexes) -> None:
    stores = [SqliteStore(tmp_path / "store.db", indexes=indexes) for _ in range(2)]
    await stores[0].create(A, {"n": 0})

    async def writer(store: SqliteStore, name: str) -> None:
        for n in range(10):
            await store.transaction(increment)
            await store.create(Key("things", f"{name}-{n}"), {})

    await asyncio.gather(*(writer(stores[n % 2], f"w{n}") for n in range(6)))

    for store in stores:
        found = await store.get(A)
        assert found is not None
        assert found.data == {"n": 60}
        assert await store.count(Query("things")) == 61
        await store.close()


async def test_a_file_that_another_process_keeps_locked_is_a_transient_error_and_heals(
    tmp_path: Path, indexes: Indexes
) -> None:
    store = SqliteStore(tmp_path / "store.db", indexes=indexes, busy_seconds=0.02)
    await store.create(A, {"n": 1})
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Transient):
        await store.update(A, {"n": 2})
    other.execute("ROLLBACK")
    other.close()

    await store.update(A, {"n": 3})
    found = await store.get(A)
    assert found is not None
    assert found.data == {"n": 3}
    await store.close()


async def test_commits_that_share_an_fsync_do_not_share_their_errors(sqlite_store: SqliteStore) -> None:
    await sqlite_store.create(A, {"n": 0})
    results = await asyncio.gather(
        *(
            sqlite_store.commit([Create(Key("things", f"t{n}"), {}), Update(Key("things", "a" if n % 2 else "no"), {})])
            for n in range(40)
        ),
        return_exceptions=True,
    )

    assert [result is None for result in results] == [n % 2 == 1 for n in range(40)]
    assert await sqlite_store.count(Query("things")) == 21


async def test_a_caller_who_goes_away_hurts_nobody(sqlite_store: SqliteStore) -> None:
    tasks = [asyncio.create_task(sqlite_store.create(Key("things", f"t{n}"), {})) for n in range(10)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [n for n, result in enumerate(results) if result is not None] == [3]
    await sqlite_store.create(A, {})


async def test_an_update_that_makes_a_document_too_large_is_refused(sqlite_store: SqliteStore) -> None:
    await sqlite_store.create(A, {"x": "y" * 600_000})

    with pytest.raises(ValueError, match="bytes"):
        await sqlite_store.update(A, {"z": "y" * 600_000})


async def test_reads_that_page_enter_an_index_and_never_walk_the_collection(
    tmp_path: Path, sqlite_store: SqliteStore
) -> None:
    query = Query("things", (Where("kind", Op.EQ, "a"),), (Order("n", True),), limit=10)
    await sqlite_store.commit([Create(Key("things", f"t{n}"), {"kind": "a", "n": n}) for n in range(500)])
    last = (await sqlite_store.query(query))[-1]
    await sqlite_store.query(Query(query.collection, query.where, query.order, 10, query.cursor(last)))

    connection = sqlite3.connect(tmp_path / "store.db")
    for sql in select(Query(query.collection, query.where, query.order, 10, query.cursor(last))):
        [step] = connection.execute(f"EXPLAIN QUERY PLAN {sql.text}", sql.parameters).fetchall()
        assert step[3].startswith("SEARCH things USING INDEX things(kind, n) (parent=? AND <expr>=? AND <expr>")
    connection.close()


@pytest.mark.parametrize("after", [None, Cursor((6,), "t6")])
async def test_in_and_range_enter_an_index_for_each_value_and_do_not_sort(
    tmp_path: Path, sqlite_store: SqliteStore, after: Cursor | None
) -> None:
    where = (Where("kind", Op.IN, ["a", "b", "c"]), Where("n", Op.LT, 9))
    query = Query("things", where, (Order("n", True),), 10, after)
    await sqlite_store.query(query)

    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        for sql in select(query):
            plan = [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {sql.text}", sql.parameters)]
            found = [
                step for step in plan if step.startswith("SEARCH things USING INDEX things(kind, n) (parent=? AND")
            ]
            assert len(found) == 3
            assert {step for step in plan if step not in found} == {"MERGE (UNION ALL)", "LEFT", "RIGHT"}


async def test_an_index_made_by_a_first_query_holds_the_documents_of_before_and_after(
    sqlite_store: SqliteStore,
) -> None:
    await sqlite_store.create(A, {"v": 1})
    query = Query("things", (Where("v", Op.EQ, 1),))
    assert len(await sqlite_store.query(query)) == 1
    await sqlite_store.create(Key("things", "b"), {"v": 1})

    assert json.dumps([found.key.id for found in await sqlite_store.query(query)]) == '["a", "b"]'
