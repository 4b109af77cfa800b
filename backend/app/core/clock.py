"""The time, as a thing that can be given: services take a `Clock`, so that a test decides what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, AwareDatetime, PlainSerializer

Clock: TypeAlias = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def rfc3339(at: datetime) -> str:
    """`2026-11-23T08:15:00.000000Z`: always UTC, always the same width, so that it orders as it reads."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _in_utc(at: datetime) -> datetime:
    if not _EARLIEST <= at <= _LATEST:
        raise ValueError("The time is not between the years 1900 and 2200.")
    return at.astimezone(UTC)


_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Instant = Annotated[
    AwareDatetime,
    AfterValidator(_in_utc),
    PlainSerializer(rfc3339, return_type=str),
]
"""A moment, read from any RFC 3339 text with a zone, written in UTC with a fixed width."""
