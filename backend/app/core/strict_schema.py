"""The JSON schema of an answer as strict structured outputs take it: every field required, nothing besides, no bounds.

Bounds (`max_length`, `ge`, …) are left out because servers differ in which they take; the answer is validated here.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

_KEPT = frozenset({"type", "enum", "const", "description", "anyOf", "$ref"})


@lru_cache(maxsize=64)
def strict_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """One that refers to nothing outside of itself. A field with a default is an error: say `T | None` without one."""
    schema = answer.model_json_schema()
    defs = {name: _strict(one) for name, one in schema.get("$defs", {}).items()}
    strict = _strict(schema)
    return {**strict, "$defs": defs} if defs else strict


def _strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    if "default" in schema:
        raise TypeError("A strict schema has no defaults; say `T | None` without one.")
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}  # nothing may stand beside it
    found = {name: value for name, value in schema.items() if name in _KEPT}
    if "oneOf" in schema:
        found["anyOf"] = schema["oneOf"]
    if "anyOf" in found:
        found["anyOf"] = [_strict(one) for one in found["anyOf"]]
    if schema.get("type") == "array":
        found["items"] = _strict(schema.get("items") or _one_item(schema))
    if schema.get("type") == "object":
        properties = {name: _strict(one) for name, one in schema.get("properties", {}).items()}
        found |= {"properties": properties, "required": list(properties), "additionalProperties": False}
    return found


def _one_item(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    raise TypeError(f"A strict schema has lists of one kind of thing; this is none: {sorted(schema)}.")
