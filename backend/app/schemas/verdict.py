"""What humans made of the work of the machine, and that somebody is still to be told of it."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.schemas.base import Document

_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)


class Verdict(Document):
    """The id is the request's. It is there from a human's decision to the moment when its scores have arrived."""

    due: Instant = Field(description="When to try, where nobody is at it.")
    mark: str = Field(description="Tells one decision from the next.")
    attempts: int = 0

    def tried(self, at: datetime) -> Self:
        """Before a try: if it ends in silence, the next one is later and later, and within the hour."""
        pause = min(_FIRST_PAUSE * 2 ** min(self.attempts, 10), _LONGEST_PAUSE)
        return self.model_copy(update={"attempts": self.attempts + 1, "due": at + pause, "updated_at": at})
