"""Whether a notification is pushed now, later or not at all, and what the push then says. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.ids import derived_id
from app.crud.users import DISPATCHED
from app.schemas.device import Device
from app.schemas.notification import Notification, NotificationKind
from app.schemas.push import PushMessage
from app.schemas.push_texts import TEXTS, Common, language_for
from app.schemas.user import User

LASTS = timedelta(hours=24)
LASTS_CRITICAL = timedelta(hours=1)
"""A push of danger or of an urgent task is of no use much later."""
LEAST_SECONDS = 60
DIGEST = "digest"
WORK = frozenset(
    {
        NotificationKind.TASK_OFFERED,
        NotificationKind.NEEDS_DECISION,
        NotificationKind.NEEDS_MODERATION,
        NotificationKind.REQUEST_HANDED_OVER,
        NotificationKind.BROADCAST,
    }
)
"""What is for those on duty. That a task one has taken is cancelled is not: one may be on the way to it."""


_TIMELY = frozenset({NotificationKind.TASK_OFFERED, NotificationKind.TASK_CANCELLED, NotificationKind.DRILL})


@dataclass(frozen=True, slots=True)
class Ruling:
    push: bool
    until: datetime | None = None
    """Where it is not pushed now: when it will be; None for never."""


def ruled(notification: Notification, user: User | None, at: datetime) -> Ruling:
    """What becomes of a notification that is due."""
    if user is None or not user.active:
        return Ruling(push=False)
    if notification.critical and notification.kind is NotificationKind.BROADCAST:
        return Ruling(push=True)
    if notification.kind in WORK and user.role_id in DISPATCHED and not user.availability:
        return Ruling(push=False)
    if notification.critical or user.push is None:
        return Ruling(push=True)
    if notification.kind in user.push.muted:
        return Ruling(push=False)
    until = user.push.quiet.until(at) if user.push.quiet else None
    return Ruling(push=until is None, until=until)


def expired(notification: Notification, at: datetime) -> bool:
    """Whether a push of it would come too late to be of use."""
    return not notification.held and at - notification.created_at > _lasts(notification)


def message_for(notifications: Sequence[Notification], user: User, device: Device, at: datetime) -> PushMessage:
    """The push for one device: of one notification, or of several together."""
    language = language_for(device.language, user.language)
    if len(notifications) > 1:
        return _digest(notifications, language)
    [one] = notifications
    texts = TEXTS[language]
    urgent = one.critical and one.kind is NotificationKind.TASK_OFFERED
    spoken = one.kind is NotificationKind.BROADCAST  # an admin's words to all, who was told where they will stand
    left = _lasts(one) - (timedelta() if one.held else at - one.created_at)
    return PushMessage(
        id=one.id,
        title=one.title if spoken else texts[Common.URGENT] if urgent else texts[one.kind],
        body=one.body if spoken else texts[Common.OPEN],
        language=language,
        critical=one.critical,
        urgent=one.critical or one.kind in _TIMELY,
        collapse_key=one.collapse_key,
        ttl_seconds=max(LEAST_SECONDS, int(left.total_seconds())),
        data=_data(one, language),
    )


def _digest(notifications: Sequence[Notification], language: str) -> PushMessage:
    texts, [first, *_] = TEXTS[language], notifications
    id = derived_id(DIGEST, *sorted(one.id for one in notifications))
    return PushMessage(
        id=id,
        title=texts[Common.SEVERAL],
        body=texts[Common.OPEN],
        language=language,
        critical=False,
        urgent=False,
        collapse_key=derived_id(DIGEST, first.to),
        ttl_seconds=int(LASTS.total_seconds()),
        data={
            "notification_id": id,
            "kind": DIGEST,
            "count": str(len(notifications)),
            "link": "/notifications",
            "language": language,
        },
    )


def _data(one: Notification, language: str) -> dict[str, str]:
    ids = {"request_id": one.request_id, "task_id": one.task_id, "disaster_id": one.disaster_id}
    return {
        "notification_id": one.id,
        "kind": one.kind,
        "link": _link(one),
        "language": language,
        **{name: id for name, id in ids.items() if id},
    }


def _link(one: Notification) -> str:
    """Where in the app it leads."""
    if one.task_id:
        return f"/tasks/{one.task_id}"
    if one.request_id:
        return f"/requests/{one.request_id}"
    return f"/disasters/{one.disaster_id}" if one.disaster_id else "/notifications"


def _lasts(notification: Notification) -> timedelta:
    return LASTS_CRITICAL if notification.critical else LASTS
