"""`pytest --stack`: the same tests with what production has, Firestore, Redis and a Celery worker.

The worker lives in a thread of this process. Its tasks run on the loop and the services of the test whose world works
right now, through the same task code as everywhere.
"""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from celery.contrib.testing.worker import start_worker
from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from app import worker
from app.core.celery_app import key
from app.core.celery_queue import CeleryQueue
from app.core.leases import Leases
from app.core.queue import Failures, Handler, Job, WorkQueue
from app.core.settings import Settings
from app.core.workbench import Workbench
from app.services import Services

_OURS = ("announced", "lease", "starts", "again", "lane")


@dataclass
class Stage:
    """What is being worked on right now: the bench of one world, or nothing."""

    url: str | None = None
    bench: Workbench | None = None
    loop: asyncio.AbstractEventLoop | None = None
    running: set["Future[None]"] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, work: worker.Work) -> None:
        """Called by the worker's threads."""
        with self.lock:
            if self.bench is None or self.loop is None:
                return  # of a test that is over
            future = asyncio.run_coroutine_threadsafe(_awaited(work, self.bench), self.loop)
            self.running.add(future)
        with suppress(CancelledError):
            future.result()
        with self.lock:
            self.running.discard(future)

    def close(self) -> None:
        """The threads end with the worker."""

    def enter(self, bench: Workbench) -> None:
        with self.lock:
            self.bench, self.loop = bench, asyncio.get_running_loop()

    def leave(self) -> None:
        with self.lock:
            self.bench = None
            running = list(self.running)
            self.running.clear()
        for future in running:
            future.cancel()


stage = Stage()


async def _awaited(work: worker.Work, bench: Workbench) -> None:
    await work(_no_services(), bench)


def _no_services() -> Services:
    """Only sweeps ask for them, and a world under test sweeps by itself."""
    return Services.__new__(Services)


class StackQueue(CeleryQueue):
    """The product's queue, which also says to the worker in this process whose jobs are to be done."""

    redis: "Redis"

    def start(self, handlers: Mapping[Job, Handler], failures: Failures) -> None:
        self.redis = Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=1)
        stage.enter(Workbench(handlers, failures, self, Leases(self.redis)))
        super().start(handlers, failures)

    async def stop(self) -> None:
        stage.leave()
        await super().stop()
        self.busy = 0
        for word in _OURS:
            async for name in self.redis.scan_iter(match=key(word, "*"), count=1_000):
                await self.redis.delete(name)
        await self.redis.aclose()


def new_queue() -> WorkQueue | None:
    """The queue of a world; None for the product's default."""
    return StackQueue(stage.url, elsewhere=False) if stage.url else None


@contextmanager
def running(url: str) -> Iterator[None]:
    """With a worker that takes its jobs from this Redis."""
    BlockingRedis.from_url(url).flushall()
    app = worker.celery_app(Settings.model_validate({"redis_url": url}))
    stage.url = url
    worker.seat.runner = stage
    try:
        with start_worker(app, pool="threads", concurrency=4, perform_ping_check=False, loglevel="ERROR"):
            yield
    finally:
        stage.url = None
        worker.seat.runner = None
