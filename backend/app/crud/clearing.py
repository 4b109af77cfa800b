"""Removing many documents at once, for background work that keeps an account of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.core.clock import rfc3339
from app.crud.base import BURIED, TOMBSTONES, Repository
from app.crud.store.port import Create, Delete, Op, Query, Store, Where, Write

BATCH = 400
"""A commit takes 500 writes; the rest is for what is written with it."""


async def clear(store: Store, query: Query, *, also: Callable[[int], Sequence[Write]] = lambda _: ()) -> int:
    """Remove what the query finds in one commit, together with `also` of how many; returns how many."""
    found = await store.query(replace(query, select=()))
    if found:
        await store.commit([*(Delete(one.key) for one in found), *also(len(found))])
    return len(found)


@dataclass(frozen=True, slots=True)
class Aged:
    """Collections whose documents go when they have become old enough, by the time in one of their fields."""

    store: Store
    collections: tuple[str, ...]
    field: str = "created_at"

    async def count(self, before: datetime) -> int:
        """How many are older."""
        return sum([await self.store.count(self._query(one, before)) for one in self.collections])

    async def clear(self, before: datetime, entry: Callable[[int], Create]) -> int:
        """Remove up to `BATCH` that are older, in one commit with an `entry` of how many; returns how many."""
        for collection in self.collections:
            cleared = await clear(self.store, self._query(collection, before), also=lambda count: (entry(count),))
            if cleared:
                return cleared
        return 0

    def _query(self, collection: str, before: datetime) -> Query:
        return Query(collection, where=(Where(self.field, Op.LT, rfc3339(before)),), limit=BATCH)


def graves() -> tuple[str, ...]:
    """Where the tombstones are of all that leaves some."""
    return tuple(sorted(f"{TOMBSTONES}/{one.collection}/{BURIED}" for one in _burying(Repository)))


def _burying(kind: type[Repository[Any]]) -> list[type[Repository[Any]]]:
    found = [one for child in kind.__subclasses__() for one in _burying(child)]
    return [*found, kind] if kind.leaves_tombstones else found
