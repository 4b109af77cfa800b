"""The outermost layer: what every call leaves behind, whatever comes of it."""

import random
import re
import time
from dataclasses import dataclass
from typing import cast

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.middleware import header
from app.api.routing import path_of, template_of
from app.core.tracing import Kind
from app.services import Services

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "other"
_SANE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Observed:
    """`X-Request-ID` on every answer, and as `request_id` in every log line meanwhile: the caller's, or a new one.

    The call is counted and timed, traced where traces are sent, and `log_share` of all calls are logged: by the
    route's template, never by the address itself, in which people may be named.
    """

    app: ASGIApp
    log_share: float = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        given = header(scope, b"x-request-id")
        id = given if _SANE_ID.fullmatch(given) else f"{random.getrandbits(96):024x}"
        status = 0

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                courtesy.answered()
                message["headers"] = [*message["headers"], (b"x-request-id", id.encode())]
            await send(message)

        services = cast("Services", scope["app"].state.services)
        courtesy, metrics, route = services.courtesy, services.metrics, template_of(path_of(scope))
        method = scope["method"] if scope["method"] in METHODS else OTHER_METHOD
        # Cheaper by half than `bound_contextvars`, which first looks through every variable of the context.
        before = structlog.contextvars.bind_contextvars(request_id=id)
        courtesy.called()
        metrics.in_flight.inc()
        try:
            if services.tracer.on:
                await self._traced(services, method, route, scope, receive, named)
            else:
                await self.app(scope, receive, named)
        finally:
            metrics.in_flight.dec()
            if not status:
                courtesy.answered()  # who heard nothing does not wait any more
            seconds = time.perf_counter() - began
            metrics.answered(method, route, status, seconds)
            if self.log_share and random.random() < self.log_share:
                log.info("http.answered", method=method, route=route, status=status, ms=round(seconds * 1e3, 1))
            structlog.contextvars.reset_contextvars(**before)

    async def _traced(
        self, services: Services, method: str, route: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        with services.tracer.span(f"{method} {route}", kind=Kind.SERVER) as span:
            span.set("http.request.method", method)
            span.set("http.route", route)

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.fail(str(message["status"]))
                await send(message)

            await self.app(scope, receive, noted)
