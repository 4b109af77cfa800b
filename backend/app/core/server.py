"""The server in front of the app: uvicorn, with an end to what a connection may cost before any request is there."""

import asyncio
import json
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.core.problems import document
from app.core.security.headers import missing
from app.core.settings import Settings

READ_SECONDS = 30.0
"""How long a client may leave an answer unread once no more of it can be sent."""
SHUTDOWN_SECONDS = 20


def uvicorn_options(settings: Settings, *, log_level: str = "warning") -> dict[str, Any]:
    """The options of `uvicorn.run` and `uvicorn.Config`; nothing of what the server is made of is told to callers.

    `X-Forwarded-For` and `-Proto` are believed from the addresses in `FORWARDED_ALLOW_IPS` (127.0.0.1 without it).
    """
    return {
        "host": settings.host,
        "port": settings.port,
        "http": guarded(head_bytes=settings.head_bytes, head_seconds=settings.head_seconds),
        "server_header": False,
        "access_log": False,
        "log_config": None,  # core/logging.py has it all
        "log_level": log_level,
        "timeout_keep_alive": settings.keep_alive_seconds,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
    }


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, which closes a connection whose request line and headers are too long or take too long.

    uvicorn itself waits for ever for the rest of a head, takes one of any size, and waits for ever for a reader.
    """

    head_bytes: ClassVar[int] = Settings.model_fields["head_bytes"].default
    head_seconds: ClassVar[float] = Settings.model_fields["head_seconds"].default
    read_seconds: ClassVar[float] = READ_SECONDS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_open = False
        self._head_parsed = 0
        self._head_pending = 0  # came, and belongs to a header whose end has not come
        self._parsed_now = 0
        self._answering = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_timer = _stopped(self._head_timer)
        self._read_timer = _stopped(self._read_timer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._parsed_now = 0
        super().data_received(data)
        if self._head_timer is None and not self._answering:
            self._await_head()  # bytes that come after an answer have ended uvicorn's own wait
        if self._head_open:
            self._head_pending += len(data) - self._parsed_now
            if self._head_parsed + self._head_pending > self.head_bytes:
                self._refuse(*_TOO_LONG)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_open, self._head_parsed, self._head_pending = True, 0, 0

    def on_url(self, url: bytes) -> None:
        self._parsed(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._parsed(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self._parsed_now += len(body)
        super().on_body(body)

    def on_headers_complete(self) -> None:
        self._head_open = False
        self._head_timer = _stopped(self._head_timer)
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        self._answering = False
        super().on_response_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = True
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:
        if self._head_parsed > self.head_bytes:
            self._refuse(*_TOO_LONG)
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._read_timer = self.loop.call_later(self.read_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read_timer = _stopped(self._read_timer)

    def _parsed(self, size: int) -> None:
        self._parsed_now += size
        self._head_parsed += size
        if self._head_parsed > self.head_bytes:
            raise ValueError("The parser, which asks for this, stops here.")

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._give_up)

    def _give_up(self) -> None:
        self._head_timer = None
        if self._head_open:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The head of the request did not arrive in time.")
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(_refusal(status, sentence))
            self.transport.close()


_TOO_LONG = (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too long.")


def guarded(*, head_bytes: int, head_seconds: float) -> type[GuardedProtocol]:
    """The protocol with these bounds, as uvicorn takes it."""
    return type("Guarded", (GuardedProtocol,), {"head_bytes": head_bytes, "head_seconds": head_seconds})


def _stopped(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    if timer is not None:
        timer.cancel()
    return None


def _refusal(status: HTTPStatus, sentence: str) -> bytes:
    """A whole answer, for a connection on which no app has spoken yet."""
    body = json.dumps(document(status, sentence, status.name.lower())).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    lines = [b": ".join(header) for header in (*headers, *missing(headers))]
    return b"\r\n".join((f"HTTP/1.1 {status.value} {status.phrase}".encode(), *lines, b"", body))
