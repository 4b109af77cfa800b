"""Approved tasks as their teams live them: offered, taken, carried out."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict, NotFound
from app.core.queue import Job, JobQueue
from app.crud.pages import Changes, Page
from app.crud.unit import Unit, together
from app.schemas.audit import Act, Actor
from app.schemas.base import Tombstone
from app.schemas.notification import Notification, NotificationKind
from app.schemas.privacy import Sight, Viewer, place_for, sight
from app.schemas.request import Request
from app.schemas.request_states import Status
from app.schemas.task import Decline, Task, TaskStatusChange, TaskSupply
from app.schemas.task_states import MEMBER_MOVES, TAKEN, TaskStatus
from app.schemas.task_views import TaskView, TeamMate
from app.schemas.user import User
from app.schemas.workflow import Approval, WorkflowOutput
from app.services.access import AccessLog
from app.services.notifications import Notifications, progress_to_requester, to_requester
from app.services.progress import Cases, advanced, reached

log = structlog.get_logger(__name__)

_TOLD = {
    Status.ASSIGNED: "A team has taken a task for your request",
    Status.IN_PROGRESS: "A team has set out for you",
}


@dataclass(frozen=True)
class Tasks:
    cases: Cases
    notifications: Notifications
    access: AccessLog
    queue: JobQueue
    clock: Clock

    async def mine(self, caller: User, *, limit: int, cursor: str | None) -> Page[Task]:
        """What the caller is offered or has taken, newest first."""
        return await self.cases.tasks.held_by(caller.id, limit=limit, cursor=cursor)

    async def my_changes(self, caller: User, since: datetime, *, limit: int, cursor: str | None) -> Changes[Task]:
        """What has changed among the caller's tasks; those that are theirs no longer come as gone."""
        found = await self.cases.tasks.changed_for(caller.id, since, limit=limit, cursor=cursor)
        items = tuple(
            Tombstone(id=one.id, updated_at=one.updated_at)
            if isinstance(one, Task) and caller.id not in one.holders
            else one
            for one in found.items
        )
        return Changes(items, found.next, found.since)

    async def get(self, caller: User, id: str) -> Task:
        """A task of the caller's, or of a disaster they coordinate; `NotFound` otherwise."""
        task = await self.cases.tasks.get(id)
        concerned = any(member.uid == caller.id for member in task.members)
        if not concerned and not caller.coordinates(task.disaster_id):
            raise NotFound("There is no such task.")
        return task

    async def accept(self, caller: User, id: str) -> Task:
        return await self._move(caller, id, TaskStatus.ACCEPTED)

    async def decline(self, caller: User, id: str, body: Decline) -> Task:
        return await self._move(caller, id, TaskStatus.DECLINED, note=body.reason)

    async def change_status(self, caller: User, id: str, body: TaskStatusChange) -> Task:
        return await self._move(caller, id, body.status, note=body.note)

    async def take_off(self, by: User, member: User, disaster_id: str, why: str | None) -> None:
        """End somebody's part in all tasks of a disaster, as a coordinator decides."""
        for task in (await self.cases.tasks.get_many(member.commitments)).values():
            if task.disaster_id != disaster_id or member.id not in task.holders:
                continue
            to = TaskStatus.HANDED_BACK if member.id in task.taken_by else TaskStatus.DECLINED
            with contextlib.suppress(Conflict):  # ended, or given back by themselves, a moment ago
                await self._move(member, task.id, to, note=why, by=by)

    async def let_go(self, person: User, *, limit: int = 100) -> int:
        """Decline what a person was offered and hand back what they have taken; returns how many tasks that were."""
        held = (await self.mine(person, limit=limit, cursor=None)).items
        for task in held:
            taken = task.member(person.id).status in TAKEN
            await self._move(person, task.id, TaskStatus.HANDED_BACK if taken else TaskStatus.DECLINED)
        return len(held)

    async def _move(
        self, caller: User, id: str, to: TaskStatus, *, note: str | None = None, by: User | None = None
    ) -> Task:
        """One member's step, and what it means for the request, the people and the stock."""
        await self.get(caller, id)
        cases, told = self.cases, list[str]()
        actor = Actor.RESPONDER if by is None else Actor.COORDINATOR
        act = Act(event=f"task.{to}", by=(by or caller).id, actor=actor, why=note)

        async def step(unit: Unit) -> Task:
            told.clear()
            before = await unit.get(cases.tasks, id)
            case = await cases.read(unit, before.request_id)
            at = self.clock()
            task = before.answered(caller.id, to, at, note=note)
            if task is before:
                return before
            request = case.request
            if case.plan is not None:
                request = advanced(request, reached(case.plan, {**case.tasks, id: task}.values()), at)
            unit.put(cases.tasks, task, act)
            left = set(before.holders) - set(task.holders)
            cases.free(unit, case, [(uid, id) for uid in sorted(left)], act, at)
            if request.status is Status.COMPLETED and case.request.status is not Status.COMPLETED:
                cases.settle(unit, case, act, at, used=True)
            unit.put(cases.requests, request, act)
            notes = _news(case.request, request, task, at)
            self.notifications.record(unit, notes)
            told.extend(one.id for one in notes)
            return task

        task = await together(cases.tasks.store, self.clock, step, keys=[cases.tasks.key(id)])
        await self.notifications.ring(told)
        if task.open or to is TaskStatus.COMPLETED:
            await self.queue.put(Job.MATCH, task.group)
        return task

    async def told(self, caller: User, changes: Sequence[Task | Tombstone]) -> list[TaskView | Tombstone]:
        """Changes as the caller may see them, in their order."""
        views = await self.views(caller, [one for one in changes if isinstance(one, Task)])
        by_id = {view.id: view for view in views}
        return [by_id[one.id] if isinstance(one, Task) else one for one in changes]

    async def read(self, caller: User, id: str) -> TaskView:
        """One task, as the caller may see it; remembered where that says whose home it is."""
        task = await self.get(caller, id)
        if _viewer(caller, task) is not Viewer.ASKED:
            await self.access.read(caller, "task.read", [id], why=f"request {task.request_id}")
        return await self.view(caller, task)

    async def view(self, caller: User, task: Task) -> TaskView:
        return (await self.views(caller, [task]))[0]

    async def views(self, caller: User, tasks: Iterable[Task]) -> list[TaskView]:
        """The tasks as the caller may see them, with the names of the team and what to take along."""
        tasks = list(tasks)
        plans = await self.cases.outputs.get_many({task.request_id for task in tasks})
        users = await self.cases.users.get_many({uid for task in tasks for uid in task.holders})
        stocks = await self.cases.resources.get_many(
            {
                share.stock_id
                for plan in plans.values()
                for one in plan.resource_suggestions
                for share in one.allocations
            }
        )
        names = {stock.id: stock.name for stock in stocks.values()}
        requests = await self.cases.requests.get_many({task.request_id for task in tasks})
        return [
            _view(caller, task, requests.get(task.request_id), plans.get(task.request_id), users, names)
            for task in tasks
        ]


