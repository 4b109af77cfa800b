"""What lists, counts and creates cost on the SQLite store, by the size of the collection.

`python -m bench.store` prints a table; with `--json` the last line is one object with the same figures.
"""

import argparse
import asyncio
import json
import platform
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.core.clock import rfc3339
from app.crud.store.indexes import Indexes
from app.crud.store.port import Create, Cursor, Data, Delete, Key, Op, Order, Query, Where
from app.crud.store.sqlite import SqliteStore
from app.schemas.assessment import Evidence, Finding, FoundNeed, People, PeopleSource
from app.schemas.base import Location
from app.schemas.request import Request
from app.schemas.request_states import Stage, Status
from app.schemas.vocabulary import NeedCategory, Severity

SIZES = (1_000, 10_000, 100_000)
LIMIT = 50
HOLDERS = 4
"""People in the array of one document."""
HELD = 80
"""Documents that hold one person, whatever the size of the collection."""
IN_FLIGHT = 64
"""Creates that wait at the same time."""

START = datetime(2025, 11, 28, tzinfo=UTC)
NEWEST = (Order("created_at", descending=True),)
SAID = (
    "water in the house up to the windows since last night, we are on the roof with grandmother who cannot walk, two "
    "children and the neighbours, the road by the temple is cut, please send a boat and drinking water, phone battery "
    "nearly empty "
)


@dataclass(frozen=True)
class Times:
    """Milliseconds of one kind of read, and how many documents it found at the median."""

    p50_ms: float
    p99_ms: float
    found: int


@dataclass(frozen=True)
class Row:
    """One size of collection. `creates` are per second with 0, 1 and 2 arrays that can be asked for."""

    documents: int
    document_bytes: int
    equality: Times
    range_cursor: Times
    array_contains: Times
    count_equality: Times
    count_array_contains: Times
    first_array_contains_seconds: float
    creates: tuple[int, int, int]


@dataclass(frozen=True)
class Bench:
    """One store with `size` requests in it, and what it is asked."""

    store: SqliteStore
    size: int
    rng: random.Random

    @property
    def people(self) -> int:
        return max(self.size * HOLDERS // HELD, HOLDERS)

    def uid(self) -> str:
        return f"{self.rng.randrange(self.people):020}"

    def at(self, number: float) -> str:
        return rfc3339(START + timedelta(seconds=number))

    def status(self) -> Status:
        return self.rng.choice(list(Status))

    def document(self, number: int) -> Data:
        """A request as it is stored once it has been read, with two arrays of people."""
        at = START + timedelta(seconds=number)
        said = SAID[: self.rng.randrange(60, 200)]
        evidence = tuple(Evidence(rule=f"need.{n}", quote=said[30 * n : 30 * n + 30]) for n in range(2))
        request = Request(
            id=f"{self.rng.getrandbits(128):032x}",
            created_at=at,
            updated_at=at,
            title=said[:50],
            description=said,
            location=Location(lat=6.68, lng=80.4, address="12 River Road, Ratnapura", accuracy_m=12),
            created_by=self.uid(),
            body_hash=f"{self.rng.getrandbits(256):064x}",
            status=self.status(),
            stage=Stage.MATCHED,
            stage_since=at,
            finding=Finding(
                is_request=True,
                needs=(FoundNeed(category=NeedCategory.WATER, evidence=evidence),),
                severity=Severity.HIGH,
                severity_evidence=evidence,
                people=People(count=5, source=PeopleSource.STATED),
                language="en",
            ),
            severity=Severity.HIGH,
        )
        data: Data = request.model_dump(mode="json")
        return {**data, **{array: [self.uid() for _ in range(HOLDERS)] for array in ("holders", "watchers")}}

    def create(self, number: int) -> Create:
        data = self.document(number)
        return Create(Key("requests", str(data["id"])), data)

    async def fill(self) -> None:
        for start in range(0, self.size, 500):
            await self.store.commit([self.create(n) for n in range(start, min(start + 500, self.size))])

    def by_equality(self) -> Query:
        return Query("requests", (Where("status", Op.EQ, self.status()),), NEWEST, LIMIT)

    def by_range(self) -> Query:
        """Somewhere in the middle of the newer half."""
        after = Cursor((self.at(self.size * self.rng.uniform(0.6, 0.9)),), "x")
        where = (Where("status", Op.EQ, self.status()), Where("created_at", Op.GE, self.at(self.size / 2)))
        return Query("requests", where, NEWEST, LIMIT, after)

    def by_array(self, array: str = "holders") -> Query:
        return Query("requests", (Where(array, Op.CONTAINS, self.uid()),), NEWEST, LIMIT)

    async def found(self, query: Query) -> int:
        return len(await self.store.query(query))

    async def creates(self, count: int) -> int:
        """Creates per second, many waiting at the same time, the best of three tries; what they created is deleted."""
        return max([await self._creates(count) for _ in range(3)])

    async def _creates(self, count: int) -> int:
        writes = [self.create(self.size + n) for n in range(count)]
        waiting = iter(writes)

        async def client() -> None:
            for write in waiting:
                await self.store.commit([write])

        start = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(IN_FLIGHT)))
        rate = count / (time.perf_counter() - start)
        for first in range(0, count, 500):
            await self.store.commit([Delete(write.key) for write in writes[first : first + 500]])
        return round(rate)


