"""Numbers and booleans that take no other kind of JSON value.

Pydantic's own strictness would also refuse the text of an enum and the list of a tuple, which is how JSON writes them.
"""

from typing import Any, cast

from pydantic_core import CoreSchema, core_schema

_HOLD_SCHEMAS = {"schema", "items_schema", "keys_schema", "values_schema", "choices", "steps"}


def plain(schema: CoreSchema) -> CoreSchema:
    """The schema of a model with every number and boolean in it strict."""
    return cast("CoreSchema", _plain(schema))


def _plain(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kind = schema.get("type")
    if kind in {"float", "bool"}:
        return {**schema, "strict": True}
    if kind == "int":
        return core_schema.no_info_before_validator_function(_whole, cast("CoreSchema", {**schema, "strict": True}))
    inner = {name: _plain(part) for name, part in schema.items() if name in _HOLD_SCHEMAS}
    if kind == "model-fields":
        inner["fields"] = {name: _plain(field) for name, field in schema["fields"].items()}
    return {**schema, **inner}


def _whole(value: object) -> object:
    """JSON has one kind of number: 5.0 is 5, and some languages write it so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
