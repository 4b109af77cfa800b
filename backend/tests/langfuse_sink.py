"""A Langfuse on this machine: takes what its SDK and its protocol send, reads it, and keeps it to be looked at."""

import base64
import gzip
import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PUBLIC, SECRET = "pk-lf-test", "sk-lf-test"
TRACES, SCORES, MEDIA = "/api/public/otel/v1/traces", "/api/public/scores", "/api/public/media"


@dataclass(frozen=True)
class Seen:
    """An observation, as Langfuse reads it."""

    name: str
    trace_id: str
    id: str
    parent_id: str
    milliseconds: float
    attributes: Mapping[str, str]

    def fact(self, name: str) -> Any:
        """A fact of its metadata; None where it has none of this name."""
        return json.loads(self.attributes.get(f"langfuse.observation.metadata.{name}", "null"))

    def of(self, name: str) -> str:
        return self.attributes.get(f"langfuse.observation.{name}", "")


@dataclass
class Sink:
    """`raw` is every byte that came, unpacked: what is not in there has not left."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    resources: list[Mapping[str, str]] = field(default_factory=list)
    scores: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    posts: list[str] = field(default_factory=list)
    raw: bytes = b""
    status: int = 200
    """What is answered; scores are kept only where it is 200."""

    @property
    def settings(self) -> dict[str, str]:
        """What a process needs to send its traces here."""
        return {"LANGFUSE_PUBLIC_KEY": PUBLIC, "LANGFUSE_SECRET_KEY": SECRET, "LANGFUSE_BASE_URL": self.url}

    def named(self, name: str) -> list[Seen]:
        return [one for one in self.seen if one.name == name]

    def one(self, name: str) -> Seen:
        [seen] = self.named(name)
        return seen

    def trace(self, trace_id: str) -> list[Seen]:
        return [one for one in self.seen if one.trace_id == trace_id]

    def scored(self, trace_id: str) -> dict[str, float]:
        return {one["name"]: one["value"] for one in self.scores.values() if one["traceId"] == trace_id}

    def expect_connected(self, seen: Sequence[Seen]) -> Seen:
        """The one observation of a trace that all the others hang from."""
        ids = {one.id for one in seen}
        [first] = [one for one in seen if not one.parent_id]
        assert all(one.parent_id in ids for one in seen if one is not first), [one.name for one in seen]
        return first

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        assert headers["authorization"] == f"Basic {base64.b64encode(f'{PUBLIC}:{SECRET}'.encode()).decode()}"
        plain = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        self.posts.append(path)
        self.raw += plain
        if path == TRACES:
            assert headers["content-type"] == "application/x-protobuf"
            assert headers["x-langfuse-ingestion-version"] == "4"
            self._take_traces(plain)
        elif path == SCORES and self.status == 200:
            self.scores |= {one["id"]: one for one in json.loads(plain)}

    def _take_traces(self, plain: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(plain).resource_spans:
            self.resources.append({one.key: one.value.string_value for one in resource.resource.attributes})
            self.seen += [_read(span) for scope in resource.scope_spans for span in scope.spans]


def _read(span: Span) -> Seen:
    return Seen(
        name=span.name,
        trace_id=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        milliseconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e6,
        attributes={one.key: one.value.string_value for one in span.attributes},
    )


@contextmanager
def sinking(*, silent_seconds: float = 0.0, port: int = 0) -> Iterator[Sink]:
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            time.sleep(silent_seconds)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sink.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            answer = b'{"status": "accepted"}' if self.path == SCORES else b""
            self.send_response(sink.status if sink.status != 200 else 202 if self.path == SCORES else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", port), Handler)
    sink.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="langfuse-sink", daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    """`python -m tests.langfuse_sink PORT`: take everything until stdin ends, then say what came."""
    with sinking(port=int(sys.argv[1])) as sink:
        sys.stdout.write(f"{sink.url}\n")
        sys.stdout.flush()
        sys.stdin.read()
        sys.stdout.write(
            json.dumps({"observations": len(sink.seen), "scores": len(sink.scores), "bytes": len(sink.raw)})
        )


if __name__ == "__main__":
    main()
