"""What goes when it has been kept for long enough."""

from app.core.clock import Instant
from app.schemas.base import Model


class Expiry(Model):
    """How many documents of one kind are older than they are to be kept."""

    name: str
    days: int
    cutoff: Instant | None
    count: int
