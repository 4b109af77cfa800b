"""One part of a trace as Langfuse has it: an observation, which for a call begins only once it has a reason to."""

import hashlib
import json
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from app.core.tracing import Kind
from app.services.integrations.langfuse_masking import masked
from app.services.integrations.outlet import WAITING, Outlet, traceparent

SAMPLED = trace.TraceFlags(trace.TraceFlags.SAMPLED)
_OF = "langfuse.observation"


class GivenIds(RandomIdGenerator):
    """Random ids, but for the observation that a trace begins with, where that is known."""

    def __init__(self) -> None:
        self.given: ContextVar[Place | None] = ContextVar("given", default=None)

    def generate_trace_id(self) -> int:
        given = self.given.get()
        return given.trace_id if given else super().generate_trace_id()

    def generate_span_id(self) -> int:
        given = self.given.get()
        return given.span_id if given else super().generate_span_id()

    def is_trace_id_random(self) -> bool:
        return False


@dataclass(frozen=True)
class Recorder:
    """Begins observations in the outlet, without ever making one of them OpenTelemetry's current span.

    That belongs to other tracers, which would take it for a part of theirs.
    """

    outlet: Outlet
    ids: GivenIds
    words: bool

    def begun(self, name: str, at: int, *, parent: "Place | None", given: "Place | None") -> trace.Span:
        if self.outlet.exporter.waiting >= WAITING:
            self.outlet.exporter.dropped(1)
            return trace.INVALID_SPAN
        context, before = Context(), self.ids.given.set(given)
        if parent is not None:
            context = trace.set_span_in_context(trace.NonRecordingSpan(parent.context), context)
        try:
            span = self.outlet.tracer.start_span(name, context=context, start_time=at)
        finally:
            self.ids.given.reset(before)
        if span.is_recording():
            self.outlet.exporter.began()
        return span


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which trace something is."""

    trace_id: int
    span_id: int

    @property
    def traceparent(self) -> str:
        return traceparent(self.trace_id, self.span_id, SAMPLED)

    @property
    def context(self) -> trace.SpanContext:
        return trace.SpanContext(self.trace_id, self.span_id, is_remote=True, trace_flags=SAMPLED)

    @classmethod
    def first_of(cls, request_id: str) -> "Place":
        """Where the trace of a request for help begins, made of nothing but its id: the same in every process."""
        digest = hashlib.sha256(f"resq.request:{request_id}".encode()).digest()
        return cls(int.from_bytes(digest[:16]), int.from_bytes(digest[16:24]))

    @classmethod
    def of(cls, parent: str | None) -> "Place | None":
        """As a W3C traceparent says; None for none, and for what is no such thing."""
        parts = (parent or "").split("-")
        try:
            place = cls(int(parts[1], 16), int(parts[2], 16))
        except (IndexError, ValueError):
            return None
        return place if place.trace_id and place.span_id and place.context.is_valid else None


@dataclass(slots=True)
class Observation:
    """A span that is sent if it has begun by its end; its facts are written down then, all at once."""

    recorder: Recorder
    name: str
    kind: Kind
    around: "Observation | None" = None
    parent: Place | None = None
    given: Place | None = None
    at: int = field(default_factory=time.time_ns)
    span: trace.Span | None = None
    facts: dict[str, str | int | float | bool] = field(default_factory=dict)
    error: str | None = None
    asked: object = None
    answered: object = None

    @property
    def traceparent(self) -> str | None:
        context = self.span.get_span_context() if self.span is not None else trace.INVALID_SPAN_CONTEXT
        return traceparent(context.trace_id, context.span_id, context.trace_flags) if context.is_valid else None

    @property
    def place(self) -> Place | None:
        """None where it has not begun, or nobody records."""
        if self.span is None:
            return None
        context = self.span.get_span_context()
        return Place(context.trace_id, context.span_id) if context.is_valid else None

    def begin(self) -> None:
        """From now on it is recorded, from its true beginning, and so is what is around it."""
        if self.span is not None:
            return
        if self.around is not None:
            self.around.begin()
            self.parent = self.around.place
        self.span = self.recorder.begun(self.name, self.at, parent=self.parent, given=self.given)

    def belong_to(self, first: Place, *, new: bool) -> None:
        """Begin it in the trace that begins there, and with it if that is `new`, with what is around it.

        Where it has begun already, it stays where it is.
        """
        outermost = self
        while outermost.around is not None:
            outermost = outermost.around
        if outermost.span is None and new:
            outermost.given = first
        elif outermost.span is None:
            outermost.parent = first
        self.begin()

    def set(self, name: str, value: str | int | float | bool) -> None:
        self.facts[name] = value

    def fail(self, error: str) -> None:
        self.error = error

    def show(self, *, asked: object = None, answered: object = None) -> None:
        if self.recorder.words and self.span is not None and self.span.is_recording():
            self.asked = self.asked if asked is None else masked(asked)
            self.answered = self.answered if answered is None else masked(answered)

    def end(self) -> None:
        if self.span is None or not self.span.is_recording():
            return
        self.span.set_attributes(self._written())
        if self.error is not None:
            self.span.set_status(trace.StatusCode.ERROR)
        self.span.end()

    def _written(self) -> dict[str, str]:
        generation = self.kind is Kind.MODEL
        written = {f"{_OF}.type": "generation" if generation else "span"}
        if self.given is not None:
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


MODEL, READ, WRITTEN, VERSION = (
    "gen_ai.request.model",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "resq.prompt.version",
)


def _of_a_model(facts: dict[str, str | int | float | bool]) -> Mapping[str, str]:
    """What Langfuse has fields of its own for, taken out of `facts`."""
    written: dict[str, str] = {}
    if MODEL in facts:
        written[f"{_OF}.model.name"] = str(facts.pop(MODEL))
    usage = {word: facts.pop(name) for word, name in (("input", READ), ("output", WRITTEN)) if name in facts}
    if usage:
        written[f"{_OF}.usage_details"] = _json(usage)
    if VERSION in facts:
        written["langfuse.version"] = str(facts[VERSION])
    return written


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
