"""What every request passes on its way in, and every answer on its way out."""

import re
from dataclasses import dataclass

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import answer_to, defect
from app.api.routing import ROUTES, path_of
from app.core.errors import AppError, NotFound
from app.core.logging import frames
from app.core.security.headers import DOCS, NOTHING, missing

DOCS_PAGES = frozenset({"/docs", "/docs/oauth2-redirect", "/redoc"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NO_GZIP = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """What a browser may do with an answer: next to nothing, unless it is a page of the docs."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        https = scope["scheme"] == "https"
        policy = DOCS if path_of(scope) in DOCS_PAGES else NOTHING

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                message["headers"] = [*headers, *missing(headers, https=https, policy=policy)]
            await send(message)

        await self.app(scope, receive, guarded)


@dataclass(frozen=True, slots=True)
class HeadAsGet:
    """HEAD is GET without the body, wherever GET is served."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self.app({**scope, "method": "GET"}, receive, bodiless)


class Compressed(GZipMiddleware):
    """Gzip for who takes it, where it saves anything; not for pictures, which are packed already."""

    def __init__(self, app: ASGIApp) -> None:
        # Level 4 packs lists nearly as small as 9 does, in a third of the time.
        super().__init__(app, minimum_size=1_024, compresslevel=4, thread_minimum_size=65_536)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _NO_GZIP.search(Headers(scope=scope).get("accept-encoding", "")):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Faults:
    """Whatever is raised within is a problem document, made inside the CORS headers so that browsers may read it."""

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
        except (AppError, HTTPException) as error:
            if begun:
                raise
            await answer_to(error)(scope, receive, send)
        except Exception as error:
            # The edge of this process: whatever was not foreseen ends here, seen by us and not by the caller.
            log.error("request.crashed", method=scope["method"], error=type(error).__name__, frames=frames(error))
            if begun:
                raise
            await defect()(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Addresses:
    """`/requests/` is `/requests`, answered as it is, because a redirect across origins loses the token.

    A control character fits no address: routes would let a line feed at the end pass. OPTIONS tells the methods.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if _CONTROL.search(path):
            raise NotFound("There is nothing at this address.")
        if path != "/" and path.endswith("/"):
            scope = {**scope, "path": path.rstrip("/") or "/"}
            scope.pop("raw_path", None)
        if scope["method"] == "OPTIONS" and (methods := ROUTES.methods(path_of(scope))):
            await Response(status_code=204, headers={"Allow": methods})(scope, receive, send)
            return
        await self.app(scope, receive, send)
