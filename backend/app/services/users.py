"""People: their profile, what they can do, and the roles that others give them."""

from dataclasses import dataclass

from app.core.clock import Clock
from app.core.errors import Conflict, Invalid, NotFound
from app.core.phones import e164
from app.core.queue import Job, JobQueue
from app.core.security.tokens import Claims
from app.crud.pages import Page
from app.crud.store.port import AlreadyExists
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.base import Location
from app.schemas.push import PushSettings
from app.schemas.request_parts import NOT_LISTED
from app.schemas.role import Role
from app.schemas.user import DELETED, DELETED_NAME, DisplayName, User
from app.schemas.user_bodies import (
    AccessChange,
    AvailabilityChange,
    ProfileEdit,
    Register,
    SkillsChange,
    UserSearch,
    VerificationChange,
)
from app.schemas.vocabulary import RoleId
from app.services.access import AccessLog
from app.services.addresses import Addresses
from app.services.devices import Devices
from app.services.profiles import Profiles
from app.services.sign_ins import SignIns
from app.services.tasks import Tasks


@dataclass(frozen=True)
class Users:
    users: UserRepository
    profiles: Profiles
    addresses: Addresses
    access: AccessLog
    tasks: Tasks
    devices: Devices
    sign_ins: SignIns
    queue: JobQueue
    clock: Clock
    country: str

    async def signed_in(self, claims: Claims, *, stored: bool = False) -> User:
        """The person behind a verified token; made at the first sign-in, as an affected individual.

        What the token says of them is written down only when a newer one says something else. They may be as they were
        a few seconds ago, unless they are to be as they are `stored`.
        """
        found = await (self.users if stored else self.profiles).find(claims.uid)
        at = self.clock()
        if found is not None:
            if found.recognised(claims, at) is found:
                return found
            act = _by(found, "user.recognised")
            return await self.users.change(found.id, lambda latest: latest.recognised(claims, at), act)
        user = User.new(claims, at).model_copy(update={"photo_url": self.addresses.acceptable(claims.picture)})
        try:
            return await self.users.add(user, _by(user, "user.created"))
        except AlreadyExists:
            return await self.users.get(claims.uid)

    async def recalled(self, claims: Claims) -> User:
        """The person behind a verified token as they are known; a stranger as they would be, without being kept."""
        return await self.profiles.find(claims.uid) or User.new(claims, self.clock())

    async def listed(self, admin: User, wanted: UserSearch, *, limit: int, cursor: str | None) -> Page[User]:
        """People as an admin looks for them; who was shown is remembered before it is."""
        page = await self.users.listed(wanted, limit=limit, cursor=cursor)
        await self.access.read(admin, "users.listed", [user.id for user in page.items], strict=True)
        return page

    async def get(self, admin: User, id: str) -> User:
        """One person, as an admin sees them; that they were shown is remembered before they are."""
        user = await self.users.get(id)
        await self.access.read(admin, "user.read", [id], strict=True)
        return user

    def roles(self) -> list[Role]:
        return [Role.of(role) for role in RoleId]

    async def register(self, caller: User, body: Register) -> User:
        """Name and role. Only an affected individual or an (unverified) volunteer is made at once."""
        return await self.sign_ins.change(
            caller.id, lambda latest: latest.registered(body, self.clock()), _by(caller, "user.registered")
        )

    async def edit(self, caller: User, body: ProfileEdit) -> User:
        changes: dict[str, object] = {name: getattr(body, name) or None for name in body.model_fields_set}
        if body.photo_url:
            changes["photo_url"] = self.addresses.portrait(body.photo_url, field="photo_url")
        if body.contact_phone:
            number = e164(body.contact_phone, region=self.country)
            if number is None:
                raise Invalid(
                    f"This is no telephone number of {self.country}, nor a foreign one.", field="contact_phone"
                )
            changes["contact_phone"] = number
        role_id = body.role_id
        changes.pop("role_id", None)
        if role_id is not None:
            act, at = _by(caller, "user.role_asked"), self.clock()
            caller = await self.sign_ins.change(caller.id, lambda latest: latest.asking(role_id, at), act)
        return await self._update(caller, changes, "user.edited")

    async def set_availability(self, caller: User, body: AvailabilityChange) -> User:
        return await self._dispatchable(await self._update(caller, body.model_dump(), "user.availability_set"))

    async def set_location(self, caller: User, location: Location) -> User:
        changes = {"location": location, "located_at": self.clock()}
        return await self._dispatchable(await self._update(caller, changes, "user.located"))

    async def set_push(self, caller: User, wanted: PushSettings) -> PushSettings:
        """What the person wants no push of, and when."""
        await self._update(caller, {"push": wanted}, "user.push_set")
        return wanted

    async def set_skills(self, caller: User, body: SkillsChange) -> User:
        """What the person says they can do. Those that are new are not verified."""
        act = _by(caller, "user.skills_set")
        user = await self.users.change(caller.id, lambda latest: latest.skilled(body.skills, self.clock()), act)
        return await self._dispatchable(user)

    async def display_name(self, id: str) -> DisplayName:
        user = await self.users.find(id)
        if user is None and id.startswith(DELETED):
            return DisplayName(display_name=DELETED_NAME)
        if user is None:
            raise NotFound("There is no such user.")
        return DisplayName(display_name=user.display_name or "Unknown User")

    async def grant(self, by: str, id: str, role_id: RoleId) -> User:
        """Give a role, or take one by giving a lesser; only for admins and `resq users grant`."""
        if id == by and role_id is not RoleId.ADMIN:
            raise Conflict("Nobody takes their own role away; ask another administrator.")
        act = Act(event="user.role_granted", by=by, actor=Actor.COORDINATOR)
        return await self.sign_ins.change(id, lambda latest: latest.granted(role_id, self.clock()), act)

    async def verify(self, by: str, id: str, body: VerificationChange) -> User:
        """Vouch (or no longer vouch) for a person's identity, and for their skills."""
        act = Act(event="user.verified", by=by, actor=Actor.COORDINATOR)
        user = await self.users.change(id, lambda latest: latest.vouched(body, self.clock()), act)
        return await self._dispatchable(user)

    async def set_access(self, admin: User, id: str, body: AccessChange) -> User:
        """Shut somebody out at once, whatever token they hold, or let them in again.

        Their tasks go back to be offered to others. The sign-in service is told, and gives them no new tokens.
        """
        if id == admin.id and body.disabled:
            raise Conflict("Nobody disables themselves; ask another administrator.")
        event = "user.disabled" if body.disabled else "user.enabled"
        act = Act(event=event, by=admin.id, actor=Actor.COORDINATOR)
        user = await self.sign_ins.change(id, lambda latest: latest.barred(body, self.clock()), act, access=True)
        if body.disabled:
            await self.tasks.let_go(user)
            await self.devices.remove_all_of(id, Act(event="device.removed", by=admin.id, actor=Actor.COORDINATOR))
        return user

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
