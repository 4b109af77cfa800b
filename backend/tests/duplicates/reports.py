"""Reports for the tests of the search, placed by metres and hours."""

import math
from datetime import UTC, datetime, timedelta

from app.services.duplicates import Report

START = datetime(2025, 11, 28, tzinfo=UTC)
_METRES_PER_DEGREE = 6371008.8 * math.pi / 180


def report(
    id: str,
    words: str,
    *,
    metres: float | None = 0.0,
    hours: float = 0.0,
    sender: str | None = None,
    title: str = "",
    disaster: str | None = "flood",
) -> Report:
    """A report so far north of one place, so long after one moment; of a sender of its own where none is named."""
    return Report.of(
        id,
        sender=sender or f"sender of {id}",
        at=START + timedelta(hours=hours),
        title=title,
        description=words,
        position=None if metres is None else (6.68 + metres / _METRES_PER_DEGREE, 80.4),
        disaster=disaster,
    )
