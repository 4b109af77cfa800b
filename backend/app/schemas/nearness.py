"""Around here: a place and how far from it."""

from pydantic import Field

from app.core.geo import cells_near, distance_km
from app.schemas.base import Location, Model

MOST_KM = 500.0


class Circle(Model):
    centre: Location
    radius_km: float = Field(gt=0, le=MOST_KM)

    @property
    def cells(self) -> list[str] | None:
        """The stored cells that hold everything inside; None where the circle is too large to say."""
        return cells_near(self.centre.lat, self.centre.lng, self.radius_km)

    def holds(self, place: Location) -> bool:
        return kilometres(self.centre, place) <= self.radius_km


def kilometres(one: Location, other: Location) -> float:
    return distance_km(one.lat, one.lng, other.lat, other.lng)
