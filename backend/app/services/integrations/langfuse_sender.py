"""Observations on their way to Langfuse: they wait in memory, and a thread sends them as OTLP over HTTP."""

import asyncio
import base64
import gzip
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping

import httpx2
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from app.core.langfuse import LangfuseAccess
from app.core.tracing import Lost
from app.services.integrations.langfuse_observation import Observation

WAITING, BATCH = 4_096, 128
EVERY_SECONDS, SEND_SECONDS, REST_SECONDS = 2.0, 5.0, 1.0
INGESTION_VERSION = "4"
"""As the SDK of version 5 has it: what is sent can be read at once."""

log = structlog.get_logger(__name__)


class Sender:
    """What is too much for it is dropped and counted, and nobody ever waits for it."""

    def __init__(self, access: LangfuseAccess) -> None:
        pair = base64.b64encode(f"{access.public_key}:{access.secret_key}".encode()).decode()
        self._url = f"{access.base_url}/api/public/otel/v1/traces"
        self._headers = {
            "Authorization": f"Basic {pair}",
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "gzip",
            "x-langfuse-public-key": access.public_key,
            "x-langfuse-ingestion-version": INGESTION_VERSION,
        }
        self._resource = {"service.name": access.service, "langfuse.environment": access.environment}
        if access.release:
            self._resource["langfuse.release"] = access.release
        self._waiting: deque[Observation] = deque()
        self._some = threading.Event()
        self._closing = False
        self.lost: Lost | None = None
        self._thread = threading.Thread(target=self._run, name="langfuse", daemon=True)
        self._thread.start()

    def take(self, observation: Observation) -> None:
        if len(self._waiting) >= WAITING:
            self._drop(1)
            return
        self._waiting.append(observation)
        if len(self._waiting) >= BATCH and not self._some.is_set():
            self._some.set()

    async def aclose(self, seconds: float) -> None:
        """Send what is left, for so long at most."""
        self._closing = True
        self._some.set()
        await asyncio.to_thread(self._thread.join, seconds)

    def _run(self) -> None:
        with httpx2.Client(timeout=SEND_SECONDS, headers=self._headers) as http:
            last = False
            while not last:
                self._some.wait(EVERY_SECONDS)
                self._some.clear()
                last = self._closing  # before it looks for the rest, so that nothing comes in between
                while self._waiting:
                    self._send(http, [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))])

    def _send(self, http: httpx2.Client, batch: list[Observation]) -> None:
        body = gzip.compress(self._packed(batch), 1)
        why = self._posted(http, body)
        if why is not None and why.again and not self._closing:
            time.sleep(REST_SECONDS)
            why = self._posted(http, body)
        if why is not None:
            log.warning("traces.dropped", to="langfuse", parts=len(batch), why=why.word)
            self._drop(len(batch))

    def _posted(self, http: httpx2.Client, body: bytes) -> "_Refused | None":
        try:
            answer = http.post(self._url, content=body)
        except httpx2.HTTPError as error:
            return _Refused(type(error).__name__, again=True)
        if answer.is_success:
            return None
        return _Refused(str(answer.status_code), again=answer.is_server_error or answer.status_code == 429)

    def _packed(self, batch: list[Observation]) -> bytes:
        spans = ScopeSpans(scope=InstrumentationScope(name="resqconnect"), spans=map(_span, batch))
        resource = Resource(attributes=_pairs(self._resource))
        request = ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, scope_spans=[spans])])
        return bytes(request.SerializeToString())

    def _drop(self, parts: int) -> None:
        if self.lost is not None:
            self.lost("langfuse", parts)


class _Refused:
    """Why a batch was not taken, and whether it may be a moment later."""

    def __init__(self, word: str, *, again: bool) -> None:
        self.word = word
        self.again = again


def _span(one: Observation) -> Span:
    place = one.begin()
    return Span(
        trace_id=place.trace_id.to_bytes(16),
        span_id=place.span_id.to_bytes(8),
        parent_span_id=one.parent.span_id.to_bytes(8) if one.parent else b"",
        name=one.name,
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=one.began,
        end_time_unix_nano=one.ended,
        attributes=_pairs(one.written()),
        status=Status(code=Status.STATUS_CODE_ERROR if one.error else Status.STATUS_CODE_UNSET),
    )


def _pairs(facts: Mapping[str, str]) -> Iterator[KeyValue]:
    return (KeyValue(key=name, value=AnyValue(string_value=value)) for name, value in facts.items())
