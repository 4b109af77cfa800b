"""A human's change of a plan, with all that follows: reservations, tasks and offers, all at once or not at all."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from app.core.clock import Clock
from app.core.errors import Conflict, Transient
from app.core.queue import Job, JobQueue
from app.crud.unit import Unit, together
from app.schemas.audit import Act, Actor
from app.schemas.notification import Notification, NotificationKind
from app.schemas.request import Request
from app.schemas.request_states import ENDED, Stage, Status
from app.schemas.task import Task
from app.schemas.user import User
from app.schemas.vocabulary import Item, Severity
from app.schemas.workflow import PlanItem, PlanTask, ResourceSuggestion, StockShare, WorkflowOutput
from app.services.match_found import supplied
from app.services.matching import Limits
from app.services.notifications import Notifications, offer, to_requester
from app.services.progress import Case, Cases, advanced, reached, stock_ids
from app.services.verdicts import Verdicts

Change: TypeAlias = Callable[[WorkflowOutput | None, Request, datetime], WorkflowOutput]
"""The next plan, from the latest one (None: there is none yet) and its request. Pure: it may be asked twice."""


_TRIES = 5


class _LookAgainError(Exception):
    """Somebody changed the plan meanwhile, so that stocks are wanted which were not looked for."""


@dataclass(frozen=True)
class _Nearby:
    """The stocks that can give items which are approved before the matcher has looked for them."""

    items: frozenset[Item] = frozenset()
    stocks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PlanChanges:
    cases: Cases
    notifications: Notifications
    queue: JobQueue
    clock: Clock
    limits: Limits
    verdicts: Verdicts

    async def make(
        self, caller: User, request: Request, plan: WorkflowOutput | None, change: Change, event: str
    ) -> WorkflowOutput:
        """The plan after `change`, with everything that it newly approves reserved, made and offered.

        `request` and `plan` are as the caller has just seen them; the change is made to the latest ones.
        """
        act = Act(event=event, by=caller.id, actor=Actor.COORDINATOR)
        try:
            for _ in range(_TRIES):
                nearby = await self._nearby(request, plan, change(plan, request, self.clock()))
                try:
                    changed = await self._once(caller, request, plan, change, act, nearby)
                except _LookAgainError:
                    plan = await self.cases.outputs.find(request.id)
                else:
                    await self.queue.put(Job.MATCH, request.group)
                    return changed
        except Conflict:
            # What was proposed is gone: look for something else before somebody tries again.
            await self.queue.put(Job.MATCH, request.group)
            raise
        raise Transient("Others are changing this plan at the moment; try again.")

    async def _once(
        self,
        caller: User,
        request: Request,
        plan: WorkflowOutput | None,
        change: Change,
        act: Act,
        nearby: _Nearby,
    ) -> WorkflowOutput:
        cases, told = self.cases, list[str]()

        async def step(unit: Unit) -> WorkflowOutput:
            told.clear()
            latest = await unit.find(cases.outputs, request.id)
            current = await unit.get(cases.requests, request.id)
            at = self.clock()
            changed = change(latest, current, at)
            if changed is latest:
                return changed
            new = _New.between(latest, changed)
            new.check(current)
            case = await cases.read(unit, request.id, more_users=_proposed(new.tasks), more_stocks=nearby.stocks)
            changed = self._sought(changed, new.resources, case, nearby, at)
            cases.reserve(unit, case, _shares(_New.between(latest, changed).resources), act, at)
            tasks = [self._made(unit, task, case, caller, act, at) for task in new.tasks]
            for uid in sorted({uid for task in tasks for uid in task.holders}):
                unit.put(cases.users, case.users[uid], act)
            moved = _moved(current, changed, [*case.tasks.values(), *tasks], new, at)
            if moved.status is Status.COMPLETED and current.status is not Status.COMPLETED:
                # The last thing undecided fell away and all the rest is done.
                cases.settle(unit, case, act, at, used=True, keep_plan=False)
                changed = changed.settled()
            moved = unit.put(cases.requests, moved, act)
            notes = [offer(task, uid, at) for task in tasks for uid in task.holders]
            notes += _news(current, moved, at)
            self.notifications.record(unit, notes)
            told.extend(one.id for one in notes)
            self.verdicts.note(unit, request.id)
            return unit.put(cases.outputs, changed, act) if latest else unit.add(cases.outputs, changed, act)

        stocks = sorted(stock_ids(plan) | nearby.stocks)
        keys = [cases.outputs.key(request.id), *(cases.resources.key(one) for one in stocks)]
        changed = await together(cases.outputs.store, self.clock, step, keys=keys)
        await self.notifications.ring(told)
        return changed

    async def _nearby(self, request: Request, before: WorkflowOutput | None, after: WorkflowOutput) -> _Nearby:
        """The stocks that can give what is approved before the matcher has looked for it."""
        unsought = [one for one in _New.between(before, after).resources if one.unsought]
        if not unsought:
            return _Nearby()
        stocks = await self.cases.resources.in_reach(request.disaster_id)
        found = supplied(unsought, request, stocks, self.limits)
        return _Nearby(
            items=frozenset(one.item for one in unsought),
            stocks=frozenset(share.stock_id for one in found for share in one.allocations),
        )

    def _sought(
        self,
        plan: WorkflowOutput,
        approved: Iterable[ResourceSuggestion],
        case: Case,
        nearby: _Nearby,
        at: datetime,
    ) -> WorkflowOutput:
        """With what `nearby` can give now to the approved supplies that nobody has looked for yet."""
        unsought = [one for one in approved if one.unsought]
        if not unsought:
            return plan
        if not {one.item for one in unsought} <= nearby.items:
            raise _LookAgainError
        promised = Counter[str]()
        for _, share in _shares(one for one in approved if not one.unsought):
            promised[share.stock_id] += share.quantity
        stocks = [
            stock.model_copy(update={"reserved": stock.reserved + promised[stock.id]})
            for stock in (case.stocks[id] for id in sorted(nearby.stocks) if id in case.stocks)
        ]
        for one in supplied(unsought, case.request, stocks, self.limits):
            plan = plan.with_resource(one, at)
        return plan

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
    """What a changed plan has that the one before had not: items, pending items in other words, and approvals."""

    items: tuple[PlanItem, ...]
    edits: tuple[PlanItem, ...]
    tasks: tuple[PlanTask, ...]
    resources: tuple[ResourceSuggestion, ...]

    @classmethod
    def between(cls, before: WorkflowOutput | None, after: WorkflowOutput) -> "_New":
        known = {one.id for one in before.items} if before else set()
        approved = {one.id for one in before.items if one.approved} if before else set()
        return cls(
            items=tuple(one for one in after.items if one.id not in known),
            edits=tuple(one for one in after.items if one.undecided and before and one not in before.items),
            tasks=tuple(one for one in after.approved_tasks if one.id not in approved),
            resources=tuple(one for one in after.resource_suggestions if one.approved and one.id not in approved),
        )

    def check(self, request: Request) -> None:
        """`Conflict` where the request ended and something of its plan would begin."""
        if request.status in ENDED and (self.items or self.tasks or self.resources):
            raise Conflict(
                f"The request is {request.status}; nothing of its plan can be added or approved any more.", allowed=[]
            )


def _moved(request: Request, plan: WorkflowOutput, tasks: Iterable[Task], new: "_New", at: datetime) -> Request:
    """The request where its plan and tasks have brought it, and whether the matcher has something to find for it."""
    moved = advanced(request, reached(plan, tasks), at)
    if moved.status in ENDED:
        return moved
    if new.items or (new.edits and moved.stage is Stage.NEEDS_HUMAN):
        moved = moved.planned_by_hand(at)
    wanted = moved.stage is Stage.PLANNED or (moved.stage is Stage.MATCHED and plan.pending)
    return moved.model_copy(update={"wants_match": wanted})


def _proposed(tasks: Sequence[PlanTask]) -> set[str]:
    return {one.uid for task in tasks for one in task.candidates}


def _shares(resources: Iterable[ResourceSuggestion]) -> list[tuple[str, StockShare]]:
    return [(resource.id, share) for resource in resources for share in resource.allocations]


def _news(before: Request, after: Request, at: datetime) -> list[Notification]:
    if after.status is Status.APPROVED and before.status is Status.PENDING:
        return [to_requester(after, NotificationKind.REQUEST_APPROVED, at)]
    if after.status is Status.COMPLETED and before.status is not Status.COMPLETED:
        return [to_requester(after, NotificationKind.REQUEST_COMPLETED, at)]
    return []
