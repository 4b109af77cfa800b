"""What a scenario holds, and reading one from the files beside this module.

The places are real; every person, call and stock is invented.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from app.core.errors import NotFound
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Severity, Skill

Latitude = Annotated[float, Field(ge=-90, le=90, description="Degrees, WGS 84.")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="Degrees, WGS 84.")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(_Frozen):
    lat: Latitude
    lng: Longitude
    address: str = ""


class BoundingBox(_Frozen):
    south: Latitude
    west: Longitude
    north: Latitude
    east: Longitude

    def holds(self, lat: float, lng: float) -> bool:
        """Whether the point lies inside or on the edge."""
        return self.south <= lat <= self.north and self.west <= lng <= self.east


class Disaster(_Frozen):
    """The disaster all requests belong to, in the words of the wire."""

    id: str
    name: str
    type: str
    severity: Literal["High", "Medium", "Low"]
    status: Literal["Registered", "Pending", "Rejected"]
    description: str
    district: str
    district_pcode: str = Field(description="OCHA P-code of the district.", examples=["LK91"])
    location: Place
    bounding_box: BoundingBox = Field(description="Of the district; every coordinate of the scenario lies in it.")
    duration_minutes: int = Field(gt=0, description="From the first minute told to the last.")
    image_urls: tuple[str, ...] = ()


class Trait(StrEnum):
    """Why a message is no plain call for help."""

    TEST_MESSAGE = "test_message"
    JOKE = "joke"
    NEWS = "news"
    OFFER = "offer"
    UNREADABLE = "unreadable"
    VOICE_GARBLE = "voice_garble"
    INJECTED_INSTRUCTION = "injected_instruction"


class Expectation(_Frozen):
    """What a good human dispatcher would say of a request."""

    severity: Severity
    needs: tuple[NeedCategory, ...] = Field(description="Most urgent first; empty where nothing is asked for.")
    is_request: bool
    people: int | None = Field(ge=1, description="How many need the help; none if the text does not tell.")
    language: str = Field(description="BCP 47; `und` where there are no readable words.")
    incident: str | None = Field(default=None, description="Shared by the requests that tell of the same thing.")
    trait: Trait | None = None


class ScenarioRequest(_Frozen):
    """One call for help, as it was typed, and what should be understood of it."""

    ref: str = Field(pattern=r"^r\d{2,}$")
    minutes: int = Field(ge=0, description="After the start of the scenario.")
    sender: str = Field(description="Display name; the same as a person's for those who have an account.")
    channel: Literal["web", "mobile", "sms"]
    title: str
    description: str
    type_of_need: str
    lat: Latitude
    lng: Longitude
    address: str
    expect: Expectation
    follow: bool = Field(default=False, description="The one that the demo follows to its end.")


class Person(_Frozen):
    """One account. Only volunteers and first responders have skills."""

    display_name: str
    email: str = Field(pattern=r"^[a-z.]+@example\.org$", description="At the domain reserved for examples.")
    role_id: RoleId
    verified: bool = False
    skills: tuple[Skill, ...] = ()
    lat: Latitude
    lng: Longitude
    available: bool = False
    position_age_minutes: int = Field(default=0, ge=0, description="Age of the position at the start.")


class Depot(_Frozen):
    id: str
    name: str
    lat: Latitude
    lng: Longitude
    address: str
    stocks: Mapping[Item, Annotated[int, Field(gt=0)]] = Field(description="Quantity of each item, in `ITEM_UNITS`.")


class Scenario(_Frozen):
    """One disaster with its calls for help in order of time, its people and its stocks."""

    disaster: Disaster
    requests: tuple[ScenarioRequest, ...]
    people: tuple[Person, ...]
    depots: tuple[Depot, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _refuse_repeats("ref", (request.ref for request in self.requests))
        _refuse_repeats("email", (person.email for person in self.people))
        _refuse_repeats("display name", (person.display_name for person in self.people))
        _refuse_repeats("depot", (depot.id for depot in self.depots))
        if sum(request.follow for request in self.requests) != 1:
            raise ValueError("Exactly one request is the one to follow.")
        return self

    @property
    def followed(self) -> ScenarioRequest:
        """The request that the demo follows to its end."""
        return next(request for request in self.requests if request.follow)

    @property
    def helpers(self) -> tuple[Person, ...]:
        """Volunteers and first responders, available or not."""
        return tuple(p for p in self.people if p.role_id in (RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER))

    def owner_of(self, request: ScenarioRequest) -> Person | None:
        """The person with an account who sent the request; none if the sender has no account."""
        return next((person for person in self.people if person.display_name == request.sender), None)

    def stock_of(self, item: Item) -> int:
        """The quantity of an item in all depots together, in its unit."""
        return sum(depot.stocks.get(item, 0) for depot in self.depots)


def names() -> tuple[str, ...]:
    """The scenarios that can be loaded, in alphabetical order."""
    return tuple(sorted(entry.name for entry in _shelf().iterdir() if (entry / "disaster.json").is_file()))


def load(name: str) -> Scenario:
    """The scenario of this name, checked; raises `NotFound` if there is none."""
    if name not in names():
        raise NotFound(f"There is no scenario {name!r}.", known=list(names()))
    folder = _shelf() / name
    return Scenario(
        disaster=Disaster.model_validate_json(_text(folder, "disaster.json")),
        requests=tuple(
            ScenarioRequest.model_validate_json(line) for line in _text(folder, "requests.jsonl").split("\n") if line
        ),
        people=_PEOPLE.validate_json(_text(folder, "people.json")),
        depots=_DEPOTS.validate_json(_text(folder, "depots.json")),
    )


_PEOPLE = TypeAdapter(tuple[Person, ...])
_DEPOTS = TypeAdapter(tuple[Depot, ...])


def _shelf() -> Traversable:
    return files("app.scenarios")


def _text(folder: Traversable, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def _refuse_repeats(what: str, values: Iterable[str]) -> None:
    repeated = [value for value, count in Counter(values).items() if count > 1]
    if repeated:
        raise ValueError(f"The same {what} stands twice: {', '.join(repeated)}.")
