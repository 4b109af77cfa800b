from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from app.core.clock import Clock, rfc3339
from app.core.errors import NotFound
from app.core.ids import new_id
from app.crud.pages import Page, decode_cursor, encode_cursor
from app.crud.store.port import AlreadyExists, Create, Data, Json, Key, Op, Order, Query, Snapshot, Store, Update, Where
from app.crud.unit import AUDIT
from app.schemas.audit import SYSTEM, Actor, AuditEntry, AuditSearch

WORDED = frozenset({"status_reason", "stage_reason"})
"""Audited fields that hold somebody's free words."""

_ONE_ACT = timedelta(seconds=20)
"""The entries of one act are so close together: a transaction lasts 15 s at the most."""
_OWN_WORDS = (Actor.OWNER, Actor.RESPONDER)
_NEWEST = (Order("at", descending=True),)


class AuditLog:
    """What was done to each document, and who read what.

    Changes are written by `Unit` with the change itself. Entries are never rewritten, but for one thing: the free words
    in them are taken out when the person they are of, or the request they are about, is forgotten.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    async def of(self, subject: str, *, limit: int = 500) -> list[AuditEntry]:
        """What happened to one document (`requests/r1`), oldest first."""
        found = await self.store.query(
            Query(AUDIT, where=(Where("subject", Op.EQ, subject),), order=(Order("at"),), limit=limit)
        )
        return [_read(snapshot) for snapshot in found]

    async def listed(self, wanted: AuditSearch, *, limit: int, cursor: str | None = None) -> Page[AuditEntry]:
        """Entries, newest first."""
        where = [
            Where(name, Op.EQ, word)
            for name, word in (("subject", wanted.subject), ("by", wanted.by), ("event", wanted.event))
            if word is not None
        ]
        if wanted.since is not None:
            where.append(Where("at", Op.GE, rfc3339(wanted.since)))
        if wanted.until is not None:
            where.append(Where("at", Op.LT, rfc3339(wanted.until)))
        return await self._page(where, limit=limit, cursor=cursor)

    async def readings_of(self, id: str, *, limit: int, cursor: str | None = None) -> Page[AuditEntry]:
        """Who read one document (`u1`) among others, newest first."""
        return await self._page([Where("subjects", Op.CONTAINS, id)], limit=limit, cursor=cursor)

    async def get(self, id: str) -> AuditEntry:
        """`NotFound` for what is no entry."""
        try:
            found = await self.store.get(Key(AUDIT, id))
        except ValueError:
            found = None
        if found is None:
            raise NotFound("There is no such entry.")
        return _read(found)

    async def add(self, entry: AuditEntry) -> None:
        """Write an entry that stands for itself; the same one twice is once."""
        write = self.writing(entry)
        try:
            await self.store.commit([write])
        except AlreadyExists:
            return

    @staticmethod
    def writing(entry: AuditEntry) -> Create:
        """An entry as part of somebody's own commit."""
        return Create(Key(AUDIT, entry.id), {**cast("Data", entry.model_dump(mode="json")), "schema": 1})

    async def forget_words_by(self, uid: str, clock: Clock, *, limit: int) -> int:
        """Take out what one person said for themselves. What they said as a coordinator is of their office, and stays.

        Returns how many entries those were; 0 when none is left.
        """
        where = (
            Where("by", Op.EQ, uid),
            Where("actor", Op.IN, [str(actor) for actor in _OWN_WORDS]),
            Where("why", Op.GT, ""),
        )
        return await self._redact(await self.store.query(Query(AUDIT, where=where, limit=limit)), clock)

    async def forget_words_about(self, subject: str, clock: Clock) -> int:
        """Take all free words out of what happened to one document; returns how many entries had some.

        One act may have changed several documents, and its words stand with each: they go everywhere, here last.
        """
        about = await self.store.query(
            Query(AUDIT, where=(Where("subject", Op.EQ, subject),), order=(Order("at"),), limit=1_000)
        )
        worded = {one.key: one for one in about if _worded(one.data)}
        elsewhere: dict[Key, Snapshot] = {}
        for one in worded.values():
            elsewhere |= {two.key: two for two in await self._of_one_act(one) if two.key not in worded}
        return await self._redact([*elsewhere.values(), *worded.values()], clock)

    async def _of_one_act(self, entry: Snapshot) -> list[Snapshot]:
        """All entries with the words that somebody said with one act."""
        by, why, at = (str(entry.data.get(name) or "") for name in ("by", "why", "at"))
        if not why or by == SYSTEM:
            return []
        moment = datetime.fromisoformat(at)
        where = (
            Where("by", Op.EQ, by),
            Where("why", Op.EQ, why),
            Where("at", Op.GE, rfc3339(moment - _ONE_ACT)),
            Where("at", Op.LE, rfc3339(moment + _ONE_ACT)),
        )
        return await self.store.query(Query(AUDIT, where=where, limit=1_000))

    async def _redact(self, found: Sequence[Snapshot], clock: Clock) -> int:
        at = rfc3339(clock())
        updates = [Update(one.key, {**_wordless(one.data), "redacted_at": at}) for one in found]
        for start in range(0, len(updates), 400):
            await self.store.commit(updates[start : start + 400])
        return len(updates)

    async def _page(self, where: Sequence[Where], *, limit: int, cursor: str | None) -> Page[AuditEntry]:
        after = decode_cursor(cursor, len(_NEWEST)) if cursor else None
        query = Query(AUDIT, tuple(where), _NEWEST, limit, after)
        found = await self.store.query(query)
        items = tuple(_read(snapshot) for snapshot in found)
        return Page(items, encode_cursor(query.cursor(found[-1])) if len(found) == limit else None)


def entry_id(subject: str, version: int = 0) -> str:
    return f"{subject.replace('/', '.')}.{version}.{new_id()}"


def _read(snapshot: Snapshot) -> AuditEntry:
    return AuditEntry.model_validate(snapshot.data)


def _changes(data: Data) -> dict[str, Json]:
    return cast("dict[str, Json]", data.get("changes") or {})


def _worded(data: Data) -> bool:
    said = [change for name, change in _changes(data).items() if name in WORDED and isinstance(change, dict)]
    return bool(data.get("why")) or any(any(change.values()) for change in said)


def _wordless(data: Data) -> Data:
    nothing: Json = {"before": None, "after": None}
    return {
        "why": None,
        "changes": {name: nothing if name in WORDED else change for name, change in _changes(data).items()},
    }
