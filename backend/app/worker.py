"""The workers: `resq worker`, or `celery -A app.worker worker`.

Celery runs no coroutines, so each of its processes has one event loop and one set of services, made after the fork.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, TypeAlias, TypeVar

import structlog
from celery import Celery, Task
from celery.signals import (
    beat_init,
    celeryd_init,
    setup_logging,
    worker_process_init,
    worker_process_shutdown,
    worker_shutdown,
)
from redis.asyncio import Redis

from app.core.celery_app import SWEEP, WORK, working
from app.core.celery_queue import CeleryQueue
from app.core.garbage import keep_loaded
from app.core.leases import Leases
from app.core.logging import configure_logging
from app.core.metrics_server import served
from app.core.queue import Job, Lane
from app.core.settings import Misconfigured, QueueKind, Settings
from app.core.workbench import Workbench
from app.services import Services, opened
from app.services.jobs import handlers, sweep

log = structlog.get_logger(__name__)
T = TypeVar("T")

NOWHERE = "redis://127.0.0.1:6379/0"
"""Where Celery would look without settings; `Settings.check` ends the worker before it does."""


@asynccontextmanager
async def bench(services: Services, url: str) -> AsyncIterator[tuple[Services, Workbench]]:
    """What a worker works with, over services whose queue is Celery's."""
    queue = services.queue
    if not isinstance(queue, CeleryQueue):
        raise TypeError("A worker passes on what its jobs lead to, so its services are those of RESQ_QUEUE=celery.")
    redis = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1)
    try:
        yield services, Workbench(handlers(services), services.failures.count, queue, Leases(redis))
    finally:
        await redis.aclose()


Work: TypeAlias = Callable[[Services, Workbench], Awaitable[None]]


class Runner(Protocol):
    """Where the coroutines of a worker run."""

    def run(self, work: Work) -> None: ...

    def close(self) -> None: ...


class ProcessRunner:
    """A loop and services of this process' own.

    The loop never stands still, in a thread: what listens and waits beside the jobs goes on between two messages.
    """

    def __init__(self, settings: Settings, opening: "Opening") -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="worker-loop", daemon=True)
        self._thread.start()
        self._open = self._opened(settings, opening)
        self._services, self._bench = self._done(self._open.__aenter__())

    def run(self, work: Work) -> None:
        self._done(_awaited(work, self._services, self._bench))

    def close(self) -> None:
        self._done(self._open.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _done(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    @staticmethod
    @asynccontextmanager
    async def _opened(settings: Settings, opening: "Opening") -> AsyncIterator[tuple[Services, Workbench]]:
        url = settings.redis_url.get_secret_value() if settings.redis_url else NOWHERE
        async with opening(settings) as services, services.working(), bench(services, url) as made:
            yield made


async def _awaited(work: Work, services: Services, bench: Workbench) -> None:
    await work(services, bench)


Opening: TypeAlias = Callable[[Settings], AbstractAsyncContextManager[Services]]


class Seat:
    """The runner of this process, over services that are opened when the first is needed; tests put in their own."""

    runner: Runner | None = None
    opening: Opening = staticmethod(opened)

    def taken(self) -> Runner:
        if self.runner is None:
            self.runner = ProcessRunner(worker_settings(), self.opening)
        return self.runner

    def leave(self) -> None:
        if self.runner is not None:
            self.runner.close()
        self.runner = None


seat = Seat()


def worker_settings() -> Settings:
    """The settings of a worker: what its jobs lead to waits in Redis, whatever RESQ_QUEUE says."""
    return Settings().model_copy(update={"queue": QueueKind.CELERY})


_REQUEST = "app.core.celery_request:Reconnecting"


def celery_app(settings: Settings) -> Celery:
    url = settings.redis_url.get_secret_value() if settings.redis_url else NOWHERE
    app = working(url, sweep_seconds=settings.sweep_seconds)
    app.task(name=WORK, bind=True, Request=_REQUEST)(_work)
    app.task(name=SWEEP, bind=True, Request=_REQUEST)(_sweep)
    return app


def _work(task: Task, lane: str, job: str, rings: Sequence[tuple[str, str | None]]) -> None:
    """One message: a job and some ids."""
    holder = str(task.request.id)

    async def work(_: Services, bench: Workbench) -> None:
        await bench.work(holder, Lane[lane.upper()], Job(job), dict(rings))

    seat.taken().run(work)


def _sweep(task: Task) -> None:
    """One look for what waits; none where another one is still looking."""
    holder = str(task.request.id)

    async def work(services: Services, bench: Workbench) -> None:
        async with bench.leases.alone(holder, "sweep") as alone:
            if alone:
                await sweep(services)
                await bench.queue.flush(1.0)

    seat.taken().run(work)


def _begins(**_: object) -> None:
    """Whichever command starts the worker, it does not start over settings that contradict each other."""
    try:
        worker_settings().check()
    except Misconfigured as error:
        raise SystemExit(f"resq: {error}") from None


def _serve_metrics(**_: object) -> None:
    """Before any process is forked, so that all of them count together."""
    served(worker_settings())


def _logging(**_: object) -> None:
    """Celery asks for it before its first line, and then leaves all of it to us."""
    logging.captureWarnings(True)
    settings = worker_settings()
    configure_logging(json=settings.log_json, level=settings.log_level)


def _process_begins(**_: object) -> None:
    _logging()
    seat.taken()
    keep_loaded()


def _process_ends(**_: object) -> None:
    seat.leave()


setup_logging.connect(_logging)
celeryd_init.connect(_begins)
celeryd_init.connect(_logging)
celeryd_init.connect(_serve_metrics)
beat_init.connect(_begins)
# The last for the pools that have no processes of their own.
worker_process_init.connect(_process_begins)
worker_process_shutdown.connect(_process_ends)
worker_shutdown.connect(_process_ends)
app = celery_app(Settings())
