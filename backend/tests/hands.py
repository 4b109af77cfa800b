"""A clock whose hands a test moves."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.clock import utc_now


@dataclass
class Hands:
    """Stands still until it is moved; begins now, so that other clocks agree."""

    now: datetime = field(default_factory=utc_now)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)
