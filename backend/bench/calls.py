"""What a call costs before it does anything: `GET /users/me` beside an empty FastAPI endpoint, 16 clients at once.

`python -m bench.calls` starts both servers and asks them in turns, so that a busy machine is busy for both. It prints
calls a second and the server's own processor time for one call; with `--json` the last line is one object.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import uvloop

from bench.node import node

CLIENTS = 16
ROUNDS = 5
SECONDS = 3.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Row:
    """One endpoint: the median of all rounds."""

    name: str
    calls_per_second: float
    cpu_us_per_call: float


class Caller(asyncio.Protocol):
    """Sends one request after the other on one connection."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.answers = 0
        self.came = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.came += data
        head = self.came.find(b"\r\n\r\n")
        if head < 0:
            return
        assert self.came.startswith(b"HTTP/1.1 200"), self.came[:200]
        at = self.came.lower().index(b"content-length: ") + 16
        if len(self.came) >= head + 4 + int(self.came[at : self.came.index(b"\r", at)]):
            self.came = b""
            self.answers += 1
            assert self.transport is not None
            self.transport.write(self.request)


async def calls(port: int, request: bytes, seconds: float) -> int:
    """How many calls were answered in this time."""
    loop = asyncio.get_running_loop()
    callers = [(await loop.create_connection(lambda: Caller(request), "127.0.0.1", port))[1] for _ in range(CLIENTS)]
    await asyncio.sleep(seconds)
    for one in callers:
        assert one.transport is not None
        one.transport.abort()
    return sum(one.answers for one in callers)


@contextmanager
def empty_server() -> Iterator[tuple[int, int]]:
    """Port and process id of a server with nothing in it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen([sys.executable, "-m", "bench.empty", str(port)])
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(20)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def request(path: str, token: str | None = None) -> bytes:
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n{bearer}\r\n".encode()


def measure(rounds: int, seconds: float) -> list[Row]:
    with (
        tempfile.TemporaryDirectory(prefix="resq-bench-") as folder,
        empty_server() as (port, pid),
        node(Path(folder)) as here,
    ):
        asked = {
            "empty": (port, pid, request("/empty")),
            "GET /users/me": (here.port, here.pid, request("/users/me", here.tokens["volunteer"])),
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
        for _ in range(rounds):
            for name, (port, pid, text) in asked.items():
                before = cpu_seconds(pid)
                answered = uvloop.run(calls(port, text, seconds))
                cpu = cpu_seconds(pid) - before
                found[name].append((answered / seconds, cpu / answered * 1e6))
    return [
        Row(name, statistics.median(one[0] for one in rows), statistics.median(one[1] for one in rows))
        for name, rows in found.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    floor, *others = rows = measure(options.rounds, options.seconds)
    for row in rows:
        print(f"{row.name:<16} {row.calls_per_second:>8.0f}/s {row.cpu_us_per_call:>7.0f} µs")
    for row in others:
        share, cpu = row.calls_per_second / floor.calls_per_second, floor.cpu_us_per_call / row.cpu_us_per_call
        print(f"{row.name} is at {share:.0%} of the floor, by processor time at {cpu:.0%}")
    if options.json:
        print(json.dumps([asdict(row) for row in rows]))


if __name__ == "__main__":
    main()
