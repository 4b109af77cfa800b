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
    chord = np.sqrt(np.clip(2.0 - 2.0 * (_unit(here) @ _unit(there).T), 0.0, 4.0))
    known = _known(here)[:, None] & _known(there)
    return np.where(known, 2.0 * EARTH_KM * np.arcsin(chord / 2.0), np.nan)


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


def _known(points: Sequence[Point | None]) -> Bools:
    return np.array([p is not None for p in points], dtype=np.bool_)


def _unit(points: Sequence[Point | None]) -> Floats:
    degrees = np.array([(p.lat, p.lng) if p else (0.0, 0.0) for p in points], dtype=np.float64).reshape(-1, 2)
    lat, lng = np.radians(degrees).T
    return np.stack((np.cos(lat) * np.cos(lng), np.cos(lat) * np.sin(lng), np.sin(lat)), axis=1)
