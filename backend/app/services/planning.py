"""Turning an assessment into a plan that a human can decide on."""

from dataclasses import dataclass
from typing import Protocol

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict, NotFound
from app.core.metrics import Metrics
from app.crud.outputs import OutputRepository
from app.crud.requests import RequestRepository
from app.crud.unit import Unit, together
from app.schemas.assessment import Finding
from app.schemas.audit import Act
from app.schemas.plan import PlanDraft
from app.schemas.request import Request
from app.schemas.request_states import Stage
from app.schemas.workflow import WorkflowOutput
from app.services.pipeline import Pipeline

log = structlog.get_logger(__name__)
_PLANNED = Act(event="request.planned")


class Planner(Protocol):
    async def draft(self, finding: Finding) -> PlanDraft: ...


@dataclass(frozen=True)
class Planning:
    requests: RequestRepository
    outputs: OutputRepository
    pipeline: Pipeline
    planner: Planner
    clock: Clock
    metrics: Metrics

    async def run(self, id: str) -> None:
        """Plan one request; nothing where that is done. What a human decided in an earlier plan stays."""
        request = await self.requests.find(id)
        if request is None or request.stage is not Stage.ASSESSED or request.finding is None:
            return
        finding = request.finding
        seen = self.requests.seen(request)
        draft = await self.planner.draft(finding)

        async def step(unit: Unit) -> Request:
            latest = await unit.get(self.requests, id)
            before = await unit.find(self.outputs, id)
            if latest.finding != finding:
                return latest
            at = self.clock()
            planned = latest.planned(at)
            plan = WorkflowOutput.of(
                draft,
                request_id=id,
                disaster_id=latest.disaster_id,
                group=latest.group,
                plan_version=latest.next_plan(before.plan_version if before else 0),
                at=at,
            )
            if before:
                unit.put(self.outputs, before.superseded(plan, at), Act(event="plan.renewed"))
            else:
                unit.add(self.outputs, plan, Act(event="plan.made"))
            return unit.put(self.requests, planned, _PLANNED)

        try:
            request = await together(self.requests.store, self.clock, step, keys=[self.requests.key(id)], seen=seen)
        except (Conflict, NotFound):
            return
        self.metrics.planned(draft.planner)
        log.info("request.planned", id=id, tasks=len(draft.tasks), supplies=len(draft.supplies))
        await self.pipeline.ring(request)
