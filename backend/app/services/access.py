"""Who has read what of other people: one entry of the audit for each answer that holds their data."""

import asyncio
import contextlib
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

import structlog

from app.core.clock import Clock
from app.core.errors import Transient
from app.core.logging import current_request
from app.crud.audit import AuditLog, entry_id
from app.schemas.audit import MOST_SUBJECTS, Actor, AuditEntry
from app.schemas.role import Permission
from app.schemas.user import User

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class AccessLog:
    """Remembers readings. Whoever reads their own data is not remembered.

    `await access.read(caller, "requests.listed", ids)` before the answer goes out. It waits until the entry is durable,
    but not longer than `patience_seconds`: whoever is on the way to somebody must not wait for a slow store. The entry
    is written all the same, by this process, until the store takes it. `strict` readings (of people, of the audit
    itself, whole exports) wait longer and are refused with 503 rather than shown without an entry.
    """

    audit: AuditLog
    clock: Clock
    patience_seconds: float = 0.25
    strict_seconds: float = 10.0
    _writing: "set[asyncio.Task[None]]" = field(default_factory=set)

    MOST_UNWRITTEN: ClassVar[int] = 1_000
    """With so many entries waiting for the store, nothing more is shown."""

    async def read(
        self,
        caller: User,
        event: str,
        ids: Iterable[str],
        *,
        subject: str | None = None,
        why: str | None = None,
        strict: bool = False,
    ) -> None:
        """Remember that `caller` is shown the documents `ids`; nothing where these are but the caller's own id.

        The entry's `subject` is the one document (`users/u1`), or the collection; both are told by the event's first
        word (`user.read`, `users.listed`) unless `subject` names the collection.
        """
        shown = tuple(dict.fromkeys(id for id in ids if id != caller.id))
        if not shown:
            return
        place = subject or _collection(event)
        about = f"{place}/{shown[0]}" if len(shown) == 1 and not event.endswith(".listed") else place
        await self.note(
            AuditEntry(
                id=entry_id(about),
                at=self.clock(),
                event=event,
                by=caller.id,
                actor=Actor.COORDINATOR if caller.may(Permission.DECIDE_JOINED) else Actor.RESPONDER,
                why=why,
                subject=about,
                subjects=shown[:MOST_SUBJECTS],
                count=len(shown),
            ),
            strict=strict,
        )

    async def note(self, entry: AuditEntry, *, strict: bool = True) -> None:
        """Write one entry that stands for itself, with the id of the call where there is one."""
        if len(self._writing) >= self.MOST_UNWRITTEN:
            raise Transient("Readings cannot be recorded at the moment, so nothing is shown.")
        entry = entry.model_copy(update={"request_id": current_request()})
        task = asyncio.create_task(self._write(entry), name="access-entry")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        try:
            await asyncio.wait_for(asyncio.shield(task), self.strict_seconds if strict else self.patience_seconds)
        except TimeoutError:
            if strict:
                raise Transient("The reading could not be recorded, so nothing is shown.") from None
            log.warning("access.late", id=entry.id)

    async def settled(self, *, seconds: float = 5.0) -> None:
        """Let what waits for the store be written, and say what could not be."""
        if not self._writing:
            return
        _, left = await asyncio.wait(set(self._writing), timeout=seconds)
        for task in left:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if left:
            log.error("access.lost", entries=len(left))

    async def _write(self, entry: AuditEntry) -> None:
        pause = 0.05
        while True:
            try:
                await self.audit.add(entry)
                return
            except Transient:
                await asyncio.sleep(random.uniform(pause / 2, pause))
                pause = min(pause * 2, 5.0)


def _collection(event: str) -> str:
    word = event.partition(".")[0]
    return word if word.endswith("s") else f"{word}s"
