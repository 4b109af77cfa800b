"""Turning an assessment into a plan that a human can decide on."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import structlog

from app.agent_v2.plan import RulesPlanner
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
from app.schemas.request_states import Stage, Status
from app.schemas.workflow import WorkflowOutput
from app.services.pipeline import Pipeline, in_time

log = structlog.get_logger(__name__)
_PLANNED = Act(event="request.planned")
_NOT_IN_TIME = "the planner did not answer in time"
_WAITED = "it had waited too long for a model to be asked"


class Planner(Protocol):
    async def draft(self, finding: Finding, words: str = "") -> PlanDraft:
        """A plan for a finding; `words` are the request's own, a stranger's."""


class _Outcome(StrEnum):
    PLANNED = "planned"
    SAME = "same"
    """The plan that waits for a human says this already."""
    DECIDED = "decided"
    """A human decided on the plan there was: that one stands."""
    OUTDATED = "outdated"
    """Something changed while this was planned: once more, from what is known now."""


@dataclass(frozen=True)
class Planning:
    requests: RequestRepository
    outputs: OutputRepository
    pipeline: Pipeline
    planner: Planner
    clock: Clock
    metrics: Metrics
    rules: Planner = field(default_factory=RulesPlanner)
    """Who plans, without anybody outside, what the planner does not get planned in time or what has waited too long."""
    seconds: float = 30.0
    backlog: timedelta = timedelta(seconds=30)
    """What has waited longer is planned by the rules at once."""

    async def run(self, id: str) -> None:
        """Plan one request; nothing where that is done. What a human decided in an earlier plan stays."""
        request = await self.requests.find(id)
        if request is None or request.stage is not Stage.ASSESSED or request.finding is None:
            return
        seen = await self.outputs.find(id)
        draft = await self._draft(request, request.finding)
        outcome = _Outcome.OUTDATED

        async def step(unit: Unit) -> Request:
            nonlocal outcome
            latest = await unit.get(self.requests, id)
            before = await unit.find(self.outputs, id)
            outcome = _outcome(request, latest, seen, before)
            if outcome is _Outcome.OUTDATED:
                return latest
            at = self.clock()
            planned = latest.planned(at)
            if outcome is _Outcome.PLANNED and not self._put(unit, draft, latest, before, at):
                outcome = _Outcome.SAME
            return unit.put(self.requests, planned, _PLANNED)

        try:
            request_now = await together(
                self.requests.store,
                self.clock,
                step,
                keys=[self.requests.key(id)],
                seen=[*self.requests.seen(request), *self.outputs.seen(seen)],
            )
        except (Conflict, NotFound):
            log.info("plan.discarded", id=id, why="ended")
            return
        if outcome in (_Outcome.PLANNED, _Outcome.SAME):
            self.metrics.planned(draft.planner)
            log.info("request.planned", id=id, tasks=len(draft.tasks), supplies=len(draft.supplies), new=outcome)
        else:
            log.info("plan.discarded", id=id, why=outcome)
        await self.pipeline.ring(request_now)

    async def _draft(self, request: Request, finding: Finding) -> PlanDraft:
        if self.clock() - request.stage_since > self.backlog:
            return await self._by_rules(request, finding, _WAITED)
        draft, _ = await in_time(
            self.seconds,
            self.planner.draft(finding, request.words),
            lambda: self._by_rules(request, finding, _NOT_IN_TIME),
        )
        return draft

    async def _by_rules(self, request: Request, finding: Finding, why: str) -> PlanDraft:
        log.warning("request.planned_by_rules", id=request.id, why=why)
        draft = await self.rules.draft(finding, request.words)
        return draft.model_copy(update={"planner_reason": why})

    def _put(self, unit: Unit, draft: PlanDraft, request: Request, before: WorkflowOutput | None, at: datetime) -> bool:
        """Whether the draft became the plan: not where the one that waits for a human says the same."""
        plan = WorkflowOutput.of(
            draft,
            request_id=request.id,
            disaster_id=request.disaster_id,
            group=request.group,
            plan_version=request.next_plan(before.plan_version if before else 0),
            at=at,
            finding=request.finding,
        )
        if before is None:
            unit.add(self.outputs, plan, Act(event="plan.made"))
        elif before.says(plan):
            return False
        else:
            unit.put(self.outputs, before.superseded(plan, at), Act(event="plan.renewed"))
        return True


def _outcome(planned: Request, latest: Request, seen: WorkflowOutput | None, before: WorkflowOutput | None) -> _Outcome:
    """What becomes of a draft for the request and the plan as they were, now that they are as they are."""
    if (latest.finding, latest.words) != (planned.finding, planned.words):
        return _Outcome.OUTDATED
    if (seen and seen.decisions) == (before and before.decisions):
        return _Outcome.PLANNED
    return _Outcome.OUTDATED if latest.status is Status.PENDING else _Outcome.DECIDED
