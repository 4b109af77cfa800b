"""Callers first, where one process answers them and works on what they sent."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

MOST_SECONDS = 0.02
"""The longest a job stands back: with callers coming without end, some fifty jobs a second are begun all the same."""


@dataclass(slots=True)
class Courtesy:
    """Whether callers wait for their answer to begin. Jobs stand back for them, one after the other, and not for long.

    Without it a surge would be taken in at the pace at which it is planned: workers and callers share one process, and
    an SOS waited behind the planning of others.
    """

    callers: int = 0
    _nobody: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def called(self) -> None:
        """One more waits."""
        self.callers += 1
        self._nobody.clear()

    def answered(self) -> None:
        """One of them has been answered, or has gone."""
        self.callers -= 1
        if not self.callers:
            self._nobody.set()

    async def stand_back(self) -> None:
        """Return when nobody waits for an answer, or after `MOST_SECONDS` in which no other job has begun."""
        if not self.callers:
            return
        async with self._turn:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nobody.wait(), MOST_SECONDS)
