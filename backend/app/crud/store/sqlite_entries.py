"""Tables of entries, by which a SQLite store finds the documents whose array holds an element.

One entry for each document and element, with the values of the fields that go with the question: those that hold an
element stand together, in order, and a query reads as many as it gives. Triggers keep them, whichever process writes.
A document that lacks one of the fields has no entry: it is in no result that asks for the field or orders by it.
"""

from collections.abc import Sequence

from app.crud.store.sqlite_values import element, expression, may_be_cut, path


def create_entries(name: str, collection_id: str, array: str, columns: Sequence[tuple[str, bool]]) -> list[str]:
    """The statements that make the table `name`, fill it from the documents there are, and keep it from then on."""
    cells = [f"c{n}" for n in range(len(columns))]
    ends = [cell + (" DESC" if down else "") for cell, (_, down) in zip(cells, columns, strict=True)]
    order = ", ".join(["parent", "element", *ends, "id"])
    fields = [field for field, _ in columns]
    types = ["parent TEXT NOT NULL", "element NOT NULL", *(f"{cell} NOT NULL" for cell in cells), "id TEXT NOT NULL"]
    filled = _entries("stored", array, fields, f' FROM "{collection_id}" AS stored')
    # Not OR IGNORE: in a trigger, the statement that fires it has a say in that.
    add = f'INSERT INTO "{name}" {_entries("new", array, fields)} ON CONFLICT DO NOTHING'
    remove = f'DELETE FROM "{name}" WHERE {_entries_of("old", array, fields)}'  # noqa: S608 names from a closed pattern
    differ = (f"{expression(field, 'old.data')} IS NOT {expression(field, 'new.data')}" for field in (array, *fields))
    return [
        f'CREATE TABLE "{name}" ({", ".join(types)}, PRIMARY KEY ({order})) WITHOUT ROWID',
        f'INSERT INTO "{name}" {filled} ORDER BY {order} ON CONFLICT DO NOTHING',
        f'CREATE TRIGGER "{name} insert" AFTER INSERT ON "{collection_id}" BEGIN {add}; END',
        f'CREATE TRIGGER "{name} update" AFTER UPDATE ON "{collection_id}" WHEN {" OR ".join(differ)} '
        f"BEGIN {remove}; {add}; END",
        f'CREATE TRIGGER "{name} delete" AFTER DELETE ON "{collection_id}" BEGIN {remove}; END',
    ]


def _entries(row: str, array: str, fields: Sequence[str], origin: str = "") -> str:
    """SELECT …: the entries of the document(s) `row`, an element that is there twice included twice."""
    cells = [f"c{n}" for n in range(len(fields))]
    values = [f"{expression(field, f'{row}.data')} AS {cell}" for field, cell in zip(fields, cells, strict=True)]
    kind = f"json_type({row}.data, '{path(array)}') AS kind"
    there = "".join(f" AND doc.{cell} IS NOT NULL" for cell in cells)
    elements = _elements(row, array, [f"{row}.parent AS parent", f"{row}.id AS id", kind, *values], origin)
    return (
        f"SELECT doc.parent AS parent, {element('each', 'doc')} AS element, "
        f"{''.join(f'doc.{cell} AS {cell}, ' for cell in cells)}doc.id AS id{elements} "
        f"WHERE doc.kind = 'array' AND each.type IN ('text', 'integer', 'real', 'true', 'false'){there}"
    )


def _entries_of(row: str, array: str, fields: Sequence[str]) -> str:
    """The condition for the entries of the document `row`, by all of their key."""
    elements = f"SELECT {element('each', 'doc')}{_elements(row, array)}"
    values = "".join(f" AND c{n} = {expression(field, f'{row}.data')}" for n, field in enumerate(fields))
    return f"parent = {row}.parent AND element IN ({elements}){values} AND id = {row}.id"


def _elements(row: str, array: str, more: Sequence[str] = (), origin: str = "") -> str:
    """FROM …: `each` element of the array, with what is read once for its `doc`, not once for each element."""
    columns = [f"{row}.data AS data", f"{may_be_cut(f'{row}.data')} AS cut", *more]
    return f" FROM (SELECT {', '.join(columns)}{origin}) AS doc, json_each(doc.data, '{path(array)}') AS each"
