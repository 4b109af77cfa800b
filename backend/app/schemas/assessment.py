"""What is understood of a call for help: needs, urgency and people, each with the words it rests on."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from app.schemas.model_use import ModelUse
from app.schemas.vocabulary import NeedCategory, Severity, VulnerableGroup


class Evidence(BaseModel):
    """Why something is believed: the rule that fired and the words of the request it fired on."""

    model_config = ConfigDict(frozen=True)

    rule: str = Field(description="Stable name of the rule.", examples=["danger.trapped"])
    quote: str = Field(default="", max_length=200, description="The words themselves; empty for a rule about absence.")


class FoundNeed(BaseModel):
    model_config = ConfigDict(frozen=True)

    category: NeedCategory
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    details: tuple[str, ...] = Field(
        default=(),
        description="Finer words inside the category, for instance `medicine`, `injury`, `infant_formula`.",
    )


class PeopleSource(StrEnum):
    STATED = "stated"
    HOUSEHOLDS = "households"
    ASSUMED = "assumed"


class People(BaseModel):
    """How many people the request speaks for, and how that is known."""

    model_config = ConfigDict(frozen=True)

    count: int = Field(ge=1, le=100_000)
    source: PeopleSource
    households: int | None = Field(default=None, ge=1)
    injured: int | None = Field(default=None, ge=0)
    quote: str = Field(default="", max_length=200)


class Likelihood(BaseModel):
    """How likely people who label messages would give this one a label."""

    model_config = ConfigDict(frozen=True)

    label: str = Field(examples=["request", "water", "medical_help"])
    value: float = Field(ge=0, le=1)
    likely: bool = Field(description="Whether it is taken for given, all told. Nothing is dropped where it is not.")


class Caption(BaseModel):
    """What a model says that a photo shows. Nobody has checked it, and nothing is decided by it."""

    model_config = ConfigDict(frozen=True)

    photo: str = Field(description="The `id` of the photo in `media`, or its `url` where it is kept elsewhere.")
    shows: str = Field(default="", max_length=400, description="Empty where it shows nothing that matters.")
    written: str = Field(default="", max_length=300, description="Writing in the photo; anybody may have written it.")
    people: int | None = Field(default=None, description="How many can be seen.")
    model: str
    prompt: str = Field(description="Name and version of the instructions.", examples=["caption-1"])

    @property
    def text(self) -> str:
        return f"{self.shows}\n{self.written}".strip()


class Finding(BaseModel):
    """The assessment of one request.

    `is_request` is false only where the text plainly asks for nothing; then `needs` may be empty. Text that
    cannot be read has severity `high` and `needs_review`.
    """

    model_config = ConfigDict(frozen=True)

    is_request: bool
    not_a_request_reason: str | None = None
    needs: tuple[FoundNeed, ...] = Field(default=(), description="Most urgent first.")
    severity: Severity
    severity_evidence: tuple[Evidence, ...] = ()
    people: People
    vulnerable: tuple[VulnerableGroup, ...] = ()
    language: str = Field(
        default="und",
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="BCP 47, for instance `si`, `si-Latn`, `en`; `und` if unknown.",
    )
    likelihoods: tuple[Likelihood, ...] = Field(
        default=(), description="What was learned from labelled messages says of this one; it takes nothing away."
    )
    displaced: bool = Field(default=False, description="Without a roof: the home is destroyed, flooded or left.")
    needs_review: bool = False
    review_reasons: tuple[str, ...] = ()
    assessor: str = Field(default="rules", description="Who read it: `rules`, or the model's name.")
    assessor_version: str = Field(default="", description="Versions of the rules and, where it had a part, the model.")
    translation: str | None = Field(
        default=None,
        max_length=4_000,
        description="The message in English, by a model; the words as sent stand beside.",
    )
    captions: tuple[Caption, ...] = Field(
        default=(), description="What its photos seem to show, as evidence for people to weigh."
    )
    used: ModelUse | None = Field(default=None, description="What the model took, where one had a part.")

    def without_photo(self, photo: str) -> Self:
        """Without what was said of a photo that is gone."""
        left = tuple(one for one in self.captions if one.photo != photo)
        return self if len(left) == len(self.captions) else self.model_copy(update={"captions": left})
