"""The chat of a disaster: what its members tell each other."""

import unicodedata
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from app.core.clock import Instant
from app.schemas.base import Keyed, Model, View, Words, example

_LAYOUT = frozenset("\n\r\t")
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def _readable(text: str) -> str:
    kinds = [unicodedata.category(char) for char in text]
    if any(kind == "Cc" and char not in _LAYOUT for char, kind in zip(text, kinds, strict=True)):
        raise ValueError("The text has control characters.")
    if text and all(kind in _UNSEEN for kind in kinds):
        raise ValueError("The text has nothing that can be seen.")
    return text


class MessageCreate(Model):
    model_config = example(text="The bridge at Kuruwita is closed.")

    text: Annotated[Words, Field(min_length=1, max_length=2_000), AfterValidator(_readable)] = Field(
        description="1 to 2,000 characters after trimming; new lines and tabs are kept, other control characters not."
    )


class Message(Keyed):
    """What one member said; `created_by` is the sender. The words are never changed, only removed."""

    disaster_id: str
    text: str
    reported_at: Instant | None = Field(default=None, description="When a member first asked coordinators to look.")

    def reported(self, at: datetime) -> Self:
        """Flagged for coordinators; a second time changes nothing."""
        return self if self.reported_at is not None else self.model_copy(update={"reported_at": at})


class MessageView(View):
    """A message as members see it. Of the sender it tells the id and the name they go by, nothing else."""

    id: str
    disaster_id: str
    sender_id: str
    sender_name: str
    text: str
    created_at: Instant
    updated_at: Instant

    @classmethod
    def by(cls, message: Message, sender_name: str) -> Self:
        return cls.of(message, sender_id=message.created_by, sender_name=sender_name)
