"""A person who uses the product: who they are to others, what they can do, and whether they are free."""

from datetime import datetime
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.security.tokens import Claims
from app.schemas.base import Document, Location, Model, View
from app.schemas.push import PushSettings
from app.schemas.role import PERMISSIONS, SELF_GRANTED, Permission, Role
from app.schemas.user_bodies import AccessChange, Register, SkillSet, VerificationChange
from app.schemas.vocabulary import RoleId, Skill

DISASTERS_AT_ONCE = 30
SUGGESTIONS_AT_ONCE = 5
DELETED = "deleted-"
"""How the id begins under which stays what a deleted person has left."""
DELETED_NAME = "Deleted user"


class User(Document):
    display_name: str | None = None
    email: str | None = None
    phone: str | None = Field(default=None, description="In E.164, as verified by signing in with it.")
    contact_phone: str | None = Field(default=None, description="In E.164, not verified by anybody.")
    anonymous: bool = Field(default=False, description="Signed in without an e-mail address or a telephone number.")
    claims_at: Instant | None = Field(default=None, description="When the token was issued that the three came from.")
    photo_url: str | None = None
    language: str | None = None
    role_id: RoleId = RoleId.AFFECTED_INDIVIDUAL
    role_asked: RoleId | None = Field(default=None, description="A role asked for that only an admin can grant.")
    registered_at: Instant | None = Field(default=None, description="When name and role were told first.")
    verified: bool = Field(default=False, description="Whether an admin vouches for the identity.")
    skills: SkillSet = Field(default=frozenset(), description="What the person says they can do.")
    verified_skills: SkillSet = Field(default=frozenset(), description="The skills that an admin vouches for.")
    disabled_at: Instant | None = None
    disabled_reason: str | None = None
    leaving_since: Instant | None = Field(default=None, description="When the person asked to be deleted.")
    availability: bool | None = None
    location: Location | None = None
    located_at: Instant | None = None
    push: PushSettings | None = Field(default=None, description="What the person wants no push of, and when.")
    capacity: int = Field(default=1, ge=0, le=10, description="How many tasks at once.")
    commitments: tuple[str, ...] = Field(default=(), description="Ids of the tasks offered to or taken by this person.")
    joined: tuple[str, ...] = Field(default=(), max_length=DISASTERS_AT_ONCE, description="Disasters taken part in.")
    suggested: tuple[str, ...] = Field(default=(), description="Disasters suggested that nobody has decided on yet.")

    @property
    def uid(self) -> str:
        return self.id

    @property
    def role(self) -> Role:
        return Role.of(self.role_id)

    @property
    def disabled(self) -> bool:
        return self.disabled_at is not None

    @property
    def active(self) -> bool:
        """Whether the person can act here at all."""
        return self.disabled_at is None and self.leaving_since is None

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
        """After the first registration. Whoever registers again, as the login page does, stays as they are."""
        self._must_be_somebody(body.role_id)
        if self.registered_at is not None:
            return self.model_copy(update={"display_name": self.display_name or body.display_name or None})
        named = {"display_name": body.display_name or self.display_name, "registered_at": at, "updated_at": at}
        return self.model_copy(update=named).asking(body.role_id, at)

    def _must_be_somebody(self, role_id: RoleId) -> None:
        if self.anonymous and role_id is not RoleId.AFFECTED_INDIVIDUAL:
            raise Forbidden(
                "An anonymous account can ask for help. To help others, link it to an e-mail address or a telephone "
                "number first, and sign in again."
            )

    def asking(self, role_id: RoleId, at: datetime) -> Self:
        """With a role that one may take oneself, or with the wish for one that only an admin gives."""
        self._must_be_somebody(role_id)
        update: dict[str, object] = {"updated_at": at}
        if role_id not in SELF_GRANTED and role_id is not self.role_id:
            update["role_asked"] = role_id
        elif self.role_id is RoleId.AFFECTED_INDIVIDUAL:
            update["role_id"] = role_id
        return self.model_copy(update=update)

    def granted(self, role_id: RoleId, at: datetime) -> Self:
        """With a role an admin gives, who thereby vouches for the person and the skills they have now."""
        trusted = {"verified": True, "verified_skills": self.skills}
        return self.model_copy(update={"role_id": role_id, "role_asked": None, **trusted, "updated_at": at})

    def skilled(self, skills: frozenset[Skill], at: datetime) -> Self:
        """With these skills; those that are new are not verified."""
        kept = self.verified_skills & skills
        return self.model_copy(update={"skills": skills, "verified_skills": kept, "updated_at": at})

    def vouched(self, change: VerificationChange, at: datetime) -> Self:
        """As an admin vouches for the person and for single skills."""
        verified, proven = self.verified, self.verified_skills
        if change.verified is not None:
            verified, proven = change.verified, self.skills if change.verified else frozenset()
        granted = frozenset(skill for skill, right in change.skills.items() if right)
        if unknown := granted - self.skills:
            raise Invalid(f"The person does not say they have {', '.join(sorted(unknown))}.", field="skills")
        proven = (proven | granted) - (frozenset(change.skills) - granted)
        return self.model_copy(update={"verified": verified, "verified_skills": proven, "updated_at": at})

    def barred(self, change: AccessChange, at: datetime) -> Self:
        """Disabled, so that nothing is asked of them any more, or enabled again."""
        if not change.disabled:
            return self.model_copy(update={"disabled_at": None, "disabled_reason": None, "updated_at": at})
        if not change.reason:
            raise Invalid("Say why the person is disabled.", field="reason")
        since = self.disabled_at or at
        off = {"disabled_at": since, "disabled_reason": change.reason, "availability": False}
        return self.model_copy(update={**off, "updated_at": at})

    def leaving_for_good(self, at: datetime) -> Self:
        """Asked to be deleted: nothing is asked of them any more, and nothing is taken from them."""
        return self.model_copy(update={"leaving_since": at, "availability": False, "updated_at": at})

    @classmethod
    def new(cls, claims: Claims, at: datetime) -> Self:
        """Somebody who signs in for the first time: an affected individual."""
        return cls(
            id=claims.uid,
            display_name=claims.name,
            photo_url=claims.picture,
            claims_at=claims.issued_at,
            created_at=at,
            updated_at=at,
            **told_by(claims),
        )

    def recognised(self, claims: Claims, at: datetime) -> Self:
        """With what the sign-in service says by now; itself where that is known, or older than what is known."""
        said = told_by(claims)
        known = {name: getattr(self, name) for name in said}
        if said == known or (self.claims_at is not None and claims.issued_at < self.claims_at):
            return self
        name = self.display_name or claims.name
        return self.model_copy(update={**said, "display_name": name, "claims_at": claims.issued_at, "updated_at": at})

    def joining(self, disaster_id: str, at: datetime) -> Self:
        if disaster_id in self.joined:
            return self
        if len(self.joined) >= DISASTERS_AT_ONCE:
            raise Conflict(f"One person takes part in {DISASTERS_AT_ONCE} disasters at most; leave one first.")
        return self.model_copy(update={"joined": (*self.joined, disaster_id), "updated_at": at})

    def leaving(self, disaster_id: str, at: datetime) -> Self:
        left = tuple(one for one in self.joined if one != disaster_id)
        return self.model_copy(update={"joined": left, "updated_at": at})

    def suggesting(self, disaster_id: str, at: datetime) -> Self:
        if len(self.suggested) >= SUGGESTIONS_AT_ONCE:
            raise Conflict(
                f"{SUGGESTIONS_AT_ONCE} of your suggestions wait for a decision already; wait for one of them."
            )
        return self.model_copy(update={"suggested": (*self.suggested, disaster_id), "updated_at": at})

    def suggestion_settled(self, disaster_id: str) -> Self:
        left = tuple(one for one in self.suggested if one != disaster_id)
        return self.model_copy(update={"suggested": left})

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


def told_by(claims: Claims) -> dict[str, object]:
    """What the sign-in service tells of a person.

    Anonymous is who has nothing to sign in with again; a token may name that provider for a while after linking.
    """
    anonymous = claims.provider == "anonymous" and not (claims.email or claims.phone)
    return {"email": claims.email and claims.email.lower(), "phone": claims.phone, "anonymous": anonymous}


class UserView(View):
    """A person as they see themselves, and as an admin sees them."""

    id: str
    uid: str
    display_name: str | None
    email: str | None
    phone: str | None
    contact_phone: str | None
    anonymous: bool
    photo_url: str | None
    language: str | None
    role_id: RoleId
    role: Role
    role_asked: RoleId | None
    verified: bool
    skills: SkillSet
    verified_skills: SkillSet
    availability: bool | None
    location: Location | None
    disabled: bool
    disabled_reason: str | None
    created_at: Instant
    updated_at: Instant


class DisplayName(Model):
    display_name: str
