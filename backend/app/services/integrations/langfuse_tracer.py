"""Traces of requests for help in Langfuse, one each. Imported only where its keys are set (ADR 28)."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from app.core.langfuse import Content, LangfuseAccess
from app.core.tracing import NOT_TIMED, NOTHING_ABOUT, Kind, Lost, Score, Span, carrying
from app.services.integrations.langfuse_observation import Observation, Place, Recorder, now
from app.services.integrations.langfuse_scores import LangfuseScores
from app.services.integrations.langfuse_sender import Sender

CLOSE_SECONDS = 2.0


class LangfuseTracer:
    """A call is recorded once it is known to be about a request for help, or asks a model; other calls cost next to
    nothing. What is done for the same request is one trace, whoever does it, by an id that is made of the request's.
    """

    on = True
    watches = False
    scored = True

    def __init__(self, access: LangfuseAccess) -> None:
        self.place = access.place
        self._sender = Sender(access)
        self._recorder = Recorder(self._sender.take, access.share, words=access.content is Content.MASKED)
        self._scores = LangfuseScores(access)

    def span(
        self, name: str, *, kind: Kind = Kind.INTERNAL, parent: str | None = None, about: str | None = None
    ) -> AbstractContextManager[Span]:
        made = Observation(self._recorder, name, kind, parent=Place.of(parent))
        if about is not None:
            first = Place.first_of(about)
            if made.parent is None or made.parent.trace_id != first.trace_id:
                made.parent = first  # nobody rang, or what was done for another request did
        if made.parent is None:
            made.around = now.get()
        if made.parent is not None or (made.around is not None and made.around.place is not None):
            made.begin()
        return made

    def about(self, request_id: str, *, new: bool = False) -> AbstractContextManager[None]:
        around, first = now.get(), Place.first_of(request_id)
        if around is not None and around.belong_to(first, new=new).trace_id == first.trace_id:
            return NOTHING_ABOUT
        return carrying(first)

    def part(self, name: str, *, kind: Kind = Kind.INTERNAL) -> AbstractContextManager[Span]:
        """What stores and others are asked is for other tracers; a question to a model is what this one is for."""
        around = now.get()
        if around is None or kind is Kind.CLIENT or (kind is not Kind.MODEL and around.place is None):
            return NOT_TIMED
        made = Observation(self._recorder, name, kind, around=around)
        made.begin()
        return made

    async def score(self, request_id: str, scores: Sequence[Score]) -> None:
        trace_id = Place.first_of(request_id).trace_id
        if scores and self._recorder.keeps(trace_id):
            await self._scores.send(f"{trace_id:032x}", scores)

    def report_to(self, lost: Lost) -> None:
        self._sender.lost = lost

    async def aclose(self) -> None:
        await self._scores.aclose()
        await self._sender.aclose(CLOSE_SECONDS)
