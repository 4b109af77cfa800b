"""Bringing what is in the outbox to people's devices (ADR 0031)."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

import structlog

from app.core.clock import Clock
from app.core.errors import NotFound
from app.core.metrics import Metrics, Pushed
from app.core.queue import Job, JobQueue, backoff
from app.crud.notifications import NotificationRepository
from app.crud.unit import Unit, together
from app.crud.users import UserRepository
from app.schemas.audit import Act
from app.schemas.device import DEVICES, FORGOTTEN_AFTER, Device
from app.schemas.notification import FINAL, Notification, NotificationStatus, Reach
from app.schemas.push import PushMessage, Reply
from app.schemas.user import User
from app.services.devices import Devices
from app.services.push_rules import expired, message_for, ruled

log = structlog.get_logger(__name__)

PAGE = 200
"""So many notifications are read at once."""
GROUP = 50
"""So many are written at once."""
MOST_BETWEEN_TRIES = 300.0

Step: TypeAlias = Callable[[Notification], Notification]


class Push(Protocol):
    """Brings a push to a device."""

    @property
    def on(self) -> bool:
        """Whether there is a push service at all."""

    @property
    def due(self) -> bool:
        """Whether it is to be asked now; after many failures it is left alone for a while."""

    async def send(self, device: Device, message: PushMessage) -> Reply:
        """Never raises."""

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one person gets as one push."""

    notifications: tuple[Notification, ...]
    user: User


@dataclass(frozen=True)
class Delivery:
    """One part of the outbox after the other, many devices at once.

    A push is never made again for a device of which it is written that it was reached. `slots` bounds how many pushes
    are made and not yet written down: those, and no others, may be made twice when this process is killed.
    """

    notifications: NotificationRepository
    users: UserRepository
    devices: Devices
    queue: JobQueue
    push: Push
    clock: Clock
    metrics: Metrics
    attempts: int
    first_pause: float
    slots: asyncio.Semaphore

    async def run(self, shard: str) -> None:
        """Push what is due in one part of the outbox, `PAGE` at most, and ring again where there may be more."""
        if not self.push.due:
            return
        page = await self.notifications.due(shard, self.clock(), limit=PAGE)
        if not page:
            return
        book = Book(self.notifications, self.clock)
        if self.push.on:
            await self._push(page, book)
        else:
            await _all(self._keep(one, book) for one in page)
        if len(page) == PAGE and self.push.due:
            await self.queue.put(Job.DELIVER, shard)

    async def _push(self, page: Sequence[Notification], book: "Book") -> None:
        people = await self.users.get_many({one.to for one in page})
        at = self.clock()
        parcels: list[Parcel] = []
        together: defaultdict[str, list[Notification]] = defaultdict(list)
        others = []
        for one in page:
            user, ruling = people.get(one.to), ruled(one, people.get(one.to), at)
            if user is None or not (ruling.push or ruling.until):
                others.append(self._keep(one, book))
            elif ruling.until is not None:
                others.append(self._hold(one, ruling.until, book))
            elif one.held:
                together[one.to].append(one)
            else:
                parcels.append(Parcel((one,), user))
        parcels += [Parcel(tuple(notes), people[uid]) for uid, notes in together.items()]
        await _all([*others, *(self._bring(parcel, book) for parcel in parcels)])

    async def _keep(self, one: Notification, book: "Book") -> None:
        """In the inbox alone."""
        await book.write([one], lambda latest: latest.delivered(self.clock()))
        self.metrics.pushed(Pushed.RECORDED)

    async def _hold(self, one: Notification, until: datetime, book: "Book") -> None:
        await book.write([one], lambda latest: latest.waiting(until, self.clock()))

    async def _bring(self, parcel: Parcel, book: "Book") -> None:
        async with self.slots:
            left = await self._left(parcel)
            if not left:
                # No device, or those that are left were reached before, or are none any more.
                await book.write(parcel.notifications, self._over)
                self.metrics.pushed(Pushed.RECORDED)
                return
            at = self.clock()
            if any(expired(one, at) for one in parcel.notifications):
                await self._written(parcel, dict.fromkeys((one.id for one in left), Reach.LATER), None, book)
                return
            replies = await asyncio.gather(
                *(self.push.send(one, message_for(parcel.notifications, parcel.user, one, at)) for one in left)
            )
            said = {device.id: reply for device, reply in zip(left, replies, strict=True)}
            await self._noted(parcel, said, book)

    async def _left(self, parcel: Parcel) -> list[Device]:
        """The devices it is still to be brought to. One that was not heard of for too long is removed."""
        found = await self.devices.of(parcel.user.id).latest(limit=DEVICES)
        oldest = self.clock() - FORGOTTEN_AFTER
        for old in [one for one in found if one.seen_at < oldest]:
            await self._gone(parcel.user.id, old.id, "device.expired")
        known = parcel.notifications[0].reached
        return [one for one in found if one.seen_at >= oldest and known.get(one.id) not in FINAL]

    async def _noted(self, parcel: Parcel, said: Mapping[str, Reply], book: "Book") -> None:
        for id, reply in said.items():
            if reply.reach is Reach.STALE:
                await self._gone(parcel.user.id, id, "device.stale")
            if reply.tried:
                self.metrics.pushed(_WORDS[reply.reach])
        waits = [reply.after for reply in said.values() if reply.reach is Reach.LATER]
        if not any(reply.tried for reply in said.values()):
            until = self.clock() + timedelta(seconds=max(waits))
            await book.write(parcel.notifications, lambda latest: latest.postponed(until, self.clock()))
            return
        await self._written(parcel, {id: reply.reach for id, reply in said.items()}, self._again(parcel, waits), book)

    def _again(self, parcel: Parcel, waits: Sequence[float]) -> datetime | None:
        tries = max(one.attempts for one in parcel.notifications) + 1
        if not waits or tries >= self.attempts:
            return None
        pause = backoff(tries, first=self.first_pause, most=MOST_BETWEEN_TRIES)
        # Never before the service wants it, and not all in the same moment.
        return self.clock() + timedelta(seconds=max(waits) + pause)

    async def _written(
        self, parcel: Parcel, reached: Mapping[str, Reach], again: datetime | None, book: "Book"
    ) -> None:
        await book.write(parcel.notifications, lambda latest: latest.pushed(reached, again=again, at=self.clock()))
        for one in parcel.notifications:
            if one.pushed(reached, again=again, at=one.updated_at).status is NotificationStatus.DEAD:
                self.metrics.pushed(Pushed.DEAD)
                log.error("notification.dead", id=one.id, kind=one.kind)

    def _over(self, latest: Notification) -> Notification:
        if latest.reached:
            return latest.pushed({}, again=None, at=self.clock())
        return latest.delivered(self.clock())

    async def _gone(self, uid: str, id: str, event: str) -> None:
        try:
            await self.devices.remove_of(uid, id, Act(event=event))
        except NotFound:
            log.info("device.gone_before", id=id)


