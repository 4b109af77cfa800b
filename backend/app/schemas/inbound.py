"""A text message from a telephone, its thread, and the words we send back."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field

from app.core.clock import Instant
from app.schemas.base import CONTROL, Document, Line, Location, Model, Number, Word, Words, example
from app.schemas.request_parts import MediaGiven

SEEN = 50
GOES_ON = timedelta(hours=24)
"""How long after the last message another one still belongs to the same request."""

CONSENT_VERSION = "2026-11"


class Channel(StrEnum):
    SMS = "sms"
    WHATSAPP = "whatsapp"


class Command(StrEnum):
    """What a telephone can ask for with one word; everything else is a call for help."""

    STOP = "stop"
    START = "start"
    CANCEL = "cancel"
    STATUS = "status"
    HELP = "help"


COMMANDS: Mapping[str, Command] = {
    "stop": Command.STOP, "unsubscribe": Command.STOP, "නවත්වන්න": Command.STOP, "நிறுத்து": Command.STOP,
    "start": Command.START, "unstop": Command.START,
    "cancel": Command.CANCEL, "අවලංගු": Command.CANCEL, "ரத்து": Command.CANCEL,
    "status": Command.STATUS, "තත්ත්වය": Command.STATUS, "நிலை": Command.STATUS,
    "info": Command.HELP, "help?": Command.HELP, "menu": Command.HELP,
}  # fmt: skip
"""`help` alone is no command: it is what people in danger write."""


class GatewayPlace(Model):
    lat: Number = Field(ge=-90, le=90)
    lng: Number = Field(ge=-180, le=180)
    address: Line | None = None


class GatewayMessage(Model):
    """One message as a gateway posts it in JSON."""

    id: Annotated[str, Field(min_length=1, max_length=200, description="The gateway's own; a repeat is known by it.")]
    sender: Annotated[str, Field(alias="from", min_length=3, max_length=40, examples=["+94771234567"])]
    text: str = Field(default="", max_length=8_000)
    channel: Channel = Channel.SMS
    name: Line | None = None
    location: GatewayPlace | None = None
    media: tuple[MediaGiven, ...] = Field(default=(), max_length=10)

    model_config = example(
        **{
            "id": "SM00000001",
            "from": "+94771234567",
            "text": "4 people on the roof, water is rising, near Ratnapura bridge",
            "channel": "sms",
        }
    )


class Inbound(Model):
    """A message, whatever gateway it came through."""

    id: str
    phone: str
    channel: Channel
    text: Words = ""
    name: Word | None = None
    location: Location | None = None
    media: tuple[MediaGiven, ...] = ()

    @property
    def command(self) -> Command | None:
        return COMMANDS.get(self.text.strip().strip(".!").casefold())

    @property
    def place(self) -> Location | None:
        """Where the sender is: as the telephone told, or as the words say in degrees."""
        return self.location or place_in(self.text)


class Reply(Model):
    """What goes back to the telephone in the same channel; empty where it wants to hear nothing."""

    to: str
    channel: Channel
    text: str = Field(examples=["We have your message. In danger of life call 119 now."])
    request_id: str | None = None


class Consent(Model):
    """What a person was told about their data, and whether they let us write back."""

    version: str = CONSENT_VERSION
    told_at: Instant
    withdrawn_at: Instant | None = None


class Thread(Document):
    """All that one telephone number has sent; the id is derived from the number."""

    phone: str
    channel: Channel
    uid: str
    request_id: str | None = None
    last_at: Instant
    consent: Consent
    seen: tuple[str, ...] = Field(default=(), description="Ids of the last messages, so that a repeat is known.")

    @classmethod
    def opened(cls, message: Inbound, *, id: str, uid: str, at: datetime) -> Self:
        return cls(
            id=id,
            phone=message.phone,
            channel=message.channel,
            uid=uid,
            last_at=at,
            consent=Consent(told_at=at),
            created_at=at,
            updated_at=at,
        )

    def goes_on(self, at: datetime) -> bool:
        """Whether another message belongs to the request that the thread is about."""
        return self.request_id is not None and at - self.last_at <= GOES_ON

    def heard(self, message: Inbound, at: datetime, *, request_id: str | None) -> Self:
        return self.model_copy(
            update={
                "seen": (*self.seen, message.id)[-SEEN:],
                "last_at": at,
                "channel": message.channel,
                "request_id": request_id,
            }
        )

    def silenced(self, at: datetime) -> Self:
        return self.model_copy(update={"consent": self.consent.model_copy(update={"withdrawn_at": at})})

    def told_again(self, at: datetime) -> Self:
        if self.consent.withdrawn_at is None:
            return self
        return self.model_copy(update={"consent": Consent(told_at=at)})


_NUMBER = r"(-?\d{1,3}\.\d{2,10})"
_PLACE = re.compile(rf"(?:geo:|[?&]q=|@|\b|^){_NUMBER}\s*[,;/ ]\s*{_NUMBER}", re.ASCII)


def place_in(text: str) -> Location | None:
    """The first pair of degrees that a text says, as people copy it out of a map."""
    for found in _PLACE.finditer(text):
        lat, lng = float(found[1]), float(found[2])
        if -90 <= lat <= 90 and -180 <= lng <= 180:
            return Location(lat=lat, lng=lng)
    return None


def clean(text: str) -> str:
    """The text without what no document may hold, cut to what one may."""
    return CONTROL.sub(" ", text)[:8_000]
