"""Who is at which job, over all processes: kept in Redis with an end to everything, so that nobody's death blocks it.

If Redis forgets, work is done twice, which is as good as once.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from app.core.celery_app import key
from app.core.queue import Job, Lane, Ran

LEASE_SECONDS = 10.0
"""A process that is gone is waited for so long; one that works renews its lease in time."""
ANNOUNCED_SECONDS = 60
"""So long a ring that waits in Redis keeps others for the same from being sent as well."""
STARTS_SECONDS = 600
"""So long it is remembered that a job began and did not end."""


class Verdict(IntEnum):
    RUN = 0
    BUSY = 1
    RESTING = 2
    DEAF = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """What may be done with a ring: `number` is the how-many-eth start without an end, or milliseconds of rest."""

    verdict: Verdict
    number: int = 1


def announced_key(lane: Lane, job: Job, id: str) -> str:
    return key("announced", lane.word, job, id)


def lease_key(job: Job, id: str) -> str:
    return key("lease", job, id)


_ACQUIRE = """
local found = {}
for i = 1, #KEYS, 4 do
  redis.call('DEL', KEYS[i])
  local holder = redis.call('GET', KEYS[i + 1])
  if holder and holder ~= ARGV[1] then
    if holder == 'rest' then
      found[#found + 1] = {2, redis.call('PTTL', KEYS[i + 1])}
    elseif holder == 'deaf' then
      found[#found + 1] = {3, 0}
    else
      redis.call('SET', KEYS[i + 3], '1', 'PX', ARGV[2] * 60)
      found[#found + 1] = {1, 0}
    end
  else
    redis.call('SET', KEYS[i + 1], ARGV[1], 'PX', ARGV[2])
    local starts = redis.call('INCR', KEYS[i + 2])
    redis.call('EXPIRE', KEYS[i + 2], ARGV[3])
    found[#found + 1] = {0, starts}
  end
end
return found
"""
_RENEW = """
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
end
"""
_RELEASE = """
local again = {}
for i = 1, #KEYS, 3 do
  local n = (i - 1) / 3
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    local word, ms = ARGV[2 + n * 2], ARGV[3 + n * 2]
    if word == '' then redis.call('DEL', KEYS[i]) else redis.call('SET', KEYS[i], word, 'PX', ms) end
  end
  redis.call('DEL', KEYS[i + 1])
  again[#again + 1] = redis.call('DEL', KEYS[i + 2])
end
return again
"""
_LET_GO = """
for i = 1, #KEYS, 2 do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('DEL', KEYS[i])
    if redis.call('DECR', KEYS[i + 1]) < 1 then redis.call('DEL', KEYS[i + 1]) end
  end
end
"""


class Leases:
    """`holder` is one message: delivered again after its process died, it takes up what it held."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._acquire = redis.register_script(_ACQUIRE)
        self._renew = redis.register_script(_RENEW)
        self._release = redis.register_script(_RELEASE)
        self._let_go = redis.register_script(_LET_GO)

    async def acquire(self, holder: str, lane: Lane, job: Job, ids: Sequence[str]) -> dict[str, Turn]:
        """Whose turn it is, by id. Where Redis does not answer all may run: better twice than never."""
        keys = [
            name
            for id in ids
            for name in (
                announced_key(lane, job, id),
                lease_key(job, id),
                key("starts", job, id),
                key("again", job, id),
            )
        ]
        try:
            found = await self._acquire(keys=keys, args=[holder, int(LEASE_SECONDS * 1000), STARTS_SECONDS])
        except (RedisError, OSError):
            return {id: Turn(Verdict.RUN) for id in ids}
        return {id: Turn(Verdict(verdict), number) for id, (verdict, number) in zip(ids, found, strict=True)}

    async def release(self, holder: str, job: Job, ran: Mapping[str, Ran]) -> list[str]:
        """End them, and leave word of rests; returns the ids that somebody rang for meanwhile."""
        keys = [name for id in ran for name in (lease_key(job, id), key("starts", job, id), key("again", job, id))]
        words: list[str | int] = [part for one in ran.values() for part in _word(one)]
        again = await self._quietly(self._release, keys, [holder, *words])
        return [id for id, rung in zip(ran, again or (), strict=False) if rung]

    async def let_go(self, holder: str, job: Job, ids: Sequence[str]) -> None:
        """Give them back as if they had not been begun, for another message to begin."""
        keys = [name for id in ids for name in (lease_key(job, id), key("starts", job, id))]
        await self._quietly(self._let_go, keys, [holder])

    @asynccontextmanager
    async def alone(self, holder: str, name: str) -> AsyncIterator[bool]:
        """Whether nobody else is at something that has a name; nobody is until the block ends."""
        place = key("lease", name)
        try:
            got = await self._redis.set(place, holder, nx=True, px=int(LEASE_SECONDS * 1000))
        except (RedisError, OSError):
            got = True
        if not got:
            yield False
            return
        async with self.renewing(holder, [place]):
            yield True
        await self._quietly(self._let_go, [place, key("starts", name)], [holder])

    @asynccontextmanager
    async def renewing(self, holder: str, places: Sequence[str]) -> AsyncIterator[None]:
        """Keep what is held from running out."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(LEASE_SECONDS / 3)
                await self._quietly(self._renew, list(places), [holder, int(LEASE_SECONDS * 1000)])

        task = asyncio.create_task(renew(), name="renewing-leases")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def free(self) -> bool:
        """Whether nothing is announced and nobody is at anything; for those who wait for the end of all work."""
        async for _ in self._redis.scan_iter(match=key("announced", "*"), count=1_000):
            return False
        async for name in self._redis.scan_iter(match=key("lease", "*"), count=1_000):
            if await self._redis.get(name) not in (None, b"rest", b"deaf"):
                return False
        return True

    async def _quietly(self, script: AsyncScript, keys: list[str], args: list[str | int]) -> list[int] | None:
        try:
            found = await script(keys=keys, args=args)
        except (RedisError, OSError):
            return None
        return found if isinstance(found, list) else None


def _word(ran: Ran) -> tuple[str, int]:
    if ran.deaf > 0:
        return "deaf", int(ran.deaf * 1000)
    return ("rest", int(ran.rest * 1000)) if ran.rest > 0.001 else ("", 0)
