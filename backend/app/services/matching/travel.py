"""How far, how long, and what that costs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.services.matching.types import Limits, Point

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""

COST_PER_MINUTE = 10
"""Costs are whole numbers, so that optimal means optimal: tenths of a minute."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def distances(here: Sequence[Point | None], there: Sequence[Point | None]) -> Floats:
    """Straight-line kilometres, one row for each of `here`; NaN where either place is unknown."""
    chord = np.sqrt(np.clip(2.0 - 2.0 * (units(here) @ units(there).T), 0.0, 4.0))
    known = known_places(here)[:, None] & known_places(there)
    return np.where(known, kilometres(chord), np.nan)


def kilometres(chord: Floats) -> Floats:
    """Along the ground, of straight lines through the unit sphere."""
    return np.asarray(2.0 * EARTH_KM * np.arcsin(np.minimum(chord, 2.0) / 2.0), dtype=np.float64)


def chord_within(minutes: float, limits: Limits) -> float:
    """The straight line through the unit sphere of what is so many minutes away, and a little more."""
    km = minutes * limits.speed_kmh / (limits.detour * 60.0)
    return float(2.0 * np.sin(min(km / EARTH_KM, np.pi) / 2.0)) * (1 + 1e-9) + 1e-12


def minutes(km: Floats, limits: Limits) -> Floats:
    """Travel time over disrupted roads, in minutes."""
    return km * (limits.detour * 60.0 / limits.speed_kmh)


def staleness(ages: Sequence[float | None], limits: Limits) -> Floats:
    """Minutes charged for the age of each position."""
    charges = [
        limits.stale_cap_minutes
        if age is None
        else min(limits.stale_cap_minutes, max(0.0, age - limits.stale_after_minutes) * limits.stale_share)
        for age in ages
    ]
    return np.array(charges, dtype=np.float64)


def cost(charge: Floats) -> Ints:
    """Minutes as the whole numbers that are minimised."""
    return np.rint(charge * COST_PER_MINUTE).astype(np.int64)


def known_places(points: Sequence[Point | None]) -> Bools:
    """Where there is a place."""
    return np.array([p is not None for p in points], dtype=np.bool_)


def units(points: Sequence[Point | None]) -> Floats:
    """Places on the unit sphere; an unknown one is somewhere."""
    degrees = np.array([(p.lat, p.lng) if p else (0.0, 0.0) for p in points], dtype=np.float64).reshape(-1, 2)
    lat, lng = np.radians(degrees).T
    return np.stack((np.cos(lat) * np.cos(lng), np.cos(lat) * np.sin(lng), np.sin(lat)), axis=1)
