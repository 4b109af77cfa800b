"""Which help requests are asked for, and in which order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.geo import Area
from app.schemas.request_states import Stage, Status
from app.schemas.vocabulary import NeedCategory, Severity


class RequestOrder(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    URGENCY = "urgency"
    """Most urgent first, and of those the longest waiting."""
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests of those a caller may see are asked for, and in which order; None asks nothing."""

    status: Status | None = None
    stage: Stage | None = None
    severity: Severity | None = None
    need: NeedCategory | None = None
    area: Area | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    text: str | None = None
    cluster_id: str | None = None
    order: RequestOrder = RequestOrder.NEWEST

    def covers(self, at: datetime) -> bool:
        """Whether a moment lies in the time asked for: from `created_from`, up to but not at `created_to`."""
        return (self.created_from is None or at >= self.created_from) and (
            self.created_to is None or at < self.created_to
        )