async def timed(ask: Callable[[Query], Awaitable[int]], query: Callable[[], Query], runs: int) -> Times:
    """Times of `runs` different questions, one after the other, the first left out."""
    await ask(query())
    times, found = [], []
    for asked in [query() for _ in range(runs)]:
        start = time.perf_counter()
        found.append(await ask(asked))
        times.append((time.perf_counter() - start) * 1000)
    cuts = statistics.quantiles(times, n=100)
    return Times(round(cuts[49], 2), round(cuts[98], 2), round(statistics.median(found)))


async def measure(size: int, *, runs: int, creates: int, directory: Path) -> Row:
    """All figures of one size."""
    store = SqliteStore(directory / f"{size}.sqlite3", indexes=indexes())
    bench = Bench(store, size, random.Random(7))
    await bench.fill()
    equality = await timed(bench.found, bench.by_equality, runs)
    range_cursor = await timed(bench.found, bench.by_range, runs)
    count_equality = await timed(store.count, bench.by_equality, runs)
    without = await bench.creates(creates)

    start = time.perf_counter()
    await store.query(bench.by_array())
    first = time.perf_counter() - start
    array = await timed(bench.found, bench.by_array, runs)
    one = await bench.creates(creates)
    await store.query(bench.by_array("watchers"))
    two = await bench.creates(creates)
    count_array = await timed(store.count, bench.by_array, runs)  # without an order it has entries of its own
    await store.close()
    return Row(
        documents=size,
        document_bytes=len(json.dumps(bench.document(0), ensure_ascii=False, separators=(",", ":")).encode()),
        equality=equality,
        range_cursor=range_cursor,
        array_contains=array,
        count_equality=count_equality,
        count_array_contains=count_array,
        first_array_contains_seconds=round(first, 2),
        creates=(without, one, two),
    )


def indexes() -> Indexes:
    """What the questions need."""
    newest = {"fieldPath": "created_at", "order": "DESCENDING"}
    arrays = [{"fieldPath": array, "arrayConfig": "CONTAINS"} for array in ("holders", "watchers")]
    firsts = [{"fieldPath": "status", "order": "ASCENDING"}, *arrays]
    return Indexes.of([{"collectionGroup": "requests", "fields": [first, newest]} for first in firsts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one object as the last line")
    parser.add_argument("--runs", type=int, default=400, help="reads of each kind")
    parser.add_argument("--creates", type=int, default=2000, help="documents created for each rate")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="documents in the collection")
    arguments = parser.parse_args()
    names = ("equality", "range_cursor", "array_contains", "count_equality", "count_array_contains")
    print(f"p50 / p99 in ms; lists of {LIMIT}, newest first; in brackets how many were found or counted;")
    print("first: the array_contains that makes the table of entries, from the documents there are")
    heads = " ".join(f"{name:>24}" for name in names)
    print(f"{'documents':>9} {heads} {'first':>7}   creates/s with 0, 1, 2 arrays")
    rows = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as directory:
            row = asyncio.run(measure(size, runs=arguments.runs, creates=arguments.creates, directory=Path(directory)))
        rows.append(row)
        times = [getattr(row, name) for name in names]
        cells = " ".join(f"{f'{one.p50_ms} / {one.p99_ms} ({one.found})':>24}" for one in times)
        first, rates = f"{row.first_array_contains_seconds} s", ", ".join(str(rate) for rate in row.creates)
        print(f"{size:>9} {cells} {first:>7}   {rates}")
    if arguments.json:
        versions = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
        print(json.dumps({"bench": "store", **versions, "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
