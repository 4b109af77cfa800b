"""One part of a trace as Langfuse has it: an observation, which for a call begins only once it has a reason to."""

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from types import TracebackType
from typing import TypeAlias

from app.core.tracing import Carrier, Kind, carry, put_down, traceparent
from app.services.integrations.langfuse_masking import masked

now: ContextVar["Observation | None"] = ContextVar("observation", default=None)
"""What is being done. OpenTelemetry's own current span is left to other tracers, which would take it for a part of
theirs.
"""
Fact: TypeAlias = str | int | float | bool
_OF = "langfuse.observation"
_SPREAD = 2**64


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which trace something is."""

    trace_id: int
    span_id: int

    @property
    def traceparent(self) -> str:
        return traceparent(self.trace_id, self.span_id, sampled=True)

    @classmethod
    def first_of(cls, request_id: str) -> "Place":
        """Where the trace of a request for help begins, made of nothing but its id: the same in every process."""
        digest = hashlib.sha256(f"resq.request:{request_id}".encode()).digest()
        return cls(int.from_bytes(digest[:16]), int.from_bytes(digest[16:24]))

    @classmethod
    def anew(cls) -> "Place":
        return cls(random.getrandbits(128) | 1, random.getrandbits(64) | 1)

    def within(self) -> "Place":
        """A new one in the same trace."""
        return Place(self.trace_id, random.getrandbits(64) | 1)

    @classmethod
    def of(cls, parent: str | None) -> "Place | None":
        """As a W3C traceparent says; None for none, and for what is no such thing."""
        if parent is None:
            return None
        _, _, rest = parent.partition("-")
        trace_id, _, rest = rest.partition("-")
        try:
            place = cls(int(trace_id, 16), int(rest.partition("-")[0], 16))
        except ValueError:
            return None
        return place if 0 < place.trace_id < 2**128 and 0 < place.span_id < 2**64 else None


@dataclass(frozen=True, slots=True)
class Recorder:
    """Which traces are kept, who sends them, and whether they may have words in them."""

    take: Callable[["Observation"], None]
    share: float
    words: bool

    def keeps(self, trace_id: int) -> bool:
        """Whole traces, and in every process the same."""
        return trace_id % _SPREAD < self.share * _SPREAD


@dataclass(slots=True)
class Observation:
    """Given to the sender at its end, if it has begun by then and its trace is kept."""

    recorder: Recorder
    name: str
    kind: Kind
    parent: Place | None = None
    around: "Observation | None" = None
    place: Place | None = None
    """None until it has begun."""
    began: int = field(default_factory=time.time_ns)
    ended: int = 0
    first: bool = False
    facts: dict[str, Fact] = field(default_factory=dict)
    error: str | None = None
    asked: object = None
    answered: object = None
    _tokens: tuple[Token["Observation | None"], Token[Carrier | str | None]] | None = None

    @property
    def traceparent(self) -> str | None:
        return self.place.traceparent if self.place else None

    def begin(self) -> Place:
        """From now on it is recorded, from its true beginning, and so is what is around it."""
        if self.place is None:
            if self.around is not None:
                self.parent = self.around.begin()
            self.place = self.parent.within() if self.parent else Place.anew()
        return self.place

    def belong_to(self, first: Place, *, new: bool) -> Place:
        """Begin it in the trace that begins there, and as its beginning if that is `new`, with what is around it.

        Where it has begun already, it stays where it is.
        """
        outermost = self
        while outermost.around is not None:
            outermost = outermost.around
        if outermost.place is None and new:
            outermost.place, outermost.first = first, True
        elif outermost.place is None:
            outermost.parent = first
        return self.begin()

    def set(self, name: str, value: Fact) -> None:
        self.facts[name] = value

    def fail(self, error: str) -> None:
        self.error = error

    def show(self, *, asked: object = None, answered: object = None) -> None:
        if self.recorder.words and self.place is not None and self.recorder.keeps(self.place.trace_id):
            self.asked = self.asked if asked is None else masked(asked)
            self.answered = self.answered if answered is None else masked(answered)

    def __enter__(self) -> "Observation":
        self._tokens = (now.set(self), carry(self))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._tokens is not None:
            now.reset(self._tokens[0])
            put_down(self._tokens[1])
            self._tokens = None
        if self.place is None:
            return
        if isinstance(error, Exception) and self.error is None:
            self.error = type(error).__name__
        if self.recorder.keeps(self.place.trace_id):
            self.ended = time.time_ns()
            self.recorder.take(self)

    def written(self) -> Mapping[str, str]:
        """As the attributes that Langfuse reads."""
        generation = self.kind is Kind.MODEL
        written = {f"{_OF}.type": "generation" if generation else "span"}
        if self.first:
            written["langfuse.trace.name"] = "request for help"
        if self.error is not None:
            written |= {f"{_OF}.level": "ERROR", f"{_OF}.status_message": self.error}
        if self.asked is not None:
            written[f"{_OF}.input"] = _json(self.asked)
        if self.answered is not None:
            written[f"{_OF}.output"] = _json(self.answered)
        facts = dict(self.facts)
        if generation:
            written |= _of_a_model(facts)
        return written | {f"{_OF}.metadata.{name}": _json(value) for name, value in facts.items()}


MODEL, READ, WRITTEN, USD, VERSION = (
    "gen_ai.request.model",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "resq.cost.usd",
    "resq.prompt.version",
)


def _of_a_model(facts: dict[str, Fact]) -> Mapping[str, str]:
    """What Langfuse has fields of its own for, taken out of `facts`."""
    written: dict[str, str] = {}
    if MODEL in facts:
        written[f"{_OF}.model.name"] = str(facts.pop(MODEL))
    usage = {word: facts.pop(name) for word, name in (("input", READ), ("output", WRITTEN)) if name in facts}
    if usage:
        written[f"{_OF}.usage_details"] = _json(usage)
    if USD in facts:
        written[f"{_OF}.cost_details"] = _json({"total": facts.pop(USD)})
    if VERSION in facts:
        written["langfuse.version"] = str(facts[VERSION])
    return written


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
