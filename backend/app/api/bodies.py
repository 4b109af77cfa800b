"""The body of a request on its way in: bounded, unpacked, in time, and JSON that says one thing only."""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.json_check import PARSED, check_json
from app.api.problems import Unreadable
from app.api.routing import SIGN_IN_PATHS, path_of, policy_of
from app.core.errors import AppError, BadRequest, TooLarge, TooSlow, UnsupportedEncoding

SLOWEST = 500
"""Bytes a second: a phone at the edge of 2G sends more. Each such second of data buys one more second of waiting."""
LONGEST_NUMBER = 20
GZIP = {"gzip", "x-gzip"}
_BODILESS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Bodies:
    """413 for what is larger than `most` bytes (packed or not), 415 for packing other than gzip, 408 for what does not
    come, 400 for what cannot be unpacked, 422 for JSON that can be read in two ways.

    A JSON body is read to its end here; any other is passed on as it comes.
    """

    app: ASGIApp
    most: int
    seconds: float
    paths: Mapping[str, int] = field(default_factory=dict)
    """Where something larger is taken."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] in _BODILESS and not any(name in _OF_A_BODY for name, _ in scope["headers"]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        path = path_of(scope)
        policy = policy_of(scope["method"], path)
        most = self.paths.get(path) or policy.most_bytes or self.most
        if is_json := _is_json(headers):
            most = min(most, self.most)  # where more is taken it is for pictures, which are not parsed here
        packed = _is_packed(headers)
        _check_announced(headers, most)
        body = _Body(receive, most=most, seconds=self.seconds, unpack=zlib.decompressobj(31) if packed else None)
        if packed:
            scope = {**scope, "headers": [one for one in scope["headers"] if one[0] not in _OF_THE_PACKED]}
        # A gateway's signature comes first; the calls of local accounts say in Google's words what is wrong.
        as_it_comes = policy.signed or scope["method"] in _BODILESS or path.startswith(SIGN_IN_PATHS)
        if as_it_comes or not is_json:
            await self.app(scope, body.passed_on, send)
            return
        whole = await body.whole()
        if whole is None:
            return  # the caller has hung up
        scope[PARSED] = check_json(whole)
        await self.app(scope, _replayed(whole, receive), send)


_OF_A_BODY = frozenset({b"content-length", b"transfer-encoding", b"content-encoding"})
_OF_THE_PACKED = (b"content-encoding", b"content-length")


class _Body:
    """What one caller sends, counted and timed while it comes."""

    def __init__(self, receive: Receive, *, most: int, seconds: float, unpack: "zlib._Decompress | None") -> None:
        self._receive = receive
        self._most = most
        self._seconds = seconds
        self._patience = seconds
        self._unpack = unpack
        self._came = 0
        self._given = 0
        self._ended = False

    async def passed_on(self) -> Message:
        """The next message for a handler, which can be told of an error only as Starlette's own kind."""
        try:
            return await self.next()
        except AppError as error:
            raise Unreadable(error) from error

    async def whole(self) -> bytes | None:
        """All of it; None if the caller hangs up before."""
        parts: list[bytes] = []
        while not self._ended:
            message = await self.next()
            if message["type"] != "http.request":
                return None
            parts.append(message["body"])
        return b"".join(parts)

    async def next(self) -> Message:
        if self._ended:
            return await self._receive()
        message = await self._awaited()
        if message["type"] != "http.request":
            return message
        part: bytes = message.get("body", b"")
        self._ended = not message.get("more_body", False)
        self._came += len(part)
        self._check(self._came)
        if self._unpack is not None:
            part = self._unpacked(self._unpack, part)
        self._given += len(part)
        self._check(self._given)
        return {"type": "http.request", "body": part, "more_body": not self._ended}

    async def _awaited(self) -> Message:
        loop = asyncio.get_running_loop()
        since = loop.time()
        try:
            async with asyncio.timeout(self._patience):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow("The body did not arrive in time: send it again.") from None
        earned = len(message.get("body", b"")) / SLOWEST
        self._patience = min(self._seconds, self._patience - (loop.time() - since) + earned)
        return message

    def _unpacked(self, unpack: "zlib._Decompress", part: bytes) -> bytes:
        """Never more than one byte beyond what is allowed, however much is packed into it."""
        try:
            found = unpack.decompress(part, self._most - self._given + 1)
        except zlib.error:
            raise BadRequest("The body is not gzip, though its `Content-Encoding` says so.") from None
        self._check(self._given + len(found))
        if unpack.unused_data or (self._ended and self._came and not unpack.eof):
            raise BadRequest("The gzip body is cut off, or goes on after its end.")
        return found

    def _check(self, size: int) -> None:
        if size > self._most:
            raise _too_large(self._most)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body is larger than {most:,} bytes, the most that is taken.")


def _is_packed(headers: Headers) -> bool:
    found = ",".join(headers.getlist("content-encoding")).strip().lower()
    if found and found != "identity" and found not in GZIP:
        raise UnsupportedEncoding("A body may be packed with gzip, or not at all.")
    return found in GZIP


def _check_announced(headers: Headers, most: int) -> None:
    announced = headers.get("content-length")
    if announced is None:
        return
    if not (announced.isascii() and announced.isdigit()):
        raise BadRequest("`Content-Length` is not a number.")
    if len(announced) > LONGEST_NUMBER or int(announced) > most:
        raise _too_large(most)


def _is_json(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _replayed(whole: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": whole, "more_body": False}

    return replay
