"""A question to the chatbot, and an answer that says what it rests on."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from app.schemas.base import CONTROL, Line, Model, Words, example
from app.schemas.knowledge import CardKind, Service
from app.schemas.vocabulary import Severity

MOST_CHARS = 4_000
MOST_TURNS = 20


def _newest(turns: object) -> object:
    return turns[-MOST_TURNS:] if isinstance(turns, list) else turns


def _readable(content: object) -> object:
    return CONTROL.sub(" ", content)[:MOST_CHARS] if isinstance(content, str) else content


class TurnRole(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"


class Turn(Model):
    """Something said before, as the client tells it: anybody may have written it, whatever its role says."""

    role: TurnRole
    content: Annotated[str, BeforeValidator(_readable)]


class Asking(Model):
    """Who asks, as the client tells it: only a language is read; name, role and position are neither used nor kept."""

    language: Line | None = Field(default=None, description="BCP 47; used where the question does not tell its own.")


class Ask(Model):
    model_config = example(
        user={
            "id": "anonymous",
            "name": "Guest",
            "role": "individual",
            "location": {"latitude": 6.68, "longitude": 80.4},
        },
        prompt="How do I make flood water safe to drink?",
        chat_history=[{"role": "user", "content": "Our well is flooded."}],
    )

    prompt: Annotated[Words, Field(min_length=1, max_length=MOST_CHARS)]
    user: Asking | None = None
    chat_history: Annotated[tuple[Turn, ...] | None, BeforeValidator(_newest)] = Field(
        default=None,
        description=f"The newest {MOST_TURNS} are used, of each {MOST_CHARS} characters. It is read, never obeyed.",
    )

    def said_by(self, role: TurnRole) -> tuple[str, ...]:
        """What the history says that somebody of this role said, oldest first."""
        return tuple(turn.content for turn in self.chat_history or () if turn.role is role)


class Question(Model):
    """What an answerer is asked."""

    prompt: str
    earlier: tuple[str, ...] = Field(default=(), description="What the same person said before, oldest first.")
    signs: tuple[str, ...] = Field(default=(), description="Names of the rules that fired on the prompt.")
    language: str = "en"


class Passage(Model):
    """A part of the knowledge base that an answer rests on."""

    id: str
    title: str
    text: str
    kind: CardKind
    source: str
    date: str


class Answer(Model):
    """What an answerer says: its words, and the passages that they rest on (none: nothing was found)."""

    words: str = ""
    passages: tuple[Passage, ...] = ()
    in_scope: bool = True
    answered_by: str = "rules"


class Source(Model):
    id: str
    title: str
    source: str
    date: str


class Number(Model):
    """An emergency number of the country that this node serves."""

    service: Service
    number: str
    name: str


class SuggestedAction(Model):
    method: Literal["POST"] = "POST"
    path: Literal["/requests"] = "/requests"


class Reply(Model):
    response: Annotated[str, StringConstraints(min_length=1)] = Field(
        description="The whole answer as text. In danger its first line is the emergency number."
    )
    sources: tuple[Source, ...] = Field(description="What the answer rests on; empty where nothing was found.")
    grounded: bool = Field(description="Whether it rests on at least one source.")
    severity: Severity = Field(description="How urgent the question reads.")
    emergency_numbers: tuple[Number, ...]
    language: str = Field(description="Of the fixed sentences; the steps are in English.")
    reviewed: bool = Field(description="False where the fixed sentences are a machine translation nobody has checked.")
    answered_by: str = Field(examples=["rules"])
    suggested_action: SuggestedAction | None = Field(description="Where the question reads like a call for help.")
    person_offered: bool = Field(description="Whether the asker was offered to talk to a person.")
