"""What reads and writes cost in this process on Firestore: the official client beside the store.

`python -m bench.firestore` fills Google's emulator with 10,000 documents of two kinds and asks for them in turn, one
way after the other in every round, so that a busy machine is as busy for each; with `--json` the last line is one
object. The figures are CPU time of this process (the emulator's is its own) and, less to be trusted, wall-clock time;
each is the median over the rounds.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import uvloop
from google.cloud.firestore import AsyncClient, AsyncQuery

from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Create, Data, Key, Op, Order, Query, Set, Where
from bench.store import Bench
from tests import emulator

SIZE = 10_000
LIMIT = 50
SIFTED = 500
"""Documents that are looked through for those that no index can ask for."""
SMALL = (
    "id",
    "created_at",
    "updated_at",
    "version",
    "created_by",
    "title",
    "description",
    "location",
    "status",
    "severity",
)
TESTED = ("status", "severity", "disaster_id", "location")

Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Row:
    """One operation: medians of `official` (before) and `store` (now), in milliseconds."""

    operation: str
    official_cpu_ms: float
    store_cpu_ms: float
    official_ms: float
    store_ms: float

    @property
    def ratio(self) -> float:
        return self.official_cpu_ms / self.store_cpu_ms


def documents(size: int) -> dict[str, list[Create]]:
    """Whole requests, and of each ten fields."""
    bench = Bench(None, size, random.Random(7))  # type: ignore[arg-type] # only what it makes up
    whole = [bench.create(number) for number in range(size)]
    small = [Create(Key("small", one.key.id), {name: one.data[name] for name in SMALL}) for one in whole]
    return {"requests": whole, "small": small}


class Official:
    """The same questions to the official client, as the store asked them before."""

    def __init__(self, project: str) -> None:
        self.client = AsyncClient(project=project)

    async def get(self, key: Key) -> Data:
        found = await self.client.collection(key.collection).document(key.id).get(retry=None)
        return found.to_dict() or {}

    async def newest(self, collection: str, limit: int) -> list[Data]:
        query = AsyncQuery(self.client.collection(collection))
        for field in ("created_at", "__name__"):
            query = query.order_by(field, direction=AsyncQuery.DESCENDING)
        return [one.to_dict() or {} for one in await query.limit(limit).get(retry=None)]

    async def set(self, key: Key, data: Data) -> None:
        batch = self.client.batch()
        batch.set(self.client.collection(key.collection).document(key.id), {**data, "_commit": 1})
        await batch.commit(retry=None)


async def cost(ask: Ask, times: int) -> tuple[float, float]:
    """Milliseconds of one call: of this process, and by the clock on the wall."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(times):
        await ask()
    return (time.process_time() - cpu) * 1_000 / times, (time.perf_counter() - wall) * 1_000 / times


async def measure(store: FirestoreStore, official: Official, first: Create, rounds: int) -> list[Row]:
    small = Key("small", first.key.id)

    async def newest(collection: str, limit: int, select: tuple[str, ...] | None = None) -> list[Data]:
        query = Query(collection, order=(Order("created_at", descending=True),), limit=limit, select=select)
        return [one.data for one in await store.query(query)]

    async def get(key: Key) -> Data:
        found = await store.get(key)
        assert found is not None
        return found.data

    async def sifted() -> None:
        query = Query("requests", order=(Order("created_at", descending=True),), limit=SIFTED, select=TESTED)
        found = [one for one in await store.query(query) if one.data["status"] == "pending"]
        assert all(one.data for one in (await store.get_many([one.key for one in found])).values())

    async def listed_again() -> None:
        query = Query("requests", order=(Order("created_at", descending=True),), limit=LIMIT)
        assert all(one.revision for one in await store.query(query))

    asks: dict[str, tuple[Ask, Ask, int]] = {
        "get, 10 fields": (lambda: official.get(small), lambda: get(small), 40),
        "get, whole request": (lambda: official.get(first.key), lambda: get(first.key), 40),
        "newest 50, 10 fields": (lambda: official.newest("small", LIMIT), lambda: newest("small", LIMIT), 4),
        "newest 50, whole requests": (
            lambda: official.newest("requests", LIMIT),
            lambda: newest("requests", LIMIT),
            4,
        ),
        "newest 50, known by revision": (lambda: official.newest("requests", LIMIT), listed_again, 4),
        "newest 50, ids": (
            lambda: official.newest("requests", LIMIT),
            lambda: newest("requests", LIMIT, ()),
            4,
        ),
        "500, 1 in 8 wanted: whole": (
            lambda: official.newest("requests", SIFTED),
            lambda: newest("requests", SIFTED),
            1,
        ),
        "500, 1 in 8 wanted: 4 fields": (lambda: official.newest("requests", SIFTED), sifted, 1),
        "set, whole request": (
            lambda: official.set(first.key, first.data),
            lambda: store.commit([Set(first.key, first.data)]),
            20,
        ),
    }
    assert await get(first.key) == {k: v for k, v in (await official.get(first.key)).items() if k != "_commit"}
    found: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in asks}
    for number in range(rounds + 1):
        for name, (before, now, times) in asks.items():
            costs = (*await cost(before, times), *await cost(now, times))
            if number:  # the first round only warms up
                found[name].append(costs)
    return [_row(name, costs) for name, costs in found.items()]


def _row(name: str, costs: list[tuple[float, float, float, float]]) -> Row:
    official_cpu, official, store_cpu, store = (round(statistics.median(one), 3) for one in zip(*costs, strict=True))
    return Row(name, official_cpu, store_cpu, official, store)


async def run(host: str, size: int, rounds: int) -> list[Row]:
    project = f"demo-{random.randrange(16**8):08x}"
    store, official = FirestoreStore(project, emulator=host), Official(project)
    kinds = documents(size)
    for creates in kinds.values():
        for start in range(0, size, 500):
            await store.commit(creates[start : start + 500])
    assert await store.count(Query("requests", (Where("version", Op.EQ, 1),))) == size
    rows = await measure(store, official, replace(kinds["requests"][-1]), rounds)
    await store.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=SIZE, help="documents of each kind")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="print one object as the last line")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, emulator.running(Path(folder), os.environ) as host:
        os.environ["FIRESTORE_EMULATOR_HOST"] = host  # the official client reads it
        rows = uvloop.run(run(host, arguments.size, arguments.rounds))
    print(f"CPU ms of this process (wall-clock ms in brackets), {arguments.size:,} documents in each collection")
    print(f"{'operation':32}{'official client':>22}{'store':>22}{'ratio':>8}")
    for row in rows:
        official = f"{row.official_cpu_ms:.2f} ({row.official_ms:.1f})"
        print(f"{row.operation:32}{official:>22}{f'{row.store_cpu_ms:.2f} ({row.store_ms:.1f})':>22}{row.ratio:>8.1f}")
    if arguments.json:
        print(json.dumps({"bench": "firestore", "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
