"""What the answers of the chatbot rest on: cards with a source, countries' emergency numbers, and fixed wording."""

from collections.abc import Mapping
from enum import StrEnum
from math import ceil
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from app.schemas.base import Model

MOST_WORDS = 120
USUAL_HOUSEHOLD = 4
"""Where a country's own figure is not known: the mean of Sri Lanka's census of 2012, 3.80, rounded up."""
SourceDate = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}){0,2}$")]
"""`2021`, `2021-03` or `2021-03-24`: as exactly as the source tells it."""
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


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
    DROUGHT = "drought"
    COLLAPSE = "building_collapse"


class CardKind(StrEnum):
    PROCEDURE = "procedure"
    """What a standard, a guideline or an authority tells people to do."""
    ADVICE = "advice"
    """Sensible, but nobody's procedure."""


class Telling(Kept):
    """The words of a card in one language."""

    title: Text
    text: Text = Field(description="The same steps in the same order, one a line.")
    reviewed: bool = Field(description="False for a machine translation that no speaker has checked.")


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
    translations: Mapping[Language, Telling] = Field(default={}, description="By language, beside the English.")

    @model_validator(mode="after")
    def _short(self) -> Self:
        for text in (self.text, *(one.text for one in self.translations.values())):
            if (count := len(text.split())) >= MOST_WORDS:
                raise ValueError(f"{self.id}: a card has fewer than {MOST_WORDS} words, not {count}.")
        return self

    @model_validator(mode="after")
    def _step_by_step(self) -> Self:
        steps = len(self.text.splitlines())
        for language, one in self.translations.items():
            if (count := len(one.text.splitlines())) != steps:
                raise ValueError(f"{self.id}: {count} steps in {language}, not {steps}.")
        return self

    def told_in(self, language: str) -> Telling:
        """The card in a language (`si-Latn` is `si`); in English, which it was written in, where there is no other."""
        own = Telling(title=self.title, text=self.text, reviewed=True)
        return self.translations.get(language.split("-")[0].lower(), own)


class Service(StrEnum):
    """Who answers at an emergency number."""

    ANY = "any"
    DISASTER = "disaster"
    AMBULANCE = "ambulance"
    POLICE = "police"
    FIRE = "fire"
    MENTAL_HEALTH = "mental_health"
    CHILD = "child"
    """A helpline for children, and for those who worry about one."""


HELPLINES = frozenset({Service.MENTAL_HEALTH, Service.CHILD})
"""They listen; they send nobody."""


class EmergencyNumber(Kept):
    service: Service
    number: Annotated[str, StringConstraints(pattern=r"^[0-9][0-9 ]{1,14}$")]
    name: Text
    source: Text
    date: SourceDate | None = Field(description="When the source was published; null where it does not say.")


class Household(Kept):
    """How many people live together on average."""

    mean: float = Field(ge=1, le=12)
    source: Text
    date: SourceDate = Field(description="Of the census, or of the publication.")


class Country(Kept):
    """Whom to call in one country, and how its people live; `code` is ISO 3166-1, `ZZ` for anywhere."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    name: Text
    household: Household | None = Field(description="Null where no source was found.")
    numbers: tuple[EmergencyNumber, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _someone_answers(self) -> Self:
        if self.first(Service.ANY).service in HELPLINES:
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
    def household_size(self) -> int:
        """People to plan for in a household of which nobody has said how many it has."""
        return ceil(self.household.mean) if self.household else USUAL_HOUSEHOLD

    @property
    def helpline(self) -> EmergencyNumber | None:
        return next((one for one in self.numbers if one.service is Service.MENTAL_HEALTH), None)


class Wording(Kept):
    """The fixed sentences of an answer in one language."""

    language: Language
    name: Text
    origin: Text = Field(description="`original`, or `machine translation`.")
    reviewed: bool = Field(description="Whether a speaker of the language has checked it.")
    texts: Mapping[str, str]
    services: Mapping[Service, str]


class Elsewhere(Kept):
    """What cards are not about: whether a question is about them is told by comparison."""

    topics: tuple[Text, ...]
    questions: tuple[Text, ...] = Field(description="In English.")
    questions_elsewhere: tuple[Text, ...] = Field(description="In other languages.")
