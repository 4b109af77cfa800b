"""What lists are narrowed by, where several features share it."""

from typing import Annotated

from fastapi import Depends, Query

from app.core.clock import Moment
from app.core.errors import Invalid
from app.core.geo import Area, Box, Circle

_NUMBER = r"-?\d{1,3}(?:\.\d{1,12})?"
_PAIR = rf"^{_NUMBER},{_NUMBER}$"
_FOUR = rf"^{_NUMBER}(?:,{_NUMBER}){{3}}$"

Near = Annotated[
    str | None, Query(pattern=_PAIR, description="A place as `lat,lng` in degrees.", examples=["6.6828,80.3992"])
]
RadiusKm = Annotated[float, Query(gt=0, le=500, description="How far from `near`, in km.", examples=[5])]
BBox = Annotated[
    str | None,
    Query(pattern=_FOUR, description="`west,south,east,north` in degrees, as in GeoJSON.", examples=["80,6,81,7"]),
]
Since = Annotated[
    Moment | None,
    Query(
        description="Only what has changed since this moment, oldest change first, and what is gone as "
        "`{id, deleted: true, updated_at}`. Send the `X-Next-Since` of the last answer. Other filters are ignored.",
        examples=["2026-11-24T08:00:00Z"],
    ),
]


async def area(near: Near = None, radius_km: RadiusKm = 5.0, bbox: BBox = None) -> Area | None:
    """The area that a list is narrowed to: a circle, or a box; None for everywhere."""
    if near is not None:
        lat, lng = (float(part) for part in near.split(","))
        _check(lat, lng, field="near")
        return Circle(lat, lng, radius_km)
    if bbox is not None:
        west, south, east, north = (float(part) for part in bbox.split(","))
        _check(south, west, field="bbox")
        _check(north, east, field="bbox")
        if south > north:
            raise Invalid("The south of the box is not south of its north.", field="bbox", place="query")
        return Box(south, west, north, east)
    return None


AreaFilter = Annotated[Area | None, Depends(area)]


def _check(lat: float, lng: float, *, field: str) -> None:
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        raise Invalid("Latitude is -90 to 90 and longitude -180 to 180 degrees.", field=field, place="query")
