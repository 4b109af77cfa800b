"""Places on the earth: distances, areas, and the H3 cells by which a store finds what lies in one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import h3

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""

RESOLUTIONS = (7, 5, 4, 3)
"""H3 resolutions that are stored, finest first: cells of about 5, 250, 1,770 and 12,400 km²."""

MOST_CELLS = 30
"""As many as one `in` of the store may name."""


def kilometres(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """The great-circle distance of two places given in degrees."""
    p, q = math.radians(lat), math.radians(other_lat)
    half = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(math.radians(other_lng - lng) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def cells_at(lat: float, lng: float) -> Mapping[int, str]:
    """The stored cell of a place at each resolution."""
    return {resolution: h3.latlng_to_cell(lat, lng, resolution) for resolution in RESOLUTIONS}


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells that together cover an area."""

    resolution: int
    ids: tuple[str, ...]


class Area(Protocol):
    def holds(self, lat: float, lng: float) -> bool:
        """Whether a place lies in it."""

    @property
    def box(self) -> "Box":
        """The least box around it."""


@dataclass(frozen=True, slots=True)
class Box:
    """Between two meridians and two parallels, in degrees; `west > east` crosses the date line."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, lat: float, lng: float) -> bool:
        if not self.south <= lat <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= lng <= self.east
        return lng >= self.west or lng <= self.east

    @property
    def box(self) -> "Box":
        return self


@dataclass(frozen=True, slots=True)
class Circle:
    """All within `km` of a place."""

    lat: float
    lng: float
    km: float

    def holds(self, lat: float, lng: float) -> bool:
        return kilometres(self.lat, self.lng, lat, lng) <= self.km

    @property
    def box(self) -> Box:
        up = math.degrees(self.km / EARTH_KM)
        south, north = max(-90.0, self.lat - up), min(90.0, self.lat + up)
        narrowest = math.cos(math.radians(max(abs(south), abs(north))))
        aside = math.degrees(self.km / EARTH_KM / narrowest) if narrowest > 1e-9 else 180.0
        if aside >= 180 or south == -90 or north == 90:
            return Box(south, -180.0, north, 180.0)
        return Box(south, _wrapped(self.lng - aside), north, _wrapped(self.lng + aside))


def covering(area: Area) -> Cells | None:
    """The finest stored cells that cover an area with no more than `MOST_CELLS` of them; None for a vast one."""
    box = area.box
    wide = (box.east - box.west) % 360 or (360.0 if box.west != box.east else 0.0)
    if wide > 30 or box.north - box.south > 30:
        return None  # larger than 30 of the coarsest cells, and polygons that wide are ambiguous
    margin = 1e-6  # a box without extent is a point, and no polygon
    north, south = min(90.0, box.north + margin), max(-90.0, box.south - margin)
    west, east = _wrapped(box.west - margin), _wrapped(box.east + margin)
    shape = h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    for resolution in RESOLUTIONS:
        if h3.average_hexagon_area(resolution) * MOST_CELLS < _area_km2(box) / 2:
            continue
        found = h3.h3shape_to_cells_experimental(shape, resolution, contain="overlap")
        if 0 < len(found) <= MOST_CELLS:
            return Cells(resolution, tuple(sorted(found)))
    return None


def _area_km2(box: Box) -> float:
    wide = math.radians((box.east - box.west) % 360)
    return EARTH_KM**2 * wide * abs(math.sin(math.radians(box.north)) - math.sin(math.radians(box.south)))


def _wrapped(lng: float) -> float:
    return (lng + 180.0) % 360.0 - 180.0
