"""Finds what has waited too long, whatever was lost on the way, and rings again."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from app.services.notifications import Notifications
from app.services.pipeline import Pipeline
from app.services.retention import Retention

log = structlog.get_logger(__name__)


class Swept(Protocol):
    """Something of which documents may have waited too long."""

    async def sweep(self) -> int:
        """Ring for those, at a bounded pace; returns how many."""


@dataclass(frozen=True)
class Sweeping:
    """A sweeper at work."""

    task: "asyncio.Task[None]"

    async def stop(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


@dataclass(frozen=True)
class Sweeper:
    pipeline: Pipeline
    notifications: Notifications
    others: tuple[Swept, ...]
    retention: Retention
    every_seconds: float

    def start(self) -> Sweeping:
        """Begin with all that an earlier process left, then go on looking for what is stuck."""
        return Sweeping(asyncio.create_task(self._run(), name="sweeper"))

    async def once(self, *, older_than: timedelta | None = None) -> int:
        """Ring for all that has waited too long; returns how many documents that were."""
        requests = await self.pipeline.sweep(older_than=older_than)
        found = requests + await self.notifications.sweep()
        for one in self.others:
            found += await one.sweep()
        return found

    async def tick(self) -> None:
        """One look for all that is looked for now and then. Never raises."""
        await self._safely(resume=False)

    async def _run(self) -> None:
        await self._safely(resume=True)
        while True:
            await asyncio.sleep(self.every_seconds)
            await self._safely(resume=False)

    async def _safely(self, *, resume: bool) -> None:
        try:
            if resume:
                await self.pipeline.resume()
                await self.once(older_than=timedelta(0))
            else:
                await self.once()
                await self.retention.sweep()
        except Exception as error:
            # The edge of this process: the store may be away for a while, and sweeping must outlive that.
            log.warning("sweep.failed", error=type(error).__name__)
