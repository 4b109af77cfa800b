"""People: their profile, what they can do, and the roles that others give them."""

from dataclasses import dataclass

from app.core.clock import Clock
from app.core.errors import NotFound
from app.core.queue import Job, JobQueue
from app.core.security.tokens import Claims
from app.crud.store.port import AlreadyExists
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.base import Location
from app.schemas.request import NOT_LISTED
from app.schemas.user import (
    AvailabilityChange,
    DisplayName,
    ProfileEdit,
    Register,
    SkillsChange,
    User,
    VerificationChange,
)
from app.schemas.vocabulary import RoleId
from app.services.addresses import Addresses


@dataclass(frozen=True)
class Users:
    users: UserRepository
    addresses: Addresses
    queue: JobQueue
    clock: Clock

    async def signed_in(self, claims: Claims) -> User:
        """The person behind a verified token; made at the first sign-in, as an affected individual."""
        found = await self.users.find(claims.uid)
        if found is not None:
            return found
        at = self.clock()
        user = User(
            id=claims.uid,
            display_name=claims.name,
            email=claims.email,
            photo_url=self.addresses.acceptable(claims.picture),
            created_at=at,
            updated_at=at,
        )
        try:
            return await self.users.add(user, _by(user, "user.created"))
        except AlreadyExists:
            return await self.users.get(claims.uid)

    async def register(self, caller: User, body: Register) -> User:
        """Name and role. Only an affected individual or an (unverified) volunteer is made at once."""
        return await self.users.change(
            caller.id, lambda latest: latest.registered(body, self.clock()), _by(caller, "user.registered")
        )

    async def edit(self, caller: User, body: ProfileEdit) -> User:
        changes = {name: getattr(body, name) for name in body.model_fields_set}
        if "photo_url" in changes:
            changes["photo_url"] = self.addresses.portrait(body.photo_url, field="photo_url")
        return await self._update(caller, changes, "user.edited")

    async def set_availability(self, caller: User, body: AvailabilityChange) -> User:
        return await self._dispatchable(await self._update(caller, body.model_dump(), "user.availability_set"))

    async def set_location(self, caller: User, location: Location) -> User:
        changes = {"location": location, "located_at": self.clock()}
        return await self._dispatchable(await self._update(caller, changes, "user.located"))

    async def set_skills(self, caller: User, body: SkillsChange) -> User:
        """What the person says they can do. New skills of somebody verified have to be verified again."""
        changes: dict[str, object] = {"skills": body.skills}
        if caller.verified and not body.skills <= caller.skills and caller.role_id is RoleId.VOLUNTEER:
            changes["verified"] = False
        return await self._dispatchable(await self._update(caller, changes, "user.skills_set"))

    async def display_name(self, id: str) -> DisplayName:
        user = await self.users.get(id)
        return DisplayName(display_name=user.display_name or "Unknown User")

    async def grant(self, by: str, id: str, role_id: RoleId) -> User:
        """Give a role; only for admins and `resq users grant`."""
        act = Act(event="user.role_granted", by=by, actor=Actor.COORDINATOR)
        return await self.users.change(id, lambda latest: latest.granted(role_id, self.clock()), act)

    async def verify(self, by: str, id: str, body: VerificationChange) -> User:
        """Vouch (or no longer vouch) for a person's identity and skills."""
        act = Act(event="user.verified", by=by, actor=Actor.COORDINATOR)
        user = await self.users.change(id, lambda latest: latest.model_copy(update=body.model_dump()), act)
        return await self._dispatchable(user)

    async def by_email_or_id(self, who: str) -> User:
        """Somebody who has signed in at least once; `NotFound` otherwise."""
        if "@" in who:
            user = await self.users.by_email(who.strip().lower())
        else:
            user = await self.users.find(who)
        if user is None:
            raise NotFound(f"{who} has not signed in yet.")
        return user

    async def _update(self, caller: User, changes: dict[str, object], event: str) -> User:
        return await self.users.change(caller.id, lambda latest: latest.model_copy(update=changes), _by(caller, event))

    async def _dispatchable(self, user: User) -> User:
        """Look for work for somebody whose situation has changed."""
        if user.free:
            for group in (NOT_LISTED, *user.joined):
                await self.queue.put(Job.MATCH, group)
        return user


def _by(user: User, event: str) -> Act:
    return Act(event=event, by=user.id, actor=Actor.OWNER)
