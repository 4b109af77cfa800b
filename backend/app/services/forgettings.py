"""Deleting a person: asked for once, done by a job in small steps that may be cut off anywhere (ADR 0015)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict
from app.core.queue import Job, JobQueue
from app.crud.forgettings import ForgettingRepository
from app.crud.unit import Unit, together
from app.crud.users import UserRepository
from app.schemas.anonymity import tombstone_uid
from app.schemas.audit import Act, Actor
from app.schemas.forgetting import Forgetting, ForgettingView
from app.schemas.request_parts import NOT_LISTED
from app.schemas.user import User
from app.schemas.vocabulary import RoleId
from app.services.anonymising import Anonymising
from app.services.belongings import Belongings, Leaver

log = structlog.get_logger(__name__)

BATCH = 200
"""So many things are let go of in one run of the job, so that nobody's past keeps a worker for long."""
LATECOMERS_SECONDS = 30.0
"""How often requests are looked for that went on without their person and have ended since."""
STUCK_AFTER = 5
_PROFILE = "Your profile is deleted at the end. Until then, some minutes at most, nobody can sign in as you."


@dataclass(slots=True)
class _Pace:
    last: float | None = None

    def due(self, every_seconds: float) -> bool:
        now = time.monotonic()
        if self.last is not None and now - self.last < every_seconds:
            return False
        self.last = now
        return True


@dataclass(frozen=True)
class Forgettings:
    users: UserRepository
    forgettings: ForgettingRepository
    belongings: Sequence[Belongings]
    anonymising: Anonymising
    queue: JobQueue
    clock: Clock
    _latecomers: _Pace = field(default_factory=_Pace)

    async def ask(self, person: User) -> ForgettingView:
        """Begin to delete a person; asked again, it is the same. `Conflict` for the last administrator.

        From here on nothing is taken from them or asked of them. The job does the rest.
        """
        others = [one.id for one in await self.users.admins() if one.id != person.id][:10]
        act = Act(event="user.deletion_asked", by=person.id, actor=Actor.OWNER)

        async def step(unit: Unit) -> Forgetting:
            latest = await unit.get(self.users, person.id)
            begun = await unit.find(self.forgettings, person.id)
            if begun is not None:
                return begun
            if latest.role_id is RoleId.ADMIN and latest.active:
                admins = (await unit.find_many(self.users, others)).values()
                if not any(one.role_id is RoleId.ADMIN and one.active for one in admins):
                    raise Conflict("You are the last administrator. Make somebody else one first.")
            at = self.clock()
            unit.put(self.users, latest.leaving_for_good(at), act)
            begun = Forgetting(id=person.id, tombstone=tombstone_uid(), due=at, created_at=at, updated_at=at)
            return unit.add(self.forgettings, begun, None)

        begun = await together(self.users.store, self.clock, step, keys=[self.users.key(person.id)])
        log.info("user.deletion_asked", id=person.id)
        await self.queue.put(Job.FORGET, person.id)
        for group in (NOT_LISTED, *person.joined):
            await self.queue.put(Job.MATCH, group)
        promises = (*(kind.promise for kind in self.belongings), _PROFILE)
        return ForgettingView(id=begun.id, asked_at=begun.created_at, what_happens=promises)

    async def run(self, uid: str) -> None:
        """Let go of some of what a person leaves, and of the person once a whole round has found nothing."""
        marker = await self.forgettings.find(uid)
        user = await self.users.find(uid)
        if marker is None or user is None:
            return
        if marker.attempts >= STUCK_AFTER:
            log.error("user.deletion_stuck", id=uid, attempts=marker.attempts)
        await self.forgettings.change(uid, lambda latest: latest.tried(self.clock()), None)
        counts = await self._round(Leaver(user, marker.tombstone, await self._heir(user, marker)))
        if any(counts.values()):
            await self.forgettings.change(uid, lambda latest: latest.went_on(counts, self.clock()), None)
            await self.queue.put(Job.FORGET, uid)
        else:
            await self._end(uid)

    async def sweep(self) -> int:
        """Ring for every deletion that nobody is at, and now and then for what ended since; returns how many."""
        waiting = await self.forgettings.due(self.clock(), limit=100)
        for id in waiting:
            await self.queue.put(Job.FORGET, id)
        late = await self.anonymising.sweep() if self._latecomers.due(LATECOMERS_SECONDS) else 0
        return len(waiting) + late

    async def _round(self, leaver: Leaver) -> dict[str, int]:
        counts: dict[str, int] = {}
        room = BATCH
        for kind in self.belongings:
            if room <= 0 or await self.forgettings.find(leaver.id) is None:
                break  # another process may have come to the end, and somebody new may be there under the id
            counts[kind.name] = await kind.forget(leaver, room)
            room -= counts[kind.name]
        return counts

    async def _heir(self, user: User, marker: Forgetting) -> str:
        """Some administrator, or nobody where there is none."""
        admins = [one.id for one in await self.users.admins() if one.id != user.id]
        return admins[0] if admins else marker.tombstone

    async def _end(self, uid: str) -> None:
        async def step(unit: Unit) -> None:
            marker = await unit.find(self.forgettings, uid)
            if marker is None or await unit.find(self.users, uid) is None:
                return
            said = ", ".join(f"{count} {name}" for name, count in sorted(marker.done.items()) if count)
            unit.remove(self.users, uid, Act(event="user.deleted", why=said or "there was nothing else"))
            unit.remove(self.forgettings, uid, None)

        await together(self.users.store, self.clock, step, keys=[self.users.key(uid)])
        log.info("user.deleted", id=uid)
