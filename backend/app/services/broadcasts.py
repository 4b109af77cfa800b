"""Messages to all who take part in a disaster: recorded at once, told by a job that goes on where it was ended."""

from dataclasses import dataclass
from datetime import timedelta

from app.core.clock import Clock
from app.core.errors import NotFound, RateLimited
from app.core.ids import keyed_id
from app.core.queue import Job, JobQueue
from app.crud.broadcasts import BroadcastRepository
from app.crud.disasters import DisasterRepository
from app.crud.notifications import NotificationRepository
from app.crud.turns import TurnRepository
from app.crud.unit import Unit, together
from app.schemas.audit import Act, Actor
from app.schemas.base import body_hash
from app.schemas.broadcast import Broadcast, BroadcastCreate, BroadcastReport, BroadcastStatus
from app.schemas.notification import NotificationStatus
from app.schemas.user import User
from app.services.notifications import Notifications

AT_ONCE = 100
REST = timedelta(seconds=60)
"""One disaster hears no more than one in this time: what comes too often is switched off."""


@dataclass(frozen=True)
class Broadcasts:
    broadcasts: BroadcastRepository
    disasters: DisasterRepository
    outbox: NotificationRepository
    notifications: Notifications
    turns: TurnRepository
    queue: JobQueue
    clock: Clock

    async def send(
        self, admin: User, disaster_id: str, body: BroadcastCreate, *, idempotency_key: str | None
    ) -> Broadcast:
        """Keep it, durable when this returns; `RateLimited` soon after another one."""
        await self.disasters.get(disaster_id)
        at = self.clock()
        broadcast = Broadcast(
            id=keyed_id(f"broadcast {disaster_id}", admin.id, idempotency_key),
            disaster_id=disaster_id,
            **body.model_dump(),
            created_by=admin.id,
            body_hash=body_hash(body),
            created_at=at,
            updated_at=at,
        )
        new = idempotency_key is None or await self.broadcasts.find(broadcast.id) is None
        if new and not await self.turns.take(f"broadcast.{disaster_id}", rest=REST):
            raise RateLimited("This disaster had a broadcast a moment ago.", retry_after=int(REST.total_seconds()))
        act = Act(event="disaster.broadcast", by=admin.id, actor=Actor.COORDINATOR)
        broadcast, _ = await self.broadcasts.add_once(broadcast, act)
        await self.queue.put(Job.BROADCAST, broadcast.id, urgent=broadcast.critical)
        return broadcast

    async def report(self, disaster_id: str, id: str) -> BroadcastReport:
        """What has become of one by now."""
        broadcast = await self.broadcasts.find(id)
        if broadcast is None or broadcast.disaster_id != disaster_id:
            raise NotFound("There is no such broadcast.")
        counts = {str(status): await self.outbox.count_of(id, status) for status in NotificationStatus}
        return BroadcastReport.of(broadcast, reached={status: count for status, count in counts.items() if count})

    async def run(self, id: str) -> None:
        """Tell some more of those who take part; the place it has come to is written with what they are told."""
        broadcast = await self.broadcasts.find(id)
        if broadcast is None or broadcast.status is not BroadcastStatus.SENDING:
            return
        members = self.disasters.participants(broadcast.disaster_id)
        page = await members.newest(role=None, limit=AT_ONCE, cursor=broadcast.cursor)
        at = self.clock()
        notes = {note.id: note for note in (broadcast.to(member.id, at) for member in page.items)}

        async def step(unit: Unit) -> bool:
            latest = await unit.get(self.broadcasts, id)
            there = await unit.find_many(self.outbox, notes)
            if latest.cursor != broadcast.cursor or latest.status is not BroadcastStatus.SENDING:
                return False  # somebody else was at it
            new = [note for note in notes.values() if note.id not in there]
            self.notifications.record(unit, new)
            unit.put(self.broadcasts, latest.reached(len(new), page.next, at), None)
            return page.next is not None

        more = await together(self.outbox.store, self.clock, step, keys=[self.broadcasts.key(id)])
        await self.notifications.ring(notes)
        if more:
            await self.queue.put(Job.BROADCAST, id, urgent=broadcast.critical)

    async def sweep(self) -> int:
        """Ring for those that are not through; returns how many."""
        found = await self.broadcasts.sending(limit=20)
        for id in found:
            await self.queue.put(Job.BROADCAST, id)
        return len(found)
