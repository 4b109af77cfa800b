"""What this process asks of others over HTTP, as spans of the trace around it: whom, how, and what came of it."""

from dataclasses import dataclass

import httpx2

from app.core.blobs import Blobs
from app.core.tracing import Kind, Tracer


def outgoing(tracer: Tracer, *, seconds: float) -> httpx2.AsyncClient:
    """A client with this patience, whose calls are traced where anything is."""
    if not tracer.on:
        return httpx2.AsyncClient(timeout=seconds)
    return httpx2.AsyncClient(timeout=seconds, transport=TracedTransport(httpx2.AsyncHTTPTransport(), tracer))


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
