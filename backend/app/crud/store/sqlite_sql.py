"""Queries as SQL: each enters the collection where its result begins and reads no more than that."""

from collections.abc import Sequence
from itertools import product

from app.crud.store.documents import Json, Key
from app.crud.store.queries import RANGES, Op, Order, Query, Where
from app.crud.store.sqlite_schema import Entrance, parent, table
from app.crud.store.sqlite_values import FALSE, NULL, TRUE, Sql, element_operand, operand


def entrance(query: Query) -> Entrance:
    """The entrance that makes the cost of `query` that of its result.

    SQLite reads an index from either end, so of two opposite orders one is enough.
    """
    equal = sorted({w.field for w in query.where if w.op in (Op.EQ, Op.IN)})
    order = [(o.field, o.descending) for o in query.order if o.field not in equal]
    turned = bool(order) and order[-1][1]
    columns = (*((field, False) for field in equal), *((field, down != turned) for field, down in order))
    array = next((w.field for w in query.where if w.op is Op.CONTAINS), None)
    return Entrance(query.collection.rpartition("/")[2], columns, array)


def select(query: Query) -> list[Sql]:
    """Statements with columns id, data, revision first; their rows, one statement after the other, are the result.

    Past a cursor there is one for each tie that the order can have, so that each enters its index at the right place
    and reads no more than `limit` rows.
    """
    at = entrance(query)
    return [_merged(query, at, stage, order) for stage, order in _stages(query, at)]


def count(query: Query) -> Sql:
    """One row with the number of matching documents."""
    query = counted(query)
    at = entrance(query)
    [(stage, _)] = _stages(query, at)
    parts = _alternatives(query, at, stage)
    text = " + ".join(f"(SELECT count(*){at.keys}{part.text})" for part in parts)
    return Sql(f"SELECT {text}", _values(parts))


def scanned(group: str, after: Key | None, limit: int) -> Sql:
    """Rows with columns parent, id, data, revision: documents of all collections of that name, past one of them."""
    place = ("", "") if after is None else (parent(after.collection), after.id)
    text = (
        f"SELECT parent, id, data, revision FROM {table(group)} WHERE (parent, id) > (?, ?) "  # noqa: S608 names from a closed pattern
        f"ORDER BY parent, id LIMIT {limit}"
    )
    return Sql(text, place)


def counted(query: Query) -> Query:
    """The query without what does not count: order, cursor and limit."""
    return Query(query.collection, query.where)


def _merged(query: Query, at: Entrance, stage: Sequence[Sql], order: Sequence[Order]) -> Sql:
    alternatives = _alternatives(query, at, stage)
    fields = [at.value(one.field) for one in order]
    if len(alternatives) == 1:
        [only] = alternatives
        text = f"SELECT {_columns(query)}{at.documents}{only.text}{_order(query, order, fields)}"
        return Sql(text, only.parameters)
    # SQLite goes along the stretches of all values of an `in` at once, and ends at the limit.
    names = [f"k{n}" for n in range(len(fields))]
    columns = "".join(f", {field} AS {name}" for field, name in zip(fields, names, strict=True))
    parts = [f"SELECT {_columns(query)}{columns}{at.documents}{part.text}" for part in alternatives]
    return Sql(" UNION ALL ".join(parts) + _order(query, order, names), _values(alternatives))


def _columns(query: Query) -> str:
    """A document that is asked for by its id alone is not read."""
    return "id, '{}' AS data, revision" if query.select == () else "id, data, revision"


def _order(query: Query, order: Sequence[Order], fields: Sequence[str]) -> str:
    ends = [field + (" DESC" if one.descending else "") for field, one in zip(fields, order, strict=True)]
    ends.append("id DESC" if query.order and query.order[-1].descending else "id")
    return f" ORDER BY {', '.join(ends)} LIMIT {query.limit}"


def _alternatives(query: Query, at: Entrance, stage: Sequence[Sql]) -> list[Sql]:
    """WHERE … for every combination of the values of the `in` conditions; they have no document in common."""
    fixed = [Sql("parent = ?", (parent(query.collection),))]
    fixed += [_holds(w.value) for w in query.where if w.op is Op.CONTAINS]
    fixed += [_equals(w.field, w.value, at) for w in query.where if w.op is Op.EQ]
    chosen = product(*([_equals(w.field, value, at) for value in w.options] for w in query.where if w.op is Op.IN))
    found = []
    for equal in chosen:
        conditions = [*fixed, *equal, *stage]
        found.append(Sql(f" WHERE {' AND '.join(one.text for one in conditions)}", _values(conditions)))
    return found


def _values(parts: Sequence[Sql]) -> tuple[int | float | str, ...]:
    return tuple(value for part in parts for value in part.parameters)


def _stages(query: Query, at: Entrance) -> list[tuple[list[Sql], tuple[Order, ...]]]:
    """Conditions on the order fields, and the order that is left to make under them.

    The fields are there; past a cursor the closest ties come first, and SQLite is not asked to sort by what is tied.
    """
    present = [Sql(f"{at.value(order.field)} >= {NULL}") for order in query.order]
    if query.after is None:
        compared = {w.field for w in query.where if w.op is not Op.CONTAINS}
        there = [sql for order, sql in zip(query.order, present, strict=True) if order.field not in compared]
        return [([*_ranges(query, at), *there], query.order)]
    fields = [*(at.value(order.field) for order in query.order), "id"]
    operands = [*(operand(value) for value in query.after.values), Sql("?", (query.after.id,))]
    down = [order.descending for order in query.order]
    down.append(bool(down) and down[-1])
    stages = []
    for tied in range(len(query.order), -1, -1):
        ties = [Sql(f"{fields[n]} = {operands[n].text}", operands[n].parameters) for n in range(tied)]
        sign = "<" if down[tied] else ">"
        past = Sql(f"{fields[tied]} {sign} {operands[tied].text}", operands[tied].parameters)
        # The index is entered at the cursor, not where the range begins; in a tie both ends are beside the point.
        ranges = _ranges(query, at, idle="<>" if tied else sign)
        conditions = [*ranges, *ties, past, *present[tied + 1 :]]
        stages.append((conditions, query.order[tied:]))
    return stages


def _ranges(query: Query, at: Entrance, *, idle: str = "") -> list[Sql]:
    """The range conditions; `+` keeps bounds whose sign begins with one of `idle` out of the choice of an index."""
    found = []
    for where in query.where:
        if where.op in RANGES:
            value, bound = at.value(where.field), operand(where.value)
            for sign, end in ((where.op.value, bound), _other_end(where)):
                plus = "+" if sign[0] in idle else ""
                found.append(Sql(f"{plus}{value} {sign} {end.text}", end.parameters))
    return found


def _holds(value: Json) -> Sql:
    wanted = element_operand(value)
    return Sql(f"element = {wanted.text}", wanted.parameters)


def _equals(field: str, value: Json, at: Entrance) -> Sql:
    wanted = operand(value)
    return Sql(f"{at.value(field)} = {wanted.text}", wanted.parameters)


def _other_end(where: Where) -> tuple[str, Sql]:
    """The bound that keeps a range within the type of its value."""
    below = where.op in (Op.LT, Op.LE)
    if isinstance(where.value, bool):
        return (">=", Sql(FALSE)) if below else ("<=", Sql(TRUE))
    if isinstance(where.value, str):
        return (">=", Sql("''")) if below else ("<", Sql("x''"))
    return (">=", Sql("-1e308")) if below else ("<", Sql("''"))
