"""What a list of 50 costs over HTTP, for one client, as its collection grows.

`python -m bench.lists` fills a node of its own with 1,000, 10,000 and 100,000 documents of each collection and prints a
table: p50, p95 and p99 in milliseconds at each size, and how the p50 grew; with `--json` the last line is one object.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from app.core.clock import rfc3339, utc_now
from bench.filling import fill
from bench.node import Node, node

SIZES = (1_000, 10_000, 100_000)


@dataclass(frozen=True)
class Row:
    """One list at one size."""

    role: str
    path: str
    documents: int
    items: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


SINCE = rfc3339(utc_now() - timedelta(days=2))


def calls(here: Node) -> Iterator[tuple[str, str]]:
    """Each list, as whom it is asked for, and with which filters."""
    there = f"disaster_id={here.disaster_id}"
    for query in (
        "",
        "&status=pending",
        "&severity=critical&stage=matched",
        "&need=water",
        "&q=temple",
        "&q=temple+bridge",
        "&near=7.5,80.6&radius_km=2",
        "&near=7.5,80.6&radius_km=40",
        "&bbox=80,6,81,7&severity=high",
        "&order=urgency",
        "&order=urgency&status=pending",
        "&order=oldest",
        f"&{there}",
        f"&{there}&q=temple&severity=low",
        f"&since={SINCE}",
    ):
        yield "admin", f"/requests?limit=50{query}"
    yield "first_responder", "/requests?limit=50&order=urgency"
    yield "first_responder", f"/requests/disaster/{here.disaster_id}?limit=50"
    yield "affected_individual", "/requests/me?limit=50"
    yield "affected_individual", f"/requests/me?limit=50&since={SINCE}"
    yield "admin", "/workflow-outputs?limit=50"
    yield "first_responder", "/workflow-outputs?limit=50"
    yield "volunteer", "/tasks/me?limit=50"
    yield "volunteer", "/resources?limit=50"
    yield "volunteer", "/resources?limit=50&resource_type=boat"
    yield "volunteer", "/notifications?limit=50"
    yield "nobody", "/disasters?limit=50"
    yield "volunteer", f"/disasters/{here.disaster_id}/chat/messages?limit=50"
    yield "volunteer", f"/disasters/{here.disaster_id}/chat/messages?limit=50&since={SINCE}"
    yield "volunteer", f"/observations?{there}&limit=50"
    yield "volunteer", f"/observations?{there}&limit=50&status=verified&near=7.5,80.6&radius_km=40"
    yield "nobody", f"/disasters/{here.disaster_id}/observations?limit=50"
    yield "admin", f"/disasters/{here.disaster_id}/participants?limit=50"
    yield "admin", f"/disasters/{here.disaster_id}/volunteers?limit=50"
    yield "admin", "/users?limit=50"
    yield "admin", "/users?limit=50&role_id=volunteer"
    yield "admin", "/users?limit=50&q=person"
    yield "admin", "/clusters?limit=50"
    yield "first_responder", "/clusters?limit=50"
    yield "admin", "/audit?limit=50"
    yield "admin", "/audit?limit=50&event=request.approved"


def measure(here: Node, documents: int, rounds: int) -> list[Row]:
    rows = []
    for role, path in calls(here):
        with here.client(role) as http:
            items = len(
                http.get(path).raise_for_status().json()
            )  # also makes the index, if it is the first of its kind
            times = []
            for _ in range(rounds):
                began = time.perf_counter()
                http.get(path).raise_for_status()
                times.append((time.perf_counter() - began) * 1_000)
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        rows.append(Row(role, path, documents, items, round(cuts[49], 2), round(cuts[94], 2), round(cuts[98], 2)))
    return rows


def table(rows: Sequence[Row]) -> Iterator[str]:
    by_call: dict[tuple[str, str], dict[int, Row]] = {}
    for row in rows:
        by_call.setdefault((row.role, row.path), {})[row.documents] = row
    sizes = sorted({row.documents for row in rows})
    yield f"{'as':20}{'list':66}" + "".join(f"{f'{size:,}':>24}" for size in sizes) + f"{'growth':>8}"
    yield " " * 86 + "".join(f"{'p50   p95   p99 ms':>24}" for _ in sizes) + f"{'of p50':>8}"
    for (role, path), found in by_call.items():
        cells = "".join(f"{one.p50_ms:>12.1f}{one.p95_ms:>6.1f}{one.p99_ms:>6.1f}" for one in found.values())
        growth = found[sizes[-1]].p50_ms / found[sizes[0]].p50_ms
        yield f"{role:20}{path[:64]:66}{cells}{growth:>8.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, node(Path(folder)) as here:
        filled = 0
        for size in arguments.sizes:
            began = time.perf_counter()
            asyncio.run(fill(here, filled, size))
            print(f"filled to {size:,} documents of each kind in {time.perf_counter() - began:.0f} s", flush=True)
            filled = size
            rows += measure(here, size, arguments.rounds)
    print("\n".join(table(rows)))
    slowest: Mapping[int, float] = {
        size: max(row.p95_ms for row in rows if row.documents == size) for size in arguments.sizes
    }
    print("slowest p95: " + ", ".join(f"{ms:.1f} ms at {size:,}" for size, ms in slowest.items()))
    if arguments.json:
        print(json.dumps({"slowest_p95_ms": slowest, "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
