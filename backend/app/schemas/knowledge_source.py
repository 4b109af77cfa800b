"""An organisation's own documents in the knowledge base: what each is, and the passages it was cut into."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.clock import Instant
from app.schemas.base import Document, Line, Model, Note
from app.schemas.knowledge import Audience, Card, CardKind, Hazard, Language, SourceDate

SourceId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{3,34}$")]


class Chunk(Model):
    """A passage of a document."""

    heading: str = ""
    text: str
    instructs: bool = False
    """It gives orders to a machine; no answer rests on it unless the document is trusted."""


class Facts(Model):
    """What is said of a document as it is added."""

    title: Line = ""
    source: Note = ""
    date: SourceDate | None = None
    audience: tuple[Audience, ...] = tuple(Audience)
    hazards: tuple[Hazard, ...] = ()
    language: Language = "en"
    organisation: Line = ""


class KnowledgeSource(Document):
    """A document. A new text under the same id supersedes the one before."""

    facts: Facts
    added_by: str
    content_hash: str
    revision: int = Field(default=1, ge=1, description="Grows by one with every new text.")
    parts: tuple[str, ...]
    chunks: int
    held_back: int = Field(default=0, description="Passages that give orders to a machine, kept out of answers.")
    trusted: bool = False

    def superseded_by(self, other: "KnowledgeSource") -> "KnowledgeSource":
        """This document with another one's text and facts."""
        kept = {"id": self.id, "created_at": self.created_at, "version": self.version, "revision": self.revision + 1}
        return other.model_copy(update=kept)


class KnowledgePart(Document):
    """Some passages of a document, few enough for one stored document, with their vectors by space."""

    source_id: str
    first: int
    chunks: tuple[Chunk, ...]
    vectors: Mapping[str, str] = Field(default_factory=dict, description="Rows of bytes in base64, by space.")


class Edition(Document):
    """Changes whenever any document does, so that every process knows when to read them anew."""

    changed_at: Instant


def cards(source: KnowledgeSource, part: KnowledgePart) -> Sequence[Card]:
    """The passages of a part as cards that answers may rest on; those held back are not among them."""
    facts = source.facts
    return [
        Card(
            id=f"{source.id}-{part.first + i}",
            title=f"{facts.title}: {chunk.heading}" if chunk.heading else facts.title,
            text=chunk.text,
            kind=CardKind.PROCEDURE,
            audience=facts.audience,
            hazards=facts.hazards,
            keywords=(chunk.heading or facts.title,),
            signs=(),
            source=facts.source or facts.organisation or facts.title,
            date=facts.date or f"{source.updated_at:%Y-%m-%d}",
        )
        for i, chunk in enumerate(part.chunks)
        if source.trusted or not chunk.instructs
    ]
