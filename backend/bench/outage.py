"""What callers and the machine notice when Redis is away, or says nothing any more.

`python -m bench.outage` runs the stack (two API processes, two workers, two beats, the Firestore emulator) and sends
requests while Redis is well, while it refuses connections, and while what is sent to it is swallowed; then brings it
back and waits until all of them are planned. It prints a table; with `--json` the last line is one object.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.chaos.counting import Counting
from bench.chaos.parts import Passage
from bench.chaos.people import Callers
from bench.chaos.setups import Setup, stack
from bench.node import Node, peopled
from tests import emulator


@dataclass(frozen=True)
class Row:
    """One state of Redis: how long a caller waits for 201, and how long after its return all is planned."""

    redis: str
    requests: int
    tries: int
    p50_ms: float
    p99_ms: float
    planned_after_seconds: float


async def state(setup: Setup, here: Node, name: str, requests: int, per_second: float, first: int) -> Row:
    callers = Callers(setup.urls, here.tokens["affected_individual"], here.disaster_id, first=first)
    passage = setup.to_redis or Passage("", "", 0)
    if name == "refuses":
        await passage.close()
    passage.silent = name == "is silent"
    await callers.all(requests, per_second)
    if name == "refuses":
        await passage.open()
    passage.silent = False
    back = time.monotonic()
    await Counting(setup.store, here.uids["affected_individual"]).quiet(callers.taken)
    cuts = statistics.quantiles((1_000 * seconds for seconds in callers.waits), n=100, method="inclusive")
    planned = round(time.monotonic() - back, 1)
    return Row(name, requests, callers.tries, round(cuts[49], 1), round(cuts[98], 1), planned)


async def all_states(requests: int, per_second: float) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        async with stack(Path(folder)) as setup:
            database = setup.folder / "data" / "resq.sqlite3"
            here = await asyncio.to_thread(peopled, setup.urls[0], database, setup.log, setup.environment)
            return [
                await state(setup, here, name, requests, per_second, turn * requests)
                for turn, name in enumerate(("is well", "refuses", "is silent"))
            ]


def table(rows: Sequence[Row]) -> Iterator[str]:
    yield f"{'Redis':12}{'requests':>10}{'tries':>8}{'p50 ms':>10}{'p99 ms':>10}{'all planned, s after':>22}"
    for row in rows:
        yield (
            f"{row.redis:12}{row.requests:10,}{row.tries:8,}{row.p50_ms:10.1f}{row.p99_ms:10.1f}"
            f"{row.planned_after_seconds:22.1f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--per-second", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    try:
        rows = asyncio.run(all_states(arguments.requests, arguments.per_second))
    except emulator.EmulatorAbsent as absent:
        raise SystemExit(str(absent)) from absent
    print("\n".join(table(rows)))
    if arguments.json:
        print(json.dumps({"rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
