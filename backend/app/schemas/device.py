"""A device that a person is signed in on, and where pushes for them go."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints

from app.core.clock import Instant
from app.core.ids import derived_id
from app.schemas.base import Document, Model, View, Word
from app.schemas.user_bodies import LanguageTag

DEVICES = 20
"""So many devices one person may have; one more takes the place of the one not heard of for longest."""


FORGOTTEN_AFTER = timedelta(days=270)
"""Firebase lets a token end that was not used for so long (its guide on managing tokens)."""


class DeviceKind(StrEnum):
    """Through what a device is reached."""

    FCM = "fcm"
    """Firebase Cloud Messaging, by a registration token."""
    FID = "fid"
    """Firebase Cloud Messaging, by a Firebase installation id."""
    WEB_PUSH = "web_push"
    """A browser, by its push subscription as JSON text."""


class Platform(StrEnum):
    ANDROID = "android"
    IOS = "ios"
    WEB = "web"


Token = Annotated[str, StringConstraints(min_length=1, max_length=4_096, pattern=r"^[\x20-\x7e]+$")]


class DeviceRegistration(Model):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"token": "fXo3:APA91bH", "kind": "fcm", "platform": "android", "app_version": "1.4.0"}]
        }
    )

    token: Token
    kind: DeviceKind = DeviceKind.FCM
    platform: Platform
    app_version: Word | None = None
    language: LanguageTag | None = Field(default=None, description="In which pushes are to be written, in BCP 47.")


class Device(Document):
    """The id is made from the token, so that registering it again finds it."""

    token: str
    kind: DeviceKind
    platform: Platform
    app_version: str | None = None
    language: str | None = None
    seen_at: Instant

    @property
    def token_end(self) -> str:
        """Its last characters, by which a person may tell two devices apart."""
        return self.token[-4:] if len(self.token) >= 16 else ""

    @classmethod
    def of(cls, body: DeviceRegistration, at: datetime) -> Self:
        fields = {name: getattr(body, name) for name in DeviceRegistration.model_fields}
        return cls(id=device_id(body.token), created_at=at, updated_at=at, seen_at=at, **fields)

    def again(self, body: DeviceRegistration, at: datetime) -> Self:
        fields = {name: getattr(body, name) for name in DeviceRegistration.model_fields}
        return self.model_copy(update={**fields, "seen_at": at, "updated_at": at})


class TokenHolder(Document):
    """Whose device a token is; the id is the device's."""

    uid: str
    seen_at: Instant | None = Field(default=None, description="When it was registered last, to the day.")

    def held_by(self, uid: str, at: datetime) -> Self:
        """Another person's, or heard of again."""
        fresh = self.seen_at is not None and at - self.seen_at < timedelta(days=1)
        return self.model_copy(update={"uid": uid, "seen_at": self.seen_at if fresh else at})


def device_id(token: str) -> str:
    return derived_id("device", token)


class DeviceView(View):
    """A device as its owner sees it. The token itself is never shown again."""

    id: str
    kind: DeviceKind
    platform: Platform
    app_version: str | None
    language: str | None
    token_end: str
    created_at: Instant
    seen_at: Instant
