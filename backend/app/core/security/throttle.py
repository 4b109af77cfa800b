"""Slowing those who guess: after some attempts in vain, a wait that doubles with each further one."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How many attempts in vain are free, and the longest wait after them, in seconds."""

    free: int
    longest: float


@dataclass(slots=True)
class _Record:
    attempts: int
    blocked_until: float
    last: float


class Throttle:
    """Attempts in vain by key, in the memory of this process; the longest silent key is forgotten first.

    An attempt counts when it starts, so that many at once are no way around.
    """

    def __init__(
        self,
        pace: Pace,
        *,
        first_wait: float = 2.0,
        forget_after: float = 3_600.0,
        size: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pace = pace
        self._first_wait = first_wait
        self._forget_after = forget_after
        self._size = size
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def wait(self, key: str) -> float:
        """Seconds until this key may try again; 0 when it may now."""
        record = self._current(key)
        return max(0.0, record.blocked_until - self._clock()) if record else 0.0

    def attempt(self, key: str) -> None:
        """Count an attempt; it stays counted until `forgive` or `undo`."""
        now = self._clock()
        record = self._current(key) or _Record(0, now, now)
        record.attempts += 1
        record.last = now
        if (beyond := record.attempts - self._pace.free) >= 0:
            record.blocked_until = now + min(self._first_wait * 2 ** min(beyond, 32), self._pace.longest)
        self._records[key] = record
        self._records.move_to_end(key)
        if len(self._records) > self._size:
            self._records.popitem(last=False)

    def undo(self, key: str) -> None:
        """The attempt was none in vain: take that one back."""
        if (record := self._records.get(key)) is not None:
            record.attempts = max(0, record.attempts - 1)
            if record.attempts < self._pace.free:
                record.blocked_until = record.last

    def forgive(self, key: str) -> None:
        """Forget what is known of this key."""
        self._records.pop(key, None)

    def _current(self, key: str) -> _Record | None:
        record = self._records.get(key)
        if record is not None and self._clock() - record.last > self._forget_after:
            del self._records[key]
            return None
        return record


def network_of(address: str) -> str:
    """The address, or for IPv6 its /64: one household has as many addresses there as it likes."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))
