"""Reads, then writes, that take effect together or not at all."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.crud.store.documents import AlreadyExists, Data, Key, Missing, Snapshot
from app.crud.store.writes import Create, Delete, Set, Update, Verify, Write


@dataclass(slots=True)
class Transaction:
    """Reads, then writes, that take effect together or not at all. Reads after the first write are refused.

    `AlreadyExists` and `Missing` come at once for a document that was read, and from the commit for one that was not.
    """

    _fetch: Callable[[Sequence[Key]], Awaitable[dict[Key, Snapshot]]]
    _seen: Mapping[Key, Snapshot] = field(default_factory=dict)
    """Documents as they were read a moment before: taken for what they are now, which the commit finds out."""
    _read: dict[Key, Snapshot | None] = field(default_factory=dict)
    _writes: dict[Key, Write] = field(default_factory=dict)
    _rounds: int = 0

    async def get(self, key: Key) -> Data | None:
        found = await self.get_many([key])
        return found.get(key)

    async def get_many(self, keys: Iterable[Key]) -> dict[Key, Data]:
        """The documents that exist among `keys`."""
        return {key: snapshot.data for key, snapshot in (await self.snapshots(keys)).items()}

    async def snapshots(self, keys: Iterable[Key]) -> dict[Key, Snapshot]:
        """The same, with their revisions."""
        if self._writes:
            raise RuntimeError("A transaction reads before it writes.")
        wanted = list(dict.fromkeys(keys))
        missing = [key for key in wanted if key not in self._read]
        if known := {key: self._seen[key] for key in missing if key in self._seen}:
            self._read.update(known)
            self._rounds += 2  # each of a moment of its own
            missing = [key for key in missing if key not in known]
        if missing:
            found = await self._fetch(missing)
            self._read.update({key: found.get(key) for key in missing})
            self._rounds += 1
        return {key: snapshot for key in wanted if (snapshot := self._read[key]) is not None}

    def create(self, key: Key, data: Data) -> None:
        if self._read.get(key) is not None:
            raise AlreadyExists(key)
        self._put(Create(key, data))

    def set(self, key: Key, data: Data) -> None:
        self._put(Create(key, data) if self._known_absent(key) else Set(key, data, self._revision(key)))

    def update(self, key: Key, fields: Data) -> None:
        if self._known_absent(key):
            raise Missing(key)
        self._put(Update(key, fields, self._revision(key)))

    def delete(self, key: Key) -> None:
        self._put(Verify(key, None) if self._known_absent(key) else Delete(key, self._revision(key)))

    def commit_writes(self) -> list[Write]:
        """What the commit is made of: the writes, and a check of every document that was only read."""
        if not self._writes:
            return []
        checks = [Verify(key, self._revision(key)) for key in self._read if key not in self._writes]
        return [*self._writes.values(), *checks]

    def has_read(self, key: Key) -> bool:
        return key in self._read

    async def saw_one_moment(self) -> bool:
        """Whether all that was read was so at one time. One round of reads always was; more are read again."""
        if self._rounds <= 1:
            return True
        now = await self._fetch(list(self._read))
        return all((found.revision if (found := now.get(key)) else None) == self._revision(key) for key in self._read)

    @property
    def touched(self) -> frozenset[Key]:
        return frozenset(self._read) | frozenset(self._writes)

    def _put(self, write: Write) -> None:
        if write.key in self._writes:
            raise RuntimeError(f"A transaction writes {write.key} once.")
        self._writes[write.key] = write

    def _known_absent(self, key: Key) -> bool:
        return key in self._read and self._read[key] is None

    def _revision(self, key: Key) -> str | None:
        snapshot = self._read.get(key)
        return snapshot.revision if snapshot else None
