"""What operators watch: what is counted here, with what is so right now in the store and the queue."""

import asyncio
from dataclasses import dataclass, field
from functools import cached_property

import structlog

from app.core.clock import Clock
from app.core.errors import AppError
from app.core.kept import Kept
from app.core.metrics import Gauges, Metrics
from app.core.queue import WorkQueue
from app.crud.requests import RequestRepository
from app.schemas.request_states import WORKING, Stage
from app.services.health import Health, State

LOOK_SECONDS = 10.0
"""Between two looks into the store, however many ask: the metrics must not be a way to load it."""
PATIENCE_SECONDS = 3.0
WATCHED = (*sorted(WORKING), Stage.NEEDS_HUMAN)
"""The stages in which somebody waits, for the machine or for a human; the others only ever fill."""

log = structlog.get_logger(__name__)


@dataclass
class Watch:
    requests: RequestRepository
    queue: WorkQueue
    health: Health
    metrics: Metrics
    clock: Clock
    look_seconds: float = LOOK_SECONDS
    looks: Kept[bool] = field(init=False)

    def __post_init__(self) -> None:
        self.looks = Kept(self._look, self.look_seconds)

    @cached_property
    def _gauges(self) -> Gauges:
        """Made when somebody looks: where nobody does, in workers, nothing is said of what was not looked at."""
        return Gauges(self.metrics)

    async def text(self) -> bytes:
        """All metrics as Prometheus reads them; gauges of what cannot be asked right now are left out."""
        await self.looks.get()
        return await asyncio.to_thread(self._gauges.text)

    async def _look(self) -> bool:
        await asyncio.gather(self._look_at_parts(), self._look_at_queue(), *map(self._look_at_stage, WATCHED))
        return True

    async def _look_at_parts(self) -> None:
        for part in (await self.health.check()).parts:
            if part.state is not State.OFF:
                self._gauges.part_works.labels(part.name).set(part.state is State.OK)

    async def _look_at_queue(self) -> None:
        state = await self.queue.state()
        self._gauges.queue_depth.clear()
        self._gauges.queue_oldest.set(state.oldest_seconds)
        for lane, depth in state.lanes.items():
            self._gauges.queue_depth.labels(lane.word).set(depth)

    async def _look_at_stage(self, stage: Stage) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                count, since = await self.requests.standing(stage)
        except (AppError, TimeoutError) as error:
            log.warning("watch.store_silent", stage=stage, error=type(error).__name__)
            for gauge in (self._gauges.stage_requests, self._gauges.stage_oldest):
                gauge.labels(stage.value).set(float("nan"))
            return
        self._gauges.stage_requests.labels(stage.value).set(count)
        waited = (self.clock() - since).total_seconds() if since else 0.0
        self._gauges.stage_oldest.labels(stage.value).set(max(0.0, waited))