_WORDS = {
    Reach.SENT: Pushed.SENT,
    Reach.STALE: Pushed.STALE,
    Reach.REFUSED: Pushed.REFUSED,
    Reach.LATER: Pushed.FAILED,
}
_EVENTS = {
    NotificationStatus.SENT: Act(event="notification.sent"),
    NotificationStatus.DELIVERED: Act(event="notification.delivered"),
    NotificationStatus.DEAD: Act(event="notification.dead"),
}


@dataclass(slots=True)
class Book:
    """Writes down what has become of notifications: one commit for all that came together while the last was made."""

    notifications: NotificationRepository
    clock: Clock
    _waiting: list[tuple[Notification, Step, "asyncio.Future[None]"]] = field(default_factory=list)
    _writer: "asyncio.Task[None] | None" = None

    async def write(self, notifications: Iterable[Notification], step: Step) -> None:
        """Return when it is written."""
        loop = asyncio.get_running_loop()
        futures = []
        for one in notifications:
            futures.append(loop.create_future())
            self._waiting.append((one, step, futures[-1]))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write(), name="delivery-book")
        await asyncio.gather(*futures)

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
            try:
                await self._commit([(one, step) for one, step, _ in group])
            except Exception as error:  # the edge of the task: those who wait for it get it
                for *_, future in group:
                    if not future.done():
                        future.set_exception(error)
            else:
                for *_, future in group:
                    if not future.done():
                        future.set_result(None)
        self._writer = None

    async def _commit(self, group: Sequence[tuple[Notification, Step]]) -> None:
        steps = {one.id: step for one, step in group}
        repository = self.notifications

        async def write(unit: Unit) -> None:
            found = await unit.find_many(repository, steps)
            for id, latest in found.items():
                changed = steps[id](latest)
                act = _EVENTS.get(changed.status) if changed.settled and not latest.settled else None
                unit.put(repository, changed, act)

        await together(repository.store, self.clock, write, seen=repository.seen(*(one for one, _ in group)))


async def _all(work: Iterable[Coroutine[object, object, None]]) -> None:
    """Do all of it at once, and raise the first error when all has come to an end."""
    ended = await asyncio.gather(*work, return_exceptions=True)
    for one in ended:
        if one is not None:
            raise one
