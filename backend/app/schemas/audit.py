"""Who changed what, when and why: written with the change itself, never rewritten."""

from enum import StrEnum

from pydantic import JsonValue

from app.core.clock import Instant
from app.schemas.base import Model


class Actor(StrEnum):
    OWNER = "owner"
    COORDINATOR = "coordinator"
    RESPONDER = "responder"
    SYSTEM = "system"


class Act(Model):
    """Somebody doing something, as it is to be remembered."""

    event: str
    by: str = "system"
    actor: Actor = Actor.SYSTEM
    why: str | None = None


class Change(Model):
    """One field, before and after."""

    before: JsonValue = None
    after: JsonValue = None


class AuditEntry(Act):
    id: str
    at: Instant
    subject: str
    version: int
    changes: dict[str, Change]
