"""What every request passes on its way in."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem
from app.core.errors import TooLarge


@dataclass(frozen=True)
class SameWithSlash:
    """`/requests/` is `/requests`: answered as it is, because a redirect across origins loses the token."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != "/" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
            scope.pop("raw_path", None)
        await self.app(scope, receive, send)


class _BodyTooLarge(Exception):
    pass


@dataclass(frozen=True)
class SizeLimit:
    """413 for a body of more than `most` bytes, whatever its headers say."""

    app: ASGIApp
    most: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen, answered = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.most:
                raise _BodyTooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except _BodyTooLarge:
            if answered:
                raise
            refusal = problem(
                TooLarge.status, f"The body is larger than {self.most:,} bytes, the most that is taken.", TooLarge.code
            )
            await refusal(scope, receive, send)
