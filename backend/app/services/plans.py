"""Plans: shown to coordinators, decided on, and written by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.core.clock import Clock
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.queue import Job, JobQueue
from app.crud.pages import Page
from app.crud.unit import Unit, together
from app.schemas.audit import Act, Actor
from app.schemas.request import Request
from app.schemas.user import User
from app.schemas.workflow import (
    PlanCreate,
    PlanDecision,
    PlanTask,
    ResourceDecision,
    ResourceSuggestion,
    SupplyCreate,
    TaskCreate,
    TaskDecision,
    WorkflowOutput,
)
from app.services.plan_by_hand import item_id, planned, supply_added, task_added
from app.services.plan_changes import PlanChanges
from app.services.progress import Cases

log = structlog.get_logger(__name__)

Decide = Callable[[WorkflowOutput, Request, datetime], WorkflowOutput]


@dataclass(frozen=True)
class Plans:
    cases: Cases
    changes: PlanChanges
    queue: JobQueue
    clock: Clock

    async def listed(
        self, caller: User, *, disaster_id: str | None, pending: bool | None, limit: int, cursor: str | None
    ) -> Page[WorkflowOutput]:
        """The plans that the caller may decide on, newest first."""
        disasters = within(caller)
        if disaster_id is not None:
            if not caller.coordinates(disaster_id):
                raise NotFound("There is no such disaster among those you coordinate.")
            disasters = (disaster_id,)
        return await self.cases.outputs.newest(disasters=disasters, pending=pending, limit=limit, cursor=cursor)

    async def get(self, caller: User, request_id: str) -> WorkflowOutput:
        plan = await self.cases.outputs.get(request_id)
        if not caller.coordinates(plan.disaster_id):
            raise NotFound("There is no plan for this request.")
        return plan

    async def create(self, caller: User, body: PlanCreate) -> WorkflowOutput:
        """A plan by hand. Of an earlier one it replaces what is pending and not written by another human."""
        request = await self.cases.requests.get(body.request_id)
        if not caller.coordinates(request.disaster_id):
            raise NotFound("There is no such request.")

        def change(plan: WorkflowOutput | None, request: Request, at: datetime) -> WorkflowOutput:
            return planned(body, request, plan, caller.id, at)

        before = await self.cases.outputs.find(body.request_id)
        return await self.changes.make(caller, request, before, change, "plan.written")

    async def delete(self, caller: User, request_id: str) -> None:
        """Take a plan away while nothing of it is approved; its request waits for a human then."""
        plan = await self.get(caller, request_id)
        cases = self.cases
        act = Act(event="plan.deleted", by=caller.id, actor=Actor.COORDINATOR)

        async def step(unit: Unit) -> None:
            latest = await unit.get(cases.outputs, request_id)
            request = await unit.get(cases.requests, request_id)
            latest.check_deletable()
            unit.remove(cases.outputs, request_id, act)
            bare = request.unplanned(latest.plan_version, self.clock(), reason="a coordinator deleted its plan")
            unit.put(cases.requests, bare, act)

        await together(cases.outputs.store, self.clock, step, keys=[cases.outputs.key(request_id)])
        log.info("plan.deleted", id=request_id)
        await self.queue.put(Job.MATCH, plan.group)

    async def add_task(self, caller: User, request_id: str, body: TaskCreate) -> PlanTask:
        def decide(plan: WorkflowOutput, request: Request, at: datetime) -> WorkflowOutput:
            return task_added(plan, body, request, caller.id, at)

        plan = await self._change(caller, request_id, decide, "plan.task_added")
        return plan.task(item_id(plan, body.id))

    async def decide_task(self, caller: User, request_id: str, task_id: str, decision: TaskDecision) -> PlanTask:
        """Change, approve or reject one task. Approving reserves its people by offering it to them."""

        def decide(plan: WorkflowOutput, _: Request, at: datetime) -> WorkflowOutput:
            task = plan.task(task_id).edited(decision, caller.id, at)
            return plan.with_task(task.decided(decision.approval_status, caller.id, at), at)

        return (await self._change(caller, request_id, decide, _event(decision))).task(task_id)

    async def delete_task(self, caller: User, request_id: str, task_id: str) -> None:
        def decide(plan: WorkflowOutput, _: Request, at: datetime) -> WorkflowOutput:
            return plan.without_task(task_id, at)

        await self._change(caller, request_id, decide, "plan.task_deleted")

    async def add_resource(self, caller: User, request_id: str, body: SupplyCreate) -> ResourceSuggestion:
        name = body.id or new_id()

        def decide(plan: WorkflowOutput, _: Request, at: datetime) -> WorkflowOutput:
            return supply_added(plan, body, name, caller.id, at)

        plan = await self._change(caller, request_id, decide, "plan.resource_added")
        return plan.resource(item_id(plan, name))

    async def decide_resource(
        self, caller: User, request_id: str, resource_id: str, decision: ResourceDecision
    ) -> ResourceSuggestion:
        """Change, approve or reject one supply; `Conflict` where the stock proposed for it is gone."""

        def decide(plan: WorkflowOutput, _: Request, at: datetime) -> WorkflowOutput:
            resource = plan.resource(resource_id).edited(decision, caller.id, at)
            return plan.with_resource(resource.decided(decision.approval_status, caller.id, at), at)

        return (await self._change(caller, request_id, decide, _event(decision))).resource(resource_id)

    async def delete_resource(self, caller: User, request_id: str, resource_id: str) -> None:
        def decide(plan: WorkflowOutput, _: Request, at: datetime) -> WorkflowOutput:
            return plan.without_resource(resource_id, at)

        await self._change(caller, request_id, decide, "plan.resource_deleted")

    async def decide_plan(self, caller: User, request_id: str, decision: PlanDecision) -> WorkflowOutput:
        """Approve or reject all of a plan that is still pending."""

        def decide(plan: WorkflowOutput, _: Request, at: datetime) -> WorkflowOutput:
            for task in plan.pending_tasks:
                plan = plan.with_task(task.decided(decision.approval_status, caller.id, at), at)
            for resource in plan.pending_resources:
                plan = plan.with_resource(resource.decided(decision.approval_status, caller.id, at), at)
            return plan

        return await self._change(caller, request_id, decide, "plan.decided")

    async def _change(self, caller: User, request_id: str, decide: Decide, event: str) -> WorkflowOutput:
        plan = await self.get(caller, request_id)
        request = await self.cases.requests.get(request_id)

        def change(latest: WorkflowOutput | None, request: Request, at: datetime) -> WorkflowOutput:
            if latest is None:
                raise NotFound("There is no plan for this request.")
            return decide(latest, request, at)

        return await self.changes.make(caller, request, plan, change, event)


def within(caller: User) -> tuple[str, ...] | None:
    """The disasters a coordinator may see plans and requests of; None for all."""
    if caller.coordinates(None):
        return None
    return tuple(one for one in caller.joined if caller.coordinates(one))


def _event(decision: TaskDecision | ResourceDecision) -> str:
    return "plan.edited" if decision.approval_status is None else "plan.decided"
