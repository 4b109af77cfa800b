"""A job that was given up, or is on its way there: which, why and how often, never what somebody said."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.schemas.base import Document

FORGOTTEN_AFTER = timedelta(hours=1)
"""Failed tries that lie further apart are not counted together."""


class FailureState(StrEnum):
    TRYING = "trying"
    ENDED = "ended"
    RUNG_AGAIN = "rung_again"


class FailedJob(Document):
    """The id is made of job and id, so that one that fails again and again has one document."""

    job: str
    job_id: str
    reason: str = Field(description="In words that name no person.")
    error: str = Field(description="The type of the error.")
    attempts: int = Field(description="Failed tries.")
    first_at: Instant
    last_at: Instant
    state: FailureState = FailureState.TRYING

    def failed(self, reason: str, error: str, at: datetime, *, attempts: int | None, ended: bool) -> Self:
        """After one more failed try; `attempts` where somebody else has counted them."""
        begun_anew = self.state is not FailureState.TRYING or at - self.last_at > FORGOTTEN_AFTER
        counted = 1 if begun_anew else self.attempts + 1
        return self.model_copy(
            update={
                "reason": reason,
                "error": error,
                "attempts": attempts or counted,
                "first_at": at if begun_anew else self.first_at,
                "last_at": at,
                "state": FailureState.ENDED if ended else FailureState.TRYING,
                "updated_at": at,
            }
        )

    def rung_again(self, at: datetime) -> Self:
        """To be tried as if it had never failed."""
        return self.model_copy(update={"state": FailureState.RUNG_AGAIN, "updated_at": at})

    def heard(self, at: datetime) -> Self:
        """Passed on to the workers after somebody asked for another try."""
        if self.state is not FailureState.RUNG_AGAIN:
            return self
        return self.model_copy(update={"state": FailureState.TRYING, "attempts": 0, "updated_at": at})
