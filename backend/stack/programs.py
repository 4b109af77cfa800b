"""What is to run: a command, and how one sees that it does its work."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ANSWER_SECONDS = 3.0


@dataclass(frozen=True)
class Run:
    """One start of a program, and where in its log it began."""

    pid: int
    log: Path
    log_offset: int

    def says(self, words: bytes) -> bool:
        """Whether it has written these words since it was started."""
        with self.log.open("rb") as file:
            file.seek(self.log_offset)
            return words in file.read()


Probe = Callable[[Run], Awaitable[bool]]


@dataclass(frozen=True, kw_only=True)
class Program:
    """`stop_signal` asks it to end; after `stop_seconds` it is killed with all that it started."""

    name: str
    command: tuple[str, ...]
    ready: Probe
    port: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    start_seconds: float = 90.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 25.0


def listens(port: int) -> Probe:
    """Somebody takes connections at the port."""

    async def probe(_: Run) -> bool:
        return await _said(port, b"", 0) is not None

    return probe


def answers(port: int, path: str) -> Probe:
    """An HTTP server at the port answers this path with 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()

    async def probe(_: Run) -> bool:
        return b" 200" in (await _said(port, request, 12) or b"")

    return probe


def pongs(port: int) -> Probe:
    """A Redis at the port takes commands."""

    async def probe(_: Run) -> bool:
        return await _said(port, b"PING\r\n", 5) == b"+PONG"

    return probe


def says(words: str) -> Probe:
    """It has written these words into its log; for what has no port."""

    async def probe(run: Run) -> bool:
        return run.says(words.encode())

    return probe


async def _said(port: int, request: bytes, length: int) -> bytes | None:
    """The first bytes of the answer; None where there is none."""
    writer = None
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            return await reader.readexactly(length)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return None
    finally:
        if writer is not None:
            writer.close()
