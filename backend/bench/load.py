"""What one API process does for 16 clients, on each store, against the floor of an empty endpoint.

`python -m bench.load` starts a server for each turn and calls it over HTTP on loopback, closed loop (each client asks
again when it is answered) and open loop (calls begin on a schedule, at half of what the closed loop reached, whatever
the answers do; latency counts from the moment on the schedule). It prints a table; with `--json` the last line is one
object. The clients run on the same machine: on two cores they take about one.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path

from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from bench.filling import fill_requests
from bench.node import Node, node
from bench.wire import Connection, request
from tests import emulator

CLIENTS = 16
OPEN_CONNECTIONS = 128
"""The most calls of the open loop that wait at once: beyond, the server is past its measure and the wait shows it."""

Make = Callable[[int], bytes]


@dataclass(frozen=True)
class Kind:
    """One kind of call: the bytes of the n-th, and the status that is right."""

    name: str
    make: Make
    status: int = 200


@dataclass(frozen=True)
class Row:
    """One kind of call on one server."""

    server: str
    call: str
    calls: int
    wrong: int
    per_second: float
    p50_ms: float
    p99_ms: float
    of_floor: float | None = None
    open_per_second: float | None = None
    open_p50_ms: float | None = None
    open_p99_ms: float | None = None


@dataclass(slots=True)
class Tally:
    """The latencies of right answers in milliseconds, and how many answers were not right."""

    times: list[float]
    wrong: int = 0

    def cuts(self) -> tuple[float, float]:
        if len(self.times) < 2:
            return 0.0, 0.0
        cuts = statistics.quantiles(self.times, n=100, method="inclusive")
        return round(cuts[49], 2), round(cuts[98], 2)


async def closed(url: str, kind: Kind, seconds: float, numbers: Iterator[int]) -> tuple[Tally, float]:
    """`CLIENTS` clients, each calling again as soon as it is answered."""
    tally = Tally([])
    until = time.perf_counter() + seconds

    async def one() -> None:
        connection = await Connection.to(url)
        while (began := time.perf_counter()) < until:
            answer = await connection.call(kind.make(next(numbers)))
            _note(tally, answer.status == kind.status, began)
        await connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CLIENTS)))
    return tally, time.perf_counter() - began


async def opened(url: str, kind: Kind, seconds: float, rate: float, numbers: Iterator[int]) -> Tally:
    """Calls that begin `rate` times a second, on whichever of `OPEN_CONNECTIONS` connections is free."""
    tally = Tally([])
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(OPEN_CONNECTIONS):
        free.put_nowait(await Connection.to(url))
    started = time.perf_counter()

    async def one(due: float) -> None:
        connection = await free.get()
        answer = await connection.call(kind.make(next(numbers)))
        free.put_nowait(connection)
        _note(tally, answer.status == kind.status, due)

    async with asyncio.TaskGroup() as calls:
        for number in range(int(seconds * rate)):
            due = started + number / rate
            if (ahead := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            calls.create_task(one(due))
    while not free.empty():
        await free.get_nowait().close()
    return tally


def _note(tally: Tally, right: bool, began: float) -> None:
    if right:
        tally.times.append((time.perf_counter() - began) * 1_000)
    else:
        tally.wrong += 1


def asking(here: Node) -> Make:
    """New requests for help, each with a key of its own, far enough apart to be different."""
    token = here.tokens["affected_individual"]

    def make(number: int) -> bytes:
        place = {"lat": 6 + number % 3_000 / 1_000, "lng": 80 + number % 1_777 / 1_000}
        said = {"title": "Water", "description": f"We need drinking water, house {number}", "location": place}
        return request("POST", "/requests", token=token, body=json.dumps(said).encode(), key=f"load-{number}")

    return make


def telling(here: Node) -> Make:
    token, path = here.tokens["volunteer"], f"/disasters/{here.disaster_id}/chat/messages"

    def make(number: int) -> bytes:
        body = json.dumps({"text": f"The bridge at kilometre {number} is closed."}).encode()
        return request("POST", path, token=token, body=body)

    return make


def reading(path: str, token: str = "") -> Make:
    whole = request("GET", path, token=token)
    return lambda _: whole


def first(here: Node) -> tuple[Kind, ...]:
    """What is measured while little is stored."""
    chat = f"/disasters/{here.disaster_id}/chat/messages?limit=50"
    return (
        Kind("read self", reading("/users/me", here.tokens["volunteer"])),
        Kind("post chat", telling(here), 201),
        Kind("newest 50 of chat", reading(chat, here.tokens["volunteer"])),
    )


def listing(here: Node, stored: int) -> tuple[Kind, ...]:
    """Lists, with so many requests stored."""
    return (
        Kind(f"my 20 requests of {stored:,}", reading("/requests/me?limit=20", here.tokens["affected_individual"])),
        Kind(f"newest 50 of {stored:,}", reading("/requests?limit=50", here.tokens["admin"])),
    )


async def measured(server: str, url: str, kind: Kind, seconds: float, numbers: Iterator[int]) -> Row:
    await closed(url, kind, min(1.0, seconds), numbers)  # routes, connections and caches are warm then
    tally, took = await closed(url, kind, seconds, numbers)
    p50, p99 = tally.cuts()
    rate = len(tally.times) / took
    row = Row(server, kind.name, len(tally.times), tally.wrong, round(rate, 1), p50, p99)
    if not tally.times:
        return row
    at_half = await opened(url, kind, seconds, rate / 2, numbers)
    open_p50, open_p99 = at_half.cuts()
    return replace(
        row,
        wrong=row.wrong + at_half.wrong,
        open_per_second=round(rate / 2, 1),
        open_p50_ms=open_p50,
        open_p99_ms=open_p99,
    )


async def turn(server: str, here: Node, store: Store, seconds: float, sizes: Sequence[int]) -> list[Row]:
    """All kinds of call on one server; creating comes last, since it leaves work behind."""
    numbers = count(1)
    rows = [await measured(server, here.url, kind, seconds, numbers) for kind in first(here)]
    filled = 0
    for size in sizes:
        await fill_requests(store, here, filled, size)
        filled = size
        rows += [await measured(server, here.url, kind, seconds, numbers) for kind in listing(here, size)]
    rows.append(await measured(server, here.url, Kind("create request", asking(here), 201), seconds, numbers))
    await store.close()
    return rows


def floor(seconds: float) -> list[Row]:
    """The empty endpoint, and creating where nothing is kept."""
    numbers = count(1)
    with tempfile.TemporaryDirectory() as folder, node(Path(folder), command=("bench.floor",)) as here:
        kinds = (Kind("empty endpoint", reading("/floor")), Kind("create request", asking(here), 201))
        return [asyncio.run(measured("floor", here.url, kind, seconds, numbers)) for kind in kinds]


def firestore(seconds: float, sizes: Sequence[int]) -> list[Row]:
    """The turn on Google's emulator, which the official client finds through its variable."""
    with tempfile.TemporaryDirectory() as folder, emulator.running(Path(folder), os.environ) as host:
        more = {"RESQ_STORE": "firestore", "FIRESTORE_EMULATOR_HOST": host}
        with node(Path(folder), more) as here:
            return asyncio.run(turn("firestore", here, FirestoreStore("demo-resq", emulator=host), seconds, sizes))


