"""The chat of a disaster: said, read, taken back and reported by those who take part in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.core.clock import Clock, rfc3339
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import keyed_id
from app.crud.base import Page, Unit, encode_cursor, together
from app.crud.disasters import DisasterRepository
from app.crud.messages import MessageRepository
from app.crud.store.port import Cursor
from app.crud.tombstones import TombstoneRepository
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.base import body_hash
from app.schemas.disaster import DisasterStatus
from app.schemas.message import DeletedMessage, Message, MessageCreate, MessageView
from app.schemas.tombstone import Tombstone
from app.schemas.user import User
from app.services.notifications import Notifications, to_moderator

log = structlog.get_logger(__name__)

OVERLAP = timedelta(seconds=5)
"""So far before `since` is told again: what another process was still writing then has an earlier time on it."""
NOBODY = "Unknown User"


@dataclass(frozen=True)
class Messages:
    messages: MessageRepository
    tombstones: TombstoneRepository
    disasters: DisasterRepository
    users: UserRepository
    notifications: Notifications
    clock: Clock

    async def listed(
        self,
        caller: User,
        disaster_id: str,
        *,
        since: datetime | None,
        before: datetime | None,
        limit: int,
        cursor: str | None,
    ) -> Page[MessageView | DeletedMessage]:
        """The newest messages (before a moment), oldest first, the next page being older; or, in the order in which
        it happened, what was said, reported or removed `since` a moment, the next page being newer."""
        await self._let_in(caller, disaster_id)
        if since is None:
            page = await self.messages.newest(disaster_id, before=before, limit=limit, cursor=cursor)
            return Page(tuple(await self._named(reversed(page.items))), page.next)
        if before is not None:
            raise Invalid("Ask for what came `since` a time or `before` one, not both.", field="before")
        return await self._missed(disaster_id, since - OVERLAP, limit=limit, cursor=cursor)

    async def say(
        self, caller: User, disaster_id: str, body: MessageCreate, *, idempotency_key: str | None = None
    ) -> tuple[MessageView, bool]:
        """Keep a message, durable when this returns, and whether it is new; see `Requests.submit` for the key."""
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
            await self._open(disaster_id, message.id if idempotency_key else None)
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

    async def _open(self, disaster_id: str, keyed: str | None) -> None:
        """`Conflict` where nothing can be said any more, or not this again."""
        disaster = await self.disasters.get(disaster_id)
        if disaster.status is not DisasterStatus.REGISTERED:
            raise Conflict(
                f"The chat of a disaster that is {disaster.status} is closed.", allowed=[DisasterStatus.REGISTERED]
            )
        if keyed and await self.tombstones.of("messages", keyed) is not None:
            raise Conflict("This message was sent before and has been removed since.")

    async def _missed(
        self, disaster_id: str, since: datetime, *, limit: int, cursor: str | None
    ) -> Page[MessageView | DeletedMessage]:
        """Two lists in one order: that of the time, then of the key, which is also what the cursor means to both."""
        live = await self.messages.since(disaster_id, since, limit=limit, cursor=cursor)
        gone = await self.tombstones.since(self.messages.place, disaster_id, since, limit=limit, cursor=cursor)
        views = await self._named(live.items)
        told: list[tuple[str, str, MessageView | DeletedMessage]] = [
            (rfc3339(view.updated_at), view.id, view) for view in views
        ]
        told += [
            (rfc3339(one.updated_at), self.tombstones.id_of(self.messages.place, one.id), _deleted(one))
            for one in gone.items
        ]
        told.sort(key=lambda one: one[:2])
        page = told[:limit]
        if len(told) <= limit and live.next is None and gone.next is None:
            return Page(tuple(view for _, _, view in page), None)
        at, key, _ = page[-1]
        return Page(tuple(view for _, _, view in page), encode_cursor(Cursor((at,), key)))

    async def _named(self, messages: Iterable[Message]) -> Sequence[MessageView]:
        """As members see them, with the senders' names, which are read at once."""
        kept = list(messages)
        senders = await self.users.get_many(one.created_by for one in kept)
        names = {id: user.display_name for id, user in senders.items()}
        return [MessageView.by(one, names.get(one.created_by) or NOBODY) for one in kept]


def _deleted(tombstone: Tombstone) -> DeletedMessage:
    return DeletedMessage(id=tombstone.id, updated_at=tombstone.updated_at)
