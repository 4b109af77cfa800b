"""The composite indexes that production has, and which one a query needs.

The rules are a little stricter than Firestore's, which can sometimes merge indexes: an index too many costs a
little, one too few is an error in production only.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app.crud.store.port import IndexMissing, Op, Query

DEFAULT_FILE = Path(__file__).parents[3] / "firestore.indexes.json"


@dataclass(frozen=True, slots=True)
class Index:
    """A composite index: `equal` fields in any order, at most one `array` field, then (field, descending) pairs."""

    collection: str
    equal: frozenset[str]
    array: str | None
    order: tuple[tuple[str, bool], ...]

    def definition(self) -> str:
        """The JSON object that declares this index in `firestore.indexes.json`."""
        fields = [{"fieldPath": field, "order": "ASCENDING"} for field in sorted(self.equal)]
        if self.array is not None:
            fields.insert(0, {"fieldPath": self.array, "arrayConfig": "CONTAINS"})
        fields += [{"fieldPath": field, "order": _DIRECTION[descending]} for field, descending in self.order]
        return json.dumps({"collectionGroup": self.collection, "queryScope": "COLLECTION", "fields": fields})


_DIRECTION = {False: "ASCENDING", True: "DESCENDING"}


def needed(query: Query) -> Index | None:
    """The composite index that Firestore needs for `query`; None where its single-field indexes do."""
    equal = frozenset(w.field for w in query.where if w.op in (Op.EQ, Op.IN))
    array = next((w.field for w in query.where if w.op is Op.CONTAINS), None)
    order = tuple((o.field, o.descending) for o in query.order if o.field not in equal)
    fields = len(equal) + (array is not None) + len(order)
    if fields <= 1 or (array is None and not order):
        return None
    return Index(query.collection.rpartition("/")[2], equal, array, order)


@dataclass(frozen=True, slots=True)
class Indexes:
    """The declared composite indexes: collection, then fields, each ASCENDING, DESCENDING or CONTAINS."""

    declared: frozenset[tuple[str, tuple[tuple[str, str], ...]]]

    @classmethod
    def load(cls, file: Path = DEFAULT_FILE) -> Self:
        """Those of a file in the form of the Firebase tools; `ValueError` if it is not in that form."""
        try:
            return cls.of(json.loads(file.read_text(encoding="utf-8"))["indexes"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"{file} is not a list of Firestore indexes: {error!r}.") from error

    @classmethod
    def of(cls, definitions: Iterable[Mapping[str, object]]) -> Self:
        """Those of definitions as they stand in the file; a closing `__name__`, which is implied, is left out."""
        return cls(frozenset((str(one["collectionGroup"]), _fields(one["fields"])) for one in definitions))

    def check(self, query: Query) -> None:
        """`IndexMissing` if `query` needs a composite index that is not declared."""
        index = needed(query)
        if index is not None and not self._has(index):
            raise IndexMissing(index.definition())

    def _has(self, index: Index) -> bool:
        return any(group == index.collection and _serves(fields, index) for group, fields in self.declared)


def _serves(fields: tuple[tuple[str, str], ...], index: Index) -> bool:
    split = len(fields) - len(index.order)
    head, tail = fields[: max(split, 0)], fields[max(split, 0) :]
    wanted_head = {(field, "=") for field in index.equal} | ({(index.array, "CONTAINS")} if index.array else set())
    found_head = {(name, "CONTAINS" if mode == "CONTAINS" else "=") for name, mode in head}
    return found_head == wanted_head and tail == tuple((name, _DIRECTION[down]) for name, down in index.order)


def _fields(fields: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(fields, list):
        raise TypeError("`fields` is a list.")
    found = tuple((str(one["fieldPath"]), str(one.get("order") or one["arrayConfig"])) for one in fields)
    return found[:-1] if found and found[-1][0] == "__name__" else found
