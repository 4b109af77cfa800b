"""The ASGI app: `uvicorn app.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI

from app.api import (
    audit,
    broadcasts,
    chatbot,
    clusters,
    devices,
    disasters,
    health,
    identity,
    inbound,
    media,
    messages,
    metrics,
    notifications,
    observations,
    participants,
    problems,
    requests,
    resources,
    roles,
    suggestions,
    tasks,
    users,
    workflow_outputs,
)
from app.api.bodies import Bodies
from app.api.direct import Direct
from app.api.limits import Budgets, RateLimits
from app.api.middleware import Addresses, Compressed, Faults, HeadAsGet, SecurityHeaders
from app.api.observed import Observed
from app.api.openapi import Api, operation_id
from app.api.origins import Origins
from app.api.time_limit import TimeLimit
from app.core.garbage import keep_loaded
from app.core.logging import configure_logging
from app.core.settings import IdentityKind, Settings
from app.services import Services, opened

FEATURES = (
    health,
    metrics,
    users,
    suggestions,  # before disasters: its addresses would be read as ids
    disasters,
    participants,
    observations,
    requests,
    clusters,
    inbound,
    media,
    devices,
    roles,
    workflow_outputs,
    tasks,
    resources,
    notifications,
    messages,
    chatbot,
    audit,
    broadcasts,
)


def create_app(settings: Settings | None = None, services: Services | None = None) -> Api:
    """The whole API. `services` given (by a test) are used as they are; else they are opened with the app."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging(json=settings.log_json, level=settings.log_level)
        async with _given(services) if services else opened(settings) as running, running.working():
            app.state.services = running
            if services is None:
                keep_loaded()
            yield

    app = Api(
        title="ResQConnect",
        version=_version(),
        summary="Help requests in, matched and human-approved plans out.",
        lifespan=lifespan,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    problems.install(app)
    for feature in FEATURES:
        app.include_router(feature.router)
    if settings.identity is IdentityKind.LOCAL:
        app.include_router(identity.router)
    app.router.middleware_stack = Direct.over(app.router.middleware_stack, (feature.router for feature in FEATURES))
    # The last one is the first to see a request.
    app.add_middleware(TimeLimit, seconds=settings.request_seconds)
    app.add_middleware(
        Bodies,
        most=settings.max_body_bytes,
        seconds=settings.body_seconds,
        paths={"/media": media.most_bytes(settings)},
    )
    app.add_middleware(RateLimits, budgets=Budgets.of(settings))
    app.add_middleware(Addresses)
    app.add_middleware(Faults)
    app.add_middleware(Compressed)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Origins, allowed=settings.cors_origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Observed, log_share=1.0 if settings.log_level == "debug" else settings.log_calls)
    return app


@asynccontextmanager
async def _given(services: Services) -> AsyncIterator[Services]:
    yield services


def _version() -> str:
    try:
        return version("resqconnect")
    except PackageNotFoundError:
        return "0.1.0"


app = create_app()