def sqlite(seconds: float, sizes: Sequence[int]) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, node(Path(folder)) as here:
        return asyncio.run(turn("sqlite", here, SqliteStore(here.database), seconds, sizes))


def compared(rows: Sequence[Row]) -> list[Row]:
    """With the share of the floor: of the same call without a store where there is one, else of the empty endpoint."""
    floors = {row.call: row.per_second for row in rows if row.server == "floor"}
    base = floors.get("empty endpoint", 0.0)
    return [
        replace(row, of_floor=round(row.per_second / floors.get(row.call, base), 3)) if base else row for row in rows
    ]


def table(rows: Sequence[Row]) -> Iterator[str]:
    yield f"{'':46}{'closed loop, ' + str(CLIENTS) + ' clients':^34}{'open loop at half of it':^28}"
    heads = ("per s", "of floor", "p50 ms", "p99 ms", "per s", "p50 ms", "p99 ms", "wrong")
    yield f"{'server':12}{'call':28}" + "".join(f"{head:>10}" for head in heads)
    for row in rows:
        closed_loop = (row.per_second, row.of_floor, row.p50_ms, row.p99_ms)
        figures = (*closed_loop, row.open_per_second, row.open_p50_ms, row.open_p99_ms)
        cells = "".join(f"{'-' if one is None else format(one, ',.2f'):>10}" for one in figures)
        yield f"{row.server:12}{row.call:28}{cells}{row.wrong:10,}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each loop lasts")
    parser.add_argument("--sizes", type=int, nargs="+", default=(1_000, 10_000), help="requests stored for the lists")
    parser.add_argument("--stores", nargs="+", default=("sqlite", "firestore"), choices=("sqlite", "firestore"))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = floor(arguments.seconds)
    if "sqlite" in arguments.stores:
        rows += sqlite(arguments.seconds, arguments.sizes)
    if "firestore" in arguments.stores:
        try:
            rows += firestore(arguments.seconds, arguments.sizes)
        except emulator.EmulatorAbsent as absent:
            print(absent)
    rows = compared(rows)
    print("\n".join(table(rows)))
    if arguments.json:
        print(json.dumps({"clients": CLIENTS, "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
