"""`pytest --stack`: the same tests with what production has, Firestore, Firebase Auth, Redis and a Celery worker.

The worker lives in a thread of this process. Its tasks run on the loop and the services of the test whose world works
right now, through the same task code as everywhere.
"""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

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
from tests.accounts import Accounts

_OURS = ("announced", "lease", "starts", "again", "lane")


@dataclass
class Stage:
    """What is being worked on right now: the bench of one world, or nothing."""

    url: str | None = None
    auth_host: str | None = None
    bench: Workbench | None = None
    loop: asyncio.AbstractEventLoop | None = None
    handed: set["Future[None]"] = field(default_factory=set)
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, work: worker.Work) -> None:
        """Called by the worker's threads."""
        with self.lock:
            if self.bench is None or self.loop is None:
                return  # of a test that is over
            future = asyncio.run_coroutine_threadsafe(self._work(work, self.bench), self.loop)
            self.handed.add(future)
        with suppress(CancelledError):
            future.result()
        with self.lock:
            self.handed.discard(future)

    def close(self) -> None:
        """The threads end with the worker."""

    def enter(self, bench: Workbench) -> None:
        with self.lock:
            self.bench, self.loop = bench, asyncio.get_running_loop()

    async def leave(self) -> None:
        """Cut off what still works, and wait until it has let go of all it held."""
        with self.lock:
            self.bench = None
            handed = list(self.handed)
        told: set[asyncio.Task[None]] = set()
        # Threads hand over, so one that was to begin may not have.
        while not all(one.done() for one in handed):
            for task in self.tasks - told:
                task.cancel()
                told.add(task)
            await asyncio.sleep(0.001)

    async def _work(self, work: worker.Work, bench: Workbench) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self.tasks.add(task)
        try:
            await work(_no_services(), bench)
        finally:
            self.tasks.discard(task)


stage = Stage()


def _no_services() -> Services:
    """Only sweeps ask for them, and a world under test sweeps by itself."""
    return Services.__new__(Services)


class StackQueue(CeleryQueue):
    """The product's queue, which also says to the worker in this process whose jobs are to be done.

    Tests that let a world work while it is being served start it twice; it ends with the last of them.
    """

    redis: "Redis"
    started: int = 0

    def start(self, handlers: Mapping[Job, Handler], failures: Failures) -> None:
        self.started += 1
        if self.started > 1:
            return
        self.redis = Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=1)
        stage.enter(Workbench(handlers, failures, self, Leases(self.redis)))
        super().start(handlers, failures)

    async def stop(self) -> None:
        self.started -= 1
        if self.started:
            return
        await stage.leave()
        await super().stop()
        self.busy = 0
        for word in _OURS:
            async for name in self.redis.scan_iter(match=key(word, "*"), count=1_000):
                await self.redis.delete(name)
        await self.redis.aclose()


def new_queue() -> WorkQueue | None:
    """The queue of a world; None for the product's default."""
    return StackQueue(stage.url, elsewhere=False) if stage.url else None


def new_accounts() -> Accounts | None:
    """The accounts of a world, in the Auth emulator; None where user ids stand for tokens."""
    return Accounts(stage.auth_host) if stage.auth_host else None


@contextmanager
def running(url: str, auth_host: str) -> Iterator[None]:
    """With a worker that takes its jobs from this Redis, and people who sign in at this Auth emulator."""
    BlockingRedis.from_url(url).flushall()
    app = worker.celery_app(Settings.model_validate({"redis_url": url}))
    stage.url, stage.auth_host = url, auth_host
    worker.seat.runner = stage
    try:
        with start_worker(app, pool="threads", concurrency=4, perform_ping_check=False, loglevel="ERROR"):
            yield
    finally:
        stage.url = stage.auth_host = None
        worker.seat.runner = None
