"""Telling people what concerns them: recorded with the change that caused it, delivered by a job."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.core.clock import Clock
from app.core.errors import NotFound
from app.core.queue import Job, JobQueue
from app.crud.notifications import NotificationRepository
from app.crud.pages import Page
from app.crud.unit import Unit
from app.schemas.audit import Act
from app.schemas.message import Message
from app.schemas.notification import Notification, NotificationKind, shard_of
from app.schemas.request import Request
from app.schemas.task import Task
from app.schemas.user import User
from app.schemas.vocabulary import Severity

_REQUEST_TEXTS = {
    NotificationKind.REQUEST_APPROVED: ("Your request was approved", "A coordinator has approved the plan for it."),
    NotificationKind.REQUEST_REJECTED: ("Your request was not taken up", "Open it to see the reason."),
    NotificationKind.REQUEST_COMPLETED: ("Your request is completed", "Please confirm, or say what is still missing."),
}


def to_requester(request: Request, kind: NotificationKind, at: datetime) -> Notification:
    title, body = _REQUEST_TEXTS[kind]
    return Notification(
        id=f"{request.id}.{kind}.{request.version}",
        to=request.created_by,
        kind=kind,
        title=title,
        body=body,
        request_id=request.id,
        created_at=at,
        updated_at=at,
    )


def progress_to_requester(request: Request, title: str, cause: str, at: datetime) -> Notification:
    """One word on how the work goes on, once for each `cause`."""
    return Notification(
        id=f"{request.id}.{cause}",
        to=request.created_by,
        kind=NotificationKind.REQUEST_PROGRESS,
        title=title,
        body=request.title,
        request_id=request.id,
        created_at=at,
        updated_at=at,
    )


def repeat_offered(request: Request, first: str, at: datetime) -> Notification:
    """To the sender, once for each earlier request of theirs that this one seems to repeat."""
    return Notification(
        id=f"{request.id}.repeats.{first}",
        to=request.created_by,
        kind=NotificationKind.REPEAT_OFFERED,
        title="You have asked for this before",
        body="Add this to your earlier request, if it is about the same. Both stay as they are until you do.",
        request_id=request.id,
        created_at=at,
        updated_at=at,
    )


def offer(task: Task, uid: str, at: datetime) -> Notification:
    return Notification(
        id=f"{task.id}.offer.{uid}",
        to=uid,
        kind=NotificationKind.TASK_OFFERED,
        title=f"{task.severity.capitalize()}: can you help?",
        body=task.step,
        request_id=task.request_id,
        task_id=task.id,
        critical=task.severity is Severity.CRITICAL,
        created_at=at,
        updated_at=at,
    )


def cancellation(task: Task, uid: str, at: datetime) -> Notification:
    return Notification(
        id=f"{task.id}.cancelled.{uid}",
        to=uid,
        kind=NotificationKind.TASK_CANCELLED,
        title="A task is cancelled",
        body=task.step,
        request_id=task.request_id,
        task_id=task.id,
        created_at=at,
        updated_at=at,
    )


def to_moderator(message: Message, disaster_name: str, uid: str, at: datetime) -> Notification:
    """That somebody should look at a message. Its words are not repeated: they have to go when the message goes."""
    return Notification(
        id=f"{message.id}.reported.{uid}",
        to=uid,
        kind=NotificationKind.NEEDS_MODERATION,
        title="A message was reported",
        body=f"A member asks you to look at a message in the chat of {disaster_name}.",
        disaster_id=message.disaster_id,
        message_id=message.id,
        created_at=at,
        updated_at=at,
    )


@dataclass(frozen=True)
class Notifications:
    notifications: NotificationRepository
    queue: JobQueue
    clock: Clock

    def record(self, unit: Unit, notifications: Iterable[Notification]) -> None:
        """Write them with the change that causes them; `ring` afterwards."""
        for one in notifications:
            unit.add(self.notifications, one, None)

    async def ring(self, ids: Iterable[str]) -> None:
        """Have what was recorded pushed: a ring is for the part of the outbox it lies in (see `Delivery`)."""
        for shard in sorted({shard_of(id) for id in ids}):
            await self.queue.put(Job.DELIVER, shard)

    async def sweep(self) -> int:
        """Ring for every part of the outbox in which something is due; returns how many those are."""
        shards = await self.notifications.shards_due(self.clock())
        for shard in shards:
            await self.queue.put(Job.DELIVER, shard)
        return len(shards)

    async def inbox(self, caller: User, *, limit: int, cursor: str | None) -> Page[Notification]:
        return await self.notifications.inbox(caller.id, limit=limit, cursor=cursor)

    async def received(self, caller: User, id: str) -> Notification:
        """A device of the caller's says that it is there."""
        await self._own(caller, id)
        act = Act(event="notification.received", by=caller.id)
        return await self.notifications.change(id, lambda latest: latest.received(self.clock()), act)

    async def read(self, caller: User, id: str) -> Notification:
        await self._own(caller, id)
        act = Act(event="notification.read", by=caller.id)
        return await self.notifications.change(id, lambda latest: latest.read(self.clock()), act)

    async def _own(self, caller: User, id: str) -> None:
        found = await self.notifications.find(id)
        if found is None or found.to != caller.id:
            raise NotFound("There is no such notification.")
