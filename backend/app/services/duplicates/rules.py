"""When two calls for help are linked, and the evidence for it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.services.duplicates.words import Wording

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.uint8]

_ROUNDING = 1e-6
"""What the arithmetic may lose: a millimetre, or 4 milliseconds."""
_SAYS_ENOUGH = 5
"""Words of a description that may be compared without its title."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of the rules. Reach, window and the first two bounds follow from what this feature was accepted by
    (0.9 always, 0.7 nine times in ten); the others are ours, set on `tests/data/duplicate_pairs.jsonl`.
    """

    reach_km: float = 2.0
    window_hours: float = 48.0
    certain: float = 0.9
    """Jaccard overlap of shingles from which nothing but place and time is asked."""
    similar: float = 0.65
    """The same where no door numbers contradict. Below 0.7, so that what another way of cutting words finds to be 0.7
    is linked too: of edited real messages at least 96.9 % of that, most often 99.4 %."""
    contained: float = 0.9
    contained_shingles: int = 8
    """A message that stands nearly whole in a longer one, and is no common phrase."""
    alike: float = 0.85
    alike_words: int = 10
    """Jaccard overlap of words as they sound, in any order, of messages that say enough."""
    near_km: float = 0.2
    near_hours: float = 6.0
    near_alike: float = 0.75
    near_words: int = 5
    """Less is enough a few doors and hours apart."""
    sender_similar: float = 0.35
    sender_alike: float = 0.65
    """And least from one and the same sender."""
    unplaced: float = 0.85
    unplaced_shingles: int = 6
    """Where a position is missing, only long and nearly equal words about the same disaster tell."""

    @property
    def least_similar(self) -> float:
        return min(self.certain, self.similar, self.sender_similar, self.unplaced)

    @property
    def least_alike(self) -> float:
        return min(self.alike, self.near_alike, self.sender_alike)


class Reason(StrEnum):
    """Why two requests are linked, the plainest first."""

    WORDS = "same_words"
    COPY = "copy_with_more"
    ALIKE = "similar_words"
    NEAR = "similar_words_next_door"
    SENDER = "same_sender"
    UNPLACED = "same_words_no_position"


@dataclass(frozen=True, slots=True)
class Report:
    """A request as the search for duplicates sees it. `at` is in seconds, `position` in degrees."""

    id: str
    sender: str
    at: float
    position: tuple[float, float] | None
    disaster: str | None
    whole: Wording
    """Title and description."""
    alone: Wording | None
    """The description, where it says enough alone: clients and people give one story many titles."""

    @classmethod
    def of(
        cls,
        id: str,
        *,
        sender: str,
        at: datetime,
        description: str,
        title: str = "",
        position: tuple[float, float] | None = None,
        disaster: str | None = None,
    ) -> "Report":
        whole = Wording.of(f"{title}\n{description}")
        alone = Wording.of(description) if title else whole
        enough = alone.length >= _SAYS_ENOUGH and alone != whole
        return cls(id, sender, at.timestamp(), position, disaster, whole, alone if enough else None)


@dataclass(frozen=True, slots=True)
class Link:
    """Another request that seems to tell of the same, and what speaks for it."""

    id: str
    reason: Reason
    similarity: float
    """Jaccard overlap of the 3-word shingles."""
    metres: int | None
    hours: float
    same_sender: bool


@dataclass(frozen=True, slots=True)
class Measures:
    """Pairs of messages, measured; one value for each pair."""

    similar: Floats
    contained: Floats
    """The share of the shorter one's shingles that the other has."""
    shingles: Floats
    """Of the one that has fewer."""
    alike: Floats
    words: Floats
    """Different ones, of the message that has fewer."""
    km: Floats
    """NaN where a position is unknown."""
    hours: Floats
    same_sender: Bools
    same_disaster: Bools
    doors_differ: Bools
    numbers_differ: Bools

    @classmethod
    def joined(cls, parts: Sequence["Measures"]) -> "Measures":
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))


def linked(m: Measures, limits: Limits) -> dict[Reason, Bools]:
    """Which pairs each rule links."""
    placed, near, unknown = _within(m.km, limits.reach_km), _within(m.km, limits.near_km), np.isnan(m.km)
    in_time, soon = _within(m.hours, limits.window_hours), _within(m.hours, limits.near_hours)
    agree = ~(m.doors_differ | m.numbers_differ)
    said = m.words > 0
    certain, similar = m.similar >= limits.certain, (m.similar >= limits.similar) & ~m.doors_differ
    copied = (m.contained >= limits.contained) & (m.shingles >= limits.contained_shingles) & agree
    alike = (m.alike >= limits.alike) & (m.words >= limits.alike_words) & agree
    near_alike = (m.alike >= limits.near_alike) & (m.words >= limits.near_words) & agree
    again = ((m.similar >= limits.sender_similar) | (m.alike >= limits.sender_alike)) & agree
    long_equal = (m.similar >= limits.unplaced) & (m.shingles >= limits.unplaced_shingles) & ~m.doors_differ
    # A call without any words is told again only by the same person from the same place.
    silent = ~said & (m.similar == 1) & near
    return {
        Reason.WORDS: in_time & placed & said & (certain | similar),
        Reason.COPY: in_time & placed & copied,
        Reason.ALIKE: in_time & placed & alike,
        Reason.NEAR: in_time & soon & near & near_alike,
        Reason.SENDER: in_time & m.same_sender & ((placed | unknown) & said & again | silent),
        Reason.UNPLACED: in_time & unknown & m.same_disaster & long_equal,
    }


def _within(values: Floats, limit: float) -> Bools:
    return values <= limit + _ROUNDING
