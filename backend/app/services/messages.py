"""The chat of a disaster: said, read, taken back and reported by those who take part in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.ids import keyed_id
from app.crud.disasters import DisasterRepository
from app.crud.messages import MessageRepository
from app.crud.pages import Changes, Page
from app.crud.unit import Unit, together
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.base import Tombstone, body_hash
from app.schemas.disaster import DisasterStatus
from app.schemas.message import Message, MessageCreate, MessageView
from app.schemas.user import User
from app.services.notifications import Notifications, to_moderator

log = structlog.get_logger(__name__)

NOBODY = "Unknown User"


@dataclass(frozen=True)
class Messages:
    messages: MessageRepository
    disasters: DisasterRepository
    users: UserRepository
    notifications: Notifications
    clock: Clock

    async def listed(
        self, caller: User, disaster_id: str, *, before: datetime | None, limit: int, cursor: str | None
    ) -> Page[MessageView]:
        """The newest messages (before a moment), oldest first; the next page is older."""
        await self._let_in(caller, disaster_id)
        page = await self.messages.newest(disaster_id, before=before, limit=limit, cursor=cursor)
        return Page(tuple(await self._named(reversed(page.items))), page.next)

    async def changed(
        self, caller: User, disaster_id: str, since: datetime, *, limit: int, cursor: str | None
    ) -> Changes[Message]:
        """What was said, reported or removed, in that order in time; the next page is newer."""
        await self._let_in(caller, disaster_id)
        return await self.messages.changed_in(disaster_id, since, limit=limit, cursor=cursor)

    async def told(self, changes: Sequence[Message | Tombstone]) -> list[MessageView | Tombstone]:
        """Changes as members see them."""
        views = await self._named(one for one in changes if isinstance(one, Message))
        by_id = {view.id: view for view in views}
        return [by_id[one.id] if isinstance(one, Message) else one for one in changes]

    async def say(
        self, caller: User, disaster_id: str, body: MessageCreate, *, idempotency_key: str | None = None
    ) -> tuple[MessageView, bool]:
        """Keep a message, durable when this returns, and whether it is new.

        The same key of the same person with the same text finds the first message, also after the chat was closed;
        `Gone` if that was removed.
        """
        await self._let_in(caller, disaster_id)
        at = self.clock()
        message = Message(
            id=keyed_id(f"message {disaster_id}", caller.id, idempotency_key),
            disaster_id=disaster_id,
            text=body.text,
            created_by=caller.id,
            body_hash=body_hash(body),
            created_at=at,
            updated_at=at,
        )
        if idempotency_key is None or await self.messages.find(message.id) is None:
            await self._check_open(disaster_id)
        act = Act(event="message.sent", by=caller.id, actor=Actor.OWNER)
        message, new = await self.messages.add_once(message, act)
        return MessageView.by(message, caller.display_name or NOBODY), new

    async def delete(self, caller: User, disaster_id: str, id: str) -> None:
        """Take a message back: its author, wherever they are now, or a coordinator of the disaster."""
        await self.disasters.get(disaster_id)
        message = await self.messages.find(id)
        own = message is not None and message.created_by == caller.id and message.disaster_id == disaster_id
        if not own:
            await self._let_in(caller, disaster_id)
            if message is None or message.disaster_id != disaster_id:
                raise NotFound("There is no such message.")
            if not caller.coordinates(disaster_id):
                raise Forbidden("Only its author or a coordinator of the disaster removes a message.")
        actor = Actor.OWNER if own else Actor.COORDINATOR
        await self.messages.remove(id, Act(event="message.deleted", by=caller.id, actor=actor))
        log.info("message.deleted", id=id, actor=actor)

    async def report(self, caller: User, disaster_id: str, id: str) -> None:
        """Ask the coordinators to look at a message; they are told once, however many ask."""
        await self._let_in(caller, disaster_id)
        disaster = await self.disasters.get(disaster_id)
        coordinators = await self.users.coordinators(disaster_id)
        act = Act(event="message.reported", by=caller.id, actor=Actor.OWNER)

        async def step(unit: Unit) -> list[str]:
            message = await unit.find(self.messages, id)
            if message is None or message.disaster_id != disaster_id:
                raise NotFound("There is no such message.")
            at = self.clock()
            flagged = message.reported(at)
            if flagged is message:
                return []
            unit.put(self.messages, flagged, act)
            notes = [to_moderator(flagged, disaster.name, one.id, at) for one in coordinators]
            self.notifications.record(unit, notes)
            return [note.id for note in notes]

        told = await together(self.messages.store, self.clock, step, keys=[self.messages.key(id)])
        await self.notifications.ring(told)
        if told:
            log.info("message.reported", id=id, told=len(told))

    async def _let_in(self, caller: User, disaster_id: str) -> None:
        """`NotFound` for a disaster that is not there, `Forbidden` for somebody who does not take part in it."""
        if disaster_id in caller.joined:
            return
        await self.disasters.get(disaster_id)
        if not caller.coordinates(disaster_id):
            raise Forbidden("Its chat is for those who take part: join this disaster first.")

    async def _check_open(self, disaster_id: str) -> None:
        disaster = await self.disasters.get(disaster_id)
        if disaster.status is not DisasterStatus.REGISTERED:
            raise Conflict(
                f"The chat of a disaster that is {disaster.status} is closed.", allowed=[DisasterStatus.REGISTERED]
            )

    async def _named(self, messages: Iterable[Message]) -> Sequence[MessageView]:
        """As members see them, with the senders' names, which are read at once."""
        kept = list(messages)
        senders = await self.users.get_many(one.created_by for one in kept)
        names = {id: user.display_name for id, user in senders.items()}
        return [MessageView.by(one, names.get(one.created_by) or NOBODY) for one in kept]
