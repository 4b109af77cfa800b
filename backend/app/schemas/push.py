"""What goes to a device, and what a person says about when that may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from app.schemas.base import Model, example
from app.schemas.notification import NotificationKind, Reach


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("Name a time zone of the IANA data base, such as Asia/Colombo.") from None
    return name


Zone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_known_zone)]
Clocktime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""`22:00`, on a clock where the person is."""


class QuietHours(Model):
    """From one time of the day to another, over midnight where that is earlier; the same twice is the whole day."""

    model_config = example(begin="22:00", end="06:00", zone="Asia/Colombo")

    begin: Clocktime
    end: Clocktime
    zone: Zone = "Asia/Colombo"

    def until(self, at: datetime) -> datetime | None:
        """When they are over, where `at` lies in them."""
        zone = ZoneInfo(self.zone)
        there = at.astimezone(zone)
        for days in (-1, 0):
            day = there.date() + timedelta(days=days)
            begin = datetime.combine(day, time.fromisoformat(self.begin), zone)
            last = day if self.begin < self.end else day + timedelta(days=1)
            end = datetime.combine(last, time.fromisoformat(self.end), zone)
            if begin <= there < end:
                return end.astimezone(at.tzinfo)
        return None


class PushSettings(Model):
    """What a person wants no push of, and when. All of it stands in the inbox whatever is said here."""

    model_config = example(quiet={"begin": "22:00", "end": "06:00", "zone": "Asia/Colombo"}, muted=["request_progress"])

    quiet: QuietHours | None = Field(default=None, description="What is not critical waits until they are over.")
    muted: frozenset[NotificationKind] = Field(default=frozenset(), description="Never pushed, unless critical.")


@dataclass(frozen=True, slots=True)
class PushMessage:
    """One push. Its words lie on a locked screen for anybody to read: they are ours, and name nobody and no place."""

    id: str
    """Of the notification; the same in every copy."""
    title: str
    body: str
    language: str
    critical: bool
    urgent: bool
    """Whether a sleeping telephone is to be woken for it."""
    collapse_key: str
    ttl_seconds: int
    data: Mapping[str, str]
    """For the app: kinds and ids, by which it asks for the rest once it is unlocked."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the push service said of one push to one device."""

    reach: Reach
    after: float = 0.0
    """For `LATER`: in how many seconds at the earliest."""
    tried: bool = True
    """False where the service was not even asked."""
