"""Ids of documents: random, or derived so that the same cause finds the same document."""

import base64
import hashlib
import re
import secrets

_LENGTH = 20
_MADE_HERE = re.compile(rf"[a-z2-7]{{{_LENGTH}}}")


def new_id() -> str:
    """20 characters of 100 random bits, spread evenly, as Firestore likes them."""
    return base64.b32encode(secrets.token_bytes(13)).decode().lower()[:_LENGTH]


def derived_id(*parts: str) -> str:
    """An id that the same parts always give, and others practically never."""
    packed = "\x1f".join(f"{len(part)}:{part}" for part in parts)
    return base64.b32encode(hashlib.sha256(packed.encode()).digest()).decode().lower()[:_LENGTH]


def keyed_id(kind: str, uid: str, idempotency_key: str | None) -> str:
    """The id of what one person makes under one key: a repeat finds it. Without a key a new one."""
    return derived_id(kind, uid, idempotency_key) if idempotency_key else new_id()


def is_id(text: str) -> bool:
    """Whether `text` has the form of the ids that are made here."""
    return _MADE_HERE.fullmatch(text) is not None
