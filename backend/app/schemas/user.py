"""A person who uses the product: who they are to others, what they can do, and whether they are free."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, PlainSerializer, field_validator

from app.core.clock import Instant
from app.core.errors import Conflict
from app.schemas.base import Document, Flag, Line, Location, Model, View
from app.schemas.vocabulary import RoleId, Skill

ROLE_ALIASES = {"individual": RoleId.AFFECTED_INDIVIDUAL, "responder": RoleId.FIRST_RESPONDER}
DISASTERS_AT_ONCE = 30
SkillSet = Annotated[
    frozenset[Skill],
    PlainSerializer(sorted, return_type=list[Skill]),
    # The same skill twice is once: no reason to refuse, so the schema does not say that they differ.
    Field(json_schema_extra=lambda schema: schema.pop("uniqueItems", None)),
]
SELF_GRANTED = frozenset({RoleId.AFFECTED_INDIVIDUAL, RoleId.VOLUNTEER})


class Permission(StrEnum):
    """What a role may do at all; whose rows it reaches is decided with the row."""

    ASK_FOR_HELP = "requests:create"
    TAKE_TASKS = "tasks:take"
    DECIDE_JOINED = "plans:decide_joined"
    DECIDE_ALL = "plans:decide"
    MANAGE_STOCK = "resources:manage"
    MANAGE_DISASTERS = "disasters:manage"
    MANAGE_USERS = "users:manage"


_ANYBODY = frozenset({Permission.ASK_FOR_HELP})
_VOLUNTEER = _ANYBODY | {Permission.TAKE_TASKS}
_RESPONDER = _VOLUNTEER | {Permission.DECIDE_JOINED, Permission.MANAGE_STOCK}

PERMISSIONS: dict[RoleId, frozenset[Permission]] = {
    RoleId.AFFECTED_INDIVIDUAL: _ANYBODY,
    RoleId.VOLUNTEER: _VOLUNTEER,
    RoleId.FIRST_RESPONDER: _RESPONDER,
    RoleId.ADMIN: frozenset(Permission),
}
ROLE_NAMES = {
    RoleId.AFFECTED_INDIVIDUAL: "Affected individual",
    RoleId.VOLUNTEER: "Volunteer",
    RoleId.FIRST_RESPONDER: "First responder",
    RoleId.ADMIN: "Administrator",
}


class Role(Model):
    id: RoleId
    name: str
    permissions: tuple[Permission, ...]

    @classmethod
    def of(cls, role_id: RoleId) -> Self:
        return cls(id=role_id, name=ROLE_NAMES[role_id], permissions=tuple(sorted(PERMISSIONS[role_id])))


class Register(Model):
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
    """A field left out stays as it is."""

    display_name: Line | None = None
    photo_url: Annotated[str, Field(pattern=r"^https://", max_length=1_000)] | None = None


class AvailabilityChange(Model):
    availability: Flag


class SkillsChange(Model):
    skills: SkillSet


class RoleChange(Model):
    role_id: RoleId

    @field_validator("role_id", mode="before")
    @classmethod
    def _alias(cls, value: object) -> object:
        return ROLE_ALIASES.get(value, value) if isinstance(value, str) else value


class VerificationChange(Model):
    verified: Flag


class User(Document):
    display_name: str | None = None
    email: str | None = None
    photo_url: str | None = None
    role_id: RoleId = RoleId.AFFECTED_INDIVIDUAL
    role_asked: RoleId | None = Field(default=None, description="A role asked for that only an admin can grant.")
    verified: bool = Field(default=False, description="Whether an admin vouches for the identity and the skills.")
    skills: SkillSet = frozenset()
    availability: bool | None = None
    location: Location | None = None
    located_at: Instant | None = None
    capacity: int = Field(default=1, ge=0, le=10, description="How many tasks at once.")
    commitments: tuple[str, ...] = Field(default=(), description="Ids of the tasks offered to or taken by this person.")
    joined: tuple[str, ...] = Field(default=(), max_length=DISASTERS_AT_ONCE, description="Disasters taken part in.")

    @property
    def uid(self) -> str:
        return self.id

    @property
    def role(self) -> Role:
        return Role.of(self.role_id)

    @property
    def free(self) -> int:
        """How many more tasks may be offered now."""
        return max(0, self.capacity - len(self.commitments)) if self.availability else 0

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[self.role_id]

    def coordinates(self, disaster_id: str | None) -> bool:
        """Whether this person may decide on plans there: an admin everywhere, a first responder where they joined."""
        if self.may(Permission.DECIDE_ALL):
            return True
        return self.may(Permission.DECIDE_JOINED) and disaster_id in self.joined

    def registered(self, body: Register, at: datetime) -> Self:
        """After the first registration; a role already granted stays."""
        update: dict[str, object] = {"updated_at": at}
        if body.display_name:
            update["display_name"] = body.display_name
        if body.role_id not in SELF_GRANTED and body.role_id is not self.role_id:
            update["role_asked"] = body.role_id
        elif self.role_id is RoleId.AFFECTED_INDIVIDUAL:
            update["role_id"] = body.role_id
        return self.model_copy(update=update)

    def granted(self, role_id: RoleId, at: datetime) -> Self:
        """With a role an admin gives, who thereby vouches for the person."""
        return self.model_copy(update={"role_id": role_id, "role_asked": None, "verified": True, "updated_at": at})

    def joining(self, disaster_id: str, at: datetime) -> Self:
        if disaster_id in self.joined:
            return self
        if len(self.joined) >= DISASTERS_AT_ONCE:
            raise Conflict(f"One person takes part in {DISASTERS_AT_ONCE} disasters at most; leave one first.")
        return self.model_copy(update={"joined": (*self.joined, disaster_id), "updated_at": at})

    def leaving(self, disaster_id: str, at: datetime) -> Self:
        left = tuple(one for one in self.joined if one != disaster_id)
        return self.model_copy(update={"joined": left, "updated_at": at})

    def committed(self, task_id: str, at: datetime) -> Self:
        """With one more task; raises where the person has become busy or unavailable."""
        if task_id in self.commitments:
            return self
        if not self.free:
            raise Conflict("The person is not free any more.")
        return self.model_copy(update={"commitments": (*self.commitments, task_id), "updated_at": at})

    def released(self, task_id: str, at: datetime) -> Self:
        if task_id not in self.commitments:
            return self
        left = tuple(one for one in self.commitments if one != task_id)
        return self.model_copy(update={"commitments": left, "updated_at": at})


class UserView(View):
    """A person as they see themselves, and as an admin sees them."""

    id: str
    uid: str
    display_name: str | None
    email: str | None
    photo_url: str | None
    role_id: RoleId
    role: Role
    role_asked: RoleId | None
    verified: bool
    skills: SkillSet
    availability: bool | None
    location: Location | None
    created_at: Instant
    updated_at: Instant


class DisplayName(Model):
    display_name: str
