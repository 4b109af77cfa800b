"""A frugal HTTP/1.1 client for measuring: on two cores, what the client costs is taken from the server."""

import asyncio
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit


class Cut(Exception):
    """The server closed the connection before its answer was whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


@dataclass(slots=True)
class Connection:
    """One kept-alive connection; one call at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, url: str) -> Self:
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port, limit=2**20))

    async def call(self, request: bytes) -> Answer:
        """Send a whole request (see `request`) and read its whole answer."""
        self.writer.write(request)
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            raise Cut from error
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        if at >= 0:
            length = int(lowered[at + 15 : lowered.index(b"\r\n", at)])
            body = await self.reader.readexactly(length)
        else:
            body = await self._chunks() if b"transfer-encoding: chunked" in lowered else b""
        return Answer(int(head[9:12]), body)

    async def _chunks(self) -> bytes:
        parts = []
        while size := int((await self.reader.readline()).partition(b";")[0], 16):
            parts.append((await self.reader.readexactly(size + 2))[:-2])
        await self.reader.readline()
        return b"".join(parts)

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


def request(method: str, path: str, *, token: str = "", body: bytes = b"", key: str = "") -> bytes:
    """The bytes of a request with a JSON body, or without one."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if key:
        lines.append(f"Idempotency-Key: {key}")
    if method != "GET":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
