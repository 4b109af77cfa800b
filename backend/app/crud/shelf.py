"""Documents that were read already, known again by their revision."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.crud.store.documents import Data, Snapshot

D = TypeVar("D")

MOST = 1_000
"""How many documents of one collection a process keeps: two of the longest pages, some 10 MB of requests."""


@dataclass(slots=True)
class Shelf(Generic[D]):
    """The documents read last. What is asked is always the store, so nothing here is ever out of date: a document
    that was written since comes with another revision."""

    most: int = MOST
    _kept: dict[str, tuple[Snapshot, D]] = field(default_factory=dict)  # in the order of their last reading

    def read(self, snapshot: Snapshot, unpack: Callable[[Data], D]) -> D:
        """The document of a snapshot: the very same object as before while its revision is the same."""
        id = snapshot.key.id
        kept = self._kept.pop(id, None)
        if kept is None or kept[0].revision != snapshot.revision:
            kept = snapshot, unpack(snapshot.data)
        self._kept[id] = kept
        if len(self._kept) > self.most:
            del self._kept[next(iter(self._kept))]
        return kept[1]

    def seen(self, id: str, document: D) -> Snapshot | None:
        """What a document was read from, while that is remembered."""
        kept = self._kept.get(id)
        return kept[0] if kept is not None and kept[1] is document else None
