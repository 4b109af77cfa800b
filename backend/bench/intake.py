"""Help requests that come several times at once with the same key: how many are kept, and how fast.

`python -m bench.intake` sends 1,000 bodies three times at once to a node of its own, over HTTP, on SQLite and on
Google's Firestore emulator (where it is installed), and counts what is kept; with `--json` the last line is one object.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx2

from bench.node import Node, node
from tests import emulator

AT_ONCE = 64


@dataclass(frozen=True)
class Row:
    """One store's turn: `kept` has to be `bodies`, and `other` (any answer but 201) nothing."""

    store: str
    bodies: int
    sent: int
    kept: int
    different_ids: int
    other: dict[int, int]
    seconds: float
    p50_ms: float
    p99_ms: float


async def send(here: Node, bodies: int, times: int) -> tuple[list[tuple[int, str, float]], float]:
    calls = [number for number in range(bodies) for _ in range(times)]
    random.Random(7).shuffle(calls)
    gate = asyncio.Semaphore(AT_ONCE)
    headers = {"Authorization": f"Bearer {here.tokens['affected_individual']}"}
    async with httpx2.AsyncClient(base_url=here.url, headers=headers, timeout=120) as http:

        async def one(number: int) -> tuple[int, str, float]:
            body = {"description": f"We need water, house {number}", "location": {"lat": 6.6, "lng": 80 + number / 1e3}}
            async with gate:
                began = time.perf_counter()
                answer = await http.post("/requests", json=body, headers={"Idempotency-Key": f"bench-{number}"})
                return answer.status_code, str(answer.json().get("id")), (time.perf_counter() - began) * 1_000

        began = time.perf_counter()
        answers = await asyncio.gather(*(one(number) for number in calls))
        return answers, time.perf_counter() - began


def kept(here: Node) -> int:
    """How many requests of the sender the node has, counted page by page."""
    ids: set[str] = set()
    with here.client("affected_individual") as http:
        path: str | None = "/requests/me?limit=500"
        while path:
            page = http.get(path).raise_for_status()
            ids |= {one["id"] for one in page.json() if "house" in one["description"]}
            path = page.links["next"]["url"] if "next" in page.links else None
    return len(ids)


def turn(store: str, more: Mapping[str, str], bodies: int, times: int) -> Row:
    with tempfile.TemporaryDirectory() as folder, node(Path(folder), more) as here:
        answers, seconds = asyncio.run(send(here, bodies, times))
        cuts = statistics.quantiles([ms for *_, ms in answers], n=100)
        return Row(
            store=store,
            bodies=bodies,
            sent=len(answers),
            kept=kept(here),
            different_ids=len({id for _, id, _ in answers}),
            other={
                status: count for status, count in Counter(status for status, *_ in answers).items() if status != 201
            },
            seconds=round(seconds, 1),
            p50_ms=round(cuts[49], 1),
            p99_ms=round(cuts[98], 1),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bodies", type=int, default=1_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = [turn("sqlite", {}, arguments.bodies, arguments.times)]
    with tempfile.TemporaryDirectory() as folder:
        try:
            with emulator.running(Path(folder), os.environ) as host:
                more = {"RESQ_STORE": "firestore", "FIRESTORE_EMULATOR_HOST": host}
                rows.append(turn("firestore", more, arguments.bodies, arguments.times))
        except emulator.EmulatorAbsent as absent:
            print(absent)
    heads = ("bodies", "sent", "kept", "ids", "not 201", "seconds", "p50 ms", "p99 ms")
    print(f"{'store':12}" + "".join(f"{head:>9}" for head in heads))
    for row in rows:
        other = sum(row.other.values())
        print(
            f"{row.store:12}{row.bodies:9,}{row.sent:9,}{row.kept:9,}{row.different_ids:9,}{other:9,}"
            f"{row.seconds:9.1f}{row.p50_ms:9.1f}{row.p99_ms:9.1f}"
        )
    if arguments.json:
        print(json.dumps({"rows": [asdict(row) for row in rows]}))
    if any(row.kept != row.bodies or row.other for row in rows):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
