"""A word to one person about one event, in the app and (where a device is known) as a push."""

import zlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.schemas.base import Document, View

SHARDS = 8
"""Into so many parts the outbox is divided; each is worked on by one worker at a time."""


def shard_of(text: str) -> str:
    return str(zlib.crc32(text.encode()) % SHARDS)


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
    BROADCAST = "broadcast"
    DRILL = "drill"


class NotificationStatus(StrEnum):
    QUEUED = "queued"
    """Recorded, and not looked at yet, or held back until the person's quiet hours are over."""
    SENT = "sent"
    """The push service has taken it for one of the person's devices at least."""
    DELIVERED = "delivered"
    """A device has said that it is there; or it is in the inbox, and there is no device to push it to."""
    READ = "read"
    FAILED = "failed"
    """No device is reached yet, and it is tried again."""
    DEAD = "dead"
    """Given up: no device was reached. It is in the inbox all the same."""


class Reach(StrEnum):
    """What has become of a notification on one device."""

    SENT = "sent"
    STALE = "stale"
    """The device is none any more, and was removed."""
    REFUSED = "refused"
    """It will never be taken for this device."""
    LATER = "later"
    """Not now; it is tried again."""


FINAL = frozenset({Reach.SENT, Reach.STALE, Reach.REFUSED})


class Notification(Document):
    to: str
    kind: NotificationKind
    title: str
    body: str
    request_id: str | None = None
    task_id: str | None = None
    disaster_id: str | None = None
    message_id: str | None = None
    broadcast_id: str | None = None
    critical: bool = Field(default=False, description="Pushed at any hour, also to those off duty.")
    status: NotificationStatus = NotificationStatus.QUEUED
    read_at: Instant | None = None
    received_at: Instant | None = Field(default=None, description="When the first device said that it is there.")
    settled: bool = Field(default=False, description="Whether there is nothing more to push.")
    later: Instant | None = Field(default=None, description="Not to be pushed before.")
    held: bool = Field(default=False, description="Held back for a while, to be pushed together with others.")
    attempts: int = Field(default=0, ge=0, description="How often a device was not reached that is tried again.")
    reached: Mapping[str, Reach] = Field(default_factory=dict, description="What has become of it, by device.")

    @property
    def due(self) -> datetime | None:
        """From when on it is to be pushed; None where there is nothing more to push."""
        return None if self.settled else self.later or self.created_at

    @property
    def shard(self) -> str:
        """In which part of the outbox it lies; what was held back lies with all else of the same person."""
        return shard_of(self.to if self.held else self.id)

    @property
    def collapse_key(self) -> str:
        """Newer pushes replace older ones of the same key on a device: those about the same task or request do."""
        return self.task_id or self.request_id or self.id

    def delivered(self, at: datetime) -> Self:
        """In the person's inbox, and nowhere else to bring it."""
        if self.settled:
            return self
        word = NotificationStatus.READ if self.read_at else NotificationStatus.DELIVERED
        return self.model_copy(update={"status": word, "settled": True, "updated_at": at})

    def waiting(self, until: datetime, at: datetime) -> Self:
        """Held back, to be pushed with others when the time has come."""
        if self.settled:
            return self
        return self.model_copy(update={"later": until, "held": True, "updated_at": at})

    def postponed(self, until: datetime, at: datetime) -> Self:
        """Not begun: the push service is left alone for a while."""
        if self.settled:
            return self
        return self.model_copy(update={"later": until, "updated_at": at})

    def pushed(self, reached: Mapping[str, Reach], *, again: datetime | None, at: datetime) -> Self:
        """After a try, by device; `again` is when the rest is tried, None where nothing is tried any more."""
        if self.settled:
            return self
        known = {**self.reached, **reached}
        update: dict[str, object] = {"reached": known, "updated_at": at, "settled": again is None, "later": again}
        if again is not None or Reach.LATER in known.values():
            update["attempts"] = self.attempts + 1
        if self.status not in (NotificationStatus.READ, NotificationStatus.DELIVERED):
            update["status"] = _status(known, over=again is None)
        return self.model_copy(update=update)

    def received(self, at: datetime) -> Self:
        """A device says that it is there."""
        if self.received_at is not None:
            return self
        word = self.status if self.read_at else NotificationStatus.DELIVERED
        return self.model_copy(update={"status": word, "received_at": at, "updated_at": at})

    def read(self, at: datetime) -> Self:
        """Read, wherever; there is no use in pushing it any more."""
        if self.read_at is not None:
            return self
        read = {"status": NotificationStatus.READ, "read_at": at, "settled": True, "later": None}
        return self.model_copy(update={**read, "updated_at": at})


def _status(reached: Mapping[str, Reach], *, over: bool) -> NotificationStatus:
    words = set(reached.values())
    if Reach.SENT in words:
        return NotificationStatus.SENT
    if not over:
        return NotificationStatus.FAILED
    # Devices that are none any more are as good as no devices.
    return NotificationStatus.DEAD if words - {Reach.STALE} else NotificationStatus.DELIVERED


class NotificationView(View):
    id: str
    kind: NotificationKind
    title: str
    body: str
    request_id: str | None
    task_id: str | None
    disaster_id: str | None
    message_id: str | None
    critical: bool
    status: NotificationStatus
    created_at: Instant
    received_at: Instant | None
    read_at: Instant | None
