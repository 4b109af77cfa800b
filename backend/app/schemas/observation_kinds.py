"""Kinds of field reports, and for how long each holds."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Self

from app.core.settings import Misconfigured
from app.schemas.base import Model


class ObservationKind(StrEnum):
    ROAD_BLOCKED = "road_blocked"
    BRIDGE_OUT = "bridge_out"
    FLOODING = "flooding"
    LANDSLIDE = "landslide"
    FIRE = "fire"
    POWER_OUT = "power_out"
    WATER_UNSAFE = "water_unsafe"
    SHELTER_OPEN = "shelter_open"
    SHELTER_FULL = "shelter_full"
    MEDICAL_POINT = "medical_point"
    SUPPLY_POINT = "supply_point"
    DANGER_AREA = "danger_area"
    OTHER = "other"


HOURS: Mapping[ObservationKind, float] = {
    ObservationKind.ROAD_BLOCKED: 24,
    ObservationKind.BRIDGE_OUT: 72,
    ObservationKind.FLOODING: 12,
    ObservationKind.LANDSLIDE: 24,
    ObservationKind.FIRE: 6,
    ObservationKind.POWER_OUT: 12,
    ObservationKind.WATER_UNSAFE: 48,
    ObservationKind.SHELTER_OPEN: 72,
    ObservationKind.SHELTER_FULL: 6,
    ObservationKind.MEDICAL_POINT: 48,
    ObservationKind.SUPPLY_POINT: 24,
    ObservationKind.DANGER_AREA: 24,
    ObservationKind.OTHER: 24,
}
"""For how long a report of each kind holds when nobody says otherwise [O]; `RESQ_OBSERVATION_HOURS` changes it."""


class Lifetimes(Model):
    """For how long a report of each kind holds."""

    hours: Mapping[ObservationKind, float] = HOURS

    @classmethod
    def changed(cls, hours: Mapping[str, float]) -> Self:
        """The default hours, with those of the settings in their place; `Misconfigured` names what is wrong."""
        known = {str(kind) for kind in ObservationKind}
        wrong = sorted(kind for kind, lasts in hours.items() if kind not in known or not 0 < lasts <= 24 * 365)
        if wrong:
            raise Misconfigured(
                f"RESQ_OBSERVATION_HOURS is kind=hours, comma-separated, of {', '.join(sorted(known))}; "
                f"not {', '.join(wrong)}."
            )
        return cls(hours={**HOURS, **{ObservationKind(kind): lasts for kind, lasts in hours.items()}})

    def of(self, kind: ObservationKind) -> timedelta:
        return timedelta(hours=self.hours[kind])
