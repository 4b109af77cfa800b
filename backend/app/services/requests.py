"""Calls for help: taken in for good, shown to whom they concern, moved by people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import keyed_id
from app.core.phones import e164
from app.core.queue import Job, JobQueue
from app.crud.audit import AuditLog
from app.crud.disasters import DisasterRepository
from app.crud.pages import Changes, Page
from app.crud.unit import Unit, together
from app.schemas.audit import Act, Actor, AuditEntry
from app.schemas.base import body_hash
from app.schemas.notification import Notification, NotificationKind
from app.schemas.request import Request, titled
from app.schemas.request_bodies import Judgement, RequestCreate, RequestEdit, StatusChange
from app.schemas.request_parts import NOT_LISTED, Contact
from app.schemas.request_search import RequestFilter
from app.schemas.request_states import ENDED, Stage, Status
from app.schemas.request_views import TimelineEntry
from app.schemas.user import User
from app.schemas.workflow import Approval, PlanDecision
from app.services.access import AccessLog
from app.services.attachments import Attachments
from app.services.media import OVERDUE
from app.services.notifications import Notifications, cancellation, to_requester
from app.services.pipeline import Pipeline
from app.services.plans import Plans, within
from app.services.progress import Cases
from app.services.verdicts import Verdicts

log = structlog.get_logger(__name__)

REOPEN_WITHIN = timedelta(days=14)
OWNER_MOVES = frozenset({Status.CANCELLED, Status.CLOSED, Status.PENDING})
COORDINATOR_MOVES = frozenset(Status) - {Status.CANCELLED}


@dataclass(frozen=True)
class Requests:
    cases: Cases
    disasters: DisasterRepository
    attachments: Attachments
    audit: AuditLog
    access: AccessLog
    plans: Plans
    notifications: Notifications
    pipeline: Pipeline
    queue: JobQueue
    clock: Clock
    country: str
    verdicts: Verdicts

    async def submit(
        self,
        caller: User,
        body: RequestCreate,
        *,
        idempotency_key: str | None = None,
        channel: str = "web",
        base: str = "",
    ) -> tuple[Request, bool]:
        """Keep a call for help, durable when this returns, and whether it is new.

        The same key of the same person with the same body finds the first request; with another body it is `Invalid`.
        `base` is the address that the call came to.
        """
        known = await self.disasters.find(body.disaster_id) if body.disaster_id else None
        named = self.attachments.named(body.media, base=base)
        if body.disaster_id and (known is None or not known.registered):
            # A call for help is not refused for a wrong disaster; it is kept without one.
            log.info("request.disaster_unknown")
            body = body.model_copy(update={"disaster_id": None})
        at = self.clock()
        request = Request(
            id=keyed_id("request", caller.id, idempotency_key),
            title=body.title or titled(body.description),
            description=body.description,
            type_of_need=body.type_of_need,
            disaster_id=body.disaster_id,
            group=body.disaster_id or NOT_LISTED,
            location=body.location,
            media=tuple(one.media for one in named),
            contact=self._contact(caller, body),
            channel=channel,
            created_by=caller.id,
            body_hash=body_hash(body),
            stage_since=at,
            created_at=at,
            updated_at=at,
        )
        act = Act(event="request.received", by=caller.id, actor=Actor.OWNER)

        async def bind(unit: Unit, request: Request) -> Request:
            media = await self.attachments.swap(unit, request.id, caller.id, act, named=named)
            return request.model_copy(update={"media": media})

        uploaded = any(one.media.id for one in named)
        request, new = await self.cases.requests.add_once(request, act, finish=bind if uploaded else None)
        if new:
            log.info("request.received", id=request.id, channel=channel)
            await self.pipeline.ring(request, new=True)
        return request, new

    async def mine(self, caller: User, *, limit: int, cursor: str | None, stage: Stage | None = None) -> Page[Request]:
        stages = (stage,) if stage else ()
        return await self.cases.requests.of(caller.id, limit=limit, cursor=cursor, stages=stages)

    def _contact(self, caller: User, body: RequestCreate) -> Contact:
        said = body.contact or Contact()
        phone = said.phone and (e164(said.phone, region=self.country) or said.phone)
        phone = phone or caller.phone or caller.contact_phone
        return Contact(name=said.name or caller.display_name, phone=phone)

    async def listed(
        self, caller: User, *, disaster_id: str | None, wanted: RequestFilter, limit: int, cursor: str | None
    ) -> Page[Request]:
        """Requests that the caller coordinates, in the order asked for."""
        disasters = self._coordinated(caller, disaster_id)
        page = await self.cases.requests.listed(disasters=disasters, wanted=wanted, limit=limit, cursor=cursor)
        await self._shown(caller, page.items)
        return page

    async def changed(
        self, caller: User, since: datetime, *, disaster_id: str | None, limit: int, cursor: str | None
    ) -> Changes[Request]:
        """What has changed among the requests that the caller coordinates."""
        disasters = self._coordinated(caller, disaster_id)
        changes = await self.cases.requests.changed_in(disasters, since, limit=limit, cursor=cursor)
        await self._shown(caller, (one for one in changes.items if isinstance(one, Request)))
        return changes

    async def _shown(self, caller: User, requests: Iterable[Request]) -> None:
        """Remember that a coordinator is shown where others are, and how to reach them."""
        others = [one.id for one in requests if one.created_by != caller.id]
        await self.access.read(caller, "requests.listed", others)

    async def my_changes(self, caller: User, since: datetime, *, limit: int, cursor: str | None) -> Changes[Request]:
        return await self.cases.requests.changed_of(caller.id, since, limit=limit, cursor=cursor)

    def _coordinated(self, caller: User, disaster_id: str | None) -> tuple[str, ...] | None:
        if disaster_id is None:
            return within(caller)
        if not caller.coordinates(disaster_id):
            raise NotFound("There is no such disaster among those you coordinate.")
        return (disaster_id,)

    async def get(self, caller: User, id: str) -> Request:
        """A request of the caller's, or one that they coordinate; `NotFound` otherwise."""
        request = await self.cases.requests.get(id)
        if request.created_by != caller.id and not caller.coordinates(request.disaster_id):
            raise NotFound("There is no such request.")
        return request

    async def read(self, caller: User, id: str) -> Request:
        """As `get`, for somebody who is shown all of it: remembered, unless it is their own."""
        request = await self.get(caller, id)
        if request.created_by != caller.id:
            await self.access.read(caller, "request.read", [id])
        return request

    async def timeline(self, caller: User, id: str) -> list[TimelineEntry]:
        """What has happened to a request, oldest first."""
        request = await self.get(caller, id)
        entries = await self.audit.of(f"requests/{id}")
        if not caller.coordinates(request.disaster_id):
            # That others tell of the same is for coordinators to know.
            entries = [entry for entry in entries if entry.event not in ("request.linked", "request.unlinked")]
        return [_told(entry) for entry in entries]

    async def edit(self, caller: User, id: str, edit: RequestEdit, *, base: str = "") -> Request:
        """Change one's own request while it is pending; it is assessed and planned anew."""
        known = (await self._own(caller, id)).media
        named = None if edit.media is None else self.attachments.named(edit.media, base=base, known=known)
        act = Act(event="request.edited", by=caller.id, actor=Actor.OWNER)
        requests = self.cases.requests

        async def step(unit: Unit) -> Request:
            latest, media = await unit.get(requests, id), None
            if named is not None:
                media = await self.attachments.swap(unit, id, caller.id, act, named=named, before=latest.media)
            return unit.put(requests, latest.edited(edit, self.clock(), media=media), act)

        request = await together(requests.store, self.clock, step, keys=[requests.key(id)])
        await self.pipeline.ring(request)
        return request

    async def judge(self, caller: User, id: str, judgement: Judgement) -> Request:
        """Say as a coordinator whether a message asks for help; the machine keeps to it."""
        request = await self.get(caller, id)
        if not caller.coordinates(request.disaster_id):
            raise Forbidden("Only a coordinator judges whether a message asks for help.")
        requests = self.cases.requests
        act = Act(event="request.judged", by=caller.id, actor=Actor.COORDINATOR, why=judgement.reason)

        async def step(unit: Unit) -> Request:
            latest = await unit.get(requests, id)
            self.verdicts.note(unit, id)
            return unit.put(requests, latest.judged(judgement, self.clock()), act)

        request = await together(requests.store, self.clock, step, keys=[requests.key(id)])
        await self.pipeline.ring(request)
        return request

    async def change_status(self, caller: User, id: str, change: StatusChange) -> Request:
        """Move a request by hand: its owner cancels, confirms or reopens it; a coordinator also decides on it."""
        request = await self.get(caller, id)
        owner = request.created_by == caller.id
        coordinator = caller.coordinates(request.disaster_id)
        allowed = (OWNER_MOVES if owner else frozenset()) | (COORDINATOR_MOVES if coordinator else frozenset())
        if change.status not in allowed:
            raise Forbidden(f"You may not set a request to {change.status}.", allowed=sorted(allowed))
        if change.status is Status.APPROVED and request.status is Status.PENDING:
            await self.plans.decide_plan(caller, id, PlanDecision(approval_status=Approval.APPROVED))
            return await self.cases.requests.get(id)
        if change.status is Status.REJECTED and not change.reason:
            raise Invalid("A request is rejected with a reason.", field="reason")
        actor = Actor.OWNER if owner else Actor.COORDINATOR
        act = Act(event=f"request.{change.status}", by=caller.id, actor=actor, why=change.reason)
        moved = await self._move(id, change, act)
        await self.pipeline.ring(moved)
        return moved

    async def _move(self, id: str, change: StatusChange, act: Act) -> Request:
        cases, told = self.cases, list[str]()

        async def step(unit: Unit) -> Request:
            told.clear()
            case = await cases.read(unit, id)
            at = self.clock()
            before = case.request
            if change.status is Status.PENDING and before.status is not Status.PENDING:
                return unit.put(cases.requests, before.reopened(at, within=REOPEN_WITHIN), act)
            moved = before.moved(change.status, at, reason=change.reason)
            if moved is before:
                return before
            if moved.status not in ENDED or before.status in ENDED:
                return unit.put(cases.requests, moved, act)
            cases.end(unit, case, moved, act, at, used=moved.status is Status.COMPLETED)
            notes: list[Notification] = [
                cancellation(task, uid, at) for task in case.tasks.values() for uid in task.holders
            ]
            if moved.status is Status.REJECTED:
                self.verdicts.note(unit, id)
                notes.append(to_requester(moved, NotificationKind.REQUEST_REJECTED, at))
            self.notifications.record(unit, notes)
            told.extend(one.id for one in notes)
            return moved

        moved = await together(cases.requests.store, self.clock, step, keys=[cases.requests.key(id)])
        await self.notifications.ring(told)
        if moved.status in ENDED:
            await self.queue.put(Job.MATCH, moved.group)
        return moved

    async def delete(self, caller: User, id: str) -> None:
        """Take back one's own request; only while no team is at work on it."""
        await self._own(caller, id)
        act = Act(event="request.deleted", by=caller.id, actor=Actor.OWNER)

        async def step(unit: Unit) -> bool:
            case = await self.cases.read(unit, id)
            if case.tasks and case.request.status not in ENDED:
                raise Conflict(
                    "People have been asked to help with this request; cancel it instead.", allowed=[Status.CANCELLED]
                )
            photos = await self.attachments.let_go(unit, id, case.request.media, act)
            if case.plan is not None and case.request.status not in ENDED:
                self.cases.settle(unit, case, act, self.clock(), used=False, keep_plan=False)
            if case.plan is not None:
                unit.remove(self.cases.outputs, id, act)
            unit.remove(self.cases.requests, id, act)
            return photos

        if await together(self.cases.requests.store, self.clock, step, keys=[self.cases.requests.key(id)]):
            await self.queue.put(Job.DISCARD, OVERDUE)

    async def _own(self, caller: User, id: str) -> Request:
        request = await self.get(caller, id)
        if request.created_by != caller.id:
            raise Forbidden("Only the person who asked may do this.")
        return request


def _told(entry: AuditEntry) -> TimelineEntry:
    after: Mapping[str, object] = {name: change.after for name, change in entry.changes.items()}
    status, stage = after.get("status"), after.get("stage")
    return TimelineEntry(
        at=entry.at,
        event=entry.event,
        by=entry.actor,
        status=Status(status) if isinstance(status, str) else None,
        stage=Stage(stage) if isinstance(stage, str) else None,
        note=entry.why,
    )
