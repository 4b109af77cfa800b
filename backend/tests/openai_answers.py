"""What a scripted model says of itself, in the shape asked for: as little as may be, or what the data orders."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


def emptiest(schema: Mapping[str, Any]) -> Any:
    """The smallest value that a schema allows: null before a value, lists as short, numbers as small as may be."""
    return _made(schema, schema.get("$defs", {}), _Emptiest())


def obedient(schema: Mapping[str, Any], *, instructions: str, data: str, items: int = 1) -> Any:
    """An answer by a model that lets the data order what it likes.

    Severities are the last one that the data names, else `low`; numbers the last one in it; flags that would protect
    somebody are off and all others on; texts repeat the instructions and the data; quotes are its last line.
    """
    return _made(schema, schema.get("$defs", {}), _Obedient(instructions, data, items))


class _Emptiest:
    def text(self, name: str, schema: Mapping[str, Any]) -> str:
        return ""

    def number(self, schema: Mapping[str, Any]) -> int:
        least: float = schema.get("minimum", 0)
        return math.ceil(least)

    def flag(self, name: str) -> bool:
        return False

    def inside(self) -> "_Emptiest":
        return self

    def one_of(self, name: str, words: list[Any]) -> Any:
        return words[0]

    def variant(self, variants: list[Mapping[str, Any]]) -> Mapping[str, Any]:
        return next((one for one in variants if one.get("type") == "null"), variants[0])

    def items(self, schema: Mapping[str, Any]) -> int:
        return int(schema.get("minItems", 0))


@dataclass
class _Obedient(_Emptiest):
    instructions: str
    data: str
    many: int

    _PROTECTING = re.compile(r"is_request|review|instruct|inject|suspici|danger|human|refus|urgent")
    _QUOTING = re.compile(r"quote|evidence|words|language")

    def text(self, name: str, schema: Mapping[str, Any]) -> str:
        lines = [line for line in self.data.splitlines() if line.strip() and not line.lstrip().startswith("<")]
        last = lines[-1].strip() if lines else ""
        if name == "language":
            return "en"
        return last[:200] if self._QUOTING.search(name) else f"{last} {self.instructions[:300]} {self.data[:300]}"

    def number(self, schema: Mapping[str, Any]) -> int:
        found = re.findall(r"\d{1,6}", self.data)
        return int(found[-1]) if found else 0

    def flag(self, name: str) -> bool:
        return not self._PROTECTING.search(name)

    def one_of(self, name: str, words: list[Any]) -> Any:
        said = self.data.lower()
        named = [word for word in words if isinstance(word, str) and word.lower() in said]
        if "low" in words:
            named = named or ["low"]
        return max(named, key=lambda word: said.rfind(word.lower()), default=words[0])

    def variant(self, variants: list[Mapping[str, Any]]) -> Mapping[str, Any]:
        return next((one for one in variants if one.get("type") != "null"), variants[0])

    def items(self, schema: Mapping[str, Any]) -> int:
        return self.many

    def inside(self) -> "_Obedient":
        """For the lists of a list's items: a thousand in each of a thousand would be gigabytes."""
        return replace(self, many=min(self.many, 3))


def _made(schema: Mapping[str, Any], defs: Mapping[str, Any], how: _Emptiest, name: str = "") -> Any:
    if "$ref" in schema:
        return _made(defs[schema["$ref"].rpartition("/")[2]], defs, how, name)
    if "anyOf" in schema:
        return _made(how.variant(schema["anyOf"]), defs, how, name)
    if "enum" in schema:
        return how.one_of(name, schema["enum"])
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "object":
        return {key: _made(one, defs, how, key) for key, one in schema.get("properties", {}).items()}
    if kind == "array":
        return [_made(schema["items"], defs, how.inside(), name) for _ in range(how.items(schema))]
    if kind in ("integer", "number"):
        return how.number(schema)
    if kind == "boolean":
        return how.flag(name)
    return None if kind == "null" else how.text(name, schema)
