"""Disasters that somebody suggests, and what an admin makes of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.core.clock import Clock
from app.core.ids import keyed_id
from app.crud.disasters import DisasterRepository
from app.crud.keyed import made_before
from app.crud.pages import Page
from app.crud.unit import Unit, together
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.base import body_hash
from app.schemas.disaster import (
    Disaster,
    DisasterDetails,
    DisasterStatus,
    DisasterSuggest,
    Discard,
    SuggestedBy,
)
from app.schemas.notification import Notification, NotificationKind
from app.schemas.user import User
from app.services.notifications import Notifications

log = structlog.get_logger(__name__)

Decide = Callable[[Disaster, datetime], Disaster]


@dataclass(frozen=True)
class Suggestions:
    disasters: DisasterRepository
    users: UserRepository
    notifications: Notifications
    clock: Clock

    async def suggest(
        self, caller: User, body: DisasterSuggest, *, idempotency_key: str | None = None
    ) -> tuple[Disaster, bool]:
        """Put a disaster before the admins, and whether it is new; `Conflict` where too many of one's own wait."""
        at = self.clock()
        disaster = Disaster(
            id=keyed_id("suggestion", caller.id, idempotency_key),
            status=DisasterStatus.PENDING,
            phase=None,
            suggested_by=SuggestedBy.PERSON,
            created_by=caller.id,
            body_hash=body_hash(body),
            created_at=at,
            updated_at=at,
            **{name: getattr(body, name) for name in DisasterSuggest.model_fields},
        )
        act = Act(event="disaster.suggested", by=caller.id, actor=Actor.OWNER)

        async def step(unit: Unit) -> tuple[Disaster, bool]:
            user = await unit.get(self.users, caller.id)
            first = await made_before(unit, self.disasters, disaster)
            if first is not None:
                return first, False
            unit.put(self.users, user.suggesting(disaster.id, at), act)
            return unit.add(self.disasters, disaster, act), True

        kept, new = await together(self.disasters.store, self.clock, step, keys=[self.users.key(caller.id)])
        if new:
            log.info("disaster.suggested", id=kept.id, by=SuggestedBy.PERSON)
        return kept, new

    async def propose(self, disaster: Disaster, act: Act) -> Disaster:
        """Put what a machine has found before the admins, and tell them."""
        admins = await self.users.coordinators(None)
        notes = [_to_decide(disaster, admin.id, self.clock()) for admin in admins]

        async def step(unit: Unit) -> Disaster:
            self.notifications.record(unit, notes)
            return unit.add(self.disasters, disaster, act)

        kept = await together(self.disasters.store, self.clock, step)
        await self.notifications.ring(one.id for one in notes)
        log.info("disaster.suggested", id=kept.id, by=kept.suggested_by)
        return kept

    async def pending(self, *, limit: int, cursor: str | None) -> Page[Disaster]:
        """What waits for a decision, newest first."""
        return await self.disasters.newest(status=DisasterStatus.PENDING, limit=limit, cursor=cursor)

    async def approve(self, caller: User, id: str, details: DisasterDetails) -> Disaster:
        """Register what was suggested, with what the admin knows better; whoever suggested it is told."""

        def decide(disaster: Disaster, at: datetime) -> Disaster:
            return disaster.approved(details, caller.id, at)

        return await self._decide(id, decide, Act(event="disaster.approved", by=caller.id, actor=Actor.COORDINATOR))

    async def discard(self, caller: User, id: str, body: Discard) -> Disaster:
        """Turn down what was suggested; whoever suggested it is told why."""

        def decide(disaster: Disaster, at: datetime) -> Disaster:
            return disaster.discarded(body.reason, caller.id, at)

        act = Act(event="disaster.discarded", by=caller.id, actor=Actor.COORDINATOR, why=body.reason)
        return await self._decide(id, decide, act)

    async def _decide(self, id: str, decide: Decide, act: Act) -> Disaster:

        async def step(unit: Unit) -> tuple[Disaster, list[str]]:
            disaster = await unit.get(self.disasters, id)
            suggester = await unit.find(self.users, disaster.created_by)
            at = self.clock()
            decided = unit.put(self.disasters, decide(disaster, at), act)
            notes = [] if suggester is None else [_to_suggester(decided, at)]
            if suggester is not None:
                unit.put(self.users, suggester.suggestion_settled(id), act)
            self.notifications.record(unit, notes)
            return decided, [one.id for one in notes]

        decided, told = await together(self.disasters.store, self.clock, step, keys=[self.disasters.key(id)])
        await self.notifications.ring(told)
        log.info(act.event, id=id)
        return decided


def _to_decide(disaster: Disaster, admin: str, at: datetime) -> Notification:
    return Notification(
        id=f"{disaster.id}.suggested.{admin}",
        to=admin,
        kind=NotificationKind.NEEDS_DECISION,
        title="Is this a disaster?",
        body=disaster.name,
        disaster_id=disaster.id,
        created_at=at,
        updated_at=at,
    )


def _to_suggester(disaster: Disaster, at: datetime) -> Notification:
    registered = disaster.status is DisasterStatus.REGISTERED
    return Notification(
        id=f"{disaster.id}.{disaster.status.lower()}",
        to=disaster.created_by,
        kind=NotificationKind.DISASTER_REGISTERED if registered else NotificationKind.DISASTER_DISCARDED,
        title="Your suggestion is registered" if registered else "Your suggestion was not taken up",
        body=disaster.name if registered else disaster.status_reason or disaster.name,
        disaster_id=disaster.id,
        created_at=at,
        updated_at=at,
    )
