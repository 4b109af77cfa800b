"""Deciding on plans: what a human approves becomes reservations, tasks and offers, all at once or not at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict, NotFound
from app.core.queue import Job, JobQueue
from app.crud.base import Page, Unit, together
from app.schemas.audit import Act, Actor
from app.schemas.notification import Notification, NotificationKind
from app.schemas.request import ENDED, Request, Status
from app.schemas.task import Task
from app.schemas.user import User
from app.schemas.vocabulary import Severity
from app.schemas.workflow import (
    Approval,
    PlanDecision,
    PlanTask,
    ResourceDecision,
    ResourceSuggestion,
    StockShare,
    TaskDecision,
    WorkflowOutput,
)
from app.services.notifications import Notifications, offer, to_requester
from app.services.progress import Case, Cases, advanced, reached, stock_ids

log = structlog.get_logger(__name__)

Decide = Callable[[WorkflowOutput, datetime], WorkflowOutput]


@dataclass(frozen=True)
class Plans:
    cases: Cases
    notifications: Notifications
    queue: JobQueue
    clock: Clock

    async def listed(self, caller: User, *, limit: int, cursor: str | None) -> Page[WorkflowOutput]:
        """The plans that the caller may decide on, newest first."""
        return await self.cases.outputs.newest(disasters=within(caller), limit=limit, cursor=cursor)

    async def get(self, caller: User, request_id: str) -> WorkflowOutput:
        plan = await self.cases.outputs.get(request_id)
        if not caller.coordinates(plan.disaster_id):
            raise NotFound("There is no plan for this request.")
        return plan

    async def decide_task(self, caller: User, request_id: str, task_id: str, decision: TaskDecision) -> PlanTask:
        """Change, approve or reject one task. Approving reserves its people by offering it to them."""

        def decide(plan: WorkflowOutput, at: datetime) -> WorkflowOutput:
            return plan.with_task(_decided_task(plan.task(task_id), decision, caller, at), at)

        return (await self._decide(caller, request_id, decide)).task(task_id)

    async def decide_resource(
        self, caller: User, request_id: str, resource_id: str, decision: ResourceDecision
    ) -> ResourceSuggestion:
        """Change, approve or reject one supply; `Conflict` where the stock proposed for it is gone."""

        def decide(plan: WorkflowOutput, at: datetime) -> WorkflowOutput:
            return plan.with_resource(_decided_resource(plan.resource(resource_id), decision, caller, at), at)

        return (await self._decide(caller, request_id, decide)).resource(resource_id)

    async def decide_plan(self, caller: User, request_id: str, decision: PlanDecision) -> WorkflowOutput:
        """Approve or reject all of a plan that is still pending."""

        def decide(plan: WorkflowOutput, at: datetime) -> WorkflowOutput:
            for task in plan.pending_tasks:
                plan = plan.with_task(task.decided(decision.approval_status, caller.id, at), at)
            for resource in plan.pending_resources:
                plan = plan.with_resource(resource.decided(decision.approval_status, caller.id, at), at)
            return plan

        return await self._decide(caller, request_id, decide)

    async def _decide(self, caller: User, request_id: str, decide: Decide) -> WorkflowOutput:
        plan = await self.get(caller, request_id)
        cases, told = self.cases, list[str]()
        act = Act(event="plan.decided", by=caller.id, actor=Actor.COORDINATOR)

        async def step(unit: Unit) -> WorkflowOutput:
            told.clear()
            latest = await unit.get(cases.outputs, request_id)
            at = self.clock()
            decided = decide(latest, at)
            new = _newly_approved(latest, decided)
            case = await cases.read(unit, request_id, more_users=_proposed(new.tasks))
            if case.request.status in ENDED and (new.tasks or new.resources):
                raise Conflict(f"The request is {case.request.status}; nothing of its plan can be approved any more.")
            if decided is latest:
                return latest
            cases.reserve(unit, case, _shares(new.resources), act, at)
            tasks = [self._made(unit, task, case, caller, act, at) for task in new.tasks]
            for uid in sorted({uid for task in tasks for uid in task.holders}):
                unit.put(cases.users, case.users[uid], act)
            request = advanced(case.request, reached(decided, [*case.tasks.values(), *tasks]), at)
            open_still = bool(decided.pending_tasks or decided.pending_resources)
            request = unit.put(cases.requests, request.model_copy(update={"wants_match": open_still}), act)
            notes = [offer(task, uid, at) for task in tasks for uid in task.holders]
            notes += _news(case.request, request, at)
            self.notifications.record(unit, notes)
            told.extend(one.id for one in notes)
            return unit.put(cases.outputs, decided, act)

        keys = [cases.outputs.key(request_id), *(cases.resources.key(one) for one in stock_ids(plan))]
        try:
            decided = await together(cases.outputs.store, self.clock, step, keys=keys)
        except Conflict:
            # What was proposed is gone: look for something else before somebody tries again.
            await self.queue.put(Job.MATCH, plan.group)
            raise
        await self.notifications.ring(told)
        await self.queue.put(Job.MATCH, plan.group)
        return decided

    def _made(self, unit: Unit, plan: PlanTask, case: Case, caller: User, act: Act, at: datetime) -> Task:
        """The task of an approved plan item, offered to those proposed for it who are still free."""
        request = case.request
        task = Task.approved(
            plan,
            request_id=request.id,
            disaster_id=request.disaster_id,
            group=request.group,
            severity=request.severity or Severity.HIGH,
            location=request.location,
            by=caller.id,
            at=at,
        )
        free = tuple(one for one in plan.candidates if one.uid in case.users and case.users[one.uid].free)
        task = task.offered(free, at)
        for uid in task.holders:
            case.users[uid] = case.users[uid].committed(task.id, at)
        return unit.add(self.cases.tasks, task, act)


@dataclass(frozen=True)
class _New:
    tasks: tuple[PlanTask, ...]
    resources: tuple[ResourceSuggestion, ...]


def within(caller: User) -> tuple[str, ...] | None:
    """The disasters a coordinator may see plans and requests of; None for all."""
    if caller.coordinates(None):
        return None
    return tuple(one for one in caller.joined if caller.coordinates(one))


def _decided_task(task: PlanTask, decision: TaskDecision, caller: User, at: datetime) -> PlanTask:
    words = {name: value for name in ("step", "priority") if (value := getattr(decision, name)) is not None}
    if words and not task.undecided:
        raise Conflict(f"The task is {task.approval_status} already; its words stand.", allowed=[])
    if words:
        task = task.model_copy(update={**words, "updated_at": at})
    if decision.approval_status is None:
        return task
    return task.decided(decision.approval_status, caller.id, at)


def _decided_resource(
    resource: ResourceSuggestion, decision: ResourceDecision, caller: User, at: datetime
) -> ResourceSuggestion:
    if decision.total_quantity is not None and decision.total_quantity != resource.total_quantity:
        resource = resource.resized(decision.total_quantity, at)
    if decision.approval_status is None:
        return resource
    return resource.decided(decision.approval_status, caller.id, at)


def _newly_approved(before: WorkflowOutput, after: WorkflowOutput) -> _New:
    old = {task.id for task in before.approved_tasks}
    stocked = {one.id for one in before.resource_suggestions if one.approval_status is Approval.APPROVED}
    return _New(
        tasks=tuple(task for task in after.approved_tasks if task.id not in old),
        resources=tuple(
            one
            for one in after.resource_suggestions
            if one.approval_status is Approval.APPROVED and one.id not in stocked
        ),
    )


def _proposed(tasks: Iterable[PlanTask]) -> set[str]:
    return {one.uid for task in tasks for one in task.candidates}


def _shares(resources: Iterable[ResourceSuggestion]) -> list[tuple[str, StockShare]]:
    return [(resource.id, share) for resource in resources for share in resource.allocations]


def _news(before: Request, after: Request, at: datetime) -> list[Notification]:
    if after.status is Status.APPROVED and before.status is Status.PENDING:
        return [to_requester(after, NotificationKind.REQUEST_APPROVED, at)]
    return []
