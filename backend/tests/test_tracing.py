"""Traces: one for a call and all that follows from it, sent in the true protocol, and nobody in them."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from opentelemetry import trace
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from app.core.errors import Transient
from app.core.queue import current_call
from app.core.settings import Settings
from app.core.tracing import Kind, NoTracer, carrying
from app.crud.store.port import AlreadyExists, Key, Store
from app.crud.store.sqlite import SqliteStore
from app.crud.store.traced import TracedStore
from app.services import Services, opened
from app.services.edges import open_tracer
from app.services.integrations.otel import CLOSE_SECONDS, OtelTracer, headers_of
from app.services.integrations.traced import TracedBlobs, outgoing
from tests.collector import Collector, collecting, facts
from tests.serving import client, serving
from tests.world import FakeBlobs, World

WORDS = "grandmother Perera needs insulin at 12 River Road"
PHONE = "+94771234567"
SAMPLED = 1
PROTOBUF = {"Content-Type": "application/x-protobuf"}
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


@pytest.fixture
async def tracer(collector: Collector) -> AsyncIterator[OtelTracer]:
    made = OtelTracer(collector.url, service="resq-test", share=1.0)
    yield made
    await made.aclose()


def world_of(store: Store, tracer: OtelTracer) -> World:
    return World.over(TracedStore(store, tracer), tracer=tracer)


async def test_a_call_its_store_calls_and_its_jobs_are_one_trace_without_anybody_in_it(
    store: Store, tracer: OtelTracer, collector: Collector
) -> None:
    world = world_of(store, tracer)
    await world.person("ana4711")
    async with serving(world.services) as app, client(app, "ana4711") as http:
        body = {"description": WORDS, "contact": {"phone": PHONE}, "location": {"lat": 6.6828, "lng": 80.3992}}
        answer = await http.post(f"/requests?phone={PHONE[1:]}", json=body)
        assert answer.status_code == 201
        await world.services.queue.drained()
    await tracer.aclose()

    call = collector.one("POST /requests")
    assert (call.kind, call.parent_span_id) == (Span.SPAN_KIND_SERVER, b"")
    assert facts(call) == {
        "http.request.method": "POST",
        "http.route": "/requests",
        "http.response.status_code": 201,
    }
    assess, plan, match = (collector.named(f"job {word}")[0] for word in ("assess", "plan", "match"))
    assert {one.trace_id for one in (call, assess, plan, match)} == {call.trace_id}
    assert [one.parent_span_id for one in (assess, plan, match)] == [call.span_id, assess.span_id, plan.span_id]
    assert assess.kind == Span.SPAN_KIND_CONSUMER
    commits = [one for one in collector.named("store.commit") if one.parent_span_id == call.span_id]
    assert commits
    assert facts(commits[0])["db.collection.name"] == "requests"
    assert collector.resources == {"resq-test"}
    for secret in (WORDS, PHONE[1:], "Perera", "ana4711", "6.68", "80.39", answer.json()["id"]):
        assert secret.encode() not in collector.raw, secret


async def test_a_call_that_fails_is_marked_by_kind_and_says_no_more(store: Store, collector: Collector) -> None:
    tracer = OtelTracer(collector.url, service="t", share=1.0)
    world = world_of(store, tracer)
    await world.services.store.create(Key("things", "one"), {"a": 1})
    with tracer.span("work"), pytest.raises(AlreadyExists):
        await world.services.store.create(Key("things", "one"), {"a": 1})
    with pytest.raises(Transient), tracer.span("other work"):
        raise Transient(WORDS)
    await tracer.aclose()

    assert facts(collector.one("store.commit"))["error.type"] == "AlreadyExists"
    assert facts(collector.one("other work"))["error.type"] == "Transient"
    assert collector.one("other work").status.code == Status.STATUS_CODE_ERROR
    assert WORDS.encode() not in collector.raw


async def test_what_others_are_asked_is_part_of_it_by_host_and_never_by_path(
    tracer: OtelTracer, collector: Collector, unused_tcp_port: int
) -> None:
    blobs = TracedBlobs(FakeBlobs(), tracer)
    async with outgoing(tracer, seconds=1) as http, outgoing(NoTracer(), seconds=1) as plain:
        with tracer.span("work"):
            await http.post(f"{collector.url}/v1/traces?for={PHONE}", content=b"", headers=PROTOBUF)
            with pytest.raises(httpx2.ConnectError):
                await http.get(f"http://127.0.0.1:{unused_tcp_port}/{PHONE}")
            await blobs.put("photo", b"12345", type="image/png")
            await blobs.get("photo")
            await blobs.delete("photo")
        await http.post(f"{collector.url}/v1/traces", content=b"", headers=PROTOBUF)  # as part of nothing
        await plain.post(f"{collector.url}/v1/traces", content=b"", headers=PROTOBUF)
    await tracer.aclose()

    asked, failed = collector.one("POST 127.0.0.1"), collector.one("GET 127.0.0.1")
    assert facts(asked)["http.response.status_code"] == 200
    assert facts(failed)["error.type"] == "ConnectError"
    assert facts(collector.one("blobs.put"))["resq.bytes"] == facts(collector.one("blobs.get"))["resq.bytes"] == 5
    work = collector.one("work")
    assert {one.parent_span_id for one in (asked, failed, collector.one("blobs.delete"))} == {work.span_id}
    assert PHONE.encode() not in collector.raw


async def test_a_caller_cannot_put_itself_into_a_trace(store: Store, tracer: OtelTracer, collector: Collector) -> None:
    async with serving(world_of(store, tracer).services) as app, client(app) as http:
        await http.get("/healthz", headers={"traceparent": PARENT})
    await tracer.aclose()
    span = collector.one("GET /healthz")
    assert span.trace_id.hex() not in PARENT
    assert span.parent_span_id == b""


async def test_what_goes_on_elsewhere_is_part_of_where_it_began(tracer: OtelTracer, collector: Collector) -> None:
    with carrying(PARENT):
        call = current_call()
    assert call is not None
    with tracer.span("job", kind=Kind.CONSUMER, parent=call.split(" ")[1]):
        pass
    await tracer.aclose()
    span = collector.one("job")
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == tuple(PARENT.split("-")[1:3])


async def test_what_is_not_sampled_is_not_sent_and_neither_are_its_jobs(collector: Collector) -> None:
    tracer = OtelTracer(collector.url, service="t", share=1e-9)
    with tracer.span("call"):
        call = current_call()
        with tracer.part("store.get") as part:
            part.set("a", 1)
    assert call is not None
    assert not int(call[-2:], 16) & SAMPLED
    with tracer.span("job", parent=call.strip()):
        pass
    await tracer.aclose()
    assert collector.spans == []


async def test_the_global_provider_stays_as_it_is(tracer: OtelTracer) -> None:
    with tracer.span("ours"):
        pass
    with trace.get_tracer("somebody").start_as_current_span("theirs") as span:
        assert not span.is_recording()


async def test_a_collector_that_does_not_answer_keeps_nobody(unused_tcp_port: int) -> None:
    with collecting(silent_seconds=20) as silent:
        for url in (silent.url, f"http://127.0.0.1:{unused_tcp_port}"):
            tracer = OtelTracer(url, service="t", share=1.0)
            for _ in range(2_000):
                with tracer.span("work"):
                    pass
            began = time.monotonic()
            await tracer.aclose()
            assert time.monotonic() - began < CLOSE_SECONDS + 2


async def test_the_product_traces_when_it_is_told_where_to(tmp_path: Path, collector: Collector) -> None:
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path,
            "otlp_endpoint": collector.url,
            "otlp_headers": "Authorization=Basic%20abc,x-scope=7",
            "service_name": "resq-here",
            "trace_share": 1.0,
        }
    )
    async with opened(settings) as services, services.working():
        with services.tracer.span("outside"):
            await services.users.users.find("nobody")
        state = {part.name: part for part in (await services.health.check()).parts}["tracing"]
        assert (state.state, collector.url[7:] in state.detail) == ("ok", True)
    names = {span.name for span in collector.spans}
    assert {"outside", "store.get"} <= names
    assert collector.headers[0]["authorization"] == "Basic abc"
    assert collector.resources == {"resq-here"}


async def test_without_an_address_nothing_is_traced_and_nothing_is_loaded(sqlite_store: SqliteStore) -> None:
    assert isinstance(open_tracer(Settings()), NoTracer)
    services: Services = World.over(sqlite_store).services
    with services.tracer.span("x"), services.tracer.part("y") as part:
        part.fail("z")
        assert current_call() is None
    code = (
        "import sys, app.main, app.cli, app.worker; "
        "print([m for m in sys.modules if m.startswith(('opentelemetry.sdk.trace', 'opentelemetry.exporter'))])"
    )
    said = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"


def test_the_headers_are_those_of_the_standard() -> None:
    headers = Settings.model_validate({"otlp_headers": " Api-Key = a%3Db , ,X=1"}).otlp_headers
    assert headers_of(headers) == {"api-key": "a=b", "x": "1"}
    assert headers_of(None) == {}
