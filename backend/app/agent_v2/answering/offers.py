"""A request filled in from a conversation: in the asker's own words, sent by nobody but them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.agent_v2.answering.asker import Asker
from app.agent_v2.answering.reading import Reading
from app.agent_v2.assess import assess_text
from app.core.ids import derived_id
from app.schemas.assessment import Finding, PeopleSource
from app.schemas.base import WORDS_MOST, body_hash
from app.schemas.chatbot import Offer, OfferKind
from app.schemas.request_bodies import RequestCreate
from app.schemas.vocabulary import NeedCategory

GOOD_FOR = timedelta(hours=1)
PLACE_GOOD_FOR = timedelta(hours=24)
"""Older than this a place in a profile is not where its person is [O]."""
_WORDS_SAID, _TITLE = 3, 80
TALK_TITLE = "I want to talk to somebody of the team"
"""Words that the assessment takes for a call for help, so that they come before a human."""
_TICKED = {
    NeedCategory.RESCUE: "rescue",
    NeedCategory.EVACUATION: "rescue",
    NeedCategory.MEDICAL: "medical",
    NeedCategory.FOOD: "food",
}
"""The words that clients tick; for every other need `other`."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the asker has said: the question, and what came before it, oldest first."""

    prompt: str
    earlier: Sequence[str] = ()

    @property
    def words(self) -> str:
        """All of it once, the newest kept where it is too much."""
        told = dict.fromkeys(part.strip() for part in (*self.earlier[-_WORDS_SAID:], self.prompt) if part.strip())
        return "\n".join(told)[-WORDS_MOST:].strip()


def offered(reading: Reading, said: Said, asker: Asker, at: datetime) -> Offer | None:
    """The request that the asker may want to send, or None where the conversation is no call for anything.

    Its key is the same for the same words within the hour, so that an answer that was lost and asked for again offers
    the same request; later it is another, since the same words then tell of something new.
    """
    kind = _kind(reading)
    if kind is None:
        return None
    words = said.words if _carries(reading) else said.prompt.strip()
    finding = assess_text(words)
    placed = asker.place is not None and asker.placed_at is not None and at - asker.placed_at <= PLACE_GOOD_FOR
    body = RequestCreate(
        title=TALK_TITLE if kind is OfferKind.TALK else _title(said.prompt),
        description=words,
        type_of_need="other" if kind is OfferKind.TALK else _ticked(finding),
        disaster_id=asker.disaster_id,
        location=asker.place if placed else None,
    )
    hour = int(at.timestamp() // GOOD_FOR.total_seconds())
    return Offer(
        kind=kind,
        body=body,
        idempotency_key=f"chat-{derived_id('offer', body_hash(body), str(hour))}",
        people=finding.people.count if finding.people.source is not PeopleSource.ASSUMED else None,
        place_known_since=asker.placed_at if placed else None,
        expires_at=at + GOOD_FOR,
        sign_in_first=not asker.signed_in,
        already_open=asker.open_requests,
    )


def _kind(reading: Reading) -> OfferKind | None:
    if reading.asks_for_help and reading.urgent and not reading.despair:
        return OfferKind.HELP
    if reading.distress:
        return OfferKind.TALK
    return OfferKind.HELP if reading.alarm and reading.earlier_asks else None


def _carries(reading: Reading) -> bool:
    """Whether what was said before belongs to the same trouble."""
    return bool(reading.earlier_signs)


def _title(prompt: str) -> str:
    return next((line.strip()[:_TITLE] for line in prompt.splitlines() if line.strip()), "")


def _ticked(finding: Finding) -> str:
    return _TICKED.get(finding.needs[0].category, "other") if finding.needs else "other"
