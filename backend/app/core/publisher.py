"""The thread that brings rings to Redis: batched, bounded, patient, and in nobody's way."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import structlog
from kombu.exceptions import KombuError
from redis import Redis
from redis.exceptions import RedisError

from app.core.celery_app import ROOM_MOST, RUNG_AT, WORK, queue_name, sending
from app.core.leases import ANNOUNCED_SECONDS, announced_key, lease_key
from app.core.logging import frames
from app.core.queue import Job, Lane
from app.core.rings import Ring, Rings

AT_ONCE = 400
GATHER_SECONDS = 0.004
"""After the first ring others are waited for this long, so that a burst becomes few messages."""
FLUSH_SECONDS = 3.0
_PAUSES = (0.2, 0.5, 1.0, 2.0)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Publisher:
    url: str
    rings: Rings
    failing: bool = False
    depth: int = 0
    """How many rings are being sent right now."""
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None
    _stopping: bool = False
    _hurried: bool = False
    _idle: bool = False
    _outlet: "_Outlet | None" = None

    def add(self, ring: Ring, *, after: float = 0.0) -> None:
        """Keep a ring and wake the thread; a few microseconds."""
        with self._changed:
            dropped = not self.rings.add(ring, due=time.monotonic() + after if after > 0 else None)
            if dropped and self.rings.dropped == 1:
                log.warning("queue.full", most=self.rings.most)
            if self._idle:
                self._changed.notify()

    def start(self) -> None:
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="ring-publisher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send what is there, due or not, as far as that goes within `FLUSH_SECONDS`."""
        if self._thread is None:
            return
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(2 * FLUSH_SECONDS)
        self._thread = None

    def flush(self, seconds: float) -> bool:
        """Wait until all that is due is sent; False where that takes too long, or Redis is away."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while self.rings.ready or self.depth:
                if self.failing or self._thread is None or time.monotonic() >= deadline:
                    return False
                self._hurried = True
                self._changed.notify_all()
                self._changed.wait(0.05)
        return True

    @property
    def waiting(self) -> int:
        return len(self.rings) + self.depth

    def _run(self) -> None:
        failed = 0
        while True:
            self._await_some()
            if self._stopping:
                break
            failed = 0 if self._send_some() else failed + 1
            if failed:
                self._pause(_PAUSES[min(failed, len(_PAUSES)) - 1])
        self._send_rest()
        self._close()

    def _await_some(self) -> None:
        with self._changed:
            while not self._stopping:
                due, now = self.rings.next_due, time.monotonic()
                if self.rings.ready or (due is not None and due <= now):
                    break
                self._idle = True
                self._changed.wait(None if due is None else due - now)
                self._idle = False
            if self.rings.ready < AT_ONCE and not self._stopping and not self._hurried:
                self._changed.wait_for(lambda: self._stopping or self._hurried, GATHER_SECONDS)
            self._hurried = False

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, seconds)

    def _send_some(self) -> bool:
        with self._changed:
            taken = self.rings.take(AT_ONCE, now=time.monotonic())
            self.depth = len(taken)
        return self._sent(taken)

    def _send_rest(self) -> None:
        """What waits in Redis for its time is not lost with this process; what fails is left to the sweeper."""
        deadline = time.monotonic() + FLUSH_SECONDS
        while time.monotonic() < deadline:
            with self._changed:
                taken = self.rings.take_all()
                self.depth = len(taken)
            if not taken or not self._sent(taken):
                break
        if left := len(self.rings):
            log.warning("queue.left_to_the_sweeper", rings=left)

    def _sent(self, taken: Sequence[Ring]) -> bool:
        left: list[Ring] = []
        try:
            if self._outlet is None:
                self._outlet = _Outlet(self.url)
            self._outlet.send(taken)
        except (RedisError, KombuError, OSError) as error:
            self._failed("queue.redis_away", error)
            left = [replace(ring, announced=True) for ring in taken]
        except Exception as error:
            # The edge of this thread: it goes on without what it cannot cope with, and the sweeper finds what that was.
            self._failed("queue.crashed", error, frames=frames(error))
        else:
            if self.failing:
                log.info("queue.sending_again", waiting=len(self.rings))
            self.failing = False
        with self._changed:
            for ring in left:
                self.rings.add(ring)
            self.depth = 0
            self._changed.notify_all()
        return not left

    def _failed(self, event: str, error: Exception, **more: object) -> None:
        if not self.failing:
            log.warning(event, error=type(error).__name__, **more)
        self.failing = True
        self._close()

    def _close(self) -> None:
        if self._outlet is not None:
            self._outlet.close()
        self._outlet = None


class _Outlet:
    """The connections to Redis of one publisher, until one of them fails."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
        self._app = sending(url)
        self._connection = self._app.connection_for_write()
        self._producer: Any = None

    def send(self, rings: Sequence[Ring]) -> None:
        """Send those that do not wait in Redis already. Raises what Redis does."""
        new = self._announced(sorted(rings, key=_sort))
        if self._producer is None:
            self._producer = self._app.amqp.Producer(self._connection)
        with self._producer.batch():
            for message in _messages(new):
                lane, job = message[0].lane, message[0].job
                self._app.send_task(
                    WORK,
                    args=(lane.word, job, [(ring.id, ring.call) for ring in message]),
                    queue=queue_name(lane),
                    headers={RUNG_AT: time.time()},
                    producer=self._producer,
                    retry=False,
                    ignore_result=True,
                )

    def _announced(self, rings: Sequence[Ring]) -> list[Ring]:
        heard = [lease_key(ring.job, ring.id) for ring in rings if ring.once_more]
        with self._redis.pipeline(transaction=False) as pipe:
            for lease in heard:
                pipe.delete(lease)
            for ring in rings:
                name = announced_key(ring.lane, ring.job, ring.id)
                pipe.set(name, "1", nx=not ring.announced, ex=ANNOUNCED_SECONDS)
            answers = pipe.execute()[len(heard) :]
        return [ring for ring, first in zip(rings, answers, strict=True) if first]

    def close(self) -> None:
        for close in (self._redis.connection_pool.disconnect, self._connection.close, self._app.close):
            try:
                close()
            except (RedisError, KombuError, OSError) as error:
                log.info("queue.closed_badly", error=type(error).__name__)


def _sort(ring: Ring) -> tuple[Lane, Job, bool]:
    return ring.lane, ring.job, ring.alone


def _messages(rings: Iterable[Ring]) -> Iterator[list[Ring]]:
    """Those that may travel together, in their order."""
    for (_, _, alone), group in groupby(rings, key=_sort):
        together = list(group)
        room = 1 if alone else ROOM_MOST
        for start in range(0, len(together), room):
            yield together[start : start + room]
