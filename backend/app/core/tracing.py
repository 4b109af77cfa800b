"""Traces: which part of a call took how long, through the queue to the last job of it. Nobody's data is in them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, Token
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

Lost: TypeAlias = Callable[[str, int], None]
"""Told by whom so many parts of traces were dropped."""


class Carrier(Protocol):
    """A span that may still be to begin, when somebody asks what goes on from it."""

    @property
    def traceparent(self) -> str | None: ...


_carried: ContextVar[Carrier | str | None] = ContextVar("traceparent", default=None)


def carried() -> str | None:
    """What whoever goes on with this later, elsewhere, gives as `parent`; None where nothing is traced."""
    held = _carried.get()
    return held if held is None or isinstance(held, str) else held.traceparent


def carrier() -> Carrier | str | None:
    """What `carried` reads."""
    return _carried.get()


def carry(carrier: Carrier | str | None) -> Token[Carrier | str | None]:
    """Go on with what began elsewhere, until it is `put_down`; see `carrying`."""
    return _carried.set(carrier)


def put_down(token: Token[Carrier | str | None]) -> None:
    _carried.reset(token)


@contextmanager
def carrying(carrier: Carrier | str | None) -> Iterator[None]:
    """Go on with what began elsewhere."""
    token = _carried.set(carrier)
    try:
        yield
    finally:
        _carried.reset(token)


class Kind(StrEnum):
    """What a span is to whoever reads the trace."""

    SERVER = "server"
    CLIENT = "client"
    CONSUMER = "consumer"
    INTERNAL = "internal"
    MODEL = "model"
    """A question to a language model."""


@dataclass(frozen=True, slots=True)
class Score:
    """What a human's decision says of what the machine did: a share from 0 to 1, or yes (1) and no (0)."""

    name: str
    value: float
    yes_or_no: bool = False


class Span(Protocol):
    def set(self, name: str, value: str | int | float | bool) -> None:
        """Note a fact: never an id of a person, their words, or an address with them in it."""

    def fail(self, error: str) -> None:
        """Mark it as failed; `error` is the name of a kind of error, not its message."""

    def show(self, *, asked: object = None, answered: object = None) -> None:
        """Note the very words, for tracers that an operator lets have them: kept without what names somebody."""


class Tracer(Protocol):
    @property
    def on(self) -> bool:
        """Whether traces are sent at all."""

    @property
    def watches(self) -> bool:
        """Whether it is of use to tell it what stores and others are asked."""

    @property
    def place(self) -> str:
        """Where they are sent to, in words for an operator."""

    @property
    def scored(self) -> bool:
        """Whether anybody takes scores."""

    def span(
        self, name: str, *, kind: Kind = Kind.INTERNAL, parent: str | None = None, about: str | None = None
    ) -> AbstractContextManager[Span]:
        """Time what happens within the block, as part of the span around it or of `parent` (what `carried` gave).

        Meanwhile it is what `carried` gives. `about` is the request for help that it is done for.
        """

    def about(self, request_id: str, *, new: bool = False) -> AbstractContextManager[None]:
        """Say that the call around this is about this request for help, which it has taken in if that is `new`.

        What is rung for within the block goes back to that request, also where no call is around.
        """

    def part(self, name: str, *, kind: Kind = Kind.INTERNAL) -> AbstractContextManager[Span]:
        """As `span`, where the span around it is recorded; else nothing."""

    async def score(self, request_id: str, scores: Sequence[Score]) -> None:
        """Send what humans made of a request; the same again takes the place of the first. `Transient`, or refused."""

    def report_to(self, lost: Lost) -> None:
        """Tell `lost` from now on what is dropped."""

    async def aclose(self) -> None:
        """Send what is left, for a few seconds at most."""


@dataclass(frozen=True, slots=True)
class NoSpan:
    def set(self, name: str, value: str | int | float | bool) -> None:
        """Forget it."""

    def fail(self, error: str) -> None:
        """Forget it."""

    def show(self, *, asked: object = None, answered: object = None) -> None:
        """Forget it."""


NO_SPAN = NoSpan()


class _Nothing:
    """A block that is not timed; one object for all of them."""

    def __enter__(self) -> Span:
        return NO_SPAN

    def __exit__(self, *_: object) -> None:
        return None


NOTHING_ABOUT: AbstractContextManager[None] = nullcontext()
NOT_TIMED: AbstractContextManager[Span] = _Nothing()


@dataclass(frozen=True, slots=True)
class NoTracer:
    """Sends no traces."""

    on: bool = False
    watches: bool = False
    place: str = "no traces are sent"
    scored: bool = False

    def span(
        self, name: str, *, kind: Kind = Kind.INTERNAL, parent: str | None = None, about: str | None = None
    ) -> AbstractContextManager[Span]:
        return NOT_TIMED

    def about(self, request_id: str, *, new: bool = False) -> AbstractContextManager[None]:
        return NOTHING_ABOUT

    def part(self, name: str, *, kind: Kind = Kind.INTERNAL) -> AbstractContextManager[Span]:
        return NOT_TIMED

    async def score(self, request_id: str, scores: Sequence[Score]) -> None:
        """Nobody takes them."""

    def report_to(self, lost: Lost) -> None:
        """Nothing is dropped."""

    async def aclose(self) -> None:
        """Nothing is left."""


def collector_place(endpoint: str, share: float) -> str:
    return f"traces of {share:.0%} of calls go to {host_of(endpoint)}"


def host_of(endpoint: str) -> str:
    """The address without what may be secret in it."""
    return endpoint.partition("://")[2].partition("/")[0].rpartition("@")[2]


def traceparent(trace_id: int, span_id: int, *, sampled: bool) -> str:
    """As W3C has it."""
    return f"00-{trace_id:032x}-{span_id:016x}-{sampled:02x}"
