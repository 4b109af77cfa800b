"""The devices people are signed in on: where a push for them has to go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.clock import Clock
from app.core.errors import NotFound
from app.crud.audit import AuditLog
from app.crud.devices import DeviceRepository, TokenHolderRepository
from app.crud.unit import Unit, together
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.device import DEVICES, Device, DeviceRegistration, TokenHolder, device_id
from app.schemas.user import User
from app.services.retention import Entry

_BATCH = 100


@dataclass(frozen=True)
class Devices:
    users: UserRepository
    holders: TokenHolderRepository
    clock: Clock

    def of(self, uid: str) -> DeviceRepository:
        """One person's devices, with their tokens: for whoever sends pushes."""
        self.users.key(uid)
        return DeviceRepository(self.users.store, self.clock, uid)

    async def listed(self, caller: User) -> Sequence[Device]:
        return await self.of(caller.id).latest()

    async def register(self, caller: User, body: DeviceRegistration) -> tuple[Device, bool]:
        """Keep a device, and say whether it is new to the person.

        The same token again is the same device. A token that somebody else had registered is theirs no longer: whoever
        signed in last on a phone gets its pushes. One device too many takes the place of the one not heard of longest.
        """
        mine, id = self.of(caller.id), device_id(body.token)
        act = Act(event="device.registered", by=caller.id, actor=Actor.OWNER)

        async def step(unit: Unit) -> tuple[Device, bool]:
            held = await mine.latest()
            surplus = [one.id for one in held if one.id != id][DEVICES - 1 :]
            holder, before = await unit.find(self.holders, id), await unit.find(mine, id)
            theirs = self.of(holder.uid) if holder is not None and holder.uid != caller.id else None
            passed_on = theirs is not None and await unit.find(theirs, id) is not None
            await unit.find_many(mine, surplus)
            await unit.find_many(self.holders, surplus)
            at = self.clock()
            if theirs is not None and passed_on:
                unit.remove(theirs, id, Act(event="device.passed_on", by=caller.id, actor=Actor.SYSTEM))
            for old in surplus:
                unit.remove(mine, old, Act(event="device.replaced", by=caller.id, actor=Actor.OWNER))
                unit.remove(self.holders, old, None)
            if holder is None:
                unit.add(
                    self.holders, TokenHolder(id=id, uid=caller.id, seen_at=at, created_at=at, updated_at=at), None
                )
            else:
                unit.put(self.holders, holder.held_by(caller.id, at), None)
            if before is None:
                return unit.add(mine, Device.of(body, at), act), True
            return unit.put(mine, before.again(body, at), None), False

        # The lock on the person makes registrations of one person follow each other inside this process.
        keys = [self.users.key(caller.id), self.holders.key(id)]
        return await together(self.users.store, self.clock, step, keys=keys)

    async def remove(self, caller: User, id: str) -> None:
        """Sign a device out of pushes; `NotFound` for what is no device of the caller's."""
        await self.remove_of(caller.id, id, Act(event="device.removed", by=caller.id, actor=Actor.OWNER))

    async def remove_of(self, uid: str, id: str, act: Act) -> None:
        """Remove one device of a person, also for a sender of pushes whose word is that a token is dead."""
        theirs = self.of(uid)

        async def step(unit: Unit) -> None:
            if await unit.find(theirs, id) is None:
                raise NotFound("There is no such device.")
            holder = await unit.find(self.holders, id)
            unit.remove(theirs, id, act)
            if holder is not None and holder.uid == uid:
                unit.remove(self.holders, id, None)

        await together(self.users.store, self.clock, step, keys=[self.holders.key(id)])

    async def remove_all_of(self, uid: str, act: Act) -> None:
        """Sign a person out of pushes on every device."""
        for device in await self.of(uid).latest():
            try:
                await self.remove_of(uid, device.id, act)
            except NotFound:
                continue  # signed out, or somebody else's, a moment ago


@dataclass(frozen=True)
class OldDevices:
    """Devices not heard of for so long that their tokens have ended; one kind of what retention lets go of."""

    devices: Devices
    audit: AuditLog

    async def count(self, before: datetime) -> int:
        return await self.devices.holders.count_unseen(before)

    async def expire(self, before: datetime, entry: Entry) -> int:
        old = await self.devices.holders.unseen(before, limit=_BATCH)
        for holder in old:
            await self._expire(holder)
        if old:
            await self.audit.add(entry.of(len(old)))
        return len(old)

    async def _expire(self, holder: TokenHolder) -> None:
        try:
            await self.devices.remove_of(holder.uid, holder.id, Act(event="device.expired"))
        except NotFound:
            # Its person has it no more: what is left is the word of whose it was.
            await self.devices.holders.remove(holder.id, Act(event="device.expired"))
