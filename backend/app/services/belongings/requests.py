"""The requests of a person who is deleted: what is on its way goes on, all else ends and says nothing of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from app.core.clock import Clock
from app.core.queue import Job, JobQueue
from app.crud.store.port import Json
from app.crud.unit import Unit, together
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.notification import Notification, NotificationKind
from app.schemas.request import Request
from app.schemas.request_parts import Contact
from app.schemas.request_states import ENDED, Status
from app.schemas.user import User
from app.services.anonymising import LEFT, Anonymising
from app.services.belongings.kind import PAGE, Leaver, every, shown
from app.services.notifications import Notifications, cancellation
from app.services.progress import Case, Cases

MOST_TOLD = 50
_OF_OTHERS = ("cluster_id", "links", "apart")


@dataclass(frozen=True)
class OwnRequests:
    cases: Cases
    users: UserRepository
    anonymising: Anonymising
    notifications: Notifications
    queue: JobQueue
    clock: Clock
    name: str = field(default="requests", init=False)
    promise: str = field(
        default="A request that helpers have taken goes on; its coordinators keep its contact until it ends. Your "
        "other open requests are cancelled. Of all that have ended only numbers stay: no words, photos, contact or "
        "exact place, and nothing that leads to you.",
        init=False,
    )

    async def forget(self, leaver: Leaver, limit: int) -> int:
        page = await self.cases.requests.made_by(leaver.id, limit=min(limit, PAGE))
        for request in page.items:
            if await self._ended(leaver, request.id):
                await self.anonymising.anonymise(request.id, why=LEFT, uid=leaver.tombstone)
        return len(page.items)

    async def held(self, person: User) -> AsyncIterator[Json]:
        """The requests with their plans, without the people and stocks that were proposed for them."""
        async for request in every(lambda at: self.cases.requests.made_by(person.id, limit=PAGE, cursor=at)):
            plan = await self.cases.outputs.find(request.id)
            tasks = [shown(task, "candidates", "decided_by") for task in plan.tasks] if plan else []
            supplies = [shown(one, "allocations", "decided_by") for one in plan.resource_suggestions] if plan else []
            yield {
                "request": shown(request, "body_hash", *_OF_OTHERS),
                "planned_tasks": tasks,
                "planned_supplies": supplies,
            }

    async def _ended(self, leaver: Leaver, id: str) -> bool:
        """End a request that nobody has set out for, or hand it over; True when it is one that has ended."""
        cases, told = self.cases, list[str]()
        coordinators = await self._coordinators(leaver, id)

        async def step(unit: Unit) -> Request:
            told.clear()
            case = await cases.read(unit, id)
            request, at = case.request, self.clock()
            if request.created_by != leaver.id or request.status in ENDED:
                return request
            if any(task.taken_by for task in case.tasks.values()):
                act = Act(event="request.handed_over", by=leaver.id, actor=Actor.OWNER)
                request = request.handed_over(leaver.tombstone, _contact(request, leaver.user), at)
                unit.put(cases.requests, request, act, told=False)
                notes = [_handed_over(request, uid, at) for uid in coordinators]
            else:
                act = Act(event="request.cancelled", by=leaver.id, actor=Actor.OWNER)
                request = request.moved(Status.CANCELLED, at)
                cases.end(unit, case, request, act, at, used=False)
                notes = _cancellations(case, at)
            self.notifications.record(unit, notes)
            told.extend(one.id for one in notes)
            return request

        request = await together(cases.requests.store, self.clock, step, keys=[cases.requests.key(id)])
        await self.notifications.ring(told)
        if told and request.status in ENDED:
            await self.queue.put(Job.MATCH, request.group)
        return request.created_by == leaver.id and request.status in ENDED

    async def _coordinators(self, leaver: Leaver, id: str) -> list[str]:
        request = await self.cases.requests.get(id)
        if request.status in ENDED:
            return []
        found = await self.users.coordinators(request.disaster_id)
        return [user.id for user in found if user.id != leaver.id][:MOST_TOLD]


def _contact(request: Request, user: User) -> Contact:
    """How to reach the person: as they said with the request, else as their account has it."""
    said = request.contact or Contact()
    return Contact(name=said.name or user.display_name, phone=said.phone or user.phone or user.contact_phone)


def _cancellations(case: Case, at: datetime) -> list[Notification]:
    return [cancellation(task, uid, at) for task in case.tasks.values() for uid in task.holders]


def _handed_over(request: Request, uid: str, at: datetime) -> Notification:
    return Notification(
        id=f"{request.id}.handed_over.{uid}",
        to=uid,
        kind=NotificationKind.REQUEST_HANDED_OVER,
        title="A request has lost its person",
        body="Help is on its way to somebody who has deleted their account. You keep the contact until it ends.",
        request_id=request.id,
        created_at=at,
        updated_at=at,
    )
