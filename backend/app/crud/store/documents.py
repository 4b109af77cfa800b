"""Documents as every adapter can keep them: where they are, what they hold, what can be wrong with them."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Data: TypeAlias = dict[str, Json]

# An adapter may mark a document with the commit that wrote it; readers never see this field.
COMMIT_FIELD = "_commit"
MAX_BYTES = 1_000_000
MAX_DEPTH = 20
# A little less than the largest double: the SQLite indexes use what is beyond for null, false and true.
MAX_NUMBER = 1e308

# Lower case only: the table names of SQLite do not tell cases apart.
_COLLECTION = re.compile(r"[a-z][a-z0-9_]*(?:/[^/]+/[a-z][a-z0-9_]*)*")
_ID = re.compile(r"(?!\.{1,2}$)(?!__.*__$)[^/\x00]{1,400}")
_RESERVED = re.compile(r"__.*__", re.DOTALL)
_INT64 = range(-(2**63), 2**63)


class Unstorable(ValueError):
    """The data is not a document that every adapter can keep; the message says where and why."""


class _KeyError(Exception):
    """A write that could not be done; `key` is the document it was about."""

    def __init__(self, key: "Key") -> None:
        super().__init__(str(key))
        self.key = key


class AlreadyExists(_KeyError):
    """A document was to be created and is there already."""


class Missing(_KeyError):
    """A document was to be updated and is not there."""


class Stale(_KeyError):
    """A document is not any more what the writer had read: changed, removed, or there where it was absent."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Where a document is: `Key("requests", "r1")`, or `Key("users/u1/devices", "d1")` in a subcollection."""

    collection: str
    id: str

    def __post_init__(self) -> None:
        if not (is_collection(self.collection) and _ID.fullmatch(self.id)):
            raise ValueError(f"{self.collection!r}, {self.id!r} is not the place of a document.")

    def __str__(self) -> str:
        return f"{self.collection}/{self.id}"


class Snapshot:
    """A document as it was read. `revision` is opaque and differs after every write that changed the document.

    `data` may be given as a function that unpacks it, called when it is first asked for: whoever knows the document
    by its revision need not unpack it again.
    """

    __slots__ = ("_data", "key", "revision")

    def __init__(self, key: Key, data: "Data | Callable[[], Data]", revision: str) -> None:
        self.key = key
        self.revision = revision
        self._data = data

    @property
    def data(self) -> Data:
        if callable(self._data):
            self._data = self._data()
        return self._data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and self._content == other._content

    def __hash__(self) -> int:
        return hash((self.key, self.revision))

    def __repr__(self) -> str:
        return f"Snapshot({self.key!r}, revision={self.revision!r})"  # without the data, which is somebody's

    @property
    def _content(self) -> tuple[Key, str, Data]:
        return self.key, self.revision, self.data


@lru_cache(maxsize=1024)  # a key is made for every document read
def is_collection(path: str) -> bool:
    """Whether `path` names a collection: `requests`, `users/u1/devices`."""
    return _COLLECTION.fullmatch(path) is not None


def json_text(data: Data) -> str:
    """The document as JSON; `Unstorable` if it is not one that every adapter keeps and gives back as it was."""
    if COMMIT_FIELD in data:
        raise Unstorable(f"The field {COMMIT_FIELD!r} is the store's own.")
    if not _is_storable(data, 0):
        _check(data, "", 0)  # finds what it is, or that it is right all the same
    text = _ENCODER.encode(data)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise Unstorable("A text of the document is not valid Unicode.") from error
    if size > MAX_BYTES:
        raise Unstorable(f"A document has {MAX_BYTES} bytes at most, not {size}.")
    return text


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _is_storable(value: object, depth: int) -> bool:
    """Whether a value is for sure what `_check` lets pass: nearly all are, and this is five times as fast."""
    kind = type(value)
    if kind in _PLAIN:
        return True
    if kind is int:
        return -(2**63) <= value < 2**63  # type: ignore[operator] # it is a number
    if kind is float:
        return -MAX_NUMBER <= value <= MAX_NUMBER  # type: ignore[operator] # nor is it NaN then
    if kind is dict:
        return depth < MAX_DEPTH and _are_fields(value, depth)  # type: ignore[arg-type] # it is one
    return kind is list and depth < MAX_DEPTH and _are_elements(value, depth)  # type: ignore[arg-type] # it is one


_PLAIN = frozenset({str, bool, type(None)})


def _are_fields(fields: dict[object, object], depth: int) -> bool:
    for name, one in fields.items():
        if type(name) is not str or not name or name[0] == "_":
            return False
        if type(one) not in _PLAIN and not _is_storable(one, depth + 1):
            return False
    return True


def _are_elements(elements: list[object], depth: int) -> bool:
    for one in elements:
        if type(one) not in _PLAIN and (type(one) is list or not _is_storable(one, depth + 1)):
            return False
    return True


def _check(value: object, path: str, depth: int) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if value not in _INT64:
            raise Unstorable(f"{path}: {value} has more than 64 bits.")
    elif isinstance(value, float):
        if not (math.isfinite(value) and abs(value) <= MAX_NUMBER):
            raise Unstorable(f"{path}: {value} is not a number that can be stored.")
    elif isinstance(value, dict | list):
        if depth >= MAX_DEPTH:
            raise Unstorable(f"{path}: nested more than {MAX_DEPTH} deep.")
        if isinstance(value, dict):
            _check_fields(value, path, depth)
        else:
            _check_elements(value, path, depth)
    else:
        raise Unstorable(f"{path}: a {type(value).__name__} is not JSON.")


def _check_fields(fields: dict[object, object], path: str, depth: int) -> None:
    for name, value in fields.items():
        if not isinstance(name, str) or not name or _RESERVED.fullmatch(name):
            raise Unstorable(f"{path}: {name!r} is not the name of a field.")
        _check(value, f"{path}.{name}" if path else name, depth + 1)


def _check_elements(elements: list[object], path: str, depth: int) -> None:
    for value in elements:
        if isinstance(value, list):
            raise Unstorable(f"{path}: a list directly in a list.")
        _check(value, path, depth + 1)
