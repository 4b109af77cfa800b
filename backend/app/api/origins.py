"""Which web pages may read what the API answers (CORS): those of the origins named in the settings, no others."""

from collections.abc import Collection

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem
from app.core.settings import ANY_ORIGIN

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
TAKEN = (
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Encoding",
    "Content-Language",
    "Content-Type",
    "Idempotency-Key",
    "X-Client-Version",  # Firebase's SDK, where this node serves the accounts
    "X-Firebase-GMPID",
    "X-Request-ID",
)
SHOWN = (
    "Link",
    "Retry-After",
    "Idempotency-Replayed",
    "X-Next-Since",
    "X-Request-ID",
    "RateLimit",
    "RateLimit-Policy",
)
MAX_AGE = 7_200
"""Seconds; the longest that Chromium keeps an answer to a preflight."""


class Origins:
    """Adds what a browser asks for to every answer for an allowed origin, errors too, and answers preflights itself.

    An answer for any other origin says nothing of CORS at all.
    """

    def __init__(self, app: ASGIApp, *, allowed: Collection[str]) -> None:
        self.app = app
        self._any = ANY_ORIGIN in allowed
        self._allowed = {origin.encode(): origin.encode() for origin in allowed}
        self._shown = (b"access-control-expose-headers", ", ".join(SHOWN).encode())
        self._preflight = {
            "Access-Control-Allow-Methods": ", ".join(METHODS),
            "Access-Control-Allow-Headers": ", ".join(TAKEN),
            "Access-Control-Max-Age": str(MAX_AGE),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        origin = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), None)
        granted = self._granted(origin)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*_varying(message["headers"]), *granted]
            await send(message)

        if scope["method"] == "OPTIONS" and origin is not None and _is_preflight(scope):
            await self._answer(bool(granted))(scope, receive, marked)
        else:
            await self.app(scope, receive, marked)

    def _granted(self, origin: str | None) -> tuple[tuple[bytes, bytes], ...]:
        if origin is None:
            return ()
        found = b"*" if self._any else self._allowed.get(origin.encode("latin-1", "replace"))
        return ((b"access-control-allow-origin", found), self._shown) if found else ()

    def _answer(self, granted: bool) -> Response:
        """Whatever method and headers are asked for, the list of those taken is the answer; the browser compares."""
        if granted:
            return Response(status_code=204, headers=self._preflight)
        return problem(403, "Pages of this origin may not call this API.", "origin_not_allowed")


def _is_preflight(scope: Scope) -> bool:
    return any(name == b"access-control-request-method" for name, _ in scope["headers"])


def _varying(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """With `Vary: Origin`, in one line with what it says already."""
    vary = [value for name, value in headers if name == b"vary"]
    rest = [header for header in headers if header[0] != b"vary"] if vary else headers
    return [*rest, (b"vary", b", ".join([*vary, b"Origin"]))]
