"""Word between the processes of one product that a document has changed: best effort, and never waited for."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

WAITING = 1_000
PAUSE_SECONDS = 1.0
ANSWER_SECONDS = 0.5
IDLE_SECONDS = 5.0
AGAIN_SECONDS = 0.1

log = structlog.get_logger(__name__)


class News(Protocol):
    def tell(self, id: str) -> None:
        """Have the other processes hear of it soon, or never: it neither fails nor blocks."""

    def start(self, heard: Callable[[str], None], lost: Callable[[], None]) -> None:
        """Call `heard` for what others tell, and `lost` whenever some of it may have been missed."""

    async def aclose(self) -> None:
        """Tell what is still waiting, within a short bound, and stop."""


class NoNews:
    """For one process alone."""

    def tell(self, id: str) -> None:
        return

    def start(self, heard: Callable[[str], None], lost: Callable[[], None]) -> None:
        return

    async def aclose(self) -> None:
        return


class RedisNews:
    """One channel of Redis. While that is away nothing is told, and whoever listens is told that they missed some."""

    def __init__(self, url: str, channel: str) -> None:
        self._channel = channel
        self._me = secrets.token_hex(8)
        self._redis = Redis.from_url(
            url,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=IDLE_SECONDS * 2,
            retry=Retry(NoBackoff(), 0),
        )
        self._outbox: asyncio.Queue[str] = asyncio.Queue(WAITING)
        self._tasks: list[asyncio.Task[None]] = []

    def tell(self, id: str) -> None:
        with contextlib.suppress(asyncio.QueueFull):  # others find out when their few seconds are over
            self._outbox.put_nowait(id)

    def start(self, heard: Callable[[str], None], lost: Callable[[], None]) -> None:
        self._tasks = [
            asyncio.create_task(self._telling(), name="news-telling"),
            asyncio.create_task(self._hearing(heard, lost), name="news-hearing"),
        ]

    async def aclose(self) -> None:
        running = set(self._tasks)
        while running:
            for task in running:
                task.cancel()
            # More than once: `wait_for` of Python 3.11, which the client uses, may swallow one of them.
            _, running = await asyncio.wait(running, timeout=AGAIN_SECONDS)
        if not self._outbox.empty():
            await self._publish(self._waiting())
        await self._redis.aclose()

    async def _telling(self) -> None:
        while True:
            first = await self._outbox.get()
            if not await self._publish([first, *self._waiting()]):
                await asyncio.sleep(PAUSE_SECONDS)

    def _waiting(self) -> list[str]:
        return [self._outbox.get_nowait() for _ in range(self._outbox.qsize())]

    async def _publish(self, ids: list[str]) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._redis.publish(self._channel, " ".join([self._me, *dict.fromkeys(ids)]))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("news.not_told", error=type(error).__name__, count=len(ids))
            return False
        return True

    async def _hearing(self, heard: Callable[[str], None], lost: Callable[[], None]) -> None:
        while True:
            try:
                await self._hear(heard, lost)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("news.not_heard", error=type(error).__name__)
            lost()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _hear(self, heard: Callable[[str], None], lost: Callable[[], None]) -> None:
        async with self._redis.pubsub() as channel:
            await channel.subscribe(self._channel)
            lost()  # what was told before this moment was told to nobody here
            while True:
                message = await channel.get_message(ignore_subscribe_messages=True, timeout=IDLE_SECONDS)
                if message is None:
                    await channel.ping()  # a connection that is dead says nothing either
                    continue
                if message["type"] == "message":
                    sender, *ids = message["data"].decode().split(" ")
                    for id in ids if sender != self._me else ():
                        heard(id)
