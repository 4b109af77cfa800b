"""Several tracers as one, so that what is traced is said once."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from app.core.tracing import NOT_TIMED, Carrier, Kind, Lost, Score, Span, Tracer, carrier, carrying

_BETWEEN = ","


@dataclass(frozen=True, slots=True)
class Spans:
    spans: Sequence[Span]

    def set(self, name: str, value: str | int | float | bool) -> None:
        for span in self.spans:
            span.set(name, value)

    def fail(self, error: str) -> None:
        for span in self.spans:
            span.fail(error)

    def show(self, *, asked: object = None, answered: object = None) -> None:
        for span in self.spans:
            span.show(asked=asked, answered=answered)


@dataclass(frozen=True, slots=True)
class Carriers:
    """The traceparent of each tracer in its place; empty where it has none."""

    carriers: Sequence[Carrier | str | None]

    @property
    def traceparent(self) -> str | None:
        said = [one if one is None or isinstance(one, str) else one.traceparent for one in self.carriers]
        return _BETWEEN.join(one or "" for one in said) if any(said) else None


@dataclass(frozen=True)
class Tracers:
    tracers: Sequence[Tracer]
    on: bool = True

    @property
    def watches(self) -> bool:
        return any(one.watches for one in self.tracers)

    @property
    def place(self) -> str:
        return "; ".join(one.place for one in self.tracers)

    @property
    def scored(self) -> bool:
        return any(one.scored for one in self.tracers)

    @contextmanager
    def span(
        self, name: str, *, kind: Kind = Kind.INTERNAL, parent: str | None = None, about: str | None = None
    ) -> Iterator[Span]:
        parents = (parent or "").split(_BETWEEN)
        parents += [""] * (len(self.tracers) - len(parents))
        spans, carriers = list[Span](), list[Carrier | str | None]()
        with ExitStack() as stack:
            for tracer, one in zip(self.tracers, parents, strict=False):
                spans.append(stack.enter_context(tracer.span(name, kind=kind, parent=one or None, about=about)))
                carriers.append(carrier())
            stack.enter_context(carrying(Carriers(carriers)))
            yield Spans(spans)

    @contextmanager
    def about(self, request_id: str, *, new: bool = False) -> Iterator[None]:
        held = carrier()
        parts = held.carriers if isinstance(held, Carriers) else [None] * len(self.tracers)
        carriers = list[Carrier | str | None]()
        with ExitStack() as stack:
            for tracer, part in zip(self.tracers, parts, strict=True):
                stack.enter_context(carrying(part))
                stack.enter_context(tracer.about(request_id, new=new))
                carriers.append(carrier())
            stack.enter_context(carrying(Carriers(carriers)))
            yield

    def part(self, name: str, *, kind: Kind = Kind.INTERNAL) -> AbstractContextManager[Span]:
        parts = [part for one in self.tracers if (part := one.part(name, kind=kind)) is not NOT_TIMED]
        return _together(parts) if parts else NOT_TIMED

    async def score(self, request_id: str, scores: Sequence[Score]) -> None:
        for one in self.tracers:
            await one.score(request_id, scores)

    def report_to(self, lost: Lost) -> None:
        for one in self.tracers:
            one.report_to(lost)

    async def aclose(self) -> None:
        for one in self.tracers:
            await one.aclose()


@contextmanager
def _together(parts: Sequence[AbstractContextManager[Span]]) -> Iterator[Span]:
    """All of them at once; what goes on elsewhere meanwhile goes on from the span around them."""
    around = carrier()
    with ExitStack() as stack:
        spans = [stack.enter_context(part) for part in parts]
        stack.enter_context(carrying(around))
        yield Spans(spans)
