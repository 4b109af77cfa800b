"""What watching a call costs: the outermost layer over an app that does nothing, in microseconds of this thread.

`python -m bench.overhead` asks by turns, so that a busy machine is busy for all; with `--json` the last line is one
object. The layer also makes the call's id; what that alone costs is the first column.
"""

import asyncio
import json
import random
import re
import statistics
import sys
import time
from types import SimpleNamespace
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.middleware import header
from app.api.observed import Observed
from app.core.courtesy import Courtesy
from app.core.langfuse import LangfuseAccess
from app.core.metrics import Metrics
from app.core.tracing import NoTracer, Tracer
from app.services.integrations.langfuse_tracer import LangfuseTracer
from app.services.integrations.otel import OtelTracer

CALLS, ROUNDS = 4_000, 9
PATHS = ("/healthz", "/requests/abc", "/workflow-outputs/a/tasks/b", "/nothing/at/all")
_NOWHERE = "http://127.0.0.1:9"
_SANE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def nothing(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class OnlyId:
    """The layer as it was before: an id for the call, and nothing noted."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = header(scope, b"x-request-id")
        id = given if _SANE_ID.fullmatch(given) else f"{random.getrandbits(96):024x}"

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", id.encode())]
            await send(message)

        before = structlog.contextvars.bind_contextvars(request_id=id)
        try:
            await self.app(scope, receive, named)
        finally:
            structlog.contextvars.reset_contextvars(**before)


async def spent(layer: ASGIApp, state: Any, path: str) -> float:
    began = time.thread_time()
    for _ in range(CALLS):
        scope = {"type": "http", "app": state, "method": "GET", "path": path, "headers": [(b"host", b"a")]}
        await layer(scope, _unread, _unheard)
    return (time.thread_time() - began) / CALLS * 1e6


async def measured() -> dict[str, dict[str, float]]:
    tenth, all_ = (OtelTracer(_NOWHERE, service="bench", share=share) for share in (0.1, 1.0))
    langfuse = LangfuseTracer(LangfuseAccess(base_url=_NOWHERE, public_key="pk", secret_key="sk"))  # noqa: S106
    observed = Observed(nothing)
    layers: dict[str, tuple[ASGIApp, Any]] = {
        "id only": (OnlyId(nothing), _state(NoTracer())),
        "observed": (observed, _state(NoTracer())),
        "a tenth traced": (observed, _state(tenth)),
        "all traced": (observed, _state(all_)),
        "langfuse": (observed, _state(langfuse)),
    }
    found: dict[str, dict[str, float]] = {}
    for path in PATHS:
        rounds: dict[str, list[float]] = {name: [] for name in layers}
        for _ in range(ROUNDS):
            for name, (layer, state) in layers.items():
                rounds[name].append(await spent(layer, state, path))
        found[path] = {name: round(statistics.median(times), 1) for name, times in rounds.items()}
    await asyncio.gather(tenth.aclose(), all_.aclose(), langfuse.aclose())
    return found


def _state(tracer: Tracer) -> Any:
    services = SimpleNamespace(metrics=Metrics(), tracer=tracer, courtesy=Courtesy())
    return SimpleNamespace(state=SimpleNamespace(services=services))


async def _unread() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _unheard(_: Message) -> None:
    """Nobody reads it."""


if __name__ == "__main__":
    found = asyncio.run(measured())
    for path, times in found.items():
        print(f"{path:32}", "  ".join(f"{name} {micros:5.1f} µs" for name, micros in times.items()))
    if "--json" in sys.argv:
        print(json.dumps(found))
