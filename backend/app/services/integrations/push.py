"""Push without a push service: the inbox in the app is where notifications are read."""

from dataclasses import dataclass, field

import structlog

from app.schemas.notification import Notification

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RecordedPush:
    """Keeps the ids of what would have been pushed, newest last, at most 1,000 of them."""

    sent: list[str] = field(default_factory=list)

    async def send(self, notification: Notification) -> None:
        self.sent.append(notification.id)
        del self.sent[:-1_000]
        log.info("push.recorded", id=notification.id, kind=notification.kind)
