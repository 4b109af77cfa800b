"""What operators watch: it is counted, it names nobody, and only their own machines may read it."""

import asyncio
import math
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest

from app.core.clock import utc_now
from app.core.errors import Transient
from app.core.in_process_queue import InProcessQueue
from app.core.kept import Kept
from app.core.metrics import Metrics, Strain
from app.core.queue import Job, Lane
from app.core.scraping import may_scrape
from app.core.settings import Settings
from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Key, Query, Store, Transaction
from app.crud.store.sqlite import SqliteStore
from app.main import create_app
from app.schemas.request_bodies import RequestCreate
from app.schemas.request_states import Stage
from app.schemas.vocabulary import NeedCategory, RoleId
from app.schemas.workflow import Approval, PlanDecision
from app.services import Services
from app.services.watch import WATCHED
from tests.hands import Hands
from tests.scrape import Scrape, scraped
from tests.serving import FAR_AWAY, client, serving
from tests.world import HERE, World, finding

TOKEN = "a-secret-of-the-operator"
HELP = {"description": "We need water"}
CALLS = "resq_http_requests_total"


async def test_calls_are_counted_by_template_and_class_and_never_by_address(api: FastAPI) -> None:
    async with client(api, "ana") as http:
        id = (await http.post("/requests", json=HELP)).json()["id"]
        for path in (f"/requests/{id}", f"/requests/{id}/", "/requests/none", f"/requests/{id}/timeline"):
            await http.get(path)
        await http.head(f"/requests/{id}")
        found = await scraped(api.state.services)

    assert found.value(CALLS, method="GET", route="/requests/{request_id}", status="2xx") == 2
    assert found.value(CALLS, method="GET", route="/requests/{request_id}", status="4xx") == 1
    assert found.value(CALLS, method="HEAD", route="/requests/{request_id}", status="2xx") == 1
    assert found.value(CALLS, method="GET", route="/requests/{request_id}/timeline") == 1
    assert found.value(CALLS, method="POST", route="/requests", status="2xx") == 1
    assert found.value("resq_http_request_seconds_count") == found.value(CALLS) == 6
    assert found.value("resq_http_requests_in_flight") == 0
    assert not any(id in value for one in found.samples for value in one.labels.values())


async def test_what_strangers_make_up_makes_no_new_series(api: FastAPI) -> None:
    async with client(api) as http:
        for number in range(20):
            await http.get(f"/made-up/{number}?q={number}")
            await http.request(f"BREW{number}", "/healthz")
            await http.post(f"/identitytoolkit.googleapis.com/v1/accounts:{number}", json={})
        found = await scraped(api.state.services)

    assert found.words(CALLS, "route") == {"elsewhere", "/healthz", "sign-in"}
    assert found.words(CALLS, "method") == {"GET", "POST", "other"}
    assert found.value(CALLS) == 60


async def test_an_answer_that_crashes_is_counted_as_one(small: FastAPI) -> None:
    async with client(small) as http:
        assert (await http.get("/broken")).status_code == 500
        found = await scraped(small.state.services)
    assert found.value(CALLS, status="5xx") == 1


@pytest.fixture
async def counted(sqlite_store: SqliteStore) -> Services:
    return World.over(sqlite_store, Settings(metrics_token=TOKEN)).services


@pytest.mark.parametrize(
    ("address", "bearer", "status"),
    [
        ("127.0.0.1", TOKEN, 200),
        ("10.2.3.4", TOKEN, 200),
        ("100.64.3.4", TOKEN, 200),
        ("fd00::7", TOKEN, 200),
        (FAR_AWAY, TOKEN, 404),
        ("10.2.3.4", "guessed", 404),
        ("127.0.0.1", None, 404),
        ("nonsense", TOKEN, 404),
    ],
)
async def test_with_a_secret_it_takes_the_secret_from_a_private_address(
    counted: Services, address: str, bearer: str | None, status: int
) -> None:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    async with serving(counted) as app, client(app, address=address) as http:
        answer = await http.get("/metrics", headers=headers)
        nothing = await http.get("/nothing-at-all")
    assert answer.status_code == status
    if status == 404:
        assert answer.json() == nothing.json()
    else:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert Scrape.of(answer.text).value("resq_part_works", part="store") == 1


