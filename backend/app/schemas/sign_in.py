"""What the sign-in service is still to be told of a person: their role, and whether they are shut out."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.schemas.base import Document

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=1)


class Untold(Document):
    """The id is the person's. It is there from the change to the moment when the sign-in service knows of it."""

    due: Instant = Field(description="When to try, where nobody is at it.")
    attempts: int = 0
    access: bool = Field(default=False, description="Whether it is to be told too who is shut out.")

    def again(self, at: datetime, *, access: bool) -> Self:
        """Something else has changed meanwhile."""
        changed = {"due": at, "attempts": 0, "access": access or self.access, "updated_at": at}
        return self.model_copy(update=changed)

    def tried(self, at: datetime) -> Self:
        """Before a try: if it ends in silence, the next one is later and later, and within the hour."""
        pause = min(_FIRST_PAUSE * 2 ** min(self.attempts, 12), _LONGEST_PAUSE)
        return self.model_copy(update={"attempts": self.attempts + 1, "due": at + pause, "updated_at": at})
