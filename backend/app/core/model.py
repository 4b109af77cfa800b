"""The language model: instructions and a stranger's words go in, a checked answer or a reason for none comes out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

AnswerT = TypeVar("AnswerT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that may leave: checked, small, without metadata."""

    data: bytes
    type: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a mind asks. `instructions` are ours; `data` is everybody else's, and is never obeyed."""

    name: str
    version: str
    instructions: str
    data: str
    images: tuple[Image, ...] = ()
    most_tokens: int = 2_000
    seconds: float | None = None
    """Patience for this one, with its retries; the setting's where none."""


@dataclass(frozen=True, slots=True)
class Usage:
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Told(Generic[AnswerT]):
    """An answer that has the shape asked for; whether it is true, nobody has checked."""

    answer: AnswerT
    model: str
    usage: Usage


class Why(StrEnum):
    """Why there is no answer."""

    OFF = "off"
    BUDGET = "budget"
    CIRCUIT_OPEN = "circuit_open"
    SLOW = "slow"
    LIMITED = "limited"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    NONSENSE = "nonsense"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    FAULT = "fault"


class NoAnswer(Exception):
    """The model gave none; whoever asked goes on by rules."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Model(Protocol):
    @property
    def on(self) -> bool:
        """Whether there is a model at all."""

    @property
    def name(self) -> str:
        """What it is called on an output that it had a part in."""

    @property
    def sees(self) -> bool:
        """Whether it can be asked about images."""

    @property
    def place(self) -> str:
        """Which model it is and where, in words for an operator."""

    @property
    def works(self) -> bool:
        """Whether it is being asked: not while it has failed so often that it is left alone."""

    async def ask(self, prompt: Prompt, answer: type[AnswerT]) -> Told[AnswerT]:
        """Its answer; raises `NoAnswer`, and nothing else, within the prompt's time."""

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class NoModel:
    """There is none: everything goes by rules."""

    on: bool = False
    name: str = "rules"
    sees: bool = False
    place: str = "rules assess and plan"
    works: bool = True

    async def ask(self, prompt: Prompt, answer: type[AnswerT]) -> Told[AnswerT]:
        raise NoAnswer(Why.OFF)

    async def aclose(self) -> None:
        """Nothing is open."""
