"""Which country a place is in, where that is sure: whose emergency number is the first thing to say."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from app.agent_v2.answering.knowledge import ANYWHERE
from app.core.geo import Box

_Corners = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Extent:
    """Boxes that lie inside a country, and one that it lies inside: south, west, north, east."""

    inside: tuple[_Corners, ...]
    around: _Corners


def country_at(lat: float, lng: float, *, default: str) -> str:
    """The country of a place, as ISO 3166-1.

    Near a border, or where no box is drawn, it is the `default`, unless the place is certainly not in that one: then it
    is `ZZ`, because another country's number may reach nobody.
    """
    known = extents()
    for code, one in known.items():
        if any(Box(*corners).holds(lat, lng) for corners in one.inside):
            return code
    home = known.get(default.upper())
    return default if home is None or Box(*home.around).holds(lat, lng) else ANYWHERE


@cache
def extents() -> Mapping[str, Extent]:
    data = (files("app") / "knowledge" / "places.json").read_bytes()
    return TypeAdapter(dict[str, Extent]).validate_json(data)
