"""Text messages from telephones: each becomes a request, or goes to the open one of its number, and is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict
from app.core.ids import derived_id, keyed_id
from app.crud.requests import RequestRepository
from app.crud.store.port import AlreadyExists, KeyLocks
from app.crud.threads import ThreadRepository
from app.crud.unit import Unit, together
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.inbound import Command, Inbound, Reply, Thread
from app.schemas.replies import TEXTS, Say, language_of
from app.schemas.request import Request
from app.schemas.request_bodies import RequestCreate, StatusChange
from app.schemas.request_parts import Contact
from app.schemas.request_states import ENDED, Status
from app.schemas.user import User
from app.services.pipeline import Pipeline
from app.services.requests import Requests

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Texting:
    """Takes in messages in threads, one for each number; a message that comes twice counts once."""

    threads: ThreadRepository
    users: UserRepository
    asked: RequestRepository
    requests: Requests
    pipeline: Pipeline
    clock: Clock
    emergency: str
    locks: KeyLocks = field(default_factory=KeyLocks)

    async def receive(self, message: Inbound) -> Reply:
        """Keep the message for good, and what to write back. Sent again, it is answered again and kept once."""
        message = message.model_copy(update={"media": self.requests.attachments.fit(message.media)})
        key = self.threads.key(self.threads.id_of(message.phone))
        async with self.locks.held([key]):  # two messages at once are one after the other
            thread = await self._thread(message)
            sender = await self.users.get(thread.uid)
            if message.command is not None:
                return await self._obey(message.command, message, thread, sender)
            if message.id not in thread.seen:
                thread = await self._added(message, thread) or await self._asked(message, thread, sender)
            return await self._answered(message, thread)

    async def _answered(self, message: Inbound, thread: Thread) -> Reply:
        request = await self.asked.find(thread.request_id) if thread.request_id else None
        began = thread.request_id == _request_id(message, thread)
        texts = [Say.RECEIVED if began else Say.ADDED]
        if thread.seen[:1] == (message.id,):
            texts.append(Say.CONSENT)
        if request is not None and request.location is None:
            texts.append(Say.WHERE)
        return self._reply(message, thread, texts)

    async def _thread(self, message: Inbound) -> Thread:
        """The thread of a number. Somebody who signed in with the number is its person."""
        id = self.threads.id_of(message.phone)
        found = await self.threads.find(id)
        if found is not None:
            return found
        at = self.clock()
        user = await self.users.by_phone(message.phone) or await self._person(message, at)
        thread = Thread.opened(message, id=id, uid=user.id, at=at)
        try:
            return await self.threads.add(thread, _act(thread, "thread.opened"))
        except AlreadyExists:
            return await self.threads.get(id)

    async def _person(self, message: Inbound, at: datetime) -> User:
        uid = derived_id("phone", message.phone)
        user = User(id=uid, display_name=message.name, contact_phone=message.phone, created_at=at, updated_at=at)
        try:
            return await self.users.add(user, Act(event="user.created", by=uid, actor=Actor.OWNER))
        except AlreadyExists:
            return await self.users.get(uid)

    async def _asked(self, message: Inbound, thread: Thread, sender: User) -> Thread:
        """A new request. It is kept first, under a key, so that a repeat after a crash finds it again."""
        body = RequestCreate(
            description=message.text or None,
            type_of_need="general" if message.text or message.place or message.media else "unknown",
            location=message.place,
            media=message.media,
            contact=Contact(name=message.name, phone=message.phone),
        )
        request, _ = await self.requests.submit(
            sender, body, idempotency_key=_idempotency_key(message), channel=message.channel
        )

        def heard(latest: Thread) -> Thread:
            if message.id in latest.seen:
                return latest
            return latest.told_again(self.clock()).heard(message, self.clock(), request_id=request.id)

        return await self.threads.change(thread.id, heard, _act(thread, "thread.asked"))

    async def _added(self, message: Inbound, thread: Thread) -> Thread | None:
        """The message as part of the thread's request; None where that has ended, or was too long ago."""
        act = _act(thread, "request.added_to")

        async def step(unit: Unit) -> tuple[Thread, Request] | None:
            latest = await unit.get(self.threads, thread.id)
            request = await unit.find(self.asked, latest.request_id) if latest.request_id else None
            at = self.clock()
            if request is None or request.status in ENDED or not latest.goes_on(at):
                return None
            if message.id in latest.seen:
                return latest, request
            heard = latest.told_again(at).heard(message, at, request_id=latest.request_id)
            media = tuple(one.media for one in self.requests.attachments.named(message.media))
            longer = request.extended(message.text, message.place, media, at)
            return unit.put(self.threads, heard, act), unit.put(self.asked, longer, act)

        done = await together(self.threads.store, self.clock, step, keys=[self.threads.key(thread.id)])
        if done is None:
            return None
        await self.pipeline.ring(done[1])
        return done[0]

    async def _obey(self, command: Command, message: Inbound, thread: Thread, sender: User) -> Reply:
        act = _act(thread, f"thread.{command}")
        if command is Command.STOP:
            thread = await self.threads.change(thread.id, lambda latest: latest.silenced(self.clock()), act)
            return self._reply(message, thread, [Say.STOPPED], anyway=True)
        thread = await self.threads.change(thread.id, lambda latest: latest.told_again(self.clock()), act)
        if command in (Command.HELP, Command.START):
            return self._reply(message, thread, [Say.HELP, Say.CONSENT])
        request = await self.asked.find(thread.request_id) if thread.request_id else None
        if request is None or request.status is Status.CANCELLED:
            return self._reply(message, thread, [Say.NOTHING_OPEN])
        if command is Command.STATUS:
            return self._reply(message, thread, [Say.STATUS], status=request.status)
        try:
            await self.requests.change_status(
                sender, request.id, StatusChange(status=Status.CANCELLED, reason="taken back by text message")
            )
        except Conflict:
            return self._reply(message, thread, [Say.NOT_CANCELLED], status=request.status)
        return self._reply(message, thread, [Say.CANCELLED])

    def _reply(
        self,
        message: Inbound,
        thread: Thread,
        said: list[Say],
        *,
        status: Status | None = None,
        anyway: bool = False,
    ) -> Reply:
        texts: Mapping[Say, str] = TEXTS[language_of(message.text)]
        silent = thread.consent.withdrawn_at is not None and not anyway
        words = " ".join(texts[one] for one in said)
        ref = (thread.request_id or "")[:6].upper()
        text = words.format(emergency=self.emergency, ref=ref, status=(status or "").replace("_", " "))
        return Reply(
            to=thread.phone, channel=message.channel, text="" if silent else text, request_id=thread.request_id
        )


def _idempotency_key(message: Inbound) -> str:
    return f"{message.channel}:{message.id}"


def _request_id(message: Inbound, thread: Thread) -> str:
    """The request that this message began, if it began one."""
    return keyed_id("request", thread.uid, _idempotency_key(message))


def _act(thread: Thread, event: str) -> Act:
    return Act(event=event, by=thread.uid, actor=Actor.OWNER)
