"""Who sees what of a person in need: one table, from which every view of a request or its tasks is made."""

from collections.abc import Mapping
from enum import StrEnum

from app.schemas.base import Location


class Viewer(StrEnum):
    """What somebody is to a request, as far as seeing goes."""

    OWNER = "owner"
    COORDINATOR = "coordinator"
    ACTING = "acting"
    """Has taken a task of it."""
    ASKED = "asked"
    """Has been offered a task of it and has not answered, or has let it go."""
    OTHERS = "others"


class Sight(StrEnum):
    EXACT = "exact"
    BLURRED = "blurred"
    """A place rounded to 0.01° (about 1.1 km), without address."""
    HIDDEN = "hidden"


_E, _B, _H = Sight.EXACT, Sight.BLURRED, Sight.HIDDEN

PERSONAL: Mapping[str, Mapping[Viewer, Sight]] = {
    name: dict(zip(Viewer, sights, strict=True))
    for name, sights in {
        # field        owner, coordinator, acting, asked, others
        "location": (_E, _E, _E, _B, _H),
        "contact": (_E, _E, _E, _H, _H),
        "description": (_E, _E, _E, _H, _H),
        "media": (_E, _E, _E, _H, _H),
    }.items()
}
"""Personal fields of a request. `others` get no request at all: it is 404 for them."""


def sight(field: str, viewer: Viewer) -> Sight:
    return PERSONAL[field][viewer]


def place_for(location: Location | None, viewer: Viewer) -> Location | None:
    """The place as this viewer may know it."""
    seen = sight("location", viewer)
    if location is None or seen is Sight.HIDDEN:
        return None
    return location if seen is Sight.EXACT else location.blurred()
