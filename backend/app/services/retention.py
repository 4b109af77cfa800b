"""How long what is kept is kept. A job applies it, a bounded number of documents at a time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from app.core.clock import Clock, rfc3339
from app.core.queue import Job, JobQueue
from app.crud.audit import AuditLog, entry_id
from app.crud.clearing import Aged, graves
from app.crud.schedules import Schedules
from app.crud.store.port import Create, Store
from app.schemas.audit import Actor, AuditEntry
from app.schemas.retention import Expiry
from app.services.anonymising import RETAINED, Anonymising

log = structlog.get_logger(__name__)

EVERY = timedelta(hours=1)
REQUESTS_AT_ONCE = 100


class Kept(Protocol):
    """One kind of document with an end."""

    async def count(self, before: datetime) -> int:
        """How many are older."""

    async def expire(self, before: datetime, entry: "Entry") -> int:
        """Let go of a bounded number of those that are older, leave word of how many, and say it; 0 if none is."""


@dataclass(frozen=True)
class Entry:
    """The word in the audit of what went."""

    name: str
    days: int
    cutoff: datetime
    at: datetime

    def of(self, count: int) -> AuditEntry:
        return AuditEntry(
            id=entry_id(f"retention/{self.name}"),
            at=self.at,
            event="retention.applied",
            actor=Actor.SYSTEM,
            why=f"kept for {self.days} days",
            subject=f"retention/{self.name}",
            count=count,
            cutoff=self.cutoff,
        )

    def writing(self, count: int) -> Create:
        return AuditLog.writing(self.of(count))


@dataclass(frozen=True)
class Deleted:
    """What is deleted, and the word of it written, in one commit."""

    aged: Aged

    async def count(self, before: datetime) -> int:
        return await self.aged.count(before)

    async def expire(self, before: datetime, entry: Entry) -> int:
        return await self.aged.clear(before, entry.writing)


@dataclass(frozen=True)
class EndedRequests:
    """Requests, from when they ended, with their plans and tasks. They stay, without anybody in them."""

    anonymising: Anonymising

    async def count(self, before: datetime) -> int:
        return await self.anonymising.cases.requests.count_past(before)

    async def expire(self, before: datetime, entry: Entry) -> int:
        past = await self.anonymising.cases.requests.past(before, limit=REQUESTS_AT_ONCE)
        done = sum([await self.anonymising.anonymise(id, why=RETAINED) for id in past])
        if done:
            await self.anonymising.audit.add(entry.of(done))
        return done


@dataclass(slots=True)
class _Last:
    looked: float | None = None


@dataclass(frozen=True)
class Retention:
    kinds: Mapping[str, Kept]
    days: Mapping[str, int]
    schedules: Schedules
    queue: JobQueue
    clock: Clock
    _last: _Last = field(default_factory=_Last)

    async def sweep(self) -> None:
        """Ring for every kind, once an hour, whichever process comes first."""
        now = time.monotonic()
        if self._last.looked is not None and now - self._last.looked < EVERY.total_seconds() / 12:
            return
        self._last.looked = now
        if await self.schedules.due("retention", EVERY):
            for name in self.kinds:
                await self.queue.put(Job.EXPIRE, name)

    async def run(self, name: str) -> None:
        """Let go of some of one kind, and ring again where there may be more."""
        if await self.apply(name):
            await self.queue.put(Job.EXPIRE, name)

    async def apply(self, name: str) -> int:
        """Let go of a bounded number of one kind; returns how many, 0 when none is left."""
        before = self.cutoff(name)
        if before is None:
            return 0
        entry = Entry(name, self.days[name], before, self.clock())
        count = await self.kinds[name].expire(before, entry)
        if count:
            log.info("retention.applied", name=name, count=count, cutoff=rfc3339(before))
        return count

    async def preview(self) -> list[Expiry]:
        """What would go now."""
        found = []
        for name, kind in self.kinds.items():
            before = self.cutoff(name)
            count = await kind.count(before) if before else 0
            found.append(Expiry(name=name, days=self.days[name], cutoff=before, count=count))
        return found

    def cutoff(self, name: str) -> datetime | None:
        """What is older than this goes; None where it is kept for ever."""
        days = self.days[name]
        return self.clock() - timedelta(days=days) if days else None


def kinds_kept(store: Store, anonymising: Anonymising) -> dict[str, Kept]:
    """Every kind that has an end, by the name it has in `RESQ_RETENTION_DAYS`."""
    return {
        "requests": EndedRequests(anonymising),
        "clusters": Deleted(Aged(store, ("clusters",))),
        "messages": Deleted(Aged(store, ("messages",))),
        "broadcasts": Deleted(Aged(store, ("broadcasts",))),
        "notifications": Deleted(Aged(store, ("notifications",))),
        "observations": Deleted(Aged(store, ("observations",))),
        "threads": Deleted(Aged(store, ("threads",), field="last_at")),
        "audit": Deleted(Aged(store, ("audit",), field="at")),
        "tombstones": Deleted(Aged(store, graves())),
        "failed_jobs": Deleted(Aged(store, ("failed_jobs",), field="last_at")),
    }