def _viewer(caller: User, task: Task) -> Viewer:
    if caller.coordinates(task.disaster_id):
        return Viewer.COORDINATOR
    return Viewer.ACTING if caller.id in task.taken_by else Viewer.ASKED


def _view(
    caller: User,
    task: Task,
    request: Request | None,
    plan: WorkflowOutput | None,
    users: dict[str, User],
    stock_names: dict[str, str],
) -> TaskView:
    mine = next((member.status for member in task.members if member.uid == caller.id), None)
    viewer = _viewer(caller, task)
    return TaskView.of(
        task,
        my_status=mine,
        location=place_for(task.location, viewer),
        location_is_exact=task.location is not None and sight("location", viewer) is Sight.EXACT,
        contact=request.contact if request and sight("contact", viewer) is Sight.EXACT else None,
        description=request.words if request and sight("description", viewer) is Sight.EXACT else None,
        media=request.media if request and sight("media", viewer) is Sight.EXACT else (),
        supplies=tuple(_supplies(task, plan, stock_names)),
        team=tuple(
            TeamMate(uid=one.uid, display_name=_name(users.get(one.uid)), status=one.status)
            for one in task.members
            if one.uid in task.holders
        ),
        next_moves=tuple(sorted(MEMBER_MOVES[mine])) if mine else (),
    )


def _supplies(task: Task, plan: WorkflowOutput | None, stock_names: dict[str, str]) -> Iterable[TaskSupply]:
    for resource in plan.resource_suggestions if plan else ():
        carried = any(share.task_id == task.id and share.quantity for share in resource.breakdown)
        if resource.approval_status is not Approval.APPROVED or not carried:
            continue
        for share in resource.allocations:
            yield TaskSupply(
                item=share.item,
                quantity=share.quantity,
                unit=resource.quantity or "",
                stock_id=share.stock_id,
                stock_name=stock_names.get(share.stock_id, ""),
            )


def _name(user: User | None) -> str:
    return (user.display_name if user else None) or "A volunteer"


def _news(before: Request, after: Request, task: Task, at: datetime) -> list[Notification]:
    if after.status is before.status:
        return []
    if after.status is Status.COMPLETED:
        return [to_requester(after, NotificationKind.REQUEST_COMPLETED, at)]
    if title := _TOLD.get(after.status):
        return [progress_to_requester(after, title, f"{after.status}.{task.id}.{task.version}", at)]
    return []
