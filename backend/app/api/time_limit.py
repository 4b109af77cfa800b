"""An answer that has not begun in time is given up, so that a caller is told and nothing waits for ever."""

import asyncio
from dataclasses import dataclass
from typing import cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import Overdue


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """503 for an answer that has not begun after `seconds`; its handler is cancelled.

    Waiting for the caller's body does not count, nor does anything after the answer has begun: a stream may last.
    """

    app: ASGIApp
    seconds: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = _Limit(self.seconds, receive, send)
        try:
            await self.app(scope, limit.receive, limit.send)
        except asyncio.CancelledError:
            if not limit.was_the_reason():
                raise
            raise Overdue(
                "This took too long and was given up. It may have been done all the same: look, or send it again with "
                "the same `Idempotency-Key`."
            ) from None
        finally:
            limit.end()


class _Limit:
    """What `asyncio.timeout` does, without the half of it that no call here needs: it cost as much as the rate limits.

    Cancels its own task when the time is over, and afterwards tells that from being cancelled by others.
    """

    __slots__ = ("_arrived", "_asked", "_before", "_due", "_expired", "_handle", "_loop", "_receive", "_send", "_task")

    def __init__(self, seconds: float, receive: Receive, send: Send) -> None:
        self._task = cast("asyncio.Task[None]", asyncio.current_task())  # ASGI is served by tasks
        self._before = self._task.cancelling()
        self._loop = asyncio.get_running_loop()
        self._receive, self._send = receive, send
        self._arrived = self._asked = self._expired = False
        self._handle: asyncio.TimerHandle | None = None
        self._start(seconds)

    def _start(self, seconds: float) -> None:
        self._due = self._loop.time() + seconds
        self._handle = self._loop.call_later(seconds, self._expire)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def end(self) -> None:
        """The call is over, one way or another: nobody after it is to take this for a wish to end them."""
        self.stop()
        if self._expired and not self._asked:
            self._task.uncancel()

    def _expire(self) -> None:
        self._handle = None
        self._expired = True
        self._task.cancel()

    def was_the_reason(self) -> bool:
        self._asked = True
        return self._expired and self._task.uncancel() <= self._before

    async def receive(self) -> Message:
        if self._arrived or self._handle is None:
            return await self._receive()
        left = self._due - self._loop.time()
        self.stop()
        message = await self._receive()
        self._arrived = not message.get("more_body", False)
        self._start(left)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.stop()
        await self._send(message)
