"""Answers of servers that are not ours: of none is more taken in than it may have."""

from collections.abc import AsyncIterator

import httpx2

_ENCODING, _PLAIN = "content-encoding", "identity"


class TooLarge(httpx2.TransportError):
    """There is more of it than may be, or it was packed, so that nobody can know."""


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Asks for answers that are not packed, and breaks off those that are, or that do not end in time."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, *, most_bytes: int) -> None:
        self._inner = inner
        self._most_bytes = most_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = _PLAIN
        response = await self._inner.handle_async_request(request)
        if response.headers.get(_ENCODING, _PLAIN).strip().lower() not in ("", _PLAIN):
            await response.aclose()
            raise TooLarge("The answer is packed.")
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 - what an asynchronous transport gives
        response.stream = _Bounded(response.stream, self._most_bytes)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, most: int) -> None:
        self._inner = inner
        self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._inner:
            self._left -= len(part)
            if self._left < 0:
                raise TooLarge("The answer has no end.")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()
