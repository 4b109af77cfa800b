"""Requests from a file: its rows as bodies, each with a key that makes sending it twice harmless."""

import csv
import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pydantic import ValidationError

from app.schemas.base import CONTROL
from app.schemas.request_bodies import RequestCreate

FIELDS = ("id", "title", "description", "type_of_need", "disaster_id", "lat", "lng", "address")
LABELS = ("request", "aid_related")
_LAT = ("center_lat", "lat", "latitude")
_LNG = ("center_lon", "center_lng", "lng", "lon", "longitude")


class UnreadableFile(Exception):
    """The file is not what the command takes; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file (from 1, without the header), its key, and its body or why it has none."""

    number: int
    key: str
    body: RequestCreate | None
    problem: str | None
    labels: Mapping[str, bool]


@dataclass(frozen=True)
class Places:
    """Where rows without a position are put: drawn by seed and key, so that every import draws the same."""

    points: Sequence[tuple[float, float]]
    seed: int

    @classmethod
    def read(cls, path: Path, seed: int) -> "Places":
        """Points of a tab-separated file with a header that names latitude and longitude."""
        with _opened(path) as lines:
            reader = csv.DictReader(lines, delimiter="\t")
            names = reader.fieldnames or ()
            lat = next((name for name in _LAT if name in names), None)
            lng = next((name for name in _LNG if name in names), None)
            if lat is None or lng is None:
                raise UnreadableFile(f"{path} names no latitude and longitude in its header.")
            points = [(float(row[lat]), float(row[lng])) for row in reader if _number(row[lat]) and _number(row[lng])]
        if not points:
            raise UnreadableFile(f"{path} has no positions.")
        return cls(points, seed)

    def draw(self, key: str) -> tuple[float, float]:
        return random.Random(f"{self.seed}:{key}").choice(self.points)


def read_rows(
    path: Path, *, renamed: Mapping[str, str], places: Places | None, disaster_id: str | None
) -> Iterator[Row]:
    """The rows of a CSV or JSONL file. `renamed` says which column a field is read from."""
    for number, raw in enumerate(_raw_rows(path), start=1):
        values = {field: _text(raw.get(renamed.get(field, field))) for field in FIELDS}
        key = values["id"] or hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).hexdigest()[:32]
        labels = {label: _text(raw.get(label)) == "1" for label in LABELS if label in raw}
        try:
            body = _body(values, key, places, disaster_id)
            yield Row(number, key, body, None, labels)
        except ValueError as error:
            yield Row(number, key, None, _why(error), labels)


def idempotency_key(row: Row) -> str:
    """The key under which a row is sent: its own id, in a form that fits into a header."""
    return f"import-{hashlib.sha256(row.key.encode()).hexdigest()[:40]}"


def _raw_rows(path: Path) -> Iterator[Mapping[str, object]]:
    with _opened(path) as lines:
        if path.suffix.lower() in {".jsonl", ".ndjson"}:
            yield from _json_rows(path, lines)
        else:
            yield from _csv_rows(path, lines)


def _csv_rows(path: Path, lines: Iterable[str]) -> Iterator[Mapping[str, object]]:
    reader = csv.DictReader(lines)
    try:
        if not reader.fieldnames:
            raise UnreadableFile(f"{path} has no header.")
        yield from reader
    except (csv.Error, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path}, line {reader.line_num}: {error}") from error


def _json_rows(path: Path, lines: Iterable[str]) -> Iterator[Mapping[str, object]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UnreadableFile(f"{path}, line {number} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise UnreadableFile(f"{path}, line {number} is not an object.")
        yield row


def _opened(path: Path) -> TextIO:
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error


def _body(values: Mapping[str, str], key: str, places: Places | None, disaster_id: str | None) -> RequestCreate:
    if not values["title"] and not values["description"]:
        raise ValueError("the row has no words")
    position: tuple[str | float, str | float] | None = None
    if values["lat"] or values["lng"]:
        position = (values["lat"], values["lng"])
    elif places is not None:
        position = places.draw(key)
    return RequestCreate.model_validate(
        {
            "title": values["title"] or values["description"].splitlines()[0][:80],
            "description": values["description"] or None,
            "type_of_need": values["type_of_need"] or "general",
            "disaster_id": values["disaster_id"] or disaster_id,
            "location": None
            if position is None
            else {"lat": _degrees(position[0]), "lng": _degrees(position[1]), "address": values["address"] or None},
        }
    )


def _why(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return str(error)


def _text(value: object) -> str:
    if value is None:
        return ""
    return CONTROL.sub(" ", str(value)).strip() if not isinstance(value, dict | list) else ""


def _degrees(value: str | float) -> str | float:
    """The number that a cell says; a cell that says none is left for the body's own rules to name."""
    return float(value) if _number(str(value)) else value


def _number(value: str | None) -> bool:
    try:
        float(value or "")
    except ValueError:
        return False
    return True
