"""How often something may be done: counted in this process, or in Redis for all processes together.

A window begins with the first call in it, so whoever waits for its end gets the whole amount again.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self

import structlog
from limits import parse
from limits.aio.storage import RedisStorage
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

MOST_KEYS = 100_000
"""Per length of window. Beyond it the oldest window is forgotten, and whoever it held back may go on."""
ANSWER_SECONDS = 0.2
PAUSE_SECONDS = 5.0
_CONNECTIONS = 8
_FORGOTTEN_AT_ONCE = 4

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many within so many seconds."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """From the notation of the `limits` library: `60/minute`, `10 per 5 seconds`; ValueError for anything else."""
        item = parse(text)
        if item.amount < 1 or item.get_expiry() < 1:
            raise ValueError(f"{text} allows nothing at all")
        return cls(item.amount, item.get_expiry())


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one call: `count` is which one in its window it was, `wait` the seconds until the window ends."""

    count: int
    limit: Limit
    wait: float = 0.0

    @property
    def allowed(self) -> bool:
        return self.count <= self.limit.amount

    @property
    def first_refused(self) -> bool:
        return self.count == self.limit.amount + 1

    @property
    def remaining(self) -> int:
        return max(0, self.limit.amount - self.count)

    @property
    def retry_after(self) -> int:
        """Whole seconds, at least one."""
        return max(1, math.ceil(self.wait))


class Limiter(Protocol):
    place: str
    """Where it counts, in words for an operator."""

    async def take(self, limit: Limit, key: str) -> Taken | None:
        """Count one call under `key`; None where nothing can be counted now, and so nothing is refused."""

    async def works(self) -> bool:
        """Whether calls are being counted."""

    async def aclose(self) -> None: ...


@dataclass(slots=True)
class _Window:
    ends: float
    count: int = 0


class ProcessLimiter:
    """Counts in the memory of this process, in constant time and bounded space whatever the callers do.

    The memory storage of `limits` looks at every key it holds on every call (1.8 ms with 10,000 callers).
    """

    place = "in this process"

    def __init__(self, *, size: int = MOST_KEYS, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._clock = clock
        self._windows: dict[int, OrderedDict[str, _Window]] = {}

    def __len__(self) -> int:
        return sum(len(windows) for windows in self._windows.values())

    async def take(self, limit: Limit, key: str) -> Taken:
        now = self._clock()
        # Windows of one length end in the order in which they began, so the first ones are those to forget.
        windows = self._windows.setdefault(limit.seconds, OrderedDict())
        window = windows.get(key)
        if window is None or window.ends <= now:
            windows.pop(key, None)
            self._forget(windows, now)
            window = windows[key] = _Window(now + limit.seconds)
        window.count += 1
        return Taken(window.count, limit, window.ends - now)

    async def works(self) -> bool:
        return True

    async def aclose(self) -> None:
        self._windows.clear()

    def _forget(self, windows: OrderedDict[str, _Window], now: float) -> None:
        for _ in range(_FORGOTTEN_AT_ONCE):
            if not windows or (next(iter(windows.values())).ends > now and len(windows) < self._size):
                return
            windows.popitem(last=False)


class RedisLimiter:
    """Counts in Redis. While that is away or silent nothing is refused: people must get through.

    A call waits `answer_seconds` for Redis at most. After one that got no answer Redis is left alone for
    `PAUSE_SECONDS`; then one call tries it, while the others go on uncounted.
    """

    place = "in Redis"

    def __init__(
        self, url: str, *, answer_seconds: float = ANSWER_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._answer_seconds = answer_seconds
        self._clock = clock
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            # What counts is how long a caller waits, below; these only end what hangs for longer.
            timeout=answer_seconds * 2,
            socket_timeout=answer_seconds * 2,
            socket_connect_timeout=answer_seconds * 2,
            retry=Retry(NoBackoff(), 0),
        )
        # The library types its options more narrowly than it takes them.
        options: dict[str, Any] = {"connection_pool": self._pool}
        self._storage = RedisStorage("redis://", implementation="redispy", key_prefix="resq:limit", **options)
        self._failing = False
        self._answered_at = float("-inf")
        self._quiet_until = float("-inf")

    async def take(self, limit: Limit, key: str) -> Taken | None:
        if not self._may_ask():
            return None
        try:
            async with asyncio.timeout(self._answer_seconds):
                count = await self._storage.incr(key, limit.seconds)
                wait = await self._storage.get_expiry(key) - time.time() if count > limit.amount else 0.0
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return None
        self._answered()
        return Taken(count, limit, wait)

    async def works(self) -> bool:
        if not self._may_ask():
            return False
        try:
            async with asyncio.timeout(self._answer_seconds):
                await self._storage.get("probe")
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return False
        self._answered()
        return True

    async def aclose(self) -> None:
        await self._pool.aclose()

    def _may_ask(self) -> bool:
        if not self._failing:
            return True
        now = self._clock()
        if now < self._quiet_until:
            return False
        self._quiet_until = now + PAUSE_SECONDS  # this call tries it; the others need not wait for what comes of it
        return True

    def _failed(self, error: Exception) -> None:
        if isinstance(error, TimeoutError) and self._clock() - self._answered_at < self._answer_seconds:
            return  # others get answers: it is this process that is busy, and one call goes uncounted
        if not self._failing:
            log.warning("limiter.failing_open", error=type(error).__name__, again_in_seconds=PAUSE_SECONDS)
        self._failing = True
        self._quiet_until = self._clock() + PAUSE_SECONDS

    def _answered(self) -> None:
        if self._failing:
            log.info("limiter.counting_again")
        self._failing = False
        self._answered_at = self._clock()
