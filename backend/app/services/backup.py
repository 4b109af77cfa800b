"""Copies of all that is kept, out of one store and into the same or another one."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.core.clock import Clock
from app.crud.audit import AuditLog, entry_id
from app.crud.backup import ACCOUNT_GROUPS, GROUPS, Conflicting, Everything, OnConflict, Outcome
from app.crud.store.port import Data, Key, Store
from app.schemas.audit import AuditEntry
from app.services.archive import Archive, ArchiveWriter, Ending, Header

__all__ = ["Backup", "Conflicting", "OnConflict", "Outcome", "Restored"]

AT_ONCE = 100
"""Documents that are brought in with one commit; Firestore takes 10 MiB at a time."""
BYTES_AT_ONCE = 4_000_000


@dataclass
class Restored:
    """What became of the documents of a copy, by group."""

    counts: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def groups(self) -> list[str]:
        return sorted({group for group, _ in self.counts} | set(self.left_out))

    def total(self, outcome: Outcome) -> int:
        return sum(number for (_, one), number in self.counts.items() if one is outcome)


@dataclass(frozen=True)
class Backup:
    store: Store
    clock: Clock

    async def export(
        self, writer: ArchiveWriter, header: Header, *, by: str, told: Callable[[int], None] = lambda _: None
    ) -> Ending:
        """Write all that is kept, and remember who took it; `told` hears how many documents were written."""
        everything = Everything(self.store)
        writer.begin(header)
        for group in header.groups:
            async for page in everything.read(group):
                for one in page:
                    writer.add(one.key, one.data)
                told(len(page))
        ending = writer.end()
        await self._remember("data.exported", by, ending.documents)
        return ending

    async def restore(
        self,
        archive: Archive,
        rule: OnConflict,
        *,
        accounts: bool,
        by: str,
        write: bool = True,
        told: Callable[[int], None] = lambda _: None,
    ) -> Restored:
        """Bring a copy in; without `accounts` those of the node that it was taken from stay out.

        By the rule `FAIL` all is compared before anything is written: `Conflicting` for the first document that is
        another one here. Running it again is harmless, and goes on where an earlier run was broken off.
        """
        if rule is OnConflict.FAIL and write:
            await self._bring(archive, rule, accounts=accounts, write=False, told=lambda _: None)
        restored = await self._bring(archive, rule, accounts=accounts, write=write, told=told)
        if write:
            changed = restored.total(Outcome.CREATED) + restored.total(Outcome.REPLACED)
            await self._remember("data.imported", by, changed)
        return restored

    async def _bring(
        self, archive: Archive, rule: OnConflict, *, accounts: bool, write: bool, told: Callable[[int], None]
    ) -> Restored:
        restored = Restored()
        everything = Everything(self.store)
        for batch in _batches(archive):
            wanted = {key: data for key, data in batch.items() if accounts or key.collection not in ACCOUNT_GROUPS}
            restored.left_out.update(key.collection for key in batch if key not in wanted)
            restored.counts += await everything.merge(wanted, rule, write=write)
            told(len(batch))
        return restored

    async def _remember(self, event: str, by: str, count: int) -> None:
        subject = "backup"
        entry = AuditEntry(id=entry_id(subject), at=self.clock(), event=event, by=by, subject=subject, count=count)
        await AuditLog(self.store).add(entry)


def groups(*, accounts: bool) -> tuple[str, ...]:
    """The collections of a copy, by their last names."""
    return (*GROUPS, *ACCOUNT_GROUPS) if accounts else GROUPS


def _batches(archive: Archive) -> Iterator[dict[Key, Data]]:
    batch: dict[Key, Data] = {}
    size = 0
    for key, data, length in archive.documents():
        if batch and (len(batch) == AT_ONCE or size + length > BYTES_AT_ONCE or key in batch):
            yield batch
            batch, size = {}, 0
        batch[key] = data
        size += length
    if batch:
        yield batch
