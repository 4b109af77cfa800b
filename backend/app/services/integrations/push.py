"""Push without a push service: the inbox in the app is where notifications are read."""

from dataclasses import dataclass, field

from app.schemas.device import Device
from app.schemas.notification import Reach
from app.schemas.push import PushMessage, Reply


@dataclass(frozen=True)
class RecordedPush:
    """Keeps what would have been pushed, newest last, at most 1,000 of it."""

    sent: list[tuple[str, PushMessage]] = field(default_factory=list)
    on: bool = False
    due: bool = True

    async def send(self, device: Device, message: PushMessage) -> Reply:
        self.sent.append((device.id, message))
        del self.sent[:-1_000]
        return Reply(Reach.SENT)

    async def aclose(self) -> None:
        """Nothing to close."""
