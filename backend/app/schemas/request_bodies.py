"""What people send about help requests: calls, changes, a coordinator's word."""

import re
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    Field,
    JsonValue,
    StringConstraints,
    field_validator,
    model_validator,
)

from app.schemas.base import (
    ID,
    Flag,
    Id,
    Line,
    Location,
    Model,
    Note,
    Word,
    Words,
    example,
)
from app.schemas.request_parts import NOT_LISTED, Contact, MediaGiven
from app.schemas.request_states import STATUS_ALIASES, Status


def _disaster(value: object) -> object:
    """What is no id at all is no disaster either: a call for help is not refused for it."""
    if not isinstance(value, str):
        return value
    return value if value.strip() != NOT_LISTED and re.fullmatch(ID, value := value.strip()) else None


AskedDisaster = Annotated[str | None, BeforeValidator(_disaster)]


class RequestCreate(Model):
    """A call for help. Only the words or the kind of need are asked for; all else helps."""

    model_config = example(
        title="Water rising, four people on the roof",
        description="We are four with a baby on the roof of a blue house behind the temple.",
        type_of_need="general",
        disaster_id="not-listed",
        location={"lat": 6.6828, "lng": 80.3992, "address": "12 River Road"},
        media=[],
        contact={"name": "N. Perera", "phone": "+94 77 123 4567"},
    )

    title: Line = ""
    description: Words | None = None
    type_of_need: Word = "general"
    disaster_id: AskedDisaster = Field(
        default=None, description="The disaster it belongs to; `not-listed` or null for none."
    )
    location: Location | None = None
    media: tuple[MediaGiven, ...] = Field(default=(), max_length=10)
    contact: Contact | None = Field(default=None, description="Whom to reach, and how.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.title or self.description or self.media or self.location or self.type_of_need != "general"):
            raise ValueError("Say in `description` what is needed, or at least where you are.")
        return self


class BatchItem(Model):
    """One call for help of several that waited for a network."""

    idempotency_key: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")]
    request: dict[str, JsonValue] = Field(description="As the body of `POST /requests`; judged by itself.")


class RequestBatch(Model):
    """What a phone, or a desk that typed off line, has collected."""

    items: tuple[BatchItem, ...] = Field(min_length=1, max_length=100)

    model_config = example(
        items=[{"idempotency_key": "phone-7f3a-1", "request": {"description": "We need drinking water"}}]
    )


class RequestEdit(Model):
    """What the owner may change while nobody has decided; a field left out stays as it is."""

    title: Line | None = None
    description: Words | None = None
    location: Location | None = None
    media: tuple[MediaGiven, ...] | None = Field(default=None, max_length=10)
    contact: Contact | None = None

    model_config = example(description="Now five people; the water is higher.")


class StatusChange(Model):
    status: Status
    reason: Note | None = None
    assigned_task_id: Id | None = None

    model_config = example(status="cancelled", reason="A neighbour helped us.")

    @field_validator("status", mode="before")
    @classmethod
    def _alias(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        word = value.strip().lower().replace("-", "_").replace(" ", "_")
        return STATUS_ALIASES.get(word, word)


class Judgement(Model):
    """A coordinator's word on whether a message asks for help; the machine does not change it again."""

    is_request: Flag
    reason: Note | None = None

    model_config = example(is_request=False, reason="A test message.")
