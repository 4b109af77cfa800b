"""The API behind its real server, on a port of its own, for those who talk to it in bytes."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from app.core.server import uvicorn_options
from app.core.settings import Settings
from app.main import create_app

START_SECONDS = 30
ANSWER_SECONDS = 20


@dataclass(frozen=True)
class Answer:
    """What came back before the server closed the connection, or before the first whole answer ended."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Live:
    port: int

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS)

    def said(self, request: bytes) -> Answer | None:
        """The first answer to these bytes; None where the server closes without one."""
        with self.connected() as connection:
            connection.sendall(request)
            return answer_on(connection)


def answer_on(connection: socket.socket) -> Answer | None:
    """The next answer; None where there is none before the other side closes."""
    came = b""
    while b"\r\n\r\n" not in came:
        if not (part := _received(connection)):
            return None
        came += part
    head, _, body = came.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        if not (part := _received(connection)):
            break
        body += part
    return Answer(int(first.split(" ")[1]), headers, body)


def closed(connection: socket.socket) -> bool:
    """Whether the server closes the connection without another word."""
    return not _received(connection)


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionError:
        return b""


@contextmanager
def serving(settings: Settings) -> Iterator[Live]:
    """The whole product with its own store, in a thread, as `resq serve` runs it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(256)
        options = uvicorn_options(settings, log_level="critical")
        server = uvicorn.Server(uvicorn.Config(create_app(settings), **options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="live-server")
        thread.start()
        try:
            deadline = time.monotonic() + START_SECONDS
            while not server.started and thread.is_alive() and time.monotonic() < deadline:
                time.sleep(0.02)
            assert server.started
            yield Live(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)
