"""What a person has entered or is told, and how they sign in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.core.clock import Clock, rfc3339
from app.core.errors import NotFound
from app.core.security.directory import Directory
from app.crud.audit import AuditLog
from app.crud.base import Repository
from app.crud.notifications import NotificationRepository
from app.crud.store.port import Json
from app.crud.threads import ThreadRepository
from app.crud.users import UserRepository
from app.schemas.audit import Act, AuditSearch
from app.schemas.base import Document
from app.schemas.device import DeviceView
from app.schemas.user import User
from app.services.belongings.kind import PAGE, Leaver, every, shown
from app.services.devices import Devices
from app.services.identity import LocalIdentity
from app.services.media import Uploads
from app.services.participants import Participants

D = TypeVar("D", bound=Document)


@dataclass(frozen=True)
class SignIn:
    """The account, of this node or of Firebase, with what its tokens say. Only this node's own can be shown."""

    directory: Directory
    identity: LocalIdentity | None
    name: str = field(default="account", init=False)
    promise: str = field(
        default="Your sign-in is deleted at the end: the e-mail address or telephone number is free again.", init=False
    )

    async def forget(self, leaver: Leaver, limit: int) -> int:
        return int(await self.directory.remove(leaver.id))

    async def held(self, person: User) -> AsyncIterator[Json]:
        account = await self.identity.find(person.id) if self.identity is not None else None
        if account is not None:
            yield shown(account, "password_hash", "grants")


@dataclass(frozen=True)
class Charges(Generic[D]):
    """What a person has entered and others rely on: stocks, disasters. An administrator takes their place."""

    name: str
    promise: str
    repository: Repository[D]
    clock: Clock

    async def forget(self, leaver: Leaver, limit: int) -> int:
        page = await self.repository.made_by(leaver.id, limit=min(limit, PAGE))
        act = Act(event=f"{self.name}.passed_on", why="whoever entered it is deleted")
        for thing in page.items:
            await self.repository.change(thing.id, lambda latest: self._passed_on(latest, leaver), act)
        return len(page.items)

    async def held(self, person: User) -> AsyncIterator[Json]:
        async for thing in every(lambda at: self.repository.made_by(person.id, limit=PAGE, cursor=at)):
            yield shown(thing)

    def _passed_on(self, thing: D, leaver: Leaver) -> D:
        if getattr(thing, "created_by", None) != leaver.id:
            return thing
        return thing.model_copy(update={"created_by": leaver.heir, "updated_at": self.clock()})


@dataclass(frozen=True)
class Memberships:
    participants: Participants
    users: UserRepository
    clock: Clock
    name: str = field(default="disasters_joined", init=False)
    promise: str = field(default="You leave the disasters you had joined.", init=False)

    async def forget(self, leaver: Leaver, limit: int) -> int:
        for id in leaver.user.joined:
            try:
                await self.participants.leave(leaver.user, id)
            except NotFound:
                await self._drop(leaver, id)
        return len(leaver.user.joined)

    async def _drop(self, leaver: Leaver, id: str) -> None:
        """Out of a disaster that is not there any more."""
        act = Act(event="disaster.left")
        await self.users.change(leaver.id, lambda latest: latest.leaving(id, self.clock()), act)

    async def held(self, person: User) -> AsyncIterator[Json]:
        for id in person.joined:
            participant = await self.participants.disasters.participants(id).find(person.id)
            yield {"disaster_id": id, "participant": shown(participant) if participant else None}


@dataclass(frozen=True)
class Photos:
    uploads: Uploads
    name: str = field(default="photos", init=False)
    promise: str = field(
        default="Your photos are deleted; those of a request that people are on the way for, when it ends.", init=False
    )

    async def forget(self, leaver: Leaver, limit: int) -> int:
        return await self.uploads.disown(leaver.id, leaver.tombstone, limit=min(limit, PAGE))

    async def held(self, person: User) -> AsyncIterator[Json]:
        async for one in every(lambda at: self.uploads.media.made_by(person.id, limit=PAGE, cursor=at)):
            yield shown(one, "body_hash")


@dataclass(frozen=True)
class Inbox:
    notifications: NotificationRepository
    name: str = field(default="notifications", init=False)
    promise: str = field(default="Your notifications are deleted.", init=False)

    async def forget(self, leaver: Leaver, limit: int) -> int:
        return await self.notifications.clear_of(leaver.id, limit=limit)

    async def held(self, person: User) -> AsyncIterator[Json]:
        async for one in every(lambda at: self.notifications.inbox(person.id, limit=PAGE, cursor=at)):
            yield shown(one)


@dataclass(frozen=True)
class Texts:
    """The threads of a person's telephone numbers; what was said in them stands in their requests."""

    threads: ThreadRepository
    name: str = field(default="threads", init=False)
    promise: str = field(
        default="That you have written to us by text message is forgotten, and the number.", init=False
    )

    async def forget(self, leaver: Leaver, limit: int) -> int:
        page = await self.threads.of(leaver.id, limit=min(limit, PAGE))
        for thread in page.items:
            await self.threads.remove(thread.id, Act(event="thread.removed"))
        return len(page.items)

    async def held(self, person: User) -> AsyncIterator[Json]:
        async for thread in every(lambda at: self.threads.of(person.id, limit=PAGE, cursor=at)):
            yield shown(thread)


@dataclass(frozen=True)
class OwnDevices:
    devices: Devices
    name: str = field(default="devices", init=False)
    promise: str = field(default="No device gets pushes for you any more.", init=False)

    async def forget(self, leaver: Leaver, limit: int) -> int:
        held = await self.devices.listed(leaver.user)
        for device in held:
            await self.devices.remove_of(leaver.id, device.id, Act(event="device.removed"))
        return len(held)

    async def held(self, person: User) -> AsyncIterator[Json]:
        for device in await self.devices.listed(person):
            yield shown(DeviceView.of(device))


@dataclass(frozen=True)
class OwnTrace:
    """What the audit holds: who did what stays, by an id that leads to nobody any more; their own words go."""

    audit: AuditLog
    clock: Clock
    name: str = field(default="audit", init=False)
    promise: str = field(
        default="The record of who did what keeps your user id until its own time is over, and nothing else of you.",
        init=False,
    )

    async def forget(self, leaver: Leaver, limit: int) -> int:
        return await self.audit.forget_words_by(leaver.id, self.clock, limit=limit)

    async def held(self, person: User) -> AsyncIterator[Json]:
        """What the person did, and when others read their data, without saying who."""
        mine = AuditSearch(by=person.id)
        async for entry in every(lambda at: self.audit.listed(mine, limit=PAGE, cursor=at)):
            yield shown(entry, "subjects")
        async for entry in every(lambda at: self.audit.readings_of(person.id, limit=PAGE, cursor=at)):
            yield {"at": rfc3339(entry.at), "event": entry.event, "actor": entry.actor}
