"""A field report: what somebody saw at a place, whether it holds, and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.core.errors import Conflict, Invalid
from app.core.geo import Area, kilometres
from app.schemas.base import Keyed, Location
from app.schemas.observation_bodies import ObservationCreate, ObservationEdit, ObservationStatusChange
from app.schemas.observation_kinds import Lifetimes, ObservationKind
from app.schemas.observation_states import OBSERVATION_MOVES, ObservationStatus
from app.schemas.request_parts import Media
from app.schemas.vocabulary import Severity

AHEAD = timedelta(minutes=10)
"""How far a reporter's clock may be ahead [O]."""
OLDEST = timedelta(days=7)
LONGEST = timedelta(days=30)
"""For how long a coordinator may let an observation hold [O]."""
SAME_WITHIN_KM = 0.3
SAME_WITHIN = timedelta(hours=6)
"""Two reports of one kind so near in place and time speak of the same thing [O]."""


class Observation(Keyed):
    disaster_id: str
    kind: ObservationKind
    title: str
    description: str | None = None
    location: Location
    radius_m: float | None = None
    severity: Severity
    media: tuple[Media, ...] = ()
    observed_at: Instant
    expires_at: Instant
    status: ObservationStatus = ObservationStatus.REPORTED
    status_note: str | None = None
    decided_by: str | None = None
    decided_at: Instant | None = None
    corroborates: str | None = Field(default=None, description="The first report of the same, by somebody else.")
    followed: bool = Field(default=False, description="Whether another report has been linked to it.")

    @classmethod
    def reported(
        cls,
        body: ObservationCreate,
        *,
        media: tuple[Media, ...] = (),
        id: str,
        by: str,
        body_hash: str,
        lifetimes: "Lifetimes",
        at: datetime,
    ) -> Self:
        """What somebody reports now; `Invalid` for a time that cannot be."""
        seen = body.observed_at or at
        if seen > at + AHEAD:
            raise Invalid("It cannot have been seen in the future.", field="observed_at")
        if seen < at - OLDEST:
            raise Invalid(f"It was seen more than {OLDEST.days} days ago.", field="observed_at")
        return cls(
            id=id,
            disaster_id=body.disaster_id,
            kind=body.kind,
            title=body.title or _label(body.kind),
            description=body.description,
            location=body.location,
            radius_m=body.radius_m,
            severity=body.severity,
            media=media,
            observed_at=seen,
            expires_at=seen + lifetimes.of(body.kind),
            created_by=by,
            body_hash=body_hash,
            created_at=at,
            updated_at=at,
        )

    def edited(
        self, edit: ObservationEdit, lifetimes: "Lifetimes", at: datetime, *, media: tuple[Media, ...] = ()
    ) -> Self:
        if self.status is not ObservationStatus.REPORTED:
            raise Conflict(
                f"An observation that is {self.status} cannot be edited any more.", allowed=[ObservationStatus.REPORTED]
            )
        said = {name: getattr(edit, name) for name in edit.model_fields_set}
        if said.get("media") is not None:
            said["media"] = media
        changes = {name: value for name, value in said.items() if value is not None or name in _CLEARED_BY_NULL}
        edited = self.model_copy(update={**changes, "updated_at": at})
        if edited.kind is not self.kind:
            edited = edited.model_copy(update={"expires_at": self.observed_at + lifetimes.of(edited.kind)})
        if not edited.tells_of_the_same(self):
            edited = edited.model_copy(update={"corroborates": None, "followed": False})
        return edited

    def tells_of_the_same(self, other: "Observation") -> bool:
        """Whether kind and place are those of `other` still."""
        return self.kind is other.kind and self.location.point == other.location.point

    def judged(self, change: ObservationStatusChange, by: str, at: datetime) -> Self:
        """As a coordinator sees it: verified (for longer, where a time is given), disputed with a note, or over."""
        if change.expires_at is not None:
            self._check_extension(change, change.expires_at, at)
        extended = change.expires_at is not None and change.expires_at != self.expires_at
        if change.status is self.status and not extended:
            return self
        if change.status is not self.status:
            OBSERVATION_MOVES.check(self.status, change.status)
        if change.status is ObservationStatus.DISPUTED and not change.note:
            raise Invalid("Say why it is disputed.", field="note")
        return self.model_copy(
            update={
                "status": change.status,
                "status_note": change.note,
                "expires_at": change.expires_at or self.expires_at,
                "decided_by": by,
                "decided_at": at,
                "updated_at": at,
            }
        )

    def expired(self, at: datetime) -> Self:
        """Over, once its time has run out; itself before."""
        if self.status is ObservationStatus.EXPIRED or at < self.expires_at:
            return self
        OBSERVATION_MOVES.check(self.status, ObservationStatus.EXPIRED)
        return self.model_copy(update={"status": ObservationStatus.EXPIRED, "updated_at": at})

    def corroborating(self, first: str, at: datetime) -> Self:
        """Linked to the first report of the same; once linked, or first itself, it stays so."""
        if self.corroborates is not None or self.status is not ObservationStatus.REPORTED:
            return self
        return self.model_copy(update={"corroborates": first, "updated_at": at})

    def same_as(self, other: "Observation") -> bool:
        """Whether both speak of the same thing, by kind, place and time."""
        return (
            self.kind is other.kind
            and self.disaster_id == other.disaster_id
            and abs(self.observed_at - other.observed_at) <= SAME_WITHIN
            and kilometres(*self.location.point, *other.location.point) <= SAME_WITHIN_KM
        )

    @staticmethod
    def _check_extension(change: ObservationStatusChange, until: datetime, at: datetime) -> None:
        if change.status is not ObservationStatus.VERIFIED:
            raise Invalid("Only what is verified can hold for longer.", field="expires_at")
        if not at < until <= at + LONGEST:
            raise Invalid(f"It can hold from now on for {LONGEST.days} days at the most.", field="expires_at")


@dataclass(frozen=True, slots=True)
class ObservationFilter:
    """Which observations of a disaster a list is to show."""

    status: ObservationStatus | None = None
    kind: ObservationKind | None = None
    area: Area | None = None

    def takes(self, observation: Observation) -> bool:
        return (
            (self.status is None or observation.status is self.status)
            and (self.kind is None or observation.kind is self.kind)
            and (self.area is None or self.area.holds(*observation.location.point))
        )


_CLEARED_BY_NULL = frozenset({"description", "radius_m"})


def _label(kind: ObservationKind) -> str:
    return kind.replace("_", " ").capitalize()
