"""Queries as SQL over JSON text, with the order that Firestore gives to values.

A field becomes one SQL value whose native order is Firestore's: nothing for a missing field; then null, false and
true as numbers below every number a document can hold; numbers; text (by its UTF-8 bytes, as in Firestore); lists
and maps as blobs. So one expression serves comparison, order and index, and True is not 1.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TypeAlias

from app.crud.store.documents import Json
from app.crud.store.queries import Op, Order, Query, Where

Parameter: TypeAlias = int | float | str
Columns: TypeAlias = tuple[tuple[str, bool], ...]

_NULL, _FALSE, _TRUE = "-9e999", "-1.7e308", "-1.6e308"
_LITERALS = {None: _NULL, False: _FALSE, True: _TRUE}


@dataclass(frozen=True, slots=True)
class Sql:
    text: str
    parameters: tuple[Parameter, ...] = ()


@lru_cache(maxsize=512)
def expression(field: str) -> str:
    """The SQL value of a dotted field."""
    path = "$" + "".join(f'."{name}"' for name in field.split("."))
    value = f"json_extract(data, '{path}')"
    return (
        f"CASE json_type(data, '{path}') WHEN 'null' THEN {_NULL} WHEN 'false' THEN {_FALSE} WHEN 'true' THEN {_TRUE} "
        f"WHEN 'array' THEN CAST({value} AS BLOB) WHEN 'object' THEN CAST({value} AS BLOB) ELSE {value} END"
    )


def table(collection: str) -> str:
    """The quoted name of the table for a collection, the same for all of its parents."""
    return f'"{collection.rpartition("/")[2]}"'


def parent(collection: str) -> str:
    return collection.rpartition("/")[0]


def create_table(collection_id: str) -> str:
    return (
        f'CREATE TABLE IF NOT EXISTS "{collection_id}" (parent TEXT NOT NULL, id TEXT NOT NULL, '
        "data TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (parent, id))"
    )


def index_name(collection_id: str, columns: Columns) -> str:
    return f'"{collection_id}({", ".join(name + (" desc" if down else "") for name, down in columns)})"'


def create_index(collection_id: str, columns: Columns) -> str:
    """An index over `columns` and the id, all within one parent; the id in the direction of the last column."""
    parts = [expression(name) + (" DESC" if down else "") for name, down in columns]
    last = " DESC" if columns[-1][1] else ""
    return (
        f"CREATE INDEX IF NOT EXISTS {index_name(collection_id, columns)} "
        f'ON "{collection_id}" (parent, {", ".join(parts)}, id{last})'
    )


def index_columns(query: Query) -> Columns:
    """The index that makes the cost of `query` that of its result; empty where the primary key does.

    SQLite reads an index from either end, so of two opposite orders one is enough.
    """
    equal = sorted({w.field for w in query.where if w.op in (Op.EQ, Op.IN)})
    order = [(o.field, o.descending) for o in query.order if o.field not in equal]
    turned = bool(order) and order[-1][1]
    return (*((field, False) for field in equal), *((field, down != turned) for field, down in order))


def select(query: Query) -> list[Sql]:
    """Statements with columns id, data, revision; their rows, one statement after the other, are the result.

    Past a cursor there is one for each tie that the order can have, so that each enters its index at the right place
    and reads no more than `limit` rows.
    """
    return [_merged(query, stage, order) for stage, order in _stages(query)]


def _merged(query: Query, stage: Sequence[Sql], order: Sequence[Order]) -> Sql:
    alternatives = _alternatives(query, stage)
    fields = [expression(one.field) for one in order]
    if len(alternatives) == 1:
        [only] = alternatives
        return Sql(f"SELECT id, data, revision{only.text}{_order(query, order, fields)}", only.parameters)
    # Each value of an `in` is read along its own stretch of the index: no more than `limit` rows are read for it.
    names = [f"k{n}" for n in range(len(fields))]
    columns = "".join(f", {field} AS {name}" for field, name in zip(fields, names, strict=True))
    parts = [f"SELECT id, data, revision{columns}{part.text}{_order(query, order, names)}" for part in alternatives]
    union = " UNION ALL ".join(f"SELECT * FROM ({part})" for part in parts)  # noqa: S608 names from a closed pattern
    values = tuple(value for part in alternatives for value in part.parameters)
    return Sql(f"SELECT * FROM ({union}){_order(query, order, names)}", values)  # noqa: S608 names from a closed pattern


def _order(query: Query, order: Sequence[Order], fields: Sequence[str]) -> str:
    ends = [field + (" DESC" if one.descending else "") for field, one in zip(fields, order, strict=True)]
    ends.append("id DESC" if query.order and query.order[-1].descending else "id")
    return f" ORDER BY {', '.join(ends)} LIMIT {query.limit}"


def count(query: Query) -> Sql:
    """One row with the number of matching documents."""
    parts = _alternatives(counted(query), [])
    text = " + ".join(f"(SELECT count(*){part.text})" for part in parts)
    return Sql(f"SELECT {text}", tuple(value for part in parts for value in part.parameters))


def counted(query: Query) -> Query:
    """The query without what does not count: order, cursor and limit."""
    return Query(query.collection, query.where)


def _alternatives(query: Query, stage: Sequence[Sql]) -> list[Sql]:
    """FROM … WHERE … for every combination of the values of the `in` conditions; they have no document in common."""
    columns = index_columns(query)
    collection_id = query.collection.rpartition("/")[2]
    hint = f" INDEXED BY {index_name(collection_id, columns)}" if columns else ""
    first = Sql("parent = ?", (parent(query.collection),))
    fixed = [condition for w in query.where if w.op is not Op.IN for condition in _condition(w, query)]
    chosen = product(*([_equals(w.field, value) for value in w.options] for w in query.where if w.op is Op.IN))
    found = []
    for equal in chosen:
        conditions = [first, *fixed, *equal, *stage]
        text = " AND ".join(condition.text for condition in conditions)
        values = tuple(value for condition in conditions for value in condition.parameters)
        found.append(Sql(f" FROM {table(query.collection)}{hint} WHERE {text}", values))
    return found


def _stages(query: Query) -> list[tuple[list[Sql], tuple[Order, ...]]]:
    """Conditions on the order fields, and the order that is left to make under them.

    The fields are there; past a cursor the closest ties come first, and SQLite is not asked to sort by what is tied.
    """
    present = [Sql(f"{expression(order.field)} >= {_NULL}") for order in query.order]
    if query.after is None:
        compared = {w.field for w in query.where if w.op is not Op.CONTAINS}
        there = [sql for order, sql in zip(query.order, present, strict=True) if order.field not in compared]
        return [(there, query.order)]
    fields = [*(expression(order.field) for order in query.order), "id"]
    operands = [*(_operand(value) for value in query.after.values), Sql("?", (query.after.id,))]
    down = [order.descending for order in query.order]
    down.append(bool(down) and down[-1])
    stages = []
    for tied in range(len(query.order), -1, -1):
        ties = [Sql(f"{fields[n]} = {operands[n].text}", operands[n].parameters) for n in range(tied)]
        past = f"{fields[tied]} {'<' if down[tied] else '>'} {operands[tied].text}"
        conditions = [*ties, Sql(past, operands[tied].parameters), *present[tied + 1 :]]
        stages.append((conditions, query.order[tied:]))
    return stages


def _condition(where: Where, query: Query) -> list[Sql]:
    if where.op is Op.EQ:
        return [_equals(where.field, where.value)]
    if where.op is Op.CONTAINS:
        return [_contains(where)]
    operand = _operand(where.value)
    bounds = [(where.op.value, operand), _other_end(where)]
    # Past a cursor the index is entered there, not where the range begins: `+` keeps that bound out of the choice.
    entered = ("<" if query.order[0].descending else ">") if query.after else ""
    value = expression(where.field)
    return [
        Sql(f"{'+' if sign[0] == entered else ''}{value} {sign} {end.text}", end.parameters) for sign, end in bounds
    ]


def _equals(field: str, value: Json) -> Sql:
    operand = _operand(value)
    return Sql(f"{expression(field)} = {operand.text}", operand.parameters)


def _other_end(where: Where) -> tuple[str, Sql]:
    """The bound that keeps a range within the type of its value."""
    below = where.op in (Op.LT, Op.LE)
    if isinstance(where.value, bool):
        return (">=", Sql(_FALSE)) if below else ("<=", Sql(_TRUE))
    if isinstance(where.value, str):
        return (">=", Sql("''")) if below else ("<", Sql("x''"))
    return (">=", Sql("-1e308")) if below else ("<", Sql("''"))


def _contains(where: Where) -> Sql:
    path = "$" + "".join(f'."{name}"' for name in where.field.split("."))
    # Only a list has elements to be found: json_each would also walk a map or a lone value.
    each = f"json_type(data, '{path}') = 'array' AND EXISTS (SELECT 1 FROM json_each(data, '{path}') WHERE "  # noqa: S608 names from a closed pattern
    if isinstance(where.value, bool):
        return Sql(f"{each}type = '{str(where.value).lower()}')")
    operand = _operand(where.value)
    kinds = "'text'" if isinstance(where.value, str) else "'integer', 'real'"
    return Sql(f"{each}type IN ({kinds}) AND value = {operand.text})", operand.parameters)


def _operand(value: Json) -> Sql:
    if value is None or isinstance(value, bool):
        return Sql(_LITERALS[value])
    if isinstance(value, float) or (isinstance(value, str) and "\x00" in value):
        # SQLite reads these from JSON in its own way: the operand goes the same way as the documents did.
        return Sql("json_extract(?, '$')", (json.dumps(value),))
    if isinstance(value, int | str):
        return Sql("?", (value,))
    raise ValueError("A query compares null, booleans, numbers and text.")
