"""Field reports as others see them."""

from pydantic import Field

from app.core.clock import Instant
from app.schemas.base import Location, View
from app.schemas.observation_kinds import ObservationKind
from app.schemas.observation_states import ObservationStatus
from app.schemas.request_parts import Media
from app.schemas.vocabulary import Severity


class ObservationView(View):
    """An observation as members of the disaster see it. Who reported it is told to coordinators only."""

    id: str
    disaster_id: str
    kind: ObservationKind
    title: str
    description: str | None
    location: Location
    radius_m: float | None
    severity: Severity
    media: tuple[Media, ...]
    observed_at: Instant
    expires_at: Instant
    status: ObservationStatus
    status_note: str | None
    corroborates: str | None
    corroborated_by: int = Field(description="How many other people have reported the same.")
    mine: bool
    reporter: str | None
    created_at: Instant
    updated_at: Instant
    version: int


class PublicObservation(View):
    """What everybody may know of a verified observation."""

    id: str
    kind: ObservationKind
    title: str
    location: Location
    radius_m: float | None
    expires_at: Instant
