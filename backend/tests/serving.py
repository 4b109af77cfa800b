"""The whole API over a world's services, without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI

from app.core.logging import configure_logging
from app.main import app as shared
from app.services import Services
from tests.accounts import SignedInTransport


@asynccontextmanager
async def serving(services: Services) -> AsyncIterator[FastAPI]:
    """The API with the default settings, and its workers running.

    One app serves all tests, one after the other: FastAPI reads the signature of a route when it is first called,
    which for an app of its own in each test was most of the suite's time. Routes that a test adds go with it. Where
    the settings of the app itself matter, make one with `create_app`.
    """
    configure_logging(json=services.settings.log_json, level=services.settings.log_level)
    async with services.working():
        shared.state.services = services
        routes = list(shared.router.routes)
        try:
            yield shared
        finally:
            del shared.state.services
            shared.router.routes[:] = routes


FAR_AWAY = "203.0.113.7"


def client(app: FastAPI, uid: str | None = None, *, address: str = "127.0.0.1") -> httpx2.AsyncClient:
    """Somebody's HTTP client; nobody's without a user id. On the stack they are signed in to the Auth emulator."""
    headers = {"Authorization": f"Bearer {uid}"} if uid else {}
    transport = SignedInTransport(app, raise_app_exceptions=False, client=(address, 123))
    return httpx2.AsyncClient(transport=transport, base_url="http://api.test", headers=headers)
