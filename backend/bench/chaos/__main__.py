"""`python -m bench.chaos`: kill -9 at random while people ask for help and a coordinator decides, then count.

Two turns, each with as many requests and kills as asked for: the embedded node (one process over SQLite), and the stack
(two API processes, two workers, two beats, a Redis that keeps nothing, and the Firestore emulator behind a passage that
is cut, since the emulator itself keeps everything in memory). It prints a table; with `--json` the last line is one
object; it ends with 1 if anything was lost, doubled, promised twice or overwritten.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.chaos.counting import Count, Counting
from bench.chaos.parts import Part
from bench.chaos.people import Callers, Coordinator
from bench.chaos.seeding import seeded
from bench.chaos.setups import SETUPS, Setup
from bench.node import peopled
from tests import emulator


@dataclass(frozen=True)
class Row:
    """One turn: what was done to it, how long people waited, and what was counted afterwards."""

    setup: str
    requests: int
    kills: dict[str, int]
    tries: int
    taken_p50_seconds: float
    taken_p99_seconds: float
    count: Count


async def turn(setup: Setup, requests: int, kills: int, per_second: float, draw: random.Random) -> Row:
    database = setup.folder / "data" / "resq.sqlite3"
    here = await asyncio.to_thread(peopled, setup.urls[0], database, setup.log, setup.environment)
    await seeded(setup.store, here.disaster_id)
    callers = Callers(setup.urls, here.tokens["affected_individual"], here.disaster_id)
    coordinator = Coordinator(setup.urls, here.tokens["admin"], draw)
    sent = asyncio.Event()
    async with asyncio.TaskGroup() as going_on:
        going_on.create_task(_sending(callers, requests, per_second, sent))
        going_on.create_task(coordinator.decide_until(sent))
        done = await _killing(setup.parts, kills, requests / per_second, draw)
    counting = Counting(setup.store, here.uids["affected_individual"])
    settled = await counting.quiet(callers.taken)
    count = await counting.count(callers.taken, coordinator.decided, settled)
    cuts = statistics.quantiles(callers.waits, n=100, method="inclusive")
    return Row(setup.name, requests, dict(done), callers.tries, round(cuts[49], 2), round(cuts[98], 2), count)


async def _sending(callers: Callers, requests: int, per_second: float, sent: asyncio.Event) -> None:
    try:
        await callers.all(requests, per_second)
    finally:
        sent.set()


async def _killing(parts: Sequence[Part], kills: int, seconds: float, draw: random.Random) -> Counter[str]:
    """Kill so many times, spread over the time that requests come in; each part at least once where there is room."""
    victims = [*parts, *draw.choices(parts, k=kills)][:kills]
    draw.shuffle(victims)
    done: Counter[str] = Counter()
    for victim in victims:
        await asyncio.sleep(draw.uniform(0.3, 1.7) * seconds / (kills + 1) * 0.6)
        await victim.fail(draw.uniform(0.1, 1.5))
        done[victim.name] += 1
    return done


async def both(arguments: argparse.Namespace) -> list[Row]:
    rows = []
    for name in arguments.setups:
        draw = random.Random(arguments.seed)
        with tempfile.TemporaryDirectory() as folder:
            async with SETUPS[name](Path(folder)) as setup:
                rows.append(await turn(setup, arguments.requests, arguments.kills, arguments.per_second, draw))
    return rows


def table(rows: Sequence[Row]) -> Iterator[str]:
    """One line a figure, one column a setup."""
    told = [_told(row) for row in rows]
    yield f"{'':44}" + "".join(f"{row.setup:>12}" for row in rows)
    for name in told[0]:
        yield f"{name:44}" + "".join(f"{one[name]:>12}" for one in told)


def _told(row: Row) -> dict[str, str]:
    count = row.count
    figures = {
        "kills": sum(row.kills.values()),
        "requests accepted (201)": count.accepted,
        "tries it took": row.tries,
        "seconds to be accepted, p50": row.taken_p50_seconds,
        "seconds to be accepted, p99": row.taken_p99_seconds,
        "seconds until all was quiet afterwards": count.settled_seconds,
        "planned and matched": count.planned,
        "waiting for a human, with a reason": count.needs_human - count.without_reason,
        "set aside as no request": count.not_a_request,
        "decisions of a human, confirmed": count.decisions,
        "LOST": count.lost,
        "DOUBLED": count.doubled,
        "left unfinished": count.unfinished,
        "waiting for a human without a reason": count.without_reason,
        "matched without a plan": count.without_plan,
        "stocks promised twice": count.over_allocated,
        "stocks whose ledger tells another story": count.ledger_differs,
        "decisions of a human OVERWRITTEN": count.overwritten,
    }
    return {name: f"{figure:,}" for name, figure in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--per-second", type=float, default=15.0, help="how fast people ask")
    parser.add_argument("--setups", nargs="+", choices=sorted(SETUPS), default=sorted(SETUPS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    try:
        rows = asyncio.run(both(arguments))
    except emulator.EmulatorAbsent as absent:
        raise SystemExit(str(absent)) from absent
    print("\n".join(table(rows)))
    print("; ".join(f"{row.setup}: " + ", ".join(f"{part} {n}x" for part, n in row.kills.items()) for row in rows))
    if arguments.json:
        print(json.dumps({"rows": [asdict(row) for row in rows]}))
    if any(row.count.faults or row.count.accepted != row.requests for row in rows):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
