"""What a commit is made of. One commit names a document once; all its writes take effect, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.crud.store.documents import AlreadyExists, Data, Key, Missing, Stale

COMMIT_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Create:
    """Write a new document; `AlreadyExists` if one is there."""

    key: Key
    data: Data


@dataclass(frozen=True, slots=True)
class Set:
    """Write a whole document, new or not; with `revision`, `Stale` unless the document is still that one."""

    key: Key
    data: Data
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Replace these top-level fields and leave all others alone.

    `Missing` if the document is not there; with `revision`, `Stale` unless it is still that one (so also if it
    is not there). A dot in the name of a field is part of the name.
    """

    key: Key
    fields: Data
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a document, no error if there is none; with `revision`, `Stale` unless it is still that one."""

    key: Key
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Verify:
    """Write nothing, but let the commit fail with `Stale` unless the document is still this one, or still absent."""

    key: Key
    revision: str | None


Write: TypeAlias = Create | Set | Update | Delete | Verify


def objection(write: Write, revision: str | None) -> AlreadyExists | Missing | Stale | None:
    """Why `write` cannot be done on a document that is at `revision` (None: absent), or None if it can."""
    match write:
        case Create(key):
            return AlreadyExists(key) if revision is not None else None
        case Verify(key, expected):
            return Stale(key) if revision != expected else None
        case Set(key, _, expected) | Update(key, _, expected) | Delete(key, expected) if expected is not None:
            return Stale(key) if revision != expected else None
        case Update(key):
            return Missing(key) if revision is None else None
        case _:
            return None


def check_commit(writes: Sequence[Write]) -> None:
    """`ValueError` if this cannot be one commit."""
    if len(writes) > COMMIT_LIMIT:
        raise ValueError(f"A commit has {COMMIT_LIMIT} writes at most, not {len(writes)}.")
    if len({write.key for write in writes}) != len(writes):
        raise ValueError("A commit names a document once.")
