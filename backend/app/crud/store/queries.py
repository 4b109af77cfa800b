"""What can be asked of a store: a description, checked when it is made, that means the same on every adapter."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from app.crud.store.documents import MAX_NUMBER, Data, Json, Snapshot, is_collection

IN_LIMIT = 30
QUERY_LIMIT = 1_000

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


class Op(StrEnum):
    EQ = "=="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "in"
    CONTAINS = "array_contains"


RANGES = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})


def _check_field(field: str) -> None:
    if not _FIELD.fullmatch(field):
        raise ValueError(f"{field!r} is not a field that can be asked for: letters, digits, _ and dots.")


def _check_value(value: Json) -> None:
    if isinstance(value, dict | list):
        raise ValueError("A query compares null, booleans, numbers and text.")
    if isinstance(value, float) and not (math.isfinite(value) and abs(value) <= MAX_NUMBER):
        raise ValueError(f"{value} is not a number that a document can hold.")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"{value} has more than 64 bits.")


@dataclass(frozen=True, slots=True)
class Where:
    """One condition. True is not 1; a range finds only values of its own type; a missing field matches nothing."""

    field: str
    op: Op
    value: Json

    def __post_init__(self) -> None:
        _check_field(self.field)
        if self.op is Op.IN and not (isinstance(self.value, list) and 1 <= len(self.value) <= IN_LIMIT):
            raise ValueError(f"`in` takes a list of 1 to {IN_LIMIT} values.")
        values = self.value if self.op is Op.IN and isinstance(self.value, list) else [self.value]
        for value in values:
            _check_value(value)
            if value is None and self.op is not Op.EQ:
                raise ValueError("Null is only asked for with equality.")

    @property
    def options(self) -> list[Json]:
        """The values that `==` or `in` accept, each once; True and 1 are two."""
        values = self.value if isinstance(self.value, list) else [self.value]
        return list({(isinstance(value, bool), value): value for value in values}.values())


@dataclass(frozen=True, slots=True)
class Order:
    field: str
    descending: bool = False

    def __post_init__(self) -> None:
        _check_field(self.field)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place just after one document in an order: the values of its order fields, then its id."""

    values: tuple[Json, ...]
    id: str

    def __post_init__(self) -> None:
        for value in self.values:
            _check_value(value)


@dataclass(frozen=True, slots=True)
class Query:
    """Documents of one collection, in an order that always ends with the id (in the direction of the last order).

    As in Firestore, a document without an order field is not in the result. Ranges are on one field, which is
    then the first of the order (it is put there where no order is given). Between types the order is null, false,
    true, numbers, text, lists, maps.

    With `select` the documents come with these fields only (none: for their ids), and those of the order, by which a
    cursor is made; a field that a document lacks leaves nothing behind.
    """

    collection: str
    where: tuple[Where, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int = 100
    after: Cursor | None = None
    select: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not is_collection(self.collection):
            raise ValueError(f"{self.collection!r} is not the name of a collection.")
        if not 1 <= self.limit <= QUERY_LIMIT:
            raise ValueError(f"A query reads 1 to {QUERY_LIMIT} documents, not {self.limit}.")
        self._check_where()
        self._check_order()
        self._check_select()
        if self.after is not None and len(self.after.values) != len(self.order):
            raise ValueError("A cursor has one value for each order field.")

    def cursor(self, last: Snapshot) -> Cursor:
        """The place just after `last`, for the `after` of the query of the next page."""
        return Cursor(tuple(value_at(last.data, order.field) for order in self.order), last.key.id)

    def _check_where(self) -> None:
        ranged = {w.field for w in self.where if w.op in RANGES}
        if len(ranged) > 1:
            raise ValueError(f"A query has ranges on one field only, not on {sorted(ranged)}.")
        if ranged and not self.order:
            object.__setattr__(self, "order", (Order(next(iter(ranged))),))
        if ranged and self.order[0].field not in ranged:
            raise ValueError(f"The first order of a query is its range field {ranged}, not {self.order[0].field}.")
        if sum(w.op is Op.CONTAINS for w in self.where) > 1:
            raise ValueError("A query has one array_contains at most.")
        if math.prod(len(w.options) for w in self.where if w.op is Op.IN) > IN_LIMIT:
            raise ValueError(f"The values of all `in` make {IN_LIMIT} combinations at most.")

    def _check_order(self) -> None:
        fields = [order.field for order in self.order]
        if len(set(fields)) != len(fields):
            raise ValueError("A query orders by a field once.")

    def _check_select(self) -> None:
        if self.select is None:
            return
        for field in self.select:
            _check_field(field)
        fields = dict.fromkeys([*self.select, *(order.field for order in self.order)])
        wanted = [field for field in fields if field in self.select or not _within_any(field, self.select)]
        if any(_within_any(field, wanted) for field in wanted):
            raise ValueError(f"Of the fields {wanted} one is a part of another.")
        object.__setattr__(self, "select", tuple(wanted))


def _within_any(field: str, others: Iterable[str]) -> bool:
    return any(field.startswith(f"{other}.") for other in others)


def projected(data: Data, select: Iterable[str]) -> Data:
    """The document with these fields only, each where it stood."""
    found: Data = {}
    for field in select:
        try:
            value = value_at(data, field)
        except KeyError:
            continue
        *path, last = field.split(".")
        place = found
        for name in path:
            place = cast("Data", place.setdefault(name, {}))
        place[last] = value
    return found


def value_at(data: Data, field: str) -> Json:
    """The value of a dotted field; `KeyError` if the document has none."""
    value: Json = data
    for name in field.split("."):
        if not isinstance(value, dict):
            raise KeyError(field)
        value = value[name]
    return value
