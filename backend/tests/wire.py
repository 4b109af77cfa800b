"""A wire between a client and a server that can be cut, go silent, and be mended: a TCP proxy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(eq=False)
class _Pair:
    """One connection and its continuation to the server; once `silent`, nothing goes through any more, for ever."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    silent: bool = False

    def close(self) -> None:
        self.client.close()
        self.server.close()


@dataclass(eq=False)
class Wire:
    """Connects whoever comes to `port` with the server at `target`; `lost` counts the replies that were lost."""

    target: str
    port: int = 0
    _listener: asyncio.Server | None = None
    _pairs: set[_Pair] = field(default_factory=set)
    lost: int = 0
    _loses_reply: bool = False
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def mend(self) -> None:
        """Take connections, again or for the first time. What went silent stays so."""
        if self._listener is None:
            self._listener = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
            self.port = self._listener.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End all connections, and refuse new ones."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for pair in list(self._pairs):
            pair.close()

    def go_silent(self) -> None:
        """Keep all connections, and let nothing through any more; whoever connects anew is not hurt."""
        for pair in self._pairs:
            pair.silent = True

    def lose_the_next_reply(self) -> None:
        """Cut the connection on which the server answers next, before the answer is through."""
        self._loses_reply = True

    async def end(self) -> None:
        await self.cut()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.target.rpartition(":")
        beyond, server = await asyncio.open_connection(host, int(port))
        pair = _Pair(writer, server)
        self._pairs.add(pair)
        try:
            with suppress(ConnectionError):
                await asyncio.gather(
                    self._pass_on(pair, reader, server, reply=False), self._pass_on(pair, beyond, writer, reply=True)
                )
        finally:
            pair.close()
            self._pairs.discard(pair)

    async def _pass_on(
        self, pair: _Pair, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, reply: bool
    ) -> None:
        while data := await source.read(65_536):
            if pair.silent:
                continue
            # The smallest frames are gRPC's own: acknowledgements, pings, windows.
            if reply and self._loses_reply and len(data) > 60:
                self._loses_reply = False
                self.lost += 1
                pair.close()
                return
            sink.write(data)
            await sink.drain()
        sink.close()


@asynccontextmanager
async def wired(target: str) -> AsyncIterator[Wire]:
    """A wire to the server at `target` (`host:port`)."""
    wire = Wire(target)
    await wire.mend()
    try:
        yield wire
    finally:
        await wire.end()
