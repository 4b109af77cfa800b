"""What every request passes on its way in, and every answer on its way out."""

import re
from dataclasses import dataclass

import structlog
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import answer_to, defect
from app.api.routing import ROUTES, path_of
from app.core.errors import AppError, NotFound
from app.core.logging import frames
from app.core.security.headers import DOCS, NOTHING, missing

WORTH_PACKING = 1_024
DOCS_PAGES = frozenset({"/docs", "/docs/oauth2-redirect", "/redoc"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NO_GZIP = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")

log = structlog.get_logger(__name__)


def header(scope: Scope, name: bytes) -> str:
    """A header of a request, empty without it."""
    return next((value.decode("latin-1") for one, value in scope["headers"] if one == name), "")


def _is_small(start: Message) -> bool:
    length = next((value for name, value in start.get("headers", ()) if name == b"content-length"), None)
    return length is not None and len(length) <= len(str(WORTH_PACKING)) and int(length) < WORTH_PACKING


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


@dataclass(frozen=True, slots=True)
class Compressed:
    """Gzip for who takes it, where it saves anything; not for pictures, which are packed already.

    Most answers say at once that they are small, and pass as they are.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        responder: IdentityResponder | None = None

        async def packed(message: Message) -> None:
            nonlocal responder
            if message["type"] == "http.response.start" and not _is_small(message):
                responder = self._responder(scope, send)
            await (responder.send_with_compression if responder else send)(message)

        await self.app(scope, receive, packed)

    def _responder(self, scope: Scope, send: Send) -> IdentityResponder | None:
        """Starlette's, for an answer that may be worth packing; None where the caller refuses gzip."""
        taken = header(scope, b"accept-encoding")
        if _NO_GZIP.search(taken):
            return None
        if "gzip" in taken:
            # Level 4 packs lists nearly as small as 9 does, in a third of the time.
            responder: IdentityResponder = GZipResponder(
                self.app, WORTH_PACKING, compresslevel=4, thread_minimum_size=65_536
            )
        else:
            responder = IdentityResponder(self.app, WORTH_PACKING)  # says that the answer depends on what is taken
        responder.send = send
        return responder


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
