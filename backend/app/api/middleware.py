"""What every request passes on its way in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import defect
from app.core.logging import frames

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SameWithSlash:
    """`/requests/` is `/requests`: answered as it is, because a redirect across origins loses the token."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != "/" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
            scope.pop("raw_path", None)
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class SizeLimit:
    """413 for a body of more than `most` bytes, or of more than `paths` says for its path, whatever its headers say."""

    app: ASGIApp
    most: int
    paths: Mapping[str, int] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen, most = 0, self.paths.get(scope.get("path", "").rstrip("/"), self.most)

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413, f"The body is larger than {most:,} bytes, the most that is taken.")
            return message

        await self.app(scope, counted if scope["type"] == "http" else receive, send)


@dataclass(frozen=True)
class Faults:
    """A fault of ours is a problem document, made inside the CORS headers so that browsers may read it."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            # The edge of this process: whatever was not foreseen ends here, seen by us and not by the caller.
            log.error("request.crashed", method=scope["method"], error=type(error).__name__, frames=frames(error))
            if begun:
                raise
            await defect()(scope, receive, send)
