"""Traces: which part of a call took how long, through the queue to the last job of it. Nobody's data is in them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

_carried: ContextVar[str | None] = ContextVar("traceparent", default=None)


def carried() -> str | None:
    """What whoever goes on with this later, elsewhere, gives as `parent`; None where nothing is traced."""
    return _carried.get()


@contextmanager
def carrying(traceparent: str | None) -> Iterator[None]:
    """Go on with what began elsewhere."""
    token = _carried.set(traceparent)
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


class Span(Protocol):
    def set(self, name: str, value: str | int | float | bool) -> None:
        """Note a fact: never an id of a person, their words, or an address with them in it."""

    def fail(self, error: str) -> None:
        """Mark it as failed; `error` is the name of a kind of error, not its message."""


class Tracer(Protocol):
    @property
    def on(self) -> bool:
        """Whether traces are sent at all."""

    @property
    def place(self) -> str:
        """Where they are sent to, in words for an operator."""

    def span(self, name: str, *, kind: Kind = Kind.INTERNAL, parent: str | None = None) -> AbstractContextManager[Span]:
        """Time what happens within the block, as part of the span around it or of `parent` (a W3C traceparent).

        Meanwhile it is what `carried` gives.
        """

    def part(self, name: str, *, kind: Kind = Kind.INTERNAL) -> AbstractContextManager[Span]:
        """As `span`, where the span around it is recorded; else nothing."""

    async def aclose(self) -> None:
        """Send what is left, for a few seconds at most."""


@dataclass(frozen=True, slots=True)
class NoSpan:
    def set(self, name: str, value: str | int | float | bool) -> None:
        """Forget it."""

    def fail(self, error: str) -> None:
        """Forget it."""


NO_SPAN = NoSpan()


class _Nothing:
    """A block that is not timed; one object for all of them."""

    def __enter__(self) -> Span:
        return NO_SPAN

    def __exit__(self, *_: object) -> None:
        return None


NOT_TIMED: AbstractContextManager[Span] = _Nothing()


@dataclass(frozen=True, slots=True)
class NoTracer:
    """Sends no traces."""

    on: bool = False
    place: str = "no traces are sent"

    def span(self, name: str, *, kind: Kind = Kind.INTERNAL, parent: str | None = None) -> AbstractContextManager[Span]:
        return NOT_TIMED

    def part(self, name: str, *, kind: Kind = Kind.INTERNAL) -> AbstractContextManager[Span]:
        return NOT_TIMED

    async def aclose(self) -> None:
        """Nothing is left."""
