"""A disaster: what happened, where, and who takes part."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field

from app.core.clock import Instant
from app.core.errors import Conflict
from app.schemas.base import HOST_AND_PATH, Document, Line, Location, Model, View, Words
from app.schemas.vocabulary import RoleId


class DisasterStatus(StrEnum):
    REGISTERED = "Registered"
    PENDING = "Pending"
    REJECTED = "Rejected"


class DisasterSeverity(StrEnum):
    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"


Picture = Annotated[str, Field(max_length=1_000, pattern=rf"^(https?://{HOST_AND_PATH}|/|/[!-.0-~][!-~]*)$")]
"""The address of a picture: on the web, or a path of the web client."""


class DisasterCreate(Model):
    name: Annotated[Line, Field(min_length=1)]
    description: Words | None = None
    severity: DisasterSeverity = DisasterSeverity.MEDIUM
    type: Line | None = Field(default=None, examples=["Flood"])
    location: Location
    image_urls: tuple[Picture, ...] = Field(default=(), max_length=10)


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
