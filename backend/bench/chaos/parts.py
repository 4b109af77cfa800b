"""The parts of a running ResQConnect, each to be killed and to come back."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Part(Protocol):
    """Something that can fail."""

    name: str

    async def fail(self, seconds: float) -> None:
        """Be gone without a farewell for so long, then come back."""


@dataclass
class Process:
    """A process of its own group, whose end is SIGKILL."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    _running: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._running = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def fail(self, seconds: float) -> None:
        self.kill()
        await asyncio.sleep(seconds)
        self.start()

    def kill(self) -> None:
        if self._running is not None:
            os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()

    def died(self) -> bool:
        """Whether it has ended by itself."""
        return self._running is not None and self._running.poll() is not None


@dataclass
class Passage:
    """A way to a port that can be cut: what goes through is dropped at once, and nobody gets in meanwhile."""

    name: str
    host: str
    port: int
    _server: asyncio.Server | None = field(default=None, init=False)
    _open: "set[asyncio.StreamWriter]" = field(default_factory=set, init=False)
    _going: "set[asyncio.Task[None]]" = field(default_factory=set, init=False)
    at: int = 0
    silent: bool = False
    """Whether everything that goes in is swallowed, as if the network dropped it."""

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._enter, "127.0.0.1", self.at)
        self.at = self._server.sockets[0].getsockname()[1]

    async def fail(self, seconds: float) -> None:
        await self.close()
        await asyncio.sleep(seconds)
        await self.open()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.gather(*self._going, return_exceptions=True)

    def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        going = asyncio.get_running_loop().create_task(self._pass(reader, writer))
        self._going.add(going)
        going.add_done_callback(self._going.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            beyond, back = await asyncio.open_connection(self.host, self.port)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, back}
        try:
            await asyncio.gather(self._copy(reader, back), self._copy(beyond, writer))
        finally:
            self._open -= {writer, back}

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65_536):
                if not self.silent:
                    writer.write(piece)
                    await writer.drain()
        except OSError:
            pass  # cut
        finally:
            writer.close()