@pytest.mark.parametrize(
    ("address", "passed_on", "status"),
    [
        ("127.0.0.1", None, 200),
        ("::1", None, 200),
        ("::ffff:127.0.0.1", None, 200),
        ("127.0.0.1", "X-Forwarded-For", 404),
        ("127.0.0.1", "X-Real-IP", 404),
        ("127.0.0.1", "Forwarded", 404),
        ("10.2.3.4", None, 404),
        (FAR_AWAY, None, 404),
    ],
)
async def test_without_a_secret_only_this_machine_itself_may_look(
    api: FastAPI, address: str, passed_on: str | None, status: int
) -> None:
    headers = {passed_on: "127.0.0.1"} if passed_on else {}
    async with client(api, address=address) as http:
        assert (await http.get("/metrics", headers=headers)).status_code == status


def test_nothing_is_allowed_to_whoever_has_no_address() -> None:
    assert not may_scrape(None, address="", authorization="", headers=())
    assert not may_scrape(TOKEN, address="", authorization=f"Bearer {TOKEN}", headers=())


async def test_what_waits_is_said_by_stage_with_the_age_of_the_first(store: Store) -> None:
    hands = Hands()
    world = World.over(store, clock=hands)
    ana = await world.person("ana")
    await world.services.requests.submit(ana, RequestCreate(description="We need water", location=HERE))
    hands.forward(seconds=90)
    await world.services.requests.submit(ana, RequestCreate(description="And food", location=HERE))
    hands.forward(seconds=30)

    found = await scraped(world.services)

    assert found.value("resq_stage_requests", stage="received") == 2
    assert found.value("resq_stage_oldest_seconds", stage="received") == pytest.approx(120, abs=1)
    assert found.value("resq_stage_requests", stage="planned") == 0
    assert found.words("resq_stage_requests", "stage") == {"received", "assessed", "planned", "needs_human"}
    assert found.words("resq_queue_depth", "lane") == {lane.word for lane in Lane}
    if isinstance(world.services.queue, InProcessQueue):  # Redis' lanes are empty still: nobody has sent anything there
        assert found.value("resq_queue_depth", lane=Lane.TRIAGE.word) == 2
        assert 0 < found.value("resq_queue_oldest_seconds") < 60


async def test_jobs_are_counted_by_what_came_of_them(store: Store) -> None:
    world = World.over(store)
    ana = await world.person("ana")
    request = await world.asked(ana)
    assert request.stage is Stage.MATCHED
    found = await scraped(world.services)
    for job in (Job.ASSESS, Job.PLAN, Job.MATCH):
        assert found.value("resq_jobs_total", job=job, outcome="done") >= 1
        assert found.value("resq_job_seconds_count", job=job) == found.value("resq_jobs_total", job=job)
    assert found.value("resq_plans_total", planner="rules") == 1
    assert found.value("resq_plans_total", planner="model") == 0

    world.assessor.error = Transient("The model is away.")
    given_up = await world.asked(ana, "And food")
    found = await scraped(world.services)
    assert given_up.stage is Stage.NEEDS_HUMAN
    tries = world.services.settings.job_attempts
    assert found.value("resq_jobs_total", job=Job.ASSESS, outcome="failed") == tries
    assert found.value("resq_jobs_total", job=Job.ASSESS, outcome="retried") == tries - 1
    assert found.value("resq_jobs_total", job=Job.ASSESS, outcome="gave_up") == 1
    assert found.value("resq_stage_requests", stage="needs_human") == 1


async def test_who_was_told_is_counted(world: World) -> None:
    boss = await world.person("boss", RoleId.ADMIN)
    world.assessor.finding = finding(NeedCategory.WATER)
    for number in range(3):
        await world.person(f"helper{number}", RoleId.VOLUNTEER)
    request = await world.asked(await world.person("ana"))
    await world.services.plans.decide_plan(boss, request.id, PlanDecision(approval_status=Approval.APPROVED))
    await world.worked()

    found = await scraped(world.services)
    assert found.value("resq_pushes_total", outcome="recorded") > 0
    assert found.value("resq_pushes_total", outcome="failed") == 0


