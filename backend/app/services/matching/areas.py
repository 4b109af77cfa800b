"""Whether a place lies in an area."""

from app.services.matching.travel import kilometres, units
from app.services.matching.types import Area, Point


def holds(area: Area, place: Point) -> bool:
    """Whether it lies in the ring, or in the circle where no ring is given. Areas are small: degrees count as flat."""
    if len(area.ring) >= 3:
        return _inside(area.ring, place)
    if area.centre is None:
        return False
    ends = units((area.centre, place))
    chord = ((ends[:1] - ends[1:]) ** 2).sum(axis=1) ** 0.5
    return bool(kilometres(chord)[0] <= area.radius_km)


def _inside(ring: tuple[Point, ...], place: Point) -> bool:
    inside = False
    for a, b in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (a.lat > place.lat) != (b.lat > place.lat):
            crossing = a.lng + (place.lat - a.lat) / (b.lat - a.lat) * (b.lng - a.lng)
            inside ^= place.lng < crossing
    return inside
