"""Where spans leave this process: a provider of its own, a thread that sends, and word of what nobody took."""

import asyncio
import threading
from collections.abc import Mapping, Sequence

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Sampler
from opentelemetry.trace import Tracer

from app.core.tracing import Lost

SEND_SECONDS = 5.0
"""For one batch, with its repeats; then it is dropped."""
BATCH, WAITING = 512, 4_096
EVERY_MILLIS = 2_000


class Outlet:
    """Spans wait in memory and are sent by a thread; what is too much for it is dropped.

    The global provider stays as it is, because FastAPI and others record into whatever is there.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        headers: Mapping[str, str],
        resource: Mapping[str, str],
        sampler: Sampler,
        limits: SpanLimits,
        ids: IdGenerator | None = None,
    ) -> None:
        self.exporter = CountedExporter(
            name,
            OTLPSpanExporter(endpoint=url, headers=dict(headers), timeout=SEND_SECONDS, compression=Compression.Gzip),
        )
        self._provider = TracerProvider(
            sampler=sampler,
            resource=Resource(dict(resource)),
            span_limits=limits,
            id_generator=ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                self.exporter,
                max_queue_size=WAITING,
                max_export_batch_size=BATCH,
                schedule_delay_millis=EVERY_MILLIS,
            )
        )
        self.tracer: Tracer = self._provider.get_tracer("resqconnect")

    async def aclose(self, seconds: float) -> None:
        """Send what is left, for so long at most."""
        # A daemon's thread: a collector that does not answer must not keep the process from ending.
        closing = threading.Thread(target=self._provider.shutdown, name="traces-closing", daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, seconds)


class CountedExporter(SpanExporter):
    """Another exporter, counted. `waiting` are the spans that `began` and that it has not been given yet."""

    def __init__(self, name: str, inner: SpanExporter) -> None:
        self.waiting = 0
        self.lost: Lost | None = None
        self._name = name
        self._inner = inner
        self._lock = threading.Lock()

    def began(self) -> None:
        with self._lock:
            self.waiting += 1

    def dropped(self, spans: int) -> None:
        if self.lost is not None:
            self.lost(self._name, spans)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = SpanExportResult.FAILURE
        try:
            result = self._inner.export(spans)
        finally:
            with self._lock:
                self.waiting -= len(spans)
            if result is not SpanExportResult.SUCCESS:
                self.dropped(len(spans))
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


def traceparent(trace_id: int, span_id: int, flags: int) -> str:
    return f"00-{trace_id:032x}-{span_id:016x}-{flags:02x}"
