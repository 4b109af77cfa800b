"""Jobs that wait in Redis for workers in other processes."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.celery_app import queue_name, rung_at
from app.core.leases import Leases
from app.core.publisher import Publisher
from app.core.queue import Failures, Handler, Job, Lane, QueueState, current_call, lane_of
from app.core.rings import Ring, Rings

RINGS_MOST = 20_000
ANSWER_SECONDS = 0.5
_LOOK_EVERY_SECONDS = 0.01


@dataclass(slots=True)
class CeleryQueue:
    """Rings are kept here and brought to Redis by a thread. While Redis is away the newest are kept, and the sweeper
    finds what the others were for.
    """

    url: str
    most: int = RINGS_MOST
    elsewhere: bool = True
    busy: int = 0
    """How many messages are being worked on in this process."""
    _publisher: Publisher = field(init=False)

    def __post_init__(self) -> None:
        self._publisher = Publisher(self.url, Rings(self.most))

    async def put(
        self, job: Job, id: str, *, urgent: bool = False, after: float = 0.0, once_more: bool = False
    ) -> None:
        self.ring(Ring(job, id, lane_of(job, urgent=urgent), current_call(), once_more=once_more), after=after)

    def ring(self, ring: Ring, *, after: float = 0.0) -> None:
        self._publisher.add(ring, after=after)

    def start(self, handlers: Mapping[Job, Handler], failures: Failures) -> None:
        """Begin to pass on; the handlers are what workers have, and this is none."""
        self._publisher.start()

    async def stop(self) -> None:
        await asyncio.to_thread(self._publisher.stop)

    async def flush(self, seconds: float) -> bool:
        """Wait until what is due is in Redis; False where that takes too long, or Redis is away."""
        if not self._publisher.rings.ready and not self._publisher.depth:
            return True
        return await asyncio.to_thread(self._publisher.flush, seconds)

    async def drained(self) -> None:
        async with _asking(self.url) as redis:
            leases = Leases(redis)
            # Other processes set no event of ours.
            while self.busy or self._publisher.waiting or not await leases.free():  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_EVERY_SECONDS)

    @property
    def depth(self) -> int:
        return self._publisher.waiting

    async def state(self) -> QueueState:
        here, dropped = self.depth, self._publisher.rings.dropped
        lost = f"; {dropped} were dropped since the start, and the sweeper finds them" if dropped else ""
        try:
            async with asyncio.timeout(ANSWER_SECONDS), _asking(self.url) as redis:
                lanes = {lane: int(await redis.llen(queue_name(lane))) for lane in Lane}
                oldest = [await redis.lindex(queue_name(lane), -1) for lane, depth in lanes.items() if depth]
        except (RedisError, OSError, TimeoutError):
            return QueueState(False, here, f"Redis does not answer; {here} rings wait in this process{lost}")
        waiting = sum(lanes.values())
        ages = [time.time() - at for message in oldest if (at := rung_at(message)) is not None]
        return QueueState(
            works=True,
            depth=here + waiting,
            detail=f"in Redis, {waiting} messages wait{lost}",
            lanes=lanes,
            oldest_seconds=max(0.0, *ages) if ages else 0.0,
        )


@contextlib.asynccontextmanager
async def _asking(url: str) -> AsyncIterator[Redis]:
    redis = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1)
    try:
        yield redis
    finally:
        await redis.aclose()
