"""Telling people what concerns them: recorded with the change that caused it, delivered by a job."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.core.clock import Clock
from app.core.errors import NotFound
from app.core.queue import Job, JobQueue
from app.crud.notifications import NotificationRepository
from app.crud.pages import Page
from app.crud.unit import Unit
from app.schemas.audit import Act
from app.schemas.message import Message
from app.schemas.notification import Notification, NotificationKind, NotificationStatus
from app.schemas.request import Request
from app.schemas.task import Task
from app.schemas.user import User


class Push(Protocol):
    """Brings a notification to the devices of a person; `Transient` where a later try may help."""

    async def send(self, notification: Notification) -> None: ...


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
    push: Push
    clock: Clock

    def record(self, unit: Unit, notifications: Iterable[Notification]) -> None:
        """Write them with the change that causes them; `ring` afterwards."""
        for one in notifications:
            unit.add(self.notifications, one, None)

    async def ring(self, ids: Iterable[str]) -> None:
        for one in ids:
            await self.queue.put(Job.DELIVER, one)

    async def deliver(self, id: str) -> None:
        """Bring one notification to its person; twice is as good as once."""
        notification = await self.notifications.find(id)
        if notification is None or notification.status is not NotificationStatus.QUEUED:
            return
        await self.push.send(notification)
        await self.notifications.change(
            id, lambda latest: latest.delivered(self.clock()), Act(event="notification.delivered")
        )

    async def sweep(self, *, older_than: timedelta) -> int:
        """Ring for what was recorded and never delivered; returns how many."""
        waiting = await self.notifications.undelivered(since=self.clock() - older_than, limit=500)
        await self.ring(waiting)
        return len(waiting)

    async def inbox(self, caller: User, *, limit: int, cursor: str | None) -> Page[Notification]:
        return await self.notifications.inbox(caller.id, limit=limit, cursor=cursor)

    async def read(self, caller: User, id: str) -> Notification:
        found = await self.notifications.find(id)
        if found is None or found.to != caller.id:
            raise NotFound("There is no such notification.")
        return await self.notifications.change(
            id, lambda latest: latest.read(self.clock()), Act(event="notification.read", by=caller.id)
        )
