"""Traces by OpenTelemetry, sent as OTLP over HTTP. Imported only where an address for them is set."""

import asyncio
import threading
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic import SecretStr

from app.core.tracing import (
    NOT_TIMED,
    NOTHING_ABOUT,
    Kind,
    Lost,
    Score,
    Span,
    carrying,
    collector_place,
    traceparent,
)

SEND_SECONDS = 5.0
"""For one batch, with its repeats; then it is dropped."""
CLOSE_SECONDS = 3.0
BATCH, WAITING = 512, 4_096
EVERY_MILLIS = 2_000

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


class CountedExporter(SpanExporter):
    """Another exporter, which tells `lost` how many spans were not taken."""

    lost: Lost | None = None

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._inner.export(spans)
        if result is not SpanExportResult.SUCCESS and self.lost is not None:
            self.lost("collector", len(spans))
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


class OtelTracer:
    """A provider of our own: the global one stays as it is, because FastAPI and Langfuse record into whatever is there.

    Spans wait in memory and are sent by a thread; what is too much for it is dropped.
    """

    on = True
    watches = True
    scored = False

    def __init__(self, endpoint: str, *, headers: Mapping[str, str] | None = None, service: str, share: float) -> None:
        self.place = collector_place(endpoint, share)
        self._exporter = CountedExporter(
            OTLPSpanExporter(
                endpoint=f"{endpoint.rstrip('/')}/v1/traces",
                headers=dict(headers or {}),
                timeout=SEND_SECONDS,
                compression=Compression.Gzip,
            )
        )
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            resource=Resource({"service.name": service}),
            span_limits=SpanLimits(max_attributes=16, max_attribute_length=200, max_events=0, max_links=1),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                self._exporter,
                max_queue_size=WAITING,
                max_export_batch_size=BATCH,
                schedule_delay_millis=EVERY_MILLIS,
            )
        )
        self._tracer = self._provider.get_tracer("resqconnect")

    @contextmanager
    def span(
        self, name: str, *, kind: Kind = Kind.INTERNAL, parent: str | None = None, about: str | None = None
    ) -> Iterator[Span]:
        context = _PROPAGATOR.extract({"traceparent": parent}) if parent else None
        span = self._tracer.start_span(name, context=context, kind=_KINDS[kind])
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
        self._exporter.lost = lost

    async def aclose(self) -> None:
        # A daemon's thread: a collector that does not answer must not keep the process from ending.
        closing = threading.Thread(target=self._provider.shutdown, name="traces-closing", daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, CLOSE_SECONDS)


def headers_of(pairs: SecretStr | None) -> dict[str, str]:
    """What `OTEL_EXPORTER_OTLP_HEADERS` says: `name=value,name=value`, the values percent-encoded."""
    found = (pair.partition("=") for pair in (pairs.get_secret_value() if pairs else "").split(","))
    return {name.strip().lower(): urllib.parse.unquote(value.strip()) for name, _, value in found if name.strip()}


def _traceparent(context: trace.SpanContext) -> str:
    return traceparent(context.trace_id, context.span_id, sampled=context.trace_flags.sampled)
