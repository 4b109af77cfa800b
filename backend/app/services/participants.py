"""Who takes part in a disaster: joining, leaving, and being seen and removed by its coordinators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.clock import Clock
from app.core.errors import Forbidden, NotFound
from app.core.queue import Job, JobQueue
from app.crud.disasters import DisasterRepository, ParticipantRepository
from app.crud.pages import Page
from app.crud.unit import Unit, together
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.disaster import Disaster
from app.schemas.notification import Notification, NotificationKind
from app.schemas.participant import (
    Join,
    Joined,
    Participant,
    ParticipantEdit,
    ParticipantFilter,
    ParticipantView,
)
from app.schemas.role import Permission
from app.schemas.user import User
from app.services.disasters import may_see
from app.services.notifications import Notifications
from app.services.tasks import Tasks


@dataclass(frozen=True)
class Participants:
    disasters: DisasterRepository
    users: UserRepository
    tasks: Tasks
    notifications: Notifications
    queue: JobQueue
    clock: Clock

    async def joined(self, caller: User, id: str) -> Joined:
        """Whether the caller takes part, and as what; one document is read, since clients ask once a disaster."""
        if id not in caller.joined:
            await self._seen(caller, id)
            return Joined(joined=False)
        participant = await self.disasters.participants(id).find(caller.id)
        return Joined(joined=True, role=participant.role if participant else caller.role_id)

    async def join(self, caller: User, id: str, body: Join) -> Disaster:
        """Take part, in one's own role or a lesser one; joining twice is joining once."""
        await self._seen(caller, id)
        participants = self.disasters.participants(id)

        async def step(unit: Unit) -> Disaster:
            disaster = (await unit.get(self.disasters, id)).joinable()
            user = await unit.get(self.users, caller.id)
            before = await unit.find(participants, caller.id)
            at, act = self.clock(), _act(caller, "disaster.joined")
            unit.put(self.users, user.joining(id, at), act)
            if before is None:
                unit.add(participants, Participant.joining(user, body.role, at), None)
            else:
                unit.put(participants, before.again(user, body.role, at), act)
            return disaster

        disaster = await together(self.users.store, self.clock, step, keys=[self.users.key(caller.id)])
        await self.queue.put(Job.MATCH, id)
        return disaster

    async def leave(self, caller: User, id: str) -> Disaster:
        """Take part no longer. Tasks already taken stay."""
        disaster = await self._seen(caller, id)
        participants = self.disasters.participants(id)

        async def step(unit: Unit) -> None:
            user = await unit.get(self.users, caller.id)
            before = await unit.find(participants, caller.id)
            _end(unit, self.users, user, participants, before, id, _act(caller, "disaster.left"), self.clock())

        await together(self.users.store, self.clock, step, keys=[self.users.key(caller.id)])
        return disaster

    async def listed(
        self, caller: User, id: str, wanted: ParticipantFilter, *, limit: int, cursor: str | None
    ) -> Page[Participant]:
        """Who takes part, who joined last first, for the coordinators of the disaster."""
        await self._coordinated(caller, id)
        page = await self.disasters.participants(id).newest(role=wanted.role, limit=limit, cursor=cursor)
        if not wanted.asks_for_people:
            return page
        users = await self.users.get_many(one.id for one in page.items)
        return Page(tuple(one for one in page.items if wanted.takes(users.get(one.id))), page.next)

    async def views(self, participants: Sequence[Participant]) -> list[ParticipantView]:
        users = await self.users.get_many(one.id for one in participants)
        return [ParticipantView.of(one, users.get(one.id)) for one in participants]

    async def edit(self, caller: User, id: str, uid: str, body: ParticipantEdit) -> ParticipantView:
        """Give somebody another role in this disaster, not above their own."""
        await self._coordinated(caller, id)
        participants = self.disasters.participants(id)
        act = Act(event="disaster.participant_ranked", by=caller.id, actor=Actor.COORDINATOR)

        async def step(unit: Unit) -> ParticipantView:
            participant = await unit.get(participants, uid)
            user = await unit.get(self.users, uid)
            _expect_below(caller, user, id)
            return ParticipantView.of(
                unit.put(participants, participant.ranked(user, body.role, self.clock()), act), user
            )

        return await together(self.users.store, self.clock, step, keys=[participants.key(uid)])

    async def remove(self, caller: User, id: str, uid: str, *, reason: str | None = None) -> None:
        """Take somebody off a disaster and off its tasks; they are told."""
        await self._coordinated(caller, id)
        participants = self.disasters.participants(id)
        act = Act(event="disaster.participant_removed", by=caller.id, actor=Actor.COORDINATOR, why=reason)

        async def step(unit: Unit) -> tuple[User, str]:
            disaster = await unit.get(self.disasters, id)
            participant = await unit.get(participants, uid)
            user = await unit.get(self.users, uid)
            _expect_below(caller, user, id)
            at = self.clock()
            _end(unit, self.users, user, participants, participant, id, act, at)
            told = _told(disaster, participant, reason, at)
            self.notifications.record(unit, [told])
            return user, told.id

        removed, told = await together(self.users.store, self.clock, step, keys=[self.users.key(uid)])
        await self.notifications.ring([told])
        await self.tasks.take_off(caller, removed, id, reason)

    async def _seen(self, caller: User, id: str) -> Disaster:
        disaster = await self.disasters.get(id)
        if not may_see(caller, disaster):
            raise NotFound("There is no such disaster.")
        return disaster

    async def _coordinated(self, caller: User, id: str) -> Disaster:
        if not caller.coordinates(id):
            raise NotFound("There is no such disaster among those you coordinate.")
        return await self.disasters.get(id)


def _end(
    unit: Unit,
    users: UserRepository,
    user: User,
    participants: ParticipantRepository,
    participant: Participant | None,
    id: str,
    act: Act,
    at: datetime,
) -> None:
    unit.put(users, user.leaving(id, at), act)
    if participant is not None:
        unit.remove(participants, participant.id, act)


def _expect_below(caller: User, user: User, disaster_id: str) -> None:
    """Coordinators do not remove one another; an admin does."""
    if user.coordinates(disaster_id) and not caller.may(Permission.DECIDE_ALL):
        raise Forbidden("Only an admin changes or removes another coordinator.")


def _told(disaster: Disaster, participant: Participant, reason: str | None, at: datetime) -> Notification:
    return Notification(
        id=f"{disaster.id}.removed.{participant.id}.{participant.joined_at:%Y%m%d%H%M%S%f}",
        to=participant.id,
        kind=NotificationKind.REMOVED_FROM_DISASTER,
        title=f"You no longer take part in {disaster.name}",
        body=reason or "A coordinator has taken you off the disaster.",
        disaster_id=disaster.id,
        created_at=at,
        updated_at=at,
    )


def _act(caller: User, event: str) -> Act:
    return Act(event=event, by=caller.id, actor=Actor.OWNER)
