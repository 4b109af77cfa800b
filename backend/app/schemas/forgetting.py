"""A person who has asked to be deleted, and how far that is."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.schemas.base import Document, View

_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)


class Forgetting(Document):
    """The id is the person's. It is there from the asking to the end, and gone with the person."""

    tombstone: str = Field(description="The id, leading to nobody, under which stays what they have left.")
    due: Instant = Field(description="When to go on, where nobody is at it.")
    attempts: int = Field(default=0, description="Tries since something was done the last time.")
    done: dict[str, int] = Field(default={}, description="How many of each kind of thing were let go.")

    def tried(self, at: datetime) -> Self:
        """Before a try: if it ends in silence, the next one is later and later, and within the hour."""
        pause = min(_FIRST_PAUSE * 2 ** min(self.attempts, 12), _LONGEST_PAUSE)
        return self.model_copy(update={"attempts": self.attempts + 1, "due": at + pause, "updated_at": at})

    def went_on(self, counts: dict[str, int], at: datetime) -> Self:
        """After a try that let go of so many, and left some."""
        done = {name: self.done.get(name, 0) + counts.get(name, 0) for name in {*self.done, *counts}}
        return self.model_copy(update={"done": done, "attempts": 0, "due": at, "updated_at": at})


class ForgettingView(View):
    """What happens with what a deleted person leaves."""

    id: str
    asked_at: Instant
    what_happens: tuple[str, ...] = Field(examples=[["Devices and notifications are deleted."]])
