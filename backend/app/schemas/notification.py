"""A word to one person about one event, in the app and (where a device is known) as a push."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from app.core.clock import Instant
from app.schemas.base import Document, View


class NotificationKind(StrEnum):
    TASK_OFFERED = "task_offered"
    TASK_CANCELLED = "task_cancelled"
    REQUEST_APPROVED = "request_approved"
    REQUEST_REJECTED = "request_rejected"
    REQUEST_PROGRESS = "request_progress"
    REQUEST_COMPLETED = "request_completed"
    NEEDS_DECISION = "needs_decision"
    REPEAT_OFFERED = "repeat_offered"
    NEEDS_MODERATION = "needs_moderation"
    DISASTER_REGISTERED = "disaster_registered"
    DISASTER_DISCARDED = "disaster_discarded"
    REMOVED_FROM_DISASTER = "removed_from_disaster"
    REQUEST_HANDED_OVER = "request_handed_over"


class NotificationStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    DEAD = "dead"


class Notification(Document):
    to: str
    kind: NotificationKind
    title: str
    body: str
    request_id: str | None = None
    task_id: str | None = None
    disaster_id: str | None = None
    message_id: str | None = None
    status: NotificationStatus = NotificationStatus.QUEUED
    read_at: Instant | None = None

    def delivered(self, at: datetime) -> Self:
        """In the person's inbox."""
        if self.status is not NotificationStatus.QUEUED:
            return self
        return self.model_copy(update={"status": NotificationStatus.DELIVERED, "updated_at": at})

    def read(self, at: datetime) -> Self:
        if self.read_at is not None:
            return self
        return self.model_copy(update={"status": NotificationStatus.READ, "read_at": at, "updated_at": at})


class NotificationView(View):
    id: str
    kind: NotificationKind
    title: str
    body: str
    request_id: str | None
    task_id: str | None
    disaster_id: str | None
    message_id: str | None
    status: NotificationStatus
    created_at: Instant
    read_at: Instant | None
