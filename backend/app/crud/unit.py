"""Documents that move as one, and every act remembered with what it changed.

The one write primitive is `together`: a pure step over several documents. A repository's `change` is that for one.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar, cast

from app.core.clock import Clock, rfc3339
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.logging import current_request
from app.crud.store.port import Data, Json, Key, Snapshot, Store, Transaction
from app.schemas.audit import Act
from app.schemas.base import Document

AUDIT = "audit"

D = TypeVar("D", bound=Document)
T = TypeVar("T")

_BURIED_WITH = ("created_by", "disaster_id")


class Collection(Protocol[D]):
    """What a unit has to know of a repository to move its documents."""

    audited: ClassVar[frozenset[str]]
    unsaid: ClassVar[frozenset[str]]
    leaves_tombstones: ClassVar[bool]

    @property
    def absent(self) -> str: ...

    @property
    def graves(self) -> str: ...

    def key(self, id: str) -> Key: ...

    def shown(self, snapshot: Snapshot) -> D: ...

    def written(self, document: D) -> Data: ...

    def remembered(self, data: Data) -> Data: ...


@dataclass(slots=True)
class Unit:
    """Documents read and written as one. All reads come before the first write."""

    transaction: Transaction
    clock: Clock
    _read: dict[Key, Snapshot] = field(default_factory=dict)

    async def find(self, repository: Collection[D], id: str) -> D | None:
        return (await self.find_many(repository, [id])).get(id)

    async def get(self, repository: Collection[D], id: str) -> D:
        found = await self.find(repository, id)
        if found is None:
            raise NotFound(repository.absent)
        return found

    async def find_many(self, repository: Collection[D], ids: Iterable[str]) -> dict[str, D]:
        found = await self.transaction.snapshots([repository.key(one) for one in ids])
        self._read.update(found)
        return {key.id: repository.shown(snapshot) for key, snapshot in found.items()}

    def add(self, repository: Collection[D], document: D, act: Act | None) -> D:
        key = repository.key(document.id)
        data = repository.written(document)
        self.transaction.create(key, data)
        if act:
            self._remember(repository, key, act, {}, data)
        return document

    def leave(self, repository: Collection[D], document: D) -> None:
        """Write a document whatever was there before, without having read it and with no word of it in the audit."""
        self.transaction.set(repository.key(document.id), repository.written(document))

    def put(self, repository: Collection[D], document: D, act: Act | None, *, told: bool = True) -> D:
        """Write what has changed of a document that this unit has read, and nothing if nothing has.

        Not `told`, the act is remembered without what it changed.
        """
        key = repository.key(document.id)
        before = self._read[key].data
        data = repository.written(document)
        changed = {name: value for name, value in data.items() if name not in before or before[name] != value}
        changed.pop("updated_at", None)
        if not changed:
            return document
        version = cast("int", before["version"]) + 1
        now = self.clock()
        fields: Data = {**changed, "version": version, "updated_at": rfc3339(now)}
        self.transaction.update(key, fields)
        if act:
            after = {**before, **fields}
            self._remember(repository, key, act, before if told else after, after)
        return document.model_copy(update={"version": version, "updated_at": now})

    def remove(self, repository: Collection[Any], id: str, act: Act | None) -> None:
        key = repository.key(id)
        before = self._read[key].data if key in self._read else {}
        self.transaction.delete(key)
        if repository.leaves_tombstones:
            self._bury(repository, id, before)
        if act:
            self._remember(repository, key, act, before, {})

    def _bury(self, repository: Collection[Any], id: str, before: Data) -> None:
        """Leave word that the document is gone, for those who have read it and ask later what has changed."""
        at = rfc3339(self.clock())
        found: Data = {name: before.get(name) for name in _BURIED_WITH}
        tombstone: Data = {**found, "id": id, "created_at": at, "updated_at": at, "schema": 1}
        self.transaction.set(Key(repository.graves, id), tombstone)

    def _remember(self, repository: Collection[Any], key: Key, act: Act, before: Data, after: Data) -> None:
        version = cast("int", after.get("version", cast("int", before.get("version", 0)) + 1))
        subject = str(key)
        old, new = repository.remembered(before), repository.remembered(after)
        changes: dict[str, Json] = {
            name: {"before": old.get(name), "after": new.get(name)}
            for name in sorted({*old, *new})
            if old.get(name) != new.get(name)
        }
        if before and after:
            # What may hold somebody's words or place is remembered as a digest: that it changed, not what it says.
            others = sorted(set(after) - repository.audited - _BOOKKEEPING)
            changes |= {
                name: {"before": digest(before.get(name)), "after": digest(after[name])}
                for name in others
                for digest in [_withheld if name in repository.unsaid else _digest]
                if before.get(name) != after[name]
            }
        entry: Data = {
            **cast("Data", act.model_dump(mode="json")),
            "id": f"{subject.replace('/', '.')}.{version}.{new_id()}",
            "at": rfc3339(self.clock()),
            "subject": subject,
            "version": version,
            "changes": changes,
            "request_id": current_request(),
            "schema": 1,
        }
        self.transaction.create(Key(AUDIT, cast("str", entry["id"])), entry)


async def together(
    store: Store,
    clock: Clock,
    step: Callable[[Unit], Awaitable[T]],
    *,
    keys: Iterable[Key] = (),
    seen: Iterable[Snapshot] = (),
) -> T:
    """Run `step` over several documents; all it writes takes effect at once, or nothing does.

    `step` may run again when somebody else was faster, so it does nothing but read and write through its unit.
    `keys` are documents that many may want at once: they are taken in turn instead of by trial. What was `seen` a
    moment ago (`Repository.seen`) is not read again, unless it turns out to have changed since.
    """

    async def run(transaction: Transaction) -> T:
        return await step(Unit(transaction, clock))

    return await store.transaction(run, keys=keys, seen=seen)


_BOOKKEEPING = frozenset({"version", "updated_at", "schema"})


def _withheld(value: Json) -> str | None:
    return None if value is None else "withheld"


def _digest(value: Json) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