async def test_calls_refused_as_too_many_are_counted(sqlite_store: SqliteStore) -> None:
    settings = Settings(rate_read="2/minute")
    services = World.over(sqlite_store, settings).services
    app = create_app(settings, services)
    app.state.services = services
    async with client(app, "ana") as http:
        answers = [(await http.get("/requests/me")).status_code for _ in range(5)]
    assert answers == [200, 200, 429, 429, 429]
    found = await scraped(services)
    assert found.value("resq_rate_limited_total", budget="read", per="user") == 3


async def test_what_the_store_does_again_is_counted(store: Store) -> None:
    strains: list[Strain] = []
    store.report_to(strains.append)
    key, other = Key("things", "one"), [0]
    await store.set(key, {"n": 0})

    async def step(transaction: Transaction) -> None:
        read = await transaction.get(key)
        assert read is not None
        if not other[0]:
            other[0] = 1
            await store.set(key, {"n": 100})
        transaction.set(key, {"n": int(str(read["n"])) + 1})

    await store.transaction(step)

    assert strains == [Strain.CONTENDED]
    snapshot = await store.get(key)
    assert snapshot is not None
    assert snapshot.data == {"n": 101}


async def test_a_database_that_does_not_answer_is_asked_again_and_then_given_up() -> None:
    store = FirestoreStore("demo-nowhere", emulator="127.0.0.1:9", retry_seconds=0.5)
    strains: list[Strain] = []
    store.report_to(strains.append)
    with pytest.raises(Transient):
        await store.get(Key("things", "one"))
    await store.close()
    assert strains[-1] is Strain.GAVE_UP
    assert Strain.UNANSWERED in strains


async def test_without_the_store_there_are_metrics_all_the_same() -> None:
    store = FirestoreStore("demo-nowhere", emulator="127.0.0.1:9", retry_seconds=0.3)
    world = World.over(store)
    found = await scraped(world.services)
    await store.close()
    assert math.isnan(found.value("resq_stage_requests", stage="received"))
    assert found.value("resq_part_works", part="store") == 0
    assert found.value("process_resident_memory_bytes") > 0
    assert "python_gc_collections_total" in found.names
    assert found.value("python_info") == 1


async def test_models_are_counted_by_name_and_purpose() -> None:
    metrics = Metrics()
    metrics.model_used("small", "assess", read=900, written=80, usd=0.0004)
    metrics.model_used("small", "assess", read=100, written=20, usd=0.0001)
    found = Scrape.of(generate_latest(metrics.registry).decode())
    assert found.value("resq_model_tokens_total", model="small", purpose="assess", direction="read") == 1_000
    assert found.value("resq_model_tokens_total", direction="written") == 100
    assert found.value("resq_model_cost_usd_total", model="small", purpose="assess") == pytest.approx(0.0005)


class CountingStore(SqliteStore):
    """Remembers how often it was asked for a number."""

    asked = 0

    async def count(self, query: Query) -> int:
        self.asked += 1
        return await super().count(query)


async def test_many_scrapes_are_one_look_into_the_store(tmp_path: Path) -> None:
    store = CountingStore(tmp_path / "counting.sqlite3")
    services = World.over(store).services
    services.watch.looks.seconds = 60
    for _ in range(2):
        await asyncio.gather(*(services.watch.text() for _ in range(10)))
    assert store.asked == len(WATCHED)
    await store.close()


async def test_an_answer_is_kept_for_its_time_and_asked_for_once_at_a_time() -> None:
    hands, asked = Hands(), [0]
    gate = asyncio.Event()

    async def make() -> int:
        asked[0] += 1
        await gate.wait()
        return asked[0]

    kept = Kept(make, 5.0, clock=lambda: hands.now.timestamp())
    waiting = [asyncio.create_task(kept.get()) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    gate.set()
    assert await asyncio.gather(*waiting[1:]) == [1, 1, 1, 1]
    hands.forward(seconds=4)
    assert await kept.get() == 1
    hands.forward(seconds=2)
    assert await kept.get() == 2


async def test_the_age_of_what_waits_never_runs_backwards(world: World) -> None:
    ana = await world.person("ana")
    await world.services.requests.submit(ana, RequestCreate(description="We need water", location=HERE))
    world.services.watch.clock = lambda: utc_now() - timedelta(hours=1)
    assert (await scraped(world.services)).value("resq_stage_oldest_seconds", stage="received") == 0
