"""Push without a push service: the inbox in the app is where notifications are read."""

from dataclasses import dataclass, field

import structlog

from app.core.errors import Transient
from app.core.metrics import Metrics, Pushed
from app.schemas.notification import Notification
from app.services.notifications import Push

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RecordedPush:
    """Keeps the ids of what would have been pushed, newest last, at most 1,000 of them."""

    sent: list[str] = field(default_factory=list)

    async def send(self, notification: Notification) -> None:
        self.sent.append(notification.id)
        del self.sent[:-1_000]
        log.info("push.recorded", id=notification.id, kind=notification.kind)


@dataclass(frozen=True)
class CountedPush:
    """Another one, counted: `word` is what came of it where it worked."""

    push: Push
    metrics: Metrics
    word: Pushed

    async def send(self, notification: Notification) -> None:
        try:
            await self.push.send(notification)
        except Transient:
            self.metrics.pushed(Pushed.FAILED)
            raise
        self.metrics.pushed(self.word)
