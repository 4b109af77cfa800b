"""`make openapi`: writes `openapi.json`, and says what of a change breaks clients that were generated from the old one.

`python -m tests.openapi --against FILE` compares with another file than the one it replaces; `--check` writes nothing
and ends with 1 where the file is stale.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.api.openapi import operations
from app.core.settings import Settings
from app.main import create_app

FILE = Path(__file__).parents[1] / "openapi.json"
Schema = Mapping[str, Any]


def described() -> str:
    """The description of the API as it is now, as text."""
    return json.dumps(create_app(Settings()).openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def breaking(old: Schema, new: Schema) -> Iterator[str]:
    """What a client that was made for `old` meets in `new`, each in a sentence.

    Operations that are gone, parameters and fields that have to be sent now, fields and words of answers that are gone,
    values that are not taken any more.
    """
    after = dict(operations(new))
    for name, before in operations(old):
        if name not in after:
            yield f"{name} is gone."
            continue
        yield from _operation(name, before, after[name], _Pair(old, new))


class _Pair:
    """Two descriptions, in which references are looked up."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self.old, self.new = old, new

    @staticmethod
    def found(schema: Schema, whole: Schema) -> Schema:
        while "$ref" in schema:
            schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def differences(self, place: str, old: Schema, new: Schema, *, sent: bool, depth: int = 0) -> Iterator[str]:
        """Of what is `sent` nothing more may be asked for; of what is read nothing may be missing."""
        old, new = self.found(old, self.old), self.found(new, self.new)
        if depth > 8:
            return
        if old.get("type") != new.get("type") and "type" in old and "type" in new:
            yield f"{place} was {old['type']} and is {new['type']}."
        yield from self._fields(place, old, new, sent=sent, depth=depth)
        gone, come = (
            set(old.get("enum", ())) - set(new.get("enum", ())),
            set(new.get("enum", ())) - set(old.get("enum", ())),
        )
        if sent and gone and "enum" in new:
            yield f"{place} takes {', '.join(sorted(map(str, gone)))} no more."
        if not sent and come and "enum" in old:
            yield f"{place} may now be {', '.join(sorted(map(str, come)))}."
        if "items" in old and "items" in new:
            yield from self.differences(f"{place}[]", old["items"], new["items"], sent=sent, depth=depth + 1)

    def _fields(self, place: str, old: Schema, new: Schema, *, sent: bool, depth: int) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        if sent:
            for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
                yield f"{place}.{name} has to be sent now."
        else:
            for name in sorted(set(before) - set(after)):
                yield f"{place}.{name} is answered no more."
        for name in sorted(set(before) & set(after)):
            yield from self.differences(f"{place}.{name}", before[name], after[name], sent=sent, depth=depth + 1)


def _operation(name: str, old: Schema, new: Schema, pair: _Pair) -> Iterator[str]:
    known = {(one["name"], one["in"]) for one in old.get("parameters", ())}
    for one in new.get("parameters", ()):
        if one.get("required") and (one["name"], one["in"]) not in known:
            yield f"{name}: the {one['in']} parameter {one['name']} has to be sent now."
    for place, sent in (("requestBody", True), ("responses", False)):
        for where, before, after in _bodies(old.get(place, {}), new.get(place, {})):
            yield from pair.differences(f"{name} {where}", before, after, sent=sent)
    if old.get("operationId") != new.get("operationId"):
        yield f"{name}: a generated client calls it {new.get('operationId')} now, not {old.get('operationId')}."


def _bodies(old: Schema, new: Schema) -> Iterator[tuple[str, Schema, Schema]]:
    if "content" in old or "content" in new:
        for kind in set(old.get("content", {})) & set(new.get("content", {})):
            yield "body", old["content"][kind].get("schema", {}), new["content"][kind].get("schema", {})
        return
    for status in sorted(set(old) & set(new)):
        if str(status).startswith("2"):
            yield from ((f"answer {status}", *pair[1:]) for pair in _bodies(old[status], new[status]))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--against", type=Path, default=FILE, help="the description that clients have")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where openapi.json is stale")
    arguments = parser.parse_args()
    text = described()
    if arguments.against.exists():
        found = list(breaking(json.loads(arguments.against.read_text(encoding="utf-8")), json.loads(text)))
        sys.stdout.write("".join(f"breaking: {one}\n" for one in found) or "nothing that breaks clients\n")
    if arguments.check:
        fresh = FILE.exists() and FILE.read_text(encoding="utf-8") == text
        sys.exit(0 if fresh else "openapi.json: run `make openapi`")
    FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
