"""The API as an attacker meets it: with little patience, and with somebody's words to find."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from app.core.settings import Settings
from app.crud.store.sqlite import SqliteStore
from app.main import create_app
from tests.serving import client
from tests.world import World

JSON = {"Content-Type": "application/json"}
OURS = {"Origin": "http://localhost:3000"}
THEIRS = {"Origin": "https://evil.example"}
SECRET = "grandmother needs insulin at 12 River Road"


@pytest.fixture
def patience() -> float:
    """How many seconds a handler has; a module that waits for the end of them puts fewer in its place."""
    return 10.0


@pytest.fixture
async def small(sqlite_store: SqliteStore, patience: float) -> AsyncIterator[FastAPI]:
    """The API with small bodies and as much patience as asked for, and a few routes that misbehave."""
    app = create_app(Settings(request_seconds=patience, max_body_bytes=4_096), World.over(sqlite_store).services)

    @app.get("/forever")
    async def forever() -> None:
        app.state.cancelled = False
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            app.state.cancelled = True
            raise

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(4):
                await asyncio.sleep(0.15)
                yield b"data: x\n\n"

        return StreamingResponse(parts(), media_type="text/event-stream")

    @app.get("/large")
    async def large(kind: str = "text/plain") -> Response:
        return Response(b"water " * 10_000, media_type=kind)

    @app.get("/kept")
    async def kept() -> Response:
        return Response("x", headers={"Cache-Control": "public, max-age=60"})

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError(SECRET)

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        return Response(await request.body())

    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def somebodys(api: FastAPI) -> str:
    """The id of a request with words in it that nobody else may see."""
    async with client(api, "owner") as http:
        answer = await http.post("/requests", json={"title": SECRET, "description": SECRET})
    return str(answer.json()["id"])
