"""What waits, in which order it is done, and what becomes of what fails."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner

from app.cli import app
from app.core.errors import Transient
from app.core.in_process_queue import InProcessQueue
from app.core.leases import Leases, Verdict
from app.core.queue import Fault, Job, JobQueue, Lane, Ran, lane_of
from app.core.rings import Ring, Rings
from app.core.settings import Misconfigured, QueueKind, Settings
from app.schemas.failed_job import FailureState
from app.schemas.request_states import Stage
from tests.world import World


@dataclass
class Workshop:
    """Handlers that write down what they do; `fails` raises, `rests` asks for a rest."""

    queue: JobQueue | None = None
    done: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fails: Exception | None = None
    rests: float = 0.0
    rung_meanwhile: bool = False

    async def handle(self, id: str) -> float:
        self.done.append(id)
        if self.rung_meanwhile and self.queue is not None:
            self.rung_meanwhile = False
            await self.queue.put(Job.MATCH, id)
            await self.queue.put(Job.MATCH, id)
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        return self.rests

    async def failed(self, job: Job, id: str, fault: Fault) -> Ran:
        self.faults.append(fault)
        return Ran(deaf=60.0)


@pytest.fixture
async def shop() -> AsyncIterator[Workshop]:
    shop = Workshop()
    queue = InProcessQueue(workers=1)
    shop.queue = queue
    yield shop
    await queue.stop()


async def worked(shop: Workshop) -> list[str]:
    queue = shop.queue
    assert isinstance(queue, InProcessQueue)
    queue.start(dict.fromkeys(Job, shop.handle), shop.failed)
    await queue.drained()
    await queue.stop()
    done, shop.done = shop.done, []
    return done


async def test_a_queue_that_works_is_not_started_again_so_that_no_worker_is_lost_sight_of(shop: Workshop) -> None:
    queue = shop.queue
    assert isinstance(queue, InProcessQueue)
    queue.start(dict.fromkeys(Job, shop.handle), shop.failed)
    with pytest.raises(RuntimeError):
        queue.start(dict.fromkeys(Job, shop.handle), shop.failed)
    await queue.stop()
    await queue.put(Job.PLAN, "later")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert shop.done == []
    assert await worked(shop) == ["later"]


async def test_work_stands_back_for_callers_but_not_for_ever_and_not_what_is_critical(shop: Workshop) -> None:
    queue = shop.queue
    assert isinstance(queue, InProcessQueue)
    queue.courtesy.called()
    for number in range(3):
        await queue.put(Job.PLAN, f"later{number}")
    await queue.put(Job.PLAN, "critical", urgent=True)
    queue.start(dict.fromkeys(Job, shop.handle), shop.failed)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    at_once = list(shop.done)
    await queue.drained()
    first = shop.done

    assert at_once == ["critical"]
    assert first == ["critical", "later0", "later1", "later2"], "done all the same, while somebody is still waiting"


async def test_the_urgent_overtake_and_kinds_have_their_order(shop: Workshop) -> None:
    assert shop.queue is not None
    for job, id, urgent in (
        (Job.EXPIRE, "house", False),
        (Job.DELIVER, "word", False),
        (Job.PLAN, "slow", False),
        (Job.ASSESS, "new", False),
        (Job.PLAN, "critical", True),
        (Job.PLAN, "became critical", False),
        (Job.PLAN, "became critical", True),
    ):
        await shop.queue.put(job, id, urgent=urgent)

    assert await worked(shop) == ["critical", "became critical", "new", "slow", "word", "house"]


async def test_rung_while_it_runs_it_runs_once_more(shop: Workshop) -> None:
    assert shop.queue is not None
    shop.rung_meanwhile = True
    await shop.queue.put(Job.MATCH, "flood")

    assert await worked(shop) == ["flood", "flood"]


async def test_what_is_given_up_is_deaf_for_a_while_but_not_to_people(shop: Workshop) -> None:
    assert shop.queue is not None
    shop.fails = ZeroDivisionError()
    await shop.queue.put(Job.LINK, "everywhere")
    assert await worked(shop) == ["everywhere"]

    await shop.queue.put(Job.LINK, "everywhere")
    assert await worked(shop) == []
    await shop.queue.put(Job.LINK, "everywhere", once_more=True)
    assert await worked(shop) == ["everywhere"]
    assert [fault.final for fault in shop.faults] == [True, True]


async def test_a_rest_holds_back_the_same_and_nothing_else(shop: Workshop) -> None:
    assert shop.queue is not None
    shop.rests = 0.2
    shop.rung_meanwhile = True
    for id in ("flood", "fire"):
        await shop.queue.put(Job.MATCH, id)

    assert await worked(shop) == ["flood", "fire", "flood"]


def test_rings_that_wait_here_are_each_once_and_the_least_urgent_go_first_when_there_are_too_many() -> None:
    rings = Rings(most=3)
    for number, job in enumerate((Job.EXPIRE, Job.PLAN, Job.PLAN, Job.PLAN, Job.ASSESS)):
        rings.add(Ring(job, f"r{number % 4}", lane_of(job, urgent=False)))
    rings.add(Ring(Job.PLAN, "r3", Lane.CRITICAL))

    assert [(one.lane, one.job, one.id) for one in rings.take(10, now=0.0)] == [
        (Lane.CRITICAL, Job.PLAN, "r3"),
        (Lane.TRIAGE, Job.ASSESS, "r0"),
        (Lane.DEFAULT, Job.PLAN, "r2"),
    ]
    assert rings.dropped == 2


def test_a_ring_for_later_comes_when_it_is_due() -> None:
    rings = Rings(most=10)
    rings.add(Ring(Job.PLAN, "r1", Lane.DEFAULT), due=5.0)
    rings.add(Ring(Job.PLAN, "r1", Lane.DEFAULT), due=1.0)

    assert (rings.take(10, now=4.9), rings.next_due) == ([], 5.0)
    assert [one.id for one in rings.take(10, now=5.0)] == ["r1"]


@pytest.fixture
async def leases(redis_url: str) -> AsyncIterator[Leases]:
    async with Redis.from_url(redis_url) as redis:
        yield Leases(redis)


async def test_one_job_for_one_id_is_one_workers_and_the_other_has_it_run_once_more(
    leases: Leases, new_key: str
) -> None:
    first = await leases.acquire("m1", Lane.DEFAULT, Job.MATCH, [new_key])
    second = await leases.acquire("m2", Lane.DEFAULT, Job.MATCH, [new_key])

    assert (first[new_key].verdict, second[new_key].verdict) == (Verdict.RUN, Verdict.BUSY)
    assert await leases.release("m1", Job.MATCH, {new_key: Ran(rest=30.0)}) == [new_key]
    rests = (await leases.acquire("m3", Lane.DEFAULT, Job.MATCH, [new_key]))[new_key]
    assert rests.verdict is Verdict.RESTING
    assert 20_000 < rests.number <= 30_000


async def test_a_message_that_comes_again_counts_how_often_it_began(leases: Leases, new_key: str) -> None:
    starts = [(await leases.acquire("m1", Lane.DEFAULT, Job.PLAN, [new_key]))[new_key].number for _ in range(3)]
    await leases.release("m1", Job.PLAN, {new_key: Ran()})
    anew = (await leases.acquire("m2", Lane.DEFAULT, Job.PLAN, [new_key]))[new_key].number

    assert (starts, anew) == ([1, 2, 3], 1)


async def test_where_redis_is_silent_work_is_done_all_the_same(silent_url: str) -> None:
    async with Redis.from_url(silent_url, socket_timeout=0.1) as redis:
        turns = await Leases(redis).acquire("m1", Lane.DEFAULT, Job.PLAN, ["a", "b"])

    assert {turn.verdict for turn in turns.values()} == {Verdict.RUN}


async def test_a_request_that_was_given_up_is_listed_and_tried_again_when_somebody_says_so(world: World) -> None:
    world.assessor.error = Transient("The model is away.")
    request = await world.asked(await world.person("owner"))
    (letter,) = (await world.services.failures.listed(limit=10)).items
    assert (letter.job, letter.job_id, letter.attempts, letter.error) == ("assess", request.id, 3, "Transient")
    assert letter.reason == "a service it needs did not answer"

    world.assessor.error = None
    await world.services.failures.retry(letter.id)
    await world.services.sweeper.once()
    await world.worked()

    assert (await world.request(request.id)).stage is Stage.MATCHED
    assert not (await world.services.failures.listed(limit=10)).items


async def test_what_concerns_no_request_is_tried_so_often_and_no_oftener(world: World) -> None:
    fault = Fault("a service it needs did not answer", "Transient", final=False)
    failures = world.services.failures

    ran = [await failures.count(Job.DELIVER, "n1", fault) for _ in range(3)]

    assert [bool(one.rest) for one in ran] == [True, True, False]
    assert ran[2].deaf > 0
    letter = await failures.failed.get("deliver.n1")
    assert (letter.state, letter.attempts) == (FailureState.ENDED, 3)


def test_the_command_lists_and_retries_what_was_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESQ_DATA_DIR", str(tmp_path))

    assert CliRunner().invoke(app, ["jobs", "failed", "--json"]).stdout.split() == ["{", '"jobs":', "[]", "}"]
    assert CliRunner().invoke(app, ["jobs", "retry", "--all"]).exit_code == 0
    assert CliRunner().invoke(app, ["jobs", "retry", "plan.nothing"]).exit_code == 1
    assert CliRunner().invoke(app, ["jobs", "retry"]).exit_code == 2


def test_celery_without_redis_is_said_at_start() -> None:
    with pytest.raises(Misconfigured, match="REDIS_URL"):
        Settings(queue=QueueKind.CELERY).check()


def test_an_embedded_node_loads_no_celery() -> None:
    code = "import app.main, app.cli, sys; sys.exit('celery' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])
