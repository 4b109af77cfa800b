"""Disasters: registered and kept up by admins, looked for and looked at by everybody."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from app.core.clock import Clock
from app.core.errors import Conflict, NotFound
from app.core.ids import keyed_id
from app.crud.disasters import DisasterRepository
from app.crud.pages import Page
from app.crud.unit import Unit, together
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.base import body_hash
from app.schemas.disaster import (
    Disaster,
    DisasterCreate,
    DisasterEdit,
    DisasterFilter,
    DisasterOnMap,
    DisasterStatus,
)
from app.schemas.role import Permission
from app.schemas.user import User

Visitor: TypeAlias = Callable[[], Awaitable[User | None]]
"""Whoever calls a public route: looked up only where it matters who that is; None for nobody."""


@dataclass(frozen=True)
class Disasters:
    disasters: DisasterRepository
    users: UserRepository
    clock: Clock

    async def create(
        self, caller: User, body: DisasterCreate, *, idempotency_key: str | None = None
    ) -> tuple[Disaster, bool]:
        """Register a disaster at once, and whether it is new."""
        at = self.clock()
        disaster = Disaster(
            id=keyed_id("disaster", caller.id, idempotency_key),
            created_by=caller.id,
            body_hash=body_hash(body),
            created_at=at,
            updated_at=at,
            **{name: getattr(body, name) for name in DisasterCreate.model_fields},
        )
        return await self.disasters.add_once(disaster, _by(caller, "disaster.created"))

    async def listed(
        self, visitor: Visitor, wanted: DisasterFilter, *, limit: int, cursor: str | None
    ) -> Page[Disaster]:
        """Registered disasters, newest first. Others only where a state is asked for: all of them for a coordinator,
        one's own suggestions for everybody else who is signed in."""
        status, created_by = wanted.status or DisasterStatus.REGISTERED, None
        if status is not DisasterStatus.REGISTERED:
            user = await visitor()
            if user is None:
                return Page((), None)
            created_by = None if _coordinates_somewhere(user) else user.id
        return await self.disasters.newest(
            status=status, created_by=created_by, wanted=wanted, limit=limit, cursor=cursor
        )

    async def on_map(self) -> list[DisasterOnMap]:
        return [DisasterOnMap.of(one) for one in await self.disasters.on_map()]

    async def get(self, visitor: Visitor, id: str) -> Disaster:
        """A registered disaster for everybody; another one only for coordinators and whoever suggested it."""
        disaster = await self.disasters.get(id)
        if disaster.status is not DisasterStatus.REGISTERED and not may_see(await visitor(), disaster):
            raise NotFound("There is no such disaster.")
        return disaster

    async def edit(self, caller: User, id: str, edit: DisasterEdit) -> Disaster:
        return await self.disasters.change(
            id, lambda latest: latest.edited(edit, self.clock()), _by(caller, "disaster.edited")
        )

    async def delete(self, caller: User, id: str) -> None:
        """Remove a disaster that nothing belongs to; `Conflict` that says what does otherwise."""
        if not (await self.disasters.get(id)).being_deleted:
            await self._expect_empty(id)
        # Closed to newcomers first, then looked at again: whoever came in between is found by the second look.
        await self._mark(caller, id, "disaster.deleting", being_deleted=True)
        try:
            await self._expect_empty(id)
        except Conflict:
            await self._mark(caller, id, "disaster.kept", being_deleted=False)
            raise
        act = _by(caller, "disaster.deleted")

        async def step(unit: Unit) -> None:
            disaster = await unit.get(self.disasters, id)
            suggester = await unit.find(self.users, disaster.created_by)
            if suggester is not None:
                unit.put(self.users, suggester.suggestion_settled(id), act)
            unit.remove(self.disasters, id, act)

        await together(self.disasters.store, self.clock, step, keys=[self.disasters.key(id)])

    async def _expect_empty(self, id: str) -> None:
        held = await self.disasters.contents(id)
        if held:
            said = ", ".join(f"{count} {name}" for name, count in held.items())
            raise Conflict(f"Only an empty disaster is deleted; this one has {said}.", holds=held)

    async def _mark(self, caller: User, id: str, event: str, *, being_deleted: bool) -> None:
        await self.disasters.change(
            id, lambda latest: latest.model_copy(update={"being_deleted": being_deleted}), _by(caller, event)
        )


def may_see(user: User | None, disaster: Disaster) -> bool:
    """Whether somebody may know of a disaster, registered or not."""
    if disaster.status is DisasterStatus.REGISTERED:
        return True
    return user is not None and (_coordinates_somewhere(user) or user.id == disaster.created_by)


def _coordinates_somewhere(user: User) -> bool:
    return user.may(Permission.DECIDE_JOINED)


def _by(caller: User, event: str) -> Act:
    return Act(event=event, by=caller.id, actor=Actor.COORDINATOR)
