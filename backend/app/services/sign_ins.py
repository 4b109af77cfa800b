"""What the sign-in service knows of people, kept in step with what is so here (ADR 0019)."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from app.core.clock import Clock
from app.core.queue import Job, JobQueue
from app.core.security.directory import Directory
from app.crud.sign_ins import UntoldRepository
from app.crud.unit import Unit, together
from app.crud.users import UserRepository
from app.schemas.audit import Act
from app.schemas.sign_in import Untold
from app.schemas.user import User
from app.services.standings import Standings

log = structlog.get_logger(__name__)

BATCH = 100
STUCK_AFTER = 5


@dataclass(frozen=True)
class SignIns:
    """A change that others are to know of is written down with word of it, in one; a job then carries the word.

    The stored profile decides here. The claim in the tokens is for clients and other services.
    """

    users: UserRepository
    untold: UntoldRepository
    directory: Directory
    standings: Standings
    queue: JobQueue
    clock: Clock

    async def change(self, uid: str, step: Callable[[User], User], act: Act, *, access: bool = False) -> User:
        """Change a person; a new role is told to the sign-in service, and with `access` whether they are shut out."""

        async def both(unit: Unit) -> tuple[User, bool]:
            latest = await unit.get(self.users, uid)
            waiting = await unit.find(self.untold, uid)
            changed = step(latest)
            news = access or changed.role_id is not latest.role_id
            if news:
                self._note(unit, uid, waiting, access=access)
            return unit.put(self.users, changed, act), news

        user, news = await together(self.users.store, self.clock, both, keys=[self.users.key(uid)])
        if news:
            await self.queue.put(Job.TELL, uid)
        return user

    async def run(self, uid: str) -> None:
        """Tell the sign-in service what is so by now. Told twice, it is the same."""
        waiting = await self.untold.find(uid)
        if waiting is None:
            return
        if waiting.attempts >= STUCK_AFTER:
            log.error("sign_in.untold", id=uid, attempts=waiting.attempts)
        waiting = await self.untold.change(uid, lambda latest: latest.tried(self.clock()), None)
        user = await self.users.find(uid)
        if user is not None:
            await self.directory.set_role(uid, user.role_id)
            if waiting.access:
                await self.directory.set_disabled(uid, user.disabled)
                self.standings.forget(uid)
        if await self._settle(waiting, user):
            await self.queue.put(Job.TELL, uid)

    async def sweep(self) -> int:
        """Ring for all whose word was lost or did not get through; returns how many."""
        waiting = await self.untold.due(self.clock(), limit=BATCH)
        for one in waiting:
            await self.queue.put(Job.TELL, one.id)
        return len(waiting)

    async def _settle(self, told: Untold, user: User | None) -> bool:
        """Let go of the word that was carried, unless it is not true any more; whether there is more to tell."""

        async def step(unit: Unit) -> bool:
            latest = await unit.find(self.users, told.id)
            waiting = await unit.find(self.untold, told.id)
            if latest is not None and user is not None and _differ(latest, user):
                # It has changed while it was told, and whoever told that may have been before us.
                self._note(unit, told.id, waiting, access=told.access)
                return True
            if waiting is not None and waiting.version == told.version:
                unit.remove(self.untold, told.id, None)
            return False

        return await together(self.users.store, self.clock, step, keys=[self.users.key(told.id)])

    def _note(self, unit: Unit, uid: str, waiting: Untold | None, *, access: bool) -> None:
        at = self.clock()
        if waiting is not None:
            unit.put(self.untold, waiting.again(at, access=access), None)
        else:
            unit.add(self.untold, Untold(id=uid, due=at, access=access, created_at=at, updated_at=at), None)


def _differ(one: User, other: User) -> bool:
    return (one.role_id, one.disabled) != (other.role_id, other.disabled)
