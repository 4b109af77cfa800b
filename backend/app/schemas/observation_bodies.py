"""What people send about field reports."""

from typing import Annotated

from pydantic import Field

from app.core.clock import Instant
from app.schemas.base import Id, Line, Location, Model, Note, Number, Words, example
from app.schemas.observation_kinds import ObservationKind
from app.schemas.observation_states import ObservationStatus
from app.schemas.request_parts import MediaGiven
from app.schemas.vocabulary import Severity


class ObservationCreate(Model):
    model_config = example(
        disaster_id="k3v7mzq2n5xw4t6yabcd",
        kind="road_blocked",
        title="A4 blocked at Kuruwita",
        description="A tree and mud over both lanes, motorcycles get through.",
        location={"lat": 6.7797, "lng": 80.3653},
        radius_m=50,
        severity="high",
    )

    disaster_id: Id
    kind: ObservationKind
    title: Line = ""
    description: Words | None = None
    location: Location
    radius_m: Number | None = Field(default=None, ge=0, le=50_000, description="How far around the place it reaches.")
    severity: Severity = Severity.MEDIUM
    media: tuple[MediaGiven, ...] = Field(default=(), max_length=10, description="Photos at addresses elsewhere.")
    observed_at: Instant | None = Field(
        default=None, description="When it was seen; now if left out. At most 7 days ago, and not in the future."
    )


class ObservationEdit(Model):
    """What its author may correct as long as nobody has judged it; a field left out stays as it is."""

    model_config = example(radius_m=200, severity="critical")

    kind: ObservationKind | None = None
    title: Annotated[Line, Field(min_length=1)] | None = None
    description: Words | None = None
    location: Location | None = None
    radius_m: Number | None = Field(default=None, ge=0, le=50_000)
    severity: Severity | None = None
    media: tuple[MediaGiven, ...] | None = Field(default=None, max_length=10)


class ObservationStatusChange(Model):
    model_config = example(status="verified", note="Seen by our team.", expires_at="2026-11-24T06:00:00Z")

    status: ObservationStatus
    note: Note | None = Field(default=None, description="Needed to dispute.")
    expires_at: Instant | None = Field(
        default=None, description="Until when it holds; only with `verified`, 30 days ahead at the most."
    )
