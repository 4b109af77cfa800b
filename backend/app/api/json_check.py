"""JSON that says one thing to every reader, whatever it is read with."""

import json
import math
import re
from collections import Counter
from typing import Any

from app.core.errors import Invalid

DEEPEST = 32
PARSED = "resq.json"
"""Where in the scope of a call stands what its body says, once that was read."""
LONGEST_NUMBER = 40
_ODD_NUMBER = re.compile(rb"[0-9]{19}|[0-9.][eE][+-]?[0-9]{3}")
_INT64 = range(-(2**63), 2**63)


def check_json(body: bytes) -> Any:
    """What the body says; `Invalid` where readers of JSON differ: a name given twice, a number that is none or too
    large, odd text.

    Plain bad syntax passes as None: it is told, with its place, by the one who reads the body for good.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Invalid("The body is not UTF-8.", field="") from None
    # To be asked about every number makes reading some times slower; nearly no body has a number worth asking about.
    numbers: dict[str, Any] = {"parse_int": _whole, "parse_float": _fraction} if _ODD_NUMBER.search(body) else {}
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_constant, **numbers)
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError:
        return None
    if body.count(b"[") + body.count(b"{") > DEEPEST and _depth(found) > DEEPEST:
        raise _too_deep()
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
    raise Invalid("This name is given twice.", field=twice[:100].encode(errors="replace").decode())


def _constant(name: str) -> object:
    raise Invalid(f"{name} is not a number.", field="")


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER or int(digits) not in _INT64:
        raise Invalid("A whole number is too large.", field="")
    return int(digits)


def _fraction(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise Invalid("A number is too large.", field="")
    return number


def _too_deep() -> Invalid:
    return Invalid(f"The body is nested deeper than {DEEPEST} levels.", field="")


def _depth(found: object) -> int:
    deepest, level = 0, [found]
    while level:
        deepest += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, list | dict)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, list | dict)
        ]
    return deepest
