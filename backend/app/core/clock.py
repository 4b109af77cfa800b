"""The time, as a thing that can be given: services take a `Clock`, so that a test decides what time it is."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, PlainSerializer

Clock: TypeAlias = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def rfc3339(at: datetime) -> str:
    """`2026-11-23T08:15:00.000000Z`: always UTC, always the same width, so that it orders as it reads."""
    there = at if at.tzinfo is UTC else at.astimezone(UTC)
    return there.isoformat(timespec="microseconds")[:-6] + "Z"


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _written(value: object) -> object:
    """Pydantic would also take a number for seconds since 1970: such a time is rather a mistake."""
    if type(value) is str and len(value) == 27 and value[4::3][:5] == "--T::" and value[19::7] == ".Z":
        return value  # as it is stored, and read most often; its digits are for Pydantic to see
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC3339.fullmatch(value)):
        return value
    raise ValueError("Write the time as in RFC 3339, with a zone: 2026-11-24T08:00:00Z.")


def _in_our_time(at: datetime) -> datetime:
    """The first and the last day of the calendar cannot be told in every zone."""
    if not _EARLIEST <= at <= _LATEST:
        raise ValueError("The time is not between the years 1900 and 2200.")
    return at


def _in_utc(at: datetime) -> datetime:
    return _in_our_time(at).astimezone(UTC)


_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_our_time)]
"""A moment as RFC 3339 text with a zone, and nothing else."""

Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_written),
    AfterValidator(_in_utc),
    PlainSerializer(rfc3339, return_type=str),
]
"""A moment, read from any RFC 3339 text with a zone, written in UTC with a fixed width."""
