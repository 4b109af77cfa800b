"""Somebody who takes part in one disaster."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.core.errors import Invalid
from app.schemas.base import Document, Location, Model, example
from app.schemas.user import User
from app.schemas.user_bodies import SkillSet
from app.schemas.vocabulary import RoleId, Skill

RANK = {role: rank for rank, role in enumerate(RoleId)}
"""How much a role may do: a larger one may all that a smaller one may."""

DISPATCHED = frozenset({RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER})


class Join(Model):
    model_config = example(role="volunteer")

    role: RoleId | None = Field(default=None, description="Ignored beyond what the account's own role allows.")


class ParticipantEdit(Model):
    model_config = example(role="volunteer")

    role: RoleId = Field(description="Not above the person's own role.")


class Joined(Model):
    joined: bool
    role: RoleId | None = None


class Participant(Document):
    """Somebody who takes part in one disaster; the id is the person's."""

    role: RoleId
    joined_at: Instant

    @classmethod
    def joining(cls, user: User, role: RoleId | None, at: datetime) -> Self:
        """Taking part in the role asked for, or in one's own where that is the lesser."""
        return cls(id=user.id, role=_lesser(user, role), joined_at=at, created_at=at, updated_at=at)

    def again(self, user: User, role: RoleId | None, at: datetime) -> Self:
        return self.model_copy(update={"role": _lesser(user, role), "updated_at": at})

    def ranked(self, user: User, role: RoleId, at: datetime) -> Self:
        """With the role that a coordinator gives."""
        if RANK[role] > RANK[user.role_id]:
            raise Invalid(f"The person is {user.role_id}; an admin gives a higher role.", field="role")
        return self.model_copy(update={"role": role, "updated_at": at})


@dataclass(frozen=True, slots=True)
class ParticipantFilter:
    """Which of those who take part are looked for."""

    role: RoleId | None = None
    available: bool | None = None
    skill: Skill | None = None

    @property
    def asks_for_people(self) -> bool:
        """Whether more is asked for than a participant's own document tells."""
        return self.available is not None or self.skill is not None

    def takes(self, user: User | None) -> bool:
        if user is None:
            return False
        if self.available is not None and bool(user.availability) is not self.available:
            return False
        return self.skill is None or self.skill in user.skills


class ParticipantView(Model):
    """Somebody who takes part, as coordinators see them: never an e-mail address or a telephone number."""

    uid: str
    display_name: str | None
    role: RoleId
    verified: bool
    skills: SkillSet
    availability: bool | None
    location: Location | None = Field(description="Only of those who can be sent and say that they are available.")
    located_at: Instant | None
    joined_at: Instant

    @classmethod
    def of(cls, participant: Participant, user: User | None) -> Self:
        shown = user is not None and user.availability is True and user.role_id in DISPATCHED
        return cls(
            uid=participant.id,
            display_name=user.display_name if user else None,
            role=participant.role,
            verified=user.verified if user else False,
            skills=user.skills if user else frozenset(),
            availability=user.availability if user else None,
            location=user.location if user and shown else None,
            located_at=user.located_at if user and shown else None,
            joined_at=participant.joined_at,
        )


def _lesser(user: User, role: RoleId | None) -> RoleId:
    return user.role_id if role is None or RANK[role] > RANK[user.role_id] else role
