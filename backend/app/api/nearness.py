"""Lists of what lies around a place: `near=lat,lng` and `radius_km`, read in one way."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.schemas.base import Location
from app.schemas.nearness import MOST_KM, Circle

RADIUS_KM = 10.0


async def around(
    near: Annotated[
        str | None, Query(max_length=60, description="Latitude and longitude in degrees.", examples=["6.6828,80.3992"])
    ] = None,
    radius_km: Annotated[float, Query(gt=0, le=MOST_KM, description="How far from `near`.")] = RADIUS_KM,
) -> Circle | None:
    if near is None:
        return None
    lat, _, lng = near.partition(",")
    try:
        return Circle(centre=Location.model_validate({"lat": lat.strip(), "lng": lng.strip()}), radius_km=radius_km)
    except ValidationError as error:
        said = "Latitude and longitude in degrees with a comma between, for instance 6.6828,80.3992."
        raise RequestValidationError([{"type": "place", "loc": ("query", "near"), "msg": said}]) from error


Around = Annotated[Circle | None, Depends(around)]
