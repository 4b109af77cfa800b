"""The connection to Firestore: one channel for each event loop, which comes back by itself when it was lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

import grpc
from google.auth.exceptions import GoogleAuthError
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcAsyncIOTransport

from app.core.settings import Misconfigured
from app.crud.store.firestore_requests import Names, Request

_NO_LIMIT = -1
_OPTIONS = (
    ("grpc.max_send_message_length", _NO_LIMIT),
    ("grpc.max_receive_message_length", _NO_LIMIT),
    # A connection that died without a word is noticed within 35 s even where no call's own time runs out on it;
    # Google's own clients ask as often.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    # gRPC by itself would wait up to two minutes before it tries to connect again, and 20 s for each try.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 3_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # A new channel is to have a connection of its own, not the one that it replaces.
    ("grpc.use_local_subchannel_pool", 1),
)
_SILENCE_SECONDS = 1.0


class Method(StrEnum):
    """The part of Google's gRPC service that is used."""

    GET = "GetDocument"
    BATCH_GET = "BatchGetDocuments"
    QUERY = "RunQuery"
    COUNT = "RunAggregationQuery"
    COMMIT = "Commit"

    @property
    def streams(self) -> bool:
        """Whether there are many answers to one request."""
        return self in (Method.BATCH_GET, Method.QUERY, Method.COUNT)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the database is: with Google, with the credentials of the machine, or an emulator that asks for none."""

    names: Names
    emulator: str | None = None
    host: str = FirestoreGrpcAsyncIOTransport.DEFAULT_HOST
    interceptors: Sequence[grpc.aio.ClientInterceptor] = ()

    def channel(self) -> grpc.aio.Channel:
        """A new channel; `Misconfigured` where the machine has no credentials."""
        if self.emulator is not None:
            return grpc.aio.insecure_channel(self.emulator, options=_OPTIONS, interceptors=self.interceptors)
        try:
            return FirestoreGrpcAsyncIOTransport.create_channel(
                self.host, options=_OPTIONS, interceptors=list(self.interceptors)
            )
        except GoogleAuthError as error:
            raise Misconfigured(
                "Firestore is not open to this machine: name the key of a service account in "
                "GOOGLE_APPLICATION_CREDENTIALS, or an emulator in FIRESTORE_EMULATOR_HOST."
            ) from error

    def metadata(self, routing: tuple[str, str]) -> tuple[tuple[str, str], ...]:
        """What goes with every call: for whom, to which database, and from whom where an emulator is asked."""
        name, value = routing
        found = (
            ("google-cloud-resource-prefix", self.names.base),
            ("x-goog-request-params", f"{name}={quote(value, safe='/')}"),
        )
        return found if self.emulator is None else (*found, ("authorization", "Bearer owner"))


@dataclass(eq=False, slots=True)
class _Line:
    """One channel, its calls, and when the last answer came through it."""

    channel: grpc.aio.Channel
    heard: float
    calling: int = 0
    calls: dict[Method, grpc.aio.UnaryUnaryMultiCallable | grpc.aio.UnaryStreamMultiCallable] = field(init=False)

    def __post_init__(self) -> None:
        self.calls = {method: self._call(method) for method in Method}

    def _call(self, method: Method) -> grpc.aio.UnaryUnaryMultiCallable | grpc.aio.UnaryStreamMultiCallable:
        make = self.channel.unary_stream if method.streams else self.channel.unary_unary
        return make(f"/google.firestore.v1.Firestore/{method}", request_serializer=_serialized)


def _serialized(request: Request) -> bytes:
    return request.SerializeToString()


class Connection:
    """The calls of one event loop. Where nothing comes through any more, a new channel takes the place of the old."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._loop = asyncio.get_running_loop()
        self._line = self._new_line()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    async def ask(self, method: Method, request: Request, routing: tuple[str, str], seconds: float) -> list[bytes]:
        """The answers as they came; `grpc.aio.AioRpcError` if there are none within `seconds`, or the call failed."""
        line = self._line
        began = self._loop.time()
        line.calling += 1
        try:
            call = line.calls[method](request, timeout=seconds, metadata=self._address.metadata(routing))
            answers = [one async for one in call] if method.streams else [await call]
            line.heard = self._loop.time()
            return answers
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                self._doubt(line, began)
            raise
        finally:
            line.calling -= 1
            if line is not self._line and not line.calling:
                await line.channel.close()

    async def close(self) -> None:
        await self._line.channel.close()

    def _doubt(self, line: _Line, began: float) -> None:
        """Leave a line on which nothing was heard while a call waited: gRPC itself waits for the keepalive."""
        if line is self._line and line.heard < began and self._loop.time() - began >= _SILENCE_SECONDS:
            self._line = self._new_line()

    def _new_line(self) -> _Line:
        return _Line(self._address.channel(), heard=self._loop.time())
