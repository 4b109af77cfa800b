"""All that is kept, as documents without a meaning: for copies of it, and for bringing copies back."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.crud.accounts import ACCOUNTS, EMAILS
from app.crud.base import BURIED, TOMBSTONES
from app.crud.clearing import graves
from app.crud.devices import DEVICES
from app.crud.schedules import SCHEDULES
from app.crud.store.port import AlreadyExists, Contended, Create, Data, Json, Key, Set, Snapshot, Stale, Store, Write
from app.crud.unit import AUDIT

GROUPS = (
    "users",
    DEVICES,
    "device_tokens",
    "forgettings",
    "untold",
    "verdicts",
    "disasters",
    "participants",
    "requests",
    "clusters",
    "workflow_outputs",
    "tasks",
    "resources",
    "ledger",
    "observations",
    "messages",
    "media",
    "broadcasts",
    "notifications",
    "threads",
    AUDIT,
    BURIED,
    SCHEDULES,
    "turns",
    "failed_jobs",
    "knowledge_parts",
    "knowledge",
    "knowledge_edition",
)
"""Every collection by its last name, but those of the accounts; what others refer to comes first."""
ACCOUNT_GROUPS = (ACCOUNTS, EMAILS)

PAGE = 200
_TRIES = 5


class OnConflict(StrEnum):
    """What becomes of a document that is there already, and is another one."""

    SKIP = "skip"
    NEWER = "newer"
    FAIL = "fail"


class Outcome(StrEnum):
    """What became of a document of a copy."""

    CREATED = "created"
    REPLACED = "replaced"
    SAME = "same"
    KEPT = "kept"
    REMOVED = "removed"


class Conflicting(Exception):
    """A document that is there is another one than that of the copy; `key` says which."""

    def __init__(self, key: Key) -> None:
        super().__init__(str(key))
        self.key = key


@dataclass(frozen=True, slots=True)
class Everything:
    """The documents of a store, whatever they are."""

    store: Store

    async def read(self, group: str) -> AsyncIterator[list[Snapshot]]:
        """The documents of all collections of one last name, page by page."""
        after: Key | None = None
        while page := await self.store.scan(group, after=after, limit=PAGE):
            yield page
            after = page[-1].key

    async def merge(
        self, copies: Mapping[Key, Data], rule: OnConflict, *, write: bool = True
    ) -> Counter[tuple[str, Outcome]]:
        """Bring copies in, in one commit, and say what became of them by group; not `write`, what would.

        A document that was removed here after the copy's last change stays removed, and word of a removal does not
        remove. `Conflicting` by the rule `FAIL`; nothing was written then.
        """
        for _ in range(_TRIES):
            outcomes, writes = await self._decided(copies, rule)
            try:
                if write:
                    await self.store.commit(writes)
            except (AlreadyExists, Stale):
                continue  # somebody else was at it: decide anew
            return Counter((key.collection.rpartition("/")[2], outcome) for key, outcome in outcomes.items())
        raise Contended(f"{len(copies)} documents stayed busy.")

    async def _decided(
        self, copies: Mapping[Key, Data], rule: OnConflict
    ) -> tuple[dict[Key, Outcome], Sequence[Write]]:
        found = await self.store.get_many([*copies, *filter(None, map(_other, copies))])
        outcomes: dict[Key, Outcome] = {}
        writes: list[Write] = []
        for key, data in copies.items():
            here, other = found.get(key), found.get(_other(key) or key)
            outcome = _outcome(key, data, here, other if other is not here else None, rule)
            if outcome is Outcome.CREATED:
                writes.append(Create(key, data))
            elif outcome is Outcome.REPLACED and here is not None:
                writes.append(Set(key, data, here.revision))
            outcomes[key] = outcome
        return outcomes, writes


def _outcome(key: Key, data: Data, here: Snapshot | None, other: Snapshot | None, rule: OnConflict) -> Outcome:
    if here is None:
        if other is None:
            return Outcome.CREATED
        if key.collection.startswith(f"{TOMBSTONES}/"):
            return Outcome.KEPT  # what it says is gone is here
        return Outcome.CREATED if _is_newer(data, other.data, by=("updated_at",)) else Outcome.REMOVED
    if here.data == data:
        return Outcome.SAME
    if rule is OnConflict.FAIL:
        raise Conflicting(key)
    newer = rule is OnConflict.NEWER and _is_newer(data, here.data, by=("version", "updated_at"))
    return Outcome.REPLACED if newer else Outcome.KEPT


def _is_newer(data: Data, other: Data, *, by: Iterable[str]) -> bool:
    """Whether a document is the later one by each of these; where they disagree or say nothing, it is not."""
    signs = [_sign(data.get(name), other.get(name)) for name in by]
    known = [sign for sign in signs if sign is not None]
    return len(known) == len(signs) and min(known) >= 0 and max(known) > 0


def _sign(mine: Json, theirs: Json) -> int | None:
    """1 where the first is greater, -1 where it is less, 0 where they are equal; None where they do not compare."""
    if isinstance(mine, int) and isinstance(theirs, int):
        return (mine > theirs) - (mine < theirs)
    if isinstance(mine, str) and isinstance(theirs, str):
        return (mine > theirs) - (mine < theirs)
    return None


def _other(key: Key) -> Key | None:
    """Of a document the word of its removal, of that the document; None where its like leaves none."""
    grave = f"{TOMBSTONES}/{key.collection}/{BURIED}"
    if grave in graves():
        return Key(grave, key.id)
    if key.collection in graves():
        return Key(key.collection.split("/")[1], key.id)
    return None
