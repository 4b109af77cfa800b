"""What this process asks of others over HTTP, as spans of the trace around it: whom, how, and what came of it."""

import hashlib
from dataclasses import dataclass

import httpx2

from app.core.blobs import Blobs
from app.core.model import AnswerT, Model, NoAnswer, Prompt, Told
from app.core.tracing import Kind, Span, Tracer
from app.core.usage import Spent, counting
from app.services.integrations.bounded import BoundedTransport


def outgoing(tracer: Tracer, *, seconds: float, most_bytes: int | None = None) -> httpx2.AsyncClient:
    """A client with this patience, whose calls are traced where anything is. Answers of more than `most_bytes` are
    broken off.
    """
    if not tracer.watches and most_bytes is None:
        return httpx2.AsyncClient(timeout=seconds)
    transport: httpx2.AsyncBaseTransport = httpx2.AsyncHTTPTransport()
    if most_bytes is not None:
        transport = BoundedTransport(transport, most_bytes=most_bytes)
    if tracer.watches:
        transport = TracedTransport(transport, tracer)
    return httpx2.AsyncClient(timeout=seconds, transport=transport)


class TracedTransport(httpx2.AsyncBaseTransport):
    """Notes method, host and status; never the path, which may name somebody."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, tracer: Tracer) -> None:
        self._inner = inner
        self._tracer = tracer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        with self._tracer.part(f"{request.method} {request.url.host}", kind=Kind.CLIENT) as span:
            span.set("http.request.method", request.method)
            span.set("server.address", request.url.host)
            response = await self._inner.handle_async_request(request)
            span.set("http.response.status_code", response.status_code)
            if response.is_server_error:
                span.fail(str(response.status_code))
            return response

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass(frozen=True)
class TracedBlobs:
    """Another place of files, watched."""

    inner: Blobs
    tracer: Tracer

    async def put(self, name: str, data: bytes, *, type: str) -> None:
        with self.tracer.part("blobs.put", kind=Kind.CLIENT) as span:
            span.set("resq.bytes", len(data))
            await self.inner.put(name, data, type=type)

    async def get(self, name: str) -> bytes:
        with self.tracer.part("blobs.get", kind=Kind.CLIENT) as span:
            data = await self.inner.get(name)
            span.set("resq.bytes", len(data))
            return data

    async def delete(self, name: str) -> None:
        with self.tracer.part("blobs.delete", kind=Kind.CLIENT):
            await self.inner.delete(name)

    async def check(self) -> None:
        await self.inner.check()


@dataclass(frozen=True)
class TracedModel:
    """Another model, watched: which prompt it was asked in which version, what it used, and what came of it."""

    inner: Model
    tracer: Tracer

    @property
    def on(self) -> bool:
        return self.inner.on

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def sees(self) -> bool:
        return self.inner.sees

    @property
    def place(self) -> str:
        return self.inner.place

    @property
    def works(self) -> bool:
        return self.inner.works

    async def ask(self, prompt: Prompt, answer: type[AnswerT]) -> Told[AnswerT]:
        with self.tracer.part(f"model {prompt.name}", kind=Kind.MODEL) as span, counting() as spent:
            _note(span, prompt)
            try:
                told = await self.inner.ask(prompt, answer)
            except NoAnswer as none:
                span.show(asked=prompt.data)
                span.set("gen_ai.request.model", spent.models[0] if spent.models else self.inner.name)
                span.fail(none.why)
                failed = none
            else:
                span.show(asked=prompt.data, answered=told.answer)
                span.set("gen_ai.request.model", told.model)
                span.set("resq.outcome", "answered")
                if not spent.calls:
                    spent.add(told.model, told.usage.input_tokens, told.usage.output_tokens, 0.0)
                return told
            finally:
                _note_spent(span, spent)
        raise failed

    async def aclose(self) -> None:
        await self.inner.aclose()


def _note(span: Span, prompt: Prompt) -> None:
    """Which prompt it was; of what was asked with it only how much."""
    span.set("resq.prompt.name", prompt.name)
    span.set("resq.prompt.version", prompt.version)
    span.set("resq.prompt.hash", hashlib.sha256(prompt.instructions.encode()).hexdigest()[:12])
    span.set("resq.prompt.characters", len(prompt.data))
    span.set("resq.prompt.images", len(prompt.images))


def _note_spent(span: Span, spent: Spent) -> None:
    """Also of an answer that was of no use."""
    if spent.calls:
        span.set("gen_ai.usage.input_tokens", spent.read)
        span.set("gen_ai.usage.output_tokens", spent.written)
    if spent.usd:
        span.set("resq.cost.usd", round(spent.usd, 6))
