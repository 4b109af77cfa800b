"""The values of JSON documents as SQL, with the order that Firestore gives to values.

A field becomes one SQL value whose native order is Firestore's: nothing for a missing field; then null, false and
true as numbers below every number a document can hold; numbers; text (by its UTF-8 bytes, as in Firestore); lists
and maps as blobs. So one expression serves comparison, order and index, and True is not 1.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from app.crud.store.documents import Json

Parameter: TypeAlias = int | float | str

NULL, FALSE, TRUE = "-9e999", "-1.7e308", "-1.6e308"
_LITERALS = {None: NULL, False: FALSE, True: TRUE}
_ESCAPED_NUL = "\\u0000"


@dataclass(frozen=True, slots=True)
class Sql:
    text: str
    parameters: tuple[Parameter, ...] = ()


def path(field: str) -> str:
    """The JSON path of a dotted field."""
    return "$" + "".join(f'."{name}"' for name in field.split("."))


@lru_cache(maxsize=1024)
def expression(field: str, data: str = "data") -> str:
    """The SQL value of a dotted field of the document in `data`."""
    value = f"json_extract({data}, '{path(field)}')"
    return (
        f"CASE json_type({data}, '{path(field)}') WHEN 'null' THEN {NULL} WHEN 'false' THEN {FALSE} "
        f"WHEN 'true' THEN {TRUE} WHEN 'array' THEN CAST({value} AS BLOB) WHEN 'object' THEN CAST({value} AS BLOB) "
        f"ELSE {value} END"
    )


def operand(value: Json) -> Sql:
    """What `expression` is compared with to find `value`."""
    if value is None or isinstance(value, bool):
        return Sql(_LITERALS[value])
    if isinstance(value, float) or (isinstance(value, str) and "\x00" in value):
        # SQLite reads these from JSON in its own way: the operand goes the same way as the documents did.
        return Sql("json_extract(?, '$')", (json.dumps(value),))
    if isinstance(value, int | str):
        return Sql("?", (value,))
    raise ValueError("A query compares null, booleans, numbers and text.")


def may_be_cut(data: str) -> str:
    """Whether the JSON in `data` may hold a text with a NUL, where SQLite's JSON functions end a text."""
    return f"instr({data}, '{_ESCAPED_NUL}')"


def element(each: str, doc: str) -> str:
    """The SQL value of one element, a row of json_each over `doc.data`; `doc.cut` is what `may_be_cut` said of it."""
    raw = f"{doc}.data -> {each}.fullkey"
    return (
        f"CASE WHEN {each}.type = 'false' THEN {FALSE} WHEN {each}.type = 'true' THEN {TRUE} "
        f"WHEN {doc}.cut AND {each}.type = 'text' AND {may_be_cut(raw)} THEN CAST({raw} AS BLOB) ELSE {each}.value END"
    )


def element_operand(value: Json) -> Sql:
    """What `element` is compared with to find `value`."""
    raw = json.dumps(value, ensure_ascii=False)
    return Sql("CAST(? AS BLOB)", (raw,)) if isinstance(value, str) and _ESCAPED_NUL in raw else operand(value)
