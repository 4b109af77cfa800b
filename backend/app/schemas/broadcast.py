"""One message from an admin to all who take part in a disaster."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from app.core.clock import Instant
from app.schemas.base import Flag, Keyed, Model, Note, View, example
from app.schemas.notification import Notification, NotificationKind


class BroadcastStatus(StrEnum):
    SENDING = "sending"
    SENT = "sent"
    """Everybody has it in their inbox; pushes follow."""


class BroadcastCreate(Model):
    model_config = example(text="Water is rising at the north bank. Go to the school now.", critical=True)

    text: Annotated[Note, StringConstraints(min_length=1, max_length=240)] = Field(
        description="It will lie on locked screens, so it names nobody, and no place where somebody is alone."
    )
    critical: Flag = Field(default=False, description="Danger to life: at any hour, and to those off duty as well.")
    drill: Flag = Field(default=False, description="To find out who is reached. The push says that it is a drill.")


class Broadcast(Keyed):
    disaster_id: str
    text: str
    critical: bool
    drill: bool = False
    status: BroadcastStatus = BroadcastStatus.SENDING
    cursor: str | None = Field(default=None, description="Where among those who take part it has come to.")
    told: int = Field(default=0, ge=0, description="How many have it in their inbox.")

    def to(self, uid: str, at: datetime) -> Notification:
        """What one person is told: once, however often it is tried."""
        return Notification(
            id=f"{self.id}.{uid}",
            to=uid,
            kind=NotificationKind.DRILL if self.drill else NotificationKind.BROADCAST,
            title="Drill" if self.drill else "To all who take part",
            body=self.text,
            disaster_id=self.disaster_id,
            broadcast_id=self.id,
            critical=self.critical,
            created_at=at,
            updated_at=at,
        )

    def reached(self, more: int, cursor: str | None, at: datetime) -> Self:
        """After some more of them; without a cursor after all of them."""
        status = BroadcastStatus.SENDING if cursor else BroadcastStatus.SENT
        return self.model_copy(update={"told": self.told + more, "cursor": cursor, "status": status, "updated_at": at})


class BroadcastView(View):
    id: str
    disaster_id: str
    text: str
    critical: bool
    drill: bool
    status: BroadcastStatus
    told: int
    created_by: str
    created_at: Instant


class BroadcastReport(BroadcastView):
    """With what has become of its notifications, by their status."""

    reached: dict[str, int]
