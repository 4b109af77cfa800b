"""Who changed what, when and why: written with the change itself, never rewritten."""

from enum import StrEnum

from pydantic import Field, JsonValue

from app.core.clock import Instant
from app.schemas.base import Model

MOST_SUBJECTS = 500
SYSTEM = "system"


class Actor(StrEnum):
    OWNER = "owner"
    COORDINATOR = "coordinator"
    RESPONDER = "responder"
    SYSTEM = "system"


class Act(Model):
    """Somebody doing something, as it is to be remembered."""

    event: str
    by: str = SYSTEM
    actor: Actor = Actor.SYSTEM
    why: str | None = None


class Change(Model):
    """One field, before and after."""

    before: JsonValue = None
    after: JsonValue = None


class AuditEntry(Act):
    """What somebody did to one document, or which of other people's documents somebody read."""

    id: str
    at: Instant
    subject: str = Field(description="The document (`requests/r1`), or the collection that was read.")
    version: int = Field(default=0, description="Of the document after it; 0 where nothing was changed.")
    changes: dict[str, Change] = Field(
        default={}, description="Words and places as digests, what could be guessed from a digest as `withheld`."
    )
    subjects: tuple[str, ...] = Field(default=(), description=f"Ids of what was read, {MOST_SUBJECTS} at the most.")
    count: int | None = Field(default=None, description="How many documents were read, or went at their time.")
    cutoff: Instant | None = Field(default=None, description="What was older than this went at its time.")
    request_id: str | None = Field(default=None, description="Of the call, as it stands in the log.")
    redacted_at: Instant | None = Field(default=None, description="When somebody's words were taken out of it.")


class AuditSearch(Model):
    """Which entries are looked for; None asks nothing. From `since` on, up to but not at `until`."""

    subject: str | None = None
    by: str | None = None
    event: str | None = None
    since: Instant | None = None
    until: Instant | None = None
