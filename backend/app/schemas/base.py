"""What all documents and bodies share."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StringConstraints,
)

from app.core.clock import Instant

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _no_control(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("The text has control characters.")
    return text


def _no_text_or_flag(value: object) -> object:
    if isinstance(value, bool | str | bytes):
        raise ValueError("Send a number, not a text or a truth value.")
    return value


_CLEAN = AfterValidator(_no_control)
_PLAIN = BeforeValidator(_no_text_or_flag)
Number = Annotated[float, _PLAIN]
"""A number, and neither `"6.68"` nor `true`, which Pydantic would read as one."""
Whole = Annotated[int, _PLAIN]
Flag = StrictBool
Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), _CLEAN]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), _CLEAN]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), _CLEAN]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000), _CLEAN]
"""A web address as somebody gives it; whether it is taken is decided where the settings are known."""
WORDS_MOST = 8_000
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=WORDS_MOST), _CLEAN]
ID = r"^[A-Za-z0-9_.:@-]{1,128}$"
Id = Annotated[str, StringConstraints(pattern=ID)]
"""The id of a document, as it may stand in a path."""
HOST_AND_PATH = r"[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!-~]*)?"
"""The rest of a web address after its scheme, as a pattern: a name, and nothing that is not ASCII text."""


class Model(BaseModel):
    """A frozen value. Unknown fields are ignored: a newer app's body is never refused for one."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, ser_json_inf_nan="null")


def example(**fields: JsonValue) -> ConfigDict:
    """The configuration of a body whose documentation shows this example."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


class Document(Model):
    """A stored document. Moves are methods that return the next one or raise."""

    id: str
    created_at: Instant
    updated_at: Instant
    version: int = Field(default=1, ge=1, description="Grows by one with every change.")


class Tombstone(Model):
    """Word that a document is gone, or no longer concerns the caller: what a client keeps of it goes too."""

    id: str
    deleted: Literal[True] = True
    updated_at: Instant


class Keyed(Document):
    """A document made by somebody's call, which may come twice: the hash tells a repeat from another body."""

    created_by: str
    body_hash: str = ""


def body_hash(body: Model) -> str:
    """The same for bodies that say the same, whatever the order of their fields and whatever fields later come."""
    said = body.model_dump(mode="json", exclude_defaults=True)
    packed = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(packed.encode()).hexdigest()


class View(Model):
    """What a client sees of a document: the fields named here, no others."""

    @classmethod
    def of(cls, document: Model, **more: object) -> Self:
        """The view of `document`; `more` are fields that are not in it.

        Without `more`, the same document (the very same object) is shown by the same view: documents do not change,
        and lists show those that were read before (see `crud/shelf.py`) again and again.
        """
        if more:
            return cls._made(document, more)
        known = _SHOWN.get((cls, id(document)))
        if known is None or known[0] is not document:
            known = document, cls._made(document, more)
            _SHOWN[cls, id(document)] = known
            _WRITTEN[id(known[1])] = known[1], b""
            if len(_SHOWN) > _MOST_SHOWN:
                _, forgotten = _SHOWN.pop(next(iter(_SHOWN)))
                _WRITTEN.pop(id(forgotten), None)
        return cast("Self", known[1])

    def written(self) -> bytes:
        """As JSON; of a view that is shown again and again it is kept beside it."""
        kept = _WRITTEN.get(id(self))
        if kept is not None and kept[0] is self and kept[1]:
            return kept[1]
        found = self.model_dump_json(by_alias=True).encode()
        if kept is not None and kept[0] is self:
            _WRITTEN[id(self)] = self, found
        return found

    @classmethod
    def _made(cls, document: Model, more: Mapping[str, object]) -> Self:
        if not more:
            return cls.model_validate(document, from_attributes=True)
        return cls(**{name: getattr(document, name) for name in cls.model_fields if name not in more}, **more)


_SHOWN: dict[tuple[type[View], int], tuple[Model, View]] = {}
_MOST_SHOWN = 4_000
_WRITTEN: dict[int, tuple[View, bytes]] = {}
"""The JSON of the views that are kept, by the view; empty until somebody asked."""


class Location(Model):
    """A place on the WGS 84 ellipsoid, in degrees."""

    lat: Number = Field(ge=-90, le=90, examples=[6.6828])
    lng: Number = Field(ge=-180, le=180, examples=[80.3992])
    address: Note | None = None
    accuracy_m: Number | None = Field(default=None, ge=0, le=1_000_000, description="Radius of uncertainty in metres.")

    @property
    def point(self) -> tuple[float, float]:
        return self.lat, self.lng

    def blurred(self) -> "Location":
        """The place rounded to 0.01° (about 1.1 km), without address: for those who do not act on it."""
        return Location(lat=math.floor(self.lat * 100 + 0.5) / 100, lng=math.floor(self.lng * 100 + 0.5) / 100)
