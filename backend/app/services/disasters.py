"""Disasters, and who takes part in them."""

from dataclasses import dataclass

from app.core.clock import Clock
from app.core.ids import new_id
from app.core.queue import Job, JobQueue
from app.crud.base import Page, Unit, together
from app.crud.disasters import DisasterRepository
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.disaster import Disaster, DisasterCreate, DisasterStatus, Join, Joined, Participant
from app.schemas.user import User
from app.schemas.vocabulary import RoleId


@dataclass(frozen=True)
class Disasters:
    disasters: DisasterRepository
    users: UserRepository
    queue: JobQueue
    clock: Clock

    async def create(self, caller: User, body: DisasterCreate) -> Disaster:
        at = self.clock()
        disaster = Disaster(
            id=new_id(), created_by=caller.id, created_at=at, updated_at=at, **{k: getattr(body, k) for k in _GIVEN}
        )
        return await self.disasters.add(disaster, Act(event="disaster.created", by=caller.id, actor=Actor.COORDINATOR))

    async def listed(self, *, status: DisasterStatus | None, limit: int, cursor: str | None) -> Page[Disaster]:
        return await self.disasters.newest(status=status, limit=limit, cursor=cursor)

    async def get(self, id: str) -> Disaster:
        return await self.disasters.get(id)

    async def joined(self, caller: User, id: str) -> Joined:
        await self.disasters.get(id)
        if id not in caller.joined:
            return Joined(joined=False)
        participant = await self.disasters.participants(id).find(caller.id)
        return Joined(joined=True, role=participant.role if participant else caller.role_id)

    async def join(self, caller: User, id: str, body: Join) -> Disaster:
        """Take part, in one's own role or a lesser one; joining twice is joining once."""
        disaster = (await self.disasters.get(id)).joinable()
        participants = self.disasters.participants(id)
        role = _role(caller, body)

        async def step(unit: Unit) -> None:
            user = await unit.get(self.users, caller.id)
            before = await unit.find(participants, caller.id)
            at = self.clock()
            unit.put(self.users, user.joining(id, at), _act(caller, "disaster.joined"))
            if before is None:
                unit.add(participants, Participant.joining(caller.id, role, at), None)
            else:
                unit.put(participants, before.model_copy(update={"role": role}), None)

        await together(self.users.store, self.clock, step, keys=[self.users.key(caller.id)])
        await self.queue.put(Job.MATCH, id)
        return disaster

    async def leave(self, caller: User, id: str) -> Disaster:
        """Take part no longer. Tasks already taken stay."""
        disaster = await self.disasters.get(id)
        participants = self.disasters.participants(id)

        async def step(unit: Unit) -> None:
            user = await unit.get(self.users, caller.id)
            before = await unit.find(participants, caller.id)
            unit.put(self.users, user.leaving(id, self.clock()), _act(caller, "disaster.left"))
            if before is not None:
                unit.remove(participants, caller.id, _act(caller, "disaster.left"))

        await together(self.users.store, self.clock, step, keys=[self.users.key(caller.id)])
        return disaster


_GIVEN = ("name", "description", "severity", "type", "location", "image_urls")
_ORDER = tuple(RoleId)


def _act(caller: User, event: str) -> Act:
    return Act(event=event, by=caller.id, actor=Actor.OWNER)


def _role(caller: User, body: Join) -> RoleId:
    if body.role is None or _ORDER.index(body.role) > _ORDER.index(caller.role_id):
        return caller.role_id
    return body.role
