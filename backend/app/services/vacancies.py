"""Teams that are not complete. No stage says that they wait, so they are looked for at a pace of their own."""

import time
from dataclasses import dataclass, field
from datetime import timedelta

from app.core.queue import Job, JobQueue
from app.crud.tasks import TaskRepository
from app.crud.turns import TurnRepository

_MOST = 500


@dataclass(slots=True)
class _Last:
    looked: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Vacancies:
    tasks: TaskRepository
    turns: TurnRepository
    queue: JobQueue
    every: timedelta = timedelta(minutes=1)
    _last: _Last = field(default_factory=_Last)

    async def sweep(self) -> int:
        """Have those groups matched again whose ring may be lost, once a minute over all processes; returns 0, for
        somebody may be waiting for people who are not there.
        """
        now = time.monotonic()
        if now - self._last.looked >= self.every.total_seconds():
            self._last.looked = now
            if await self.turns.take("vacancies", rest=self.every * 0.9):
                for group in sorted({task.group for task in await self.tasks.vacant(limit=_MOST)}):
                    await self.queue.put(Job.MATCH, group)
        return 0
