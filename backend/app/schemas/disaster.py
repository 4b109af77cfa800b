"""A disaster: what happened and where, who suggested it, and how far it has come."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints

from app.core.addresses import AddressRule
from app.core.clock import Instant
from app.core.errors import Conflict
from app.core.geo import Area
from app.schemas.base import Keyed, Line, Location, Model, Note, View, Words, example
from app.schemas.moves import Moves


class DisasterStatus(StrEnum):
    """Whether people have taken it up. Only a registered one is seen by everybody."""

    REGISTERED = "Registered"
    PENDING = "Pending"
    REJECTED = "Rejected"


class Phase(StrEnum):
    """How far a registered disaster has come."""

    ACTIVE = "active"
    RECOVERY = "recovery"
    CLOSED = "closed"
    ARCHIVED = "archived"


class DisasterSeverity(StrEnum):
    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"


class SuggestedBy(StrEnum):
    PERSON = "person"
    AGENT = "agent"


STATUS_MOVES = Moves(
    "A disaster",
    {DisasterStatus.PENDING: frozenset({DisasterStatus.REGISTERED, DisasterStatus.REJECTED})},
)

PHASE_MOVES = Moves(
    "A disaster",
    {
        Phase.ACTIVE: frozenset({Phase.RECOVERY}),
        Phase.RECOVERY: frozenset({Phase.ACTIVE, Phase.CLOSED}),
        Phase.CLOSED: frozenset({Phase.ARCHIVED}),
    },
)
"""Legal phases of a registered disaster. Recovery goes back to active when it begins anew: the second wave, the next
landslide."""

ONGOING = frozenset({Phase.ACTIVE, Phase.RECOVERY})
"""The phases in which people join and report."""

Name = Annotated[Line, Field(min_length=1)]


def _shown(address: str) -> str:
    """The address of a picture that the web client can show: there any other ends the whole page."""
    if _OF_THE_CLIENT.fullmatch(address):
        return address
    try:
        return _IMAGE_RULE.checked(address)
    except ValueError as error:
        raise ValueError(
            f"{error} Pictures come from {', '.join(IMAGE_HOSTS)}, or are paths of the web client."
        ) from None


IMAGE_HOSTS = ("placehold.co", "images.unsplash.com", "picsum.photos", "ik.imagekit.io")
_IMAGE_RULE = AddressRule(IMAGE_HOSTS)
_OF_THE_CLIENT = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
"""A path of the web client itself; `//` would begin the name of a host."""
ImageUrl = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000), AfterValidator(_shown)]
ImageUrls = Annotated[tuple[ImageUrl, ...], Field(max_length=10)]


class DisasterCreate(Model):
    model_config = example(
        name="Kalu Ganga flood",
        description="The river is over its banks from Ratnapura down to Ayagama.",
        severity="High",
        type="Flood",
        location={"lat": 6.6828, "lng": 80.3992, "address": "Ratnapura"},
    )

    name: Name
    description: Words | None = None
    severity: DisasterSeverity = DisasterSeverity.MEDIUM
    type: Line | None = Field(default=None, examples=["Flood"])
    location: Location
    image_urls: ImageUrls = Field(default=(), description="Addresses on the web, or paths of the client's own site.")


class DisasterSuggest(DisasterCreate):
    """A disaster as somebody sees it who may not register one."""

    evidence: Words | None = Field(
        default=None, description="What it rests on, for those who decide.", examples=["I see the water from here."]
    )


class DisasterDetails(Model):
    """A field left out stays as it is; null clears `description` and `type`."""

    model_config = example(name="Kalu Ganga flood", severity="High")

    name: Name | None = None
    description: Words | None = None
    severity: DisasterSeverity | None = None
    type: Line | None = None
    location: Location | None = None
    image_urls: ImageUrls | None = None

    @property
    def changes(self) -> dict[str, object]:
        said = {name: getattr(self, name) for name in self.model_fields_set if name in DisasterDetails.model_fields}
        return {name: value for name, value in said.items() if value is not None or name in _CLEARED_BY_NULL}


class DisasterEdit(DisasterDetails):
    model_config = example(severity="Medium", phase="recovery")

    phase: Phase | None = Field(default=None, description="`active`, `recovery`, `closed`, `archived`, in this order.")


class Discard(Model):
    model_config = example(reason="The same flood is registered already.")

    reason: Annotated[Note, Field(min_length=1)]


class Disaster(Keyed):
    name: str
    description: str | None = None
    severity: DisasterSeverity
    type: str | None = None
    location: Location
    image_urls: tuple[str, ...] = ()
    status: DisasterStatus = DisasterStatus.REGISTERED
    phase: Phase | None = Field(default=Phase.ACTIVE, description="None as long as it is not registered.")
    suggested_by: SuggestedBy | None = None
    evidence: str | None = None
    decided_by: str | None = None
    decided_at: Instant | None = None
    status_reason: str | None = None
    being_deleted: bool = Field(default=False, description="Nothing new is let in while it is emptied for good.")

    @property
    def registered(self) -> bool:
        return self.status is DisasterStatus.REGISTERED and not self.being_deleted

    @property
    def ongoing(self) -> bool:
        return self.registered and self.phase in ONGOING

    def joinable(self) -> Self:
        """Itself, for somebody who wants to take part or report; `Conflict` where that is not possible."""
        if self.status is not DisasterStatus.REGISTERED or self.being_deleted:
            raise Conflict(f"A disaster that is {self.status} cannot be joined.", allowed=[DisasterStatus.REGISTERED])
        if self.phase not in ONGOING:
            raise Conflict(f"The disaster is {self.phase}; nobody joins it or reports in it any more.", allowed=ONGOING)
        return self

    def edited(self, edit: DisasterEdit, at: datetime) -> Self:
        if self.status is DisasterStatus.REJECTED:
            raise Conflict("A disaster that is Rejected is not edited any more.")
        edited = self.model_copy(update={**edit.changes, "updated_at": at})
        return edited if edit.phase is None else edited._phased(edit.phase)

    def approved(self, details: DisasterDetails, by: str, at: datetime) -> Self:
        """Taken up, with what the deciding person knows better."""
        STATUS_MOVES.check(self.status, DisasterStatus.REGISTERED)
        decided = {"decided_by": by, "decided_at": at, "updated_at": at}
        return self.model_copy(
            update={**details.changes, **decided, "status": DisasterStatus.REGISTERED, "phase": Phase.ACTIVE}
        )

    def discarded(self, reason: str, by: str, at: datetime) -> Self:
        STATUS_MOVES.check(self.status, DisasterStatus.REJECTED)
        decided = {"decided_by": by, "decided_at": at, "updated_at": at}
        return self.model_copy(update={**decided, "status": DisasterStatus.REJECTED, "status_reason": reason})

    def _phased(self, to: Phase) -> Self:
        if self.phase is None:
            raise Conflict(f"A disaster that is {self.status} has no phase yet.", allowed=STATUS_MOVES[self.status])
        if to is self.phase:
            return self
        PHASE_MOVES.check(self.phase, to)
        return self.model_copy(update={"phase": to})


@dataclass(frozen=True, slots=True)
class DisasterFilter:
    """Which disasters a list is to show; None asks nothing."""

    status: DisasterStatus | None = None
    severity: DisasterSeverity | None = None
    type: str | None = None
    area: Area | None = None
    text: str | None = None

    def takes(self, disaster: Disaster) -> bool:
        """Whether a disaster of the status asked for is among those looked for."""
        return (
            (self.severity is None or disaster.severity is self.severity)
            and (self.type is None or _folded(disaster.type or "") == _folded(self.type))
            and (self.area is None or self.area.holds(*disaster.location.point))
            and (self.text is None or _folded(self.text) in _folded(disaster.name))
        )


class DisasterView(View):
    """A disaster as everybody sees it; no people in it."""

    id: str
    name: str
    description: str | None
    severity: DisasterSeverity
    type: str | None
    location: Location
    created_at: Instant
    updated_at: Instant
    status: DisasterStatus
    status_reason: str | None = Field(description="Why a suggestion was discarded.")
    phase: Phase | None
    suggested_by: SuggestedBy | None
    image_urls: tuple[str, ...]
    version: int


class SuggestionView(DisasterView):
    """A suggested disaster, with what it rests on."""

    evidence: str | None


class DisasterOnMap(View):
    """A registered disaster as a point on a map."""

    id: str
    name: str
    type: str | None
    severity: DisasterSeverity
    location: Location
    phase: Phase


_CLEARED_BY_NULL = frozenset({"description", "type"})


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
