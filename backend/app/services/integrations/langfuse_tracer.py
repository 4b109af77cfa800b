"""Traces of requests for help in Langfuse, one each. Imported only where its keys are set (ADR 28)."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from opentelemetry.sdk.trace import SpanLimits
from opentelemetry.sdk.trace.sampling import Decision, TraceIdRatioBased

from app.core.langfuse import Content, LangfuseAccess
from app.core.tracing import NOT_TIMED, NOTHING_ABOUT, Kind, Lost, Score, Span, carrying
from app.services.integrations.langfuse_observation import GivenIds, Observation, Place, Recorder
from app.services.integrations.langfuse_scores import LangfuseScores
from app.services.integrations.outlet import Outlet

CLOSE_SECONDS = 2.0
INGESTION_VERSION = "4"
"""As the SDK of version 5 has it: what is sent can be read at once."""


class LangfuseTracer:
    """A call is recorded once it is known to be about a request for help, or asks a model; other calls cost next to
    nothing. What is done for the same request is one trace, whoever does it, by an id that is made of the request's.
    """

    on = True
    scored = True

    def __init__(self, access: LangfuseAccess) -> None:
        pair = f"{access.public_key}:{access.secret_key}".encode()
        self.place = access.place
        self._sampler, ids = TraceIdRatioBased(access.share), GivenIds()
        self._outlet = Outlet(
            "langfuse",
            f"{access.base_url}/api/public/otel/v1/traces",
            headers={
                "Authorization": f"Basic {base64.b64encode(pair).decode()}",
                "x-langfuse-public-key": access.public_key,
                "x-langfuse-ingestion-version": INGESTION_VERSION,
            },
            resource={
                "service.name": access.service,
                "langfuse.environment": access.environment,
                **({"langfuse.release": access.release} if access.release else {}),
            },
            sampler=self._sampler,
            limits=SpanLimits(max_attributes=32, max_attribute_length=20_000, max_events=0, max_links=0),
            ids=ids,
        )
        self._recorder = Recorder(self._outlet, ids, words=access.content is Content.MASKED)
        self._scores = LangfuseScores(access)
        self._now: ContextVar[Observation | None] = ContextVar("observation", default=None)

    @contextmanager
    def span(
        self, name: str, *, kind: Kind = Kind.INTERNAL, parent: str | None = None, about: str | None = None
    ) -> Iterator[Span]:
        made = Observation(self._recorder, name, kind, parent=Place.of(parent))
        if about is not None:
            first = Place.first_of(about)
            if made.parent is None or made.parent.trace_id != first.trace_id:
                made.parent = first  # nobody rang, or what was done for another request did
        if made.parent is None:
            made.around = self._now.get()
        if made.parent is not None or (made.around is not None and made.around.span is not None):
            made.begin()
        with self._within(made):
            yield made

    def about(self, request_id: str, *, new: bool = False) -> AbstractContextManager[None]:
        around, first = self._now.get(), Place.first_of(request_id)
        if around is not None:
            around.belong_to(first, new=new)
            if around.place is not None and around.place.trace_id == first.trace_id:
                return NOTHING_ABOUT
        return carrying(first.traceparent)

    def part(self, name: str, *, kind: Kind = Kind.INTERNAL) -> AbstractContextManager[Span]:
        """What stores and others are asked is for other tracers; a question to a model is what this one is for."""
        around = self._now.get()
        if around is None or kind is Kind.CLIENT or (kind is not Kind.MODEL and around.span is None):
            return NOT_TIMED
        made = Observation(self._recorder, name, kind, around=around)
        made.begin()
        return self._within(made)

    @contextmanager
    def _within(self, made: Observation) -> Iterator[Span]:
        before = self._now.set(made)
        try:
            with carrying(made):
                yield made
        except Exception as error:
            made.fail(made.error or type(error).__name__)
            raise
        finally:
            self._now.reset(before)
            made.end()

    async def score(self, request_id: str, scores: Sequence[Score]) -> None:
        trace_id = Place.first_of(request_id).trace_id
        if scores and self._sampler.should_sample(None, trace_id, "score").decision is Decision.RECORD_AND_SAMPLE:
            await self._scores.send(f"{trace_id:032x}", scores)

    def report_to(self, lost: Lost) -> None:
        self._outlet.exporter.lost = lost

    async def aclose(self) -> None:
        await self._scores.aclose()
        await self._outlet.aclose(CLOSE_SECONDS)
