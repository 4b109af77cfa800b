"""An answer that has not begun in time is given up, so that a caller is told and nothing waits for ever."""

import asyncio
from dataclasses import dataclass

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
        try:
            async with asyncio.timeout(self.seconds) as limit:
                await self.app(scope, _patient(limit, receive), _ending(limit, send))
        except TimeoutError:
            if not limit.expired():
                raise
            raise Overdue(
                "This took too long and was given up. It may have been done all the same: look, or send it again with "
                "the same `Idempotency-Key`."
            ) from None


def _patient(limit: asyncio.Timeout, receive: Receive) -> Receive:
    arrived = False

    async def patient() -> Message:
        nonlocal arrived
        if arrived or limit.when() is None or limit.expired():
            return await receive()
        loop = asyncio.get_running_loop()
        left = (limit.when() or loop.time()) - loop.time()
        limit.reschedule(None)
        message = await receive()
        arrived = not message.get("more_body", False)
        limit.reschedule(loop.time() + left)
        return message

    return patient


def _ending(limit: asyncio.Timeout, send: Send) -> Send:
    async def ending(message: Message) -> None:
        if message["type"] == "http.response.start" and not limit.expired():
            limit.reschedule(None)
        await send(message)

    return ending
