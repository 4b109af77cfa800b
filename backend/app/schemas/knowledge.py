"""What the answers of the chatbot rest on: cards with a source, countries' emergency numbers, and fixed wording."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from app.schemas.base import Model

MOST_WORDS = 120
SourceDate = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}){0,2}$")]
"""`2021`, `2021-03` or `2021-03-24`: as exactly as the source tells it."""
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Kept(Model):
    """A value of our own data files, where an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Audience(StrEnum):
    AFFECTED = "affected"
    VOLUNTEER = "volunteer"
    RESPONDER = "responder"
    COORDINATOR = "coordinator"


class Hazard(StrEnum):
    FLOOD = "flood"
    LANDSLIDE = "landslide"
    CYCLONE = "cyclone"
    STORM = "storm"
    EARTHQUAKE = "earthquake"
    TSUNAMI = "tsunami"
    FIRE = "fire"
    HEAT = "heat"
    EPIDEMIC = "epidemic"


class CardKind(StrEnum):
    PROCEDURE = "procedure"
    """What a standard, a guideline or an authority tells people to do."""
    ADVICE = "advice"
    """Sensible, but nobody's procedure."""


class Card(Kept):
    """One thing to know, with where it comes from."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{3,40}$")]
    title: Text
    text: Text = Field(description="Steps, one a line, in our own words.")
    kind: CardKind
    audience: tuple[Audience, ...] = Field(min_length=1)
    hazards: tuple[Hazard, ...]
    keywords: tuple[Text, ...] = Field(min_length=1, description="Words people ask with.")
    signs: tuple[str, ...] = Field(description="Rules of `agent_v2/rules` that call for this card.")
    source: Text
    date: SourceDate

    @model_validator(mode="after")
    def _short(self) -> Self:
        if (count := len(self.text.split())) >= MOST_WORDS:
            raise ValueError(f"{self.id}: a card has fewer than {MOST_WORDS} words, not {count}.")
        return self


class Service(StrEnum):
    """Who answers at an emergency number."""

    ANY = "any"
    DISASTER = "disaster"
    AMBULANCE = "ambulance"
    POLICE = "police"
    FIRE = "fire"
    MENTAL_HEALTH = "mental_health"


class EmergencyNumber(Kept):
    service: Service
    number: Annotated[str, StringConstraints(pattern=r"^[0-9][0-9 ]{1,14}$")]
    name: Text
    source: Text
    date: SourceDate | None = Field(description="When the source was published; null where it does not say.")


class Country(Kept):
    """Whom to call in one country; `code` is ISO 3166-1, `ZZ` for anywhere."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    name: Text
    numbers: tuple[EmergencyNumber, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _someone_answers(self) -> Self:
        if self.first(Service.ANY).service is Service.MENTAL_HEALTH:
            raise ValueError(f"{self.code}: a helpline is not an emergency number.")
        return self

    def first(self, *services: Service) -> EmergencyNumber:
        """The number of the first of these services that has one, else of any that serves emergencies."""
        for service in (*services, Service.ANY, Service.DISASTER):
            for one in self.numbers:
                if one.service is service:
                    return one
        return self.numbers[0]

    @property
    def helpline(self) -> EmergencyNumber | None:
        return next((one for one in self.numbers if one.service is Service.MENTAL_HEALTH), None)


class Wording(Kept):
    """The fixed sentences of an answer in one language."""

    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
    name: Text
    origin: Text = Field(description="`original`, or `machine translation`.")
    reviewed: bool = Field(description="Whether a speaker of the language has checked it.")
    texts: Mapping[str, str]
    services: Mapping[Service, str]
