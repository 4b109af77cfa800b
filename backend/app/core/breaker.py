"""A circuit breaker: what has failed several times in a row is left alone for a while, then tried by one caller."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

import structlog

log = structlog.get_logger(__name__)


class Open(Exception):
    """It is left alone right now."""


class Health(StrEnum):
    """What a call says about the one who was called."""

    WELL = "well"
    ILL = "ill"
    UNKNOWN = "unknown"
    """The call did not come to an end, or it was the caller's own fault."""


@dataclass
class Call:
    """One call that the breaker let through; whoever makes it says how it went before the block ends."""

    health: Health = Health.UNKNOWN


@dataclass
class Breaker:
    """Opens after so many failures in a row, for `pause` seconds; then one call is let through, and its end decides."""

    name: str
    failures: int
    pause: float
    clock: Callable[[], float] = time.monotonic
    _in_a_row: int = 0
    _closed_again_at: float | None = None
    _trying: bool = False

    @property
    def closed(self) -> bool:
        """Whether calls go through as a matter of course."""
        return self._closed_again_at is None

    @property
    def due(self) -> bool:
        """Whether a call would go through, be it as the one that tries."""
        return self._closed_again_at is None or (not self._trying and self.clock() >= self._closed_again_at)

    @contextmanager
    def call(self) -> Iterator[Call]:
        """Make one call in the block; `Open` where it is not to be made."""
        trying = self._enter()
        made = Call()
        try:
            yield made
        finally:
            if trying:
                self._trying = False
            if made.health is Health.WELL:
                self._well()
            elif made.health is Health.ILL:
                self._ill(trying=trying)

    def _enter(self) -> bool:
        if not self.due:
            raise Open(self.name)
        self._trying = not self.closed
        return self._trying

    def _well(self) -> None:
        if self._closed_again_at is not None:
            log.info("breaker.closed", name=self.name)
        self._in_a_row, self._closed_again_at = 0, None

    def _ill(self, *, trying: bool) -> None:
        self._in_a_row += 1
        if trying or self._in_a_row >= self.failures:
            if self._closed_again_at is None:
                log.warning("breaker.opened", name=self.name, failures=self._in_a_row, again_in_seconds=self.pause)
            self._closed_again_at = self.clock() + self.pause
