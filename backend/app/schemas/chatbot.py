"""A question to the chatbot, and an answer that says what it rests on."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from app.core.clock import Instant
from app.schemas.base import CONTROL, Line, Model, Words, example
from app.schemas.knowledge import CardKind, Service
from app.schemas.request_bodies import RequestCreate
from app.schemas.request_states import Status
from app.schemas.task_states import TaskStatus
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
    """Who asks, as the client tells it: only a language is read; name, role and position are neither used nor kept.

    Who asks is known from their token, and what concerns them from the store.
    """

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
    language: str = Field(default="en", description="Of the fixed sentences around the answer.")
    asked_in: str = Field(default="en", description="Of the question itself; `und` where nobody knows.")
    facts: tuple[str, ...] = Field(default=(), description="What the store says of the asker; nobody else is in it.")
    plain: bool = Field(default=False, description="To be answered in the cards' own words, without a model.")
    alarm: bool = Field(default=False, description="Whether there is danger in it.")


class Passage(Model):
    """A part of the knowledge base that an answer rests on."""

    id: str
    title: str
    text: str
    kind: CardKind
    source: str
    date: str
    language: str = "en"
    unchecked: bool = Field(default=False, description="A machine translation that nobody has checked.")


class Sentence(Model):
    """A sentence of an answer, with the cards that say so; without any it is general advice and says so."""

    text: str
    cards: tuple[str, ...] = ()

    @property
    def general(self) -> bool:
        return not self.cards


class Answer(Model):
    """What an answerer says: the passages it rests on (none: nothing was found), and its own words about them.

    Without words of its own the passages are quoted.
    """

    sentences: tuple[Sentence, ...] = ()
    passages: tuple[Passage, ...] = ()
    checked: bool = Field(default=True, description="False where the passages are to be quoted beside the words.")
    in_scope: bool = True
    answered_by: str = "rules"


class Source(Model):
    id: str
    title: str
    source: str
    date: str


class Number(Model):
    """An emergency number of the country that the asker is in, as far as it is known, else of this node's."""

    service: Service
    number: str
    name: str


class SuggestedAction(Model):
    method: Literal["POST"] = "POST"
    path: Literal["/requests"] = "/requests"


class OfferKind(StrEnum):
    HELP = "help"
    """A call for help."""
    TALK = "talk"
    """A wish to talk to a person of the response team."""


class Offer(Model):
    """A request that is filled in and sent only if the asker says so: the body and key for `POST /requests`.

    It may be sent again until there is an answer, and waits on a phone without network as any other request does
    (`POST /requests/batch`): the same key makes one request. Whoever changes the body makes a key of their own.
    """

    kind: OfferKind
    body: RequestCreate = Field(description="In the asker's own words; the place is that of their own profile.")
    idempotency_key: str = Field(description="To be sent as `Idempotency-Key`.")
    people: int | None = Field(description="How many people it speaks of, where it says so.")
    place_known_since: Instant | None = Field(description="When the place in it was told; have it checked.")
    expires_at: Instant = Field(description="Ask again after this: things have changed.")
    sign_in_first: bool = Field(description="Whether the asker has to sign in, anonymously if they like.")
    already_open: tuple[str, ...] = Field(description="Ids of their own open requests, one of which may be the same.")


class OwnRequest(Model):
    """A request of the asker's own, as it stands."""

    id: str
    status: Status
    team: TaskStatus | None = Field(default=None, description="How far the team that is furthest is, if one is.")
    needs: tuple[str, ...] = ()
    sent: Instant


class OwnTask(Model):
    """A task that the asker is offered or has taken."""

    id: str
    kind: str
    status: TaskStatus


class Reply(Model):
    response: Annotated[str, StringConstraints(min_length=1)] = Field(
        description="The whole answer as text. In danger its first line is the emergency number."
    )
    sentences: tuple[Sentence, ...] = Field(
        description="What the answer says to do, sentence by sentence, each with the ids of the cards that say so; "
        "none: general advice."
    )
    sources: tuple[Source, ...] = Field(description="What the answer rests on; empty where nothing was found.")
    grounded: bool = Field(description="Whether it rests on at least one source.")
    severity: Severity = Field(description="How urgent the question reads.")
    emergency_numbers: tuple[Number, ...]
    language: str = Field(description="Of the fixed sentences; a step may be in English.")
    reviewed: bool = Field(description="False where the fixed sentences are a machine translation nobody has checked.")
    answered_by: str = Field(examples=["rules"], description="`rules`, or the name of the model that had a part in it.")
    suggested_action: SuggestedAction | None = Field(description="Where the question reads like a call for help.")
    person_offered: bool = Field(description="Whether the asker was offered to talk to a person.")
    offer: Offer | None = Field(default=None, description="A request filled in from the conversation, to be confirmed.")
    requests: tuple[OwnRequest, ...] = Field(default=(), description="The asker's own, where they asked about them.")
    tasks: tuple[OwnTask, ...] = Field(default=(), description="The asker's own, where they asked about them.")


class Opening(Model):
    """Event `frame`: what stands first, by rules alone, before anything is looked up or any model is asked."""

    text: str
    severity: Severity
    emergency_numbers: tuple[Number, ...]
    language: str
    reviewed: bool
    person_offered: bool


class Part(Model):
    """Event `part`: more of the answer. All texts in their order, the one of `frame` first, make the whole of it."""

    text: str
    cards: tuple[str, ...] = ()


class Sources(Model):
    """Event `sources`: what the parts rest on."""

    sources: tuple[Source, ...]
    grounded: bool
    answered_by: str


class Done(Model):
    """Event `done`, the last one."""

    parts: int
    answered_by: str
