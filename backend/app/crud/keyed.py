"""Documents made under an idempotency key together with others."""

from typing import TypeVar

from app.core.errors import Invalid
from app.schemas.base import Keyed

K = TypeVar("K", bound=Keyed)


def repeated(first: K, document: K) -> K:
    """The first document of a key, for a call that says the same again; `Invalid` for one that says something else."""
    if first.created_by != document.created_by or first.body_hash != document.body_hash:
        raise Invalid("This key was used for another body before.", field="Idempotency-Key")
    return first
