"""How many tokens a model may take in a minute and in a day: reserved before a call, settled with what it took.

Counted in Redis for all processes together where there is one. While that does not answer each process counts for
itself, with the whole budget: neither is everybody cut off from the model, nor does anybody use it without an end.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

MINUTE, DAY = 60, 86_400
ANSWER_SECONDS = 1.0
PAUSE_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Tokens in each minute and in each day (UTC); 0 is without an end."""

    minute: int = 0
    day: int = 0

    @property
    def any(self) -> bool:
        return bool(self.minute or self.day)

    def windows(self, now: float) -> tuple[tuple[str, int, int], ...]:
        """Those that something counts against at this time: name, most tokens, length in seconds."""
        both = (("minute", self.minute, MINUTE), ("day", self.day, DAY))
        return tuple((f"{name}:{int(now // length)}", most, length) for name, most, length in both if most)


@dataclass(frozen=True, slots=True)
class Reserved:
    """Tokens that nobody else gets, in the windows that they were taken from; `by` is who counted them."""

    tokens: int
    windows: tuple[tuple[str, int, int], ...] = ()
    by: "Count | None" = None


class Count(Protocol):
    async def take(self, windows: tuple[tuple[str, int, int], ...], tokens: int) -> bool:
        """Count so many in every window, or in none where they are too many for one of them."""

    async def add(self, windows: tuple[tuple[str, int, int], ...], tokens: int) -> None:
        """Count more, or less where it is below 0."""


class Budget(Protocol):
    async def reserve(self, tokens: int) -> Reserved | None:
        """So many tokens; None where there are not so many left."""

    async def settle(self, reserved: Reserved, used: int) -> None:
        """Say how many it took in the end."""

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class NoBudget:
    """There is no end to it."""

    async def reserve(self, tokens: int) -> Reserved:
        return Reserved(tokens)

    async def settle(self, reserved: Reserved, used: int) -> None:
        """Nothing is counted."""

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass
class InProcess:
    """Counted in the memory of this process."""

    counts: dict[str, int] = field(default_factory=dict)

    async def take(self, windows: tuple[tuple[str, int, int], ...], tokens: int) -> bool:
        names = {name for name, _, _ in windows}
        self.counts = {name: count for name, count in self.counts.items() if name in names}
        if any(self.counts.get(name, 0) + tokens > most for name, most, _ in windows):
            return False
        await self.add(windows, tokens)
        return True

    async def add(self, windows: tuple[tuple[str, int, int], ...], tokens: int) -> None:
        for name, _, _ in windows:
            self.counts[name] = max(0, self.counts.get(name, 0) + tokens)


@dataclass
class TokenBudget:
    allowance: Allowance
    clock: Callable[[], float] = time.time
    here: InProcess = field(default_factory=InProcess)

    async def reserve(self, tokens: int) -> Reserved | None:
        windows = self.allowance.windows(self.clock())
        return Reserved(tokens, windows, self.here) if await self.here.take(windows, tokens) else None

    async def settle(self, reserved: Reserved, used: int) -> None:
        await (reserved.by or self.here).add(reserved.windows, used - reserved.tokens)

    async def aclose(self) -> None:
        """Nothing is open."""


_TAKE = """
for i, name in ipairs(KEYS) do
  if tonumber(redis.call('GET', name) or '0') + tonumber(ARGV[1]) > tonumber(ARGV[i * 2]) then return 0 end
end
for i, name in ipairs(KEYS) do
  redis.call('INCRBY', name, ARGV[1])
  redis.call('EXPIRE', name, ARGV[i * 2 + 1])
end
return 1
"""


class SharedBudget(TokenBudget):
    """One budget for all processes that share a Redis and a `scope`."""

    def __init__(
        self,
        allowance: Allowance,
        url: str,
        scope: str,
        *,
        clock: Callable[[], float] = time.time,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        super().__init__(allowance, clock)
        self._redis = Redis.from_url(
            url,
            socket_timeout=answer_seconds,
            socket_connect_timeout=answer_seconds,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = self._redis.register_script(_TAKE)
        self._scope = scope
        self._answer_seconds = answer_seconds
        self._quiet_until = float("-inf")

    async def reserve(self, tokens: int) -> Reserved | None:
        if self.clock() >= self._quiet_until:
            windows = self.allowance.windows(self.clock())
            try:
                async with asyncio.timeout(self._answer_seconds):
                    return Reserved(tokens, windows, self) if await self.take(windows, tokens) else None
            except (RedisError, OSError, TimeoutError) as error:
                self._quiet_until = self.clock() + PAUSE_SECONDS
                log.warning("budget.counted_here_only", error=type(error).__name__, again_in_seconds=PAUSE_SECONDS)
        return await super().reserve(tokens)

    async def settle(self, reserved: Reserved, used: int) -> None:
        try:
            async with asyncio.timeout(self._answer_seconds):
                await super().settle(reserved, used)
        except (RedisError, OSError, TimeoutError):
            return  # what was reserved stays counted, until its minute and its day are over

    async def take(self, windows: tuple[tuple[str, int, int], ...], tokens: int) -> bool:
        limits = [number for _, most, length in windows for number in (most, length * 2)]
        return bool(await self._script(keys=self._keys(windows), args=[tokens, *limits]))

    async def add(self, windows: tuple[tuple[str, int, int], ...], tokens: int) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            for name, (_, _, length) in zip(self._keys(windows), windows, strict=True):
                pipe.incrby(name, tokens)
                pipe.expire(name, length * 2)
            await pipe.execute()

    async def aclose(self) -> None:
        await self._redis.aclose()

    def _keys(self, windows: tuple[tuple[str, int, int], ...]) -> list[str]:
        return [f"resq:{self._scope}:tokens:{name}" for name, _, _ in windows]
