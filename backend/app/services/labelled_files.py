"""Reading the labelled files that an assessor is measured on."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

_MOST_BYTES = 200 * 1024 * 1024

KINDS = ("request", "aid_related", "offer")
"""Labels that say what a message is and not what it needs."""
LEVELS = ("Critical", "Urgent", "Standard")
"""The golden file's words for severity."""
_NEEDED_COLUMNS = ("id", "message", "genre")


class BadFile(Exception):
    """A file that cannot be measured on; the message names the file, the line and what is wrong."""


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the message file with its labels."""

    id: str
    text: str
    genre: str
    labels: Mapping[str, bool]


class Expected(BaseModel):
    """What a golden message should be read as; the `_ok` lists name everything that is accepted."""

    model_config = ConfigDict(extra="ignore", strict=True)

    severity: str
    severity_ok: list[str] | None = None
    category: str | None = None
    category_ok: list[str] | None = None
    people: int | None = None
    people_ok: list[int] | None = None


class Golden(BaseModel):
    """A line of the golden file."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str
    message: str
    expect: Expected


def read_messages(path: Path, labels: Iterable[str]) -> list[Message]:
    """The rows of a message file with those of `labels` that it has.

    Raises `BadFile` for a missing column or a label that is neither 0 nor 1.
    """
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise BadFile(f"{path}: line {reader.line_num}: {error}") from None
    columns = reader.fieldnames or ()
    if missing := [name for name in _NEEDED_COLUMNS if name not in columns]:
        raise BadFile(f"{path}: the column {missing[0]!r} is missing; the first line must name the columns")
    wanted = {*labels, *KINDS}
    present = [name for name in columns if name in wanted]
    return [_message(path, row, present) for row in rows]


def _message(path: Path, row: Mapping[str, str | None], labels: Iterable[str]) -> Message:
    marks: dict[str, bool] = {}
    for label in labels:
        value = (row.get(label) or "").strip()
        if value not in {"0", "1"}:
            raise BadFile(f"{path}: message {row.get('id')}: the label {label!r} is {value!r}, neither 0 nor 1")
        marks[label] = value == "1"
    return Message(row.get("id") or "", row.get("message") or "", (row.get("genre") or "").strip(), marks)


def read_golden(path: Path) -> list[Golden]:
    """The lines of a golden file; raises `BadFile` with the line that is wrong."""
    found: list[Golden] = []
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            golden = Golden.model_validate_json(line)
        except ValidationError as error:
            raise BadFile(f"{path}: line {number}: {_first(error)}") from None
        for level in (golden.expect.severity, *(golden.expect.severity_ok or ())):
            if level not in LEVELS:
                raise BadFile(f"{path}: line {number}: the severity {level!r} is none of {', '.join(LEVELS)}")
        found.append(golden)
    if not found:
        raise BadFile(f"{path}: there is no message in it")
    return found


def _first(error: ValidationError) -> str:
    one = error.errors()[0]
    where = ".".join(str(part) for part in one["loc"])
    return f"{where}: {one['msg']}" if where else str(one["msg"])


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadFile(f"{path}: larger than {_MOST_BYTES // 1024 // 1024} MiB")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: not UTF-8 at byte {error.start}") from None
