"""A disaster: what happened, where, and who takes part."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints

from app.core.addresses import AddressRule
from app.core.clock import Instant
from app.core.errors import Conflict
from app.schemas.base import Document, Line, Location, Model, View, Words
from app.schemas.vocabulary import RoleId


class DisasterStatus(StrEnum):
    REGISTERED = "Registered"
    PENDING = "Pending"
    REJECTED = "Rejected"


class DisasterSeverity(StrEnum):
    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"


def _shown(address: str) -> str:
    """The address of a picture that the web client can show: there any other ends the whole page."""
    if _OF_THE_CLIENT.fullmatch(address):
        return address
    try:
        return _IMAGE_RULE.checked(address)
    except ValueError as error:
        raise ValueError(
            f"{error} Pictures come from {', '.join(IMAGE_HOSTS)}, or are paths of the web client."
        ) from None


IMAGE_HOSTS = ("placehold.co", "images.unsplash.com", "picsum.photos", "ik.imagekit.io")
_IMAGE_RULE = AddressRule(IMAGE_HOSTS)
_OF_THE_CLIENT = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
"""A path of the web client itself; `//` would begin the name of a host."""
ImageUrl = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000), AfterValidator(_shown)]


class DisasterCreate(Model):
    name: Annotated[Line, Field(min_length=1)]
    description: Words | None = None
    severity: DisasterSeverity = DisasterSeverity.MEDIUM
    type: Line | None = Field(default=None, examples=["Flood"])
    location: Location
    image_urls: tuple[ImageUrl, ...] = Field(default=(), max_length=10)


class Disaster(Document):
    name: str
    description: str | None = None
    severity: DisasterSeverity
    type: str | None = None
    location: Location
    image_urls: tuple[str, ...] = ()
    status: DisasterStatus = DisasterStatus.REGISTERED
    created_by: str

    def joinable(self) -> Self:
        if self.status is not DisasterStatus.REGISTERED:
            raise Conflict(f"A disaster that is {self.status} cannot be joined.", allowed=[DisasterStatus.REGISTERED])
        return self


class DisasterView(View):
    """A disaster as everybody sees it; no people in it."""

    id: str
    name: str
    description: str | None
    severity: DisasterSeverity
    type: str | None
    location: Location
    created_at: Instant
    updated_at: Instant
    status: DisasterStatus
    image_urls: tuple[str, ...]


class Join(Model):
    role: RoleId | None = Field(default=None, description="Ignored beyond what the account's own role allows.")


class Participant(Document):
    """Somebody who takes part in one disaster; the id is the person's."""

    role: RoleId
    joined_at: Instant

    @classmethod
    def joining(cls, uid: str, role: RoleId, at: datetime) -> Self:
        return cls(id=uid, role=role, joined_at=at, created_at=at, updated_at=at)


class Joined(Model):
    joined: bool
    role: RoleId | None = None
