"""Traces by OpenTelemetry, sent as OTLP over HTTP. Imported only where an address for them is set."""

import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.sdk.trace import SpanLimits
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic import SecretStr

from app.core.tracing import NOT_TIMED, NOTHING_ABOUT, Kind, Lost, Score, Span, carrying, collector_place
from app.services.integrations.outlet import Outlet, traceparent

CLOSE_SECONDS = 3.0

_PROPAGATOR = TraceContextTextMapPropagator()
_KINDS = {
    Kind.SERVER: trace.SpanKind.SERVER,
    Kind.CLIENT: trace.SpanKind.CLIENT,
    Kind.CONSUMER: trace.SpanKind.CONSUMER,
    Kind.INTERNAL: trace.SpanKind.INTERNAL,
    Kind.MODEL: trace.SpanKind.CLIENT,
}


@dataclass(frozen=True, slots=True)
class OtelSpan:
    span: trace.Span

    def set(self, name: str, value: str | int | float | bool) -> None:
        self.span.set_attribute(name, value)

    def fail(self, error: str) -> None:
        self.span.set_attribute("error.type", error)
        self.span.set_status(trace.StatusCode.ERROR)

    def show(self, *, asked: object = None, answered: object = None) -> None:
        """Nobody's words are for a collector of traces."""


class OtelTracer:
    """Traces of a share of all calls, in the words of the standard."""

    on = True
    scored = False

    def __init__(self, endpoint: str, *, headers: Mapping[str, str] | None = None, service: str, share: float) -> None:
        self.place = collector_place(endpoint, share)
        self._outlet = Outlet(
            "collector",
            f"{endpoint.rstrip('/')}/v1/traces",
            headers=headers or {},
            resource={"service.name": service},
            sampler=ParentBased(TraceIdRatioBased(share)),
            limits=SpanLimits(max_attributes=16, max_attribute_length=200, max_events=0, max_links=1),
        )

    @contextmanager
    def span(
        self, name: str, *, kind: Kind = Kind.INTERNAL, parent: str | None = None, about: str | None = None
    ) -> Iterator[Span]:
        context = _PROPAGATOR.extract({"traceparent": parent}) if parent else None
        span = self._outlet.tracer.start_span(name, context=context, kind=_KINDS[kind])
        made = OtelSpan(span)
        # An error's message may hold anybody's words, so only its kind is noted, below.
        noted = trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False)
        with noted, carrying(_traceparent(span.get_span_context())):
            try:
                yield made
            except Exception as error:
                made.fail(type(error).__name__)
                raise

    def part(self, name: str, *, kind: Kind = Kind.INTERNAL) -> AbstractContextManager[Span]:
        return self.span(name, kind=kind) if trace.get_current_span().is_recording() else NOT_TIMED

    def about(self, request_id: str, *, new: bool = False) -> AbstractContextManager[None]:
        """A collector of traces is told no ids."""
        return NOTHING_ABOUT

    async def score(self, request_id: str, scores: Sequence[Score]) -> None:
        """It has no place for them."""

    def report_to(self, lost: Lost) -> None:
        self._outlet.exporter.lost = lost

    async def aclose(self) -> None:
        await self._outlet.aclose(CLOSE_SECONDS)


def headers_of(pairs: SecretStr | None) -> dict[str, str]:
    """What `OTEL_EXPORTER_OTLP_HEADERS` says: `name=value,name=value`, the values percent-encoded."""
    found = (pair.partition("=") for pair in (pairs.get_secret_value() if pairs else "").split(","))
    return {name.strip().lower(): urllib.parse.unquote(value.strip()) for name, _, value in found if name.strip()}


def _traceparent(context: trace.SpanContext) -> str:
    return traceparent(context.trace_id, context.span_id, context.trace_flags)
