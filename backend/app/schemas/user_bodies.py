"""What people say about themselves, and administrators about them."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, PlainSerializer, StringConstraints, field_validator, model_validator

from app.schemas.base import Address, Flag, Line, Model, Note, Word, example
from app.schemas.role import ROLE_ALIASES
from app.schemas.vocabulary import RoleId, Skill

SkillSet = Annotated[
    frozenset[Skill],
    PlainSerializer(sorted, return_type=list[Skill]),
    # The same skill twice is once: no reason to refuse, so the schema does not say that they differ.
    Field(json_schema_extra=lambda schema: schema.pop("uniqueItems", None)),
]
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
"""BCP 47: `si`, `ta-LK`."""


class Register(Model):
    model_config = example(display_name="Nimali Perera", role_id="volunteer")

    display_name: Line = ""
    role_id: RoleId = Field(
        default=RoleId.AFFECTED_INDIVIDUAL,
        description="The role asked for. `first_responder` and `admin` are noted and granted only by an admin.",
    )

    @field_validator("role_id", mode="before")
    @classmethod
    def _alias(cls, value: object) -> object:
        return ROLE_ALIASES.get(value, value) if isinstance(value, str) else value


class ProfileEdit(Model):
    """A field left out stays as it is; null takes it away."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"display_name": "Nimali", "language": "si", "contact_phone": "077 123 4567"}]}
    )

    display_name: Line | None = None
    photo_url: Address | None = Field(default=None, description="https, on a public host that is allowed here.")
    role_id: RoleId | None = Field(
        default=None, description="To help others: `volunteer` is taken at once, a higher role is noted as asked for."
    )
    language: LanguageTag | None = Field(default=None, description="What one reads best, in BCP 47.", examples=["si"])
    contact_phone: Word | None = Field(
        default=None,
        description="A number to be reached at, not verified; `phone` comes only from signing in with one.",
    )


class AvailabilityChange(Model):
    model_config = example(availability=True)

    availability: Flag


class SkillsChange(Model):
    model_config = example(skills=["first_aid", "language_ta"])

    skills: SkillSet


class RoleChange(Model):
    model_config = example(role_id="first_responder")

    role_id: RoleId

    @field_validator("role_id", mode="before")
    @classmethod
    def _alias(cls, value: object) -> object:
        return ROLE_ALIASES.get(value, value) if isinstance(value, str) else value


class VerificationChange(Model):
    """A field left out, and a skill not named, stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verified": True, "skills": {"boat_operator": False}}]})

    verified: Flag | None = Field(
        default=None,
        description="Whether an admin vouches for the person; also for the skills they have now, or for none of them.",
    )
    skills: dict[Skill, Flag] = Field(default={}, description="For single skills, where that differs.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.verified is None and not self.skills:
            raise ValueError("Say `verified`, or `skills`, or both.")
        return self


class AccessChange(Model):
    model_config = ConfigDict(json_schema_extra={"examples": [{"disabled": True, "reason": "False calls for help."}]})

    disabled: Flag
    reason: Note | None = Field(default=None, description="Has to be given when somebody is disabled.")


class UserSearch(Model):
    """Which people an admin looks for; None asks nothing."""

    role_id: RoleId | None = None
    role_asked: RoleId | None = None
    verified: bool | None = None
    availability: bool | None = None
    skill: Skill | None = None
    q: str | None = Field(default=None, description="How the name, the e-mail address or the number begins.")
