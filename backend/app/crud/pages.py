"""Lists in pages: some documents in order, and a word for where the next ones begin."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from app.core.errors import BadRequest
from app.crud.store.port import Cursor
from app.schemas.base import Document, Tombstone

D = TypeVar("D", bound=Document)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some documents in order, and where the next ones begin (None: these were the last)."""

    items: tuple[T, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Changes(Generic[D]):
    """What has changed since a moment, oldest change first, and the moment to ask from the next time."""

    items: tuple[D | Tombstone, ...]
    next: str | None
    since: datetime


def encode_cursor(cursor: Cursor) -> str:
    """The place in a list as one opaque word for an address line."""
    packed = json.dumps([*cursor.values, cursor.id], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(word: str, fields: int) -> Cursor:
    """The place that `encode_cursor` wrote; `BadRequest` for anything else."""
    try:
        values = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (ValueError, binascii.Error) as error:
        raise BadRequest("The cursor is not one that this list gave.") from error
    if not isinstance(values, list) or len(values) != fields + 1 or not isinstance(values[-1], str) or not values[-1]:
        raise BadRequest("The cursor is not one that this list gave.")
    if not all(isinstance(value, str | int | float | None) for value in values):
        raise BadRequest("The cursor is not one that this list gave.")
    return Cursor(values=tuple(values[:-1]), id=values[-1])
