"""How long what is kept is kept."""

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from app.cli import app
from app.core.clock import rfc3339, utc_now
from app.core.settings import RETENTION_DAYS, Settings
from app.crud.clearing import BATCH, graves
from app.crud.schedules import Schedules
from app.crud.store.port import Key, Query, Store
from app.crud.store.sqlite import SqliteStore
from app.schemas.audit import AuditSearch
from app.schemas.request_bodies import StatusChange
from app.schemas.request_states import Status
from app.schemas.user import User
from app.schemas.vocabulary import RoleId
from app.schemas.workflow import Approval, PlanDecision
from app.services.retention import Retention
from tests.world import World


@dataclass
class Later:
    """A clock so many days ahead."""

    days: float = 0

    def __call__(self) -> datetime:
        return utc_now() + timedelta(days=self.days)


def in_days(world: World, days: float, **kept: int) -> Retention:
    """The retention of a world as it is in so many days."""
    found = world.services.retention
    return replace(found, clock=Later(days), days={**RETENTION_DAYS, **kept})


async def applied(retention: Retention, name: str) -> int:
    """How many of a kind went, in as many runs as it took."""
    count = 0
    while went := await retention.apply(name):
        count += went
    return count


async def ended(world: World, owner: User, words: str = "We need water and food") -> str:
    request = await world.asked(owner, words)
    await world.services.requests.change_status(owner, request.id, StatusChange(status=Status.CANCELLED))
    return request.id


async def put_aged(store: Store, collection: str, *days: float, field: str = "created_at") -> None:
    """Documents of a collection, so many days old."""
    for number, age in enumerate(days):
        at = rfc3339(utc_now() - timedelta(days=age))
        await store.set(Key(collection, f"d{number}"), {"id": f"d{number}", field: at})


async def left(store: Store, collection: str) -> list[str]:
    return [one.key.id for one in await store.query(Query(collection, limit=1_000))]


async def entries(world: World, name: str) -> list[tuple[int | None, str]]:
    search = AuditSearch(subject=f"retention/{name}", event="retention.applied")
    page = await world.services.audit.log.listed(search, limit=100)
    return [(one.count, one.why or "") for one in page.items]


async def test_a_request_is_kept_from_when_it_ended_and_then_says_nothing_of_anybody(world: World) -> None:
    owner = await world.person("owner")
    id = await ended(world, owner, "Water for Mrs Perera please")

    assert await applied(in_days(world, 364), "requests") == 0
    assert (await world.request(id)).description == "Water for Mrs Perera please"
    assert await applied(in_days(world, 366), "requests") == 1

    request = await world.request(id)
    assert (request.status, request.description, request.title) == (Status.CANCELLED, None, "Anonymised request")
    assert request.created_by.startswith("deleted-")
    assert request.auto_extract is not None
    plan = await world.services.requests.cases.outputs.get(id)
    assert len(plan.tasks) >= 3
    assert "Perera" not in plan.model_dump_json()
    assert await applied(in_days(world, 366), "requests") == 0, "once is enough"
    assert await entries(world, "requests") == [(1, "kept for 365 days")]


async def test_the_tasks_of_a_request_lose_its_place_and_keep_their_team(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    owner = await world.person("owner")
    for number in range(4):
        await world.person(f"helper{number}", RoleId.VOLUNTEER)
    request = await world.asked(owner)
    plan = await world.services.plans.decide_plan(admin, request.id, PlanDecision(approval_status=Approval.APPROVED))
    await world.services.requests.change_status(owner, request.id, StatusChange(status=Status.CANCELLED))
    tasks = world.services.requests.cases.tasks
    before = await tasks.get_many([task.id for task in plan.approved_tasks])

    await applied(in_days(world, 366), "requests")

    after = await tasks.get_many(before)
    for id, task in after.items():
        assert task.location is not None
        assert task.location.address is None
        assert [one.uid for one in task.members] == [one.uid for one in before[id].members]
        assert {(one.note, one.distance_km, one.reason) for one in task.members} <= {(None, None, "")}
        assert (task.kind, task.people, task.status) == (before[id].kind, before[id].people, before[id].status)


async def test_what_is_open_is_never_touched_however_old(world: World) -> None:
    owner = await world.person("owner")
    request = await world.asked(owner)

    for name in RETENTION_DAYS:
        await applied(in_days(world, 10_000), name)

    assert await world.request(request.id) == request


async def test_a_request_that_was_opened_again_is_open(world: World) -> None:
    owner = await world.person("owner")
    admin = await world.person("admin", RoleId.ADMIN)
    plan = await world.asked(owner)
    changes = world.services.requests.change_status
    await changes(admin, plan.id, StatusChange(status=Status.APPROVED))
    await changes(admin, plan.id, StatusChange(status=Status.COMPLETED))
    await changes(owner, plan.id, StatusChange(status=Status.PENDING))

    assert await applied(in_days(world, 10_000), "requests") == 0


@pytest.mark.parametrize("name", ["messages", "notifications", "observations"])
async def test_what_is_old_enough_is_deleted_and_the_rest_stays(world: World, name: str) -> None:
    days = RETENTION_DAYS[name]
    await put_aged(world.services.store, name, days - 1, days + 1, days + 500)

    assert await applied(in_days(world, 0), name) == 2

    assert await left(world.services.store, name) == ["d0"]
    assert await entries(world, name) == [(2, f"kept for {days} days")]


async def test_the_audit_and_the_tombstones_have_their_own_time(world: World) -> None:
    store = world.services.store
    await put_aged(store, "audit", 1_824, 1_826, field="at")
    for grave in graves():
        await put_aged(store, grave, 29, 31)

    assert await applied(in_days(world, 0), "audit") == 1
    assert await applied(in_days(world, 0), "tombstones") == len(graves()) >= 2

    assert "d0" in await left(store, "audit")
    assert "d1" not in await left(store, "audit")
    for grave in graves():
        assert await left(store, grave) == ["d0"]


async def test_a_thread_is_kept_from_its_last_message(world: World) -> None:
    await put_aged(world.services.store, "threads", 179, 181, field="last_at")

    assert await applied(in_days(world, 0), "threads") == 1
    assert await left(world.services.store, "threads") == ["d0"]


async def test_zero_days_are_for_ever(world: World) -> None:
    await put_aged(world.services.store, "notifications", 5_000)

    assert await applied(in_days(world, 0, notifications=0), "notifications") == 0
    assert await left(world.services.store, "notifications") == ["d0"]


async def test_much_goes_a_commit_at_a_time_each_with_its_entry(world: World) -> None:
    await put_aged(world.services.store, "notifications", *[100.0] * (BATCH + 5))
    retention = in_days(world, 0)

    first = await retention.apply("notifications")

    assert first == BATCH
    assert len(await left(world.services.store, "notifications")) == 5
    assert await applied(retention, "notifications") == 5
    assert sorted(count or 0 for count, _ in await entries(world, "notifications")) == [5, BATCH]


async def test_what_would_go_is_counted_and_nothing_goes(world: World) -> None:
    await put_aged(world.services.store, "notifications", 1, 91, 92)
    await ended(world, await world.person("owner"))

    counts = {one.name: one.count for one in await in_days(world, 0).preview()}
    much_later = {one.name: one.count for one in await in_days(world, 366, notifications=0).preview()}

    assert counts == {**dict.fromkeys(RETENTION_DAYS, 0), "notifications": 2}
    assert (much_later["requests"], much_later["notifications"]) == (1, 0)
    assert len(await left(world.services.store, "notifications")) == 3


async def test_once_an_hour_one_of_all_processes_applies_it(store: Store) -> None:
    clock = Later()
    schedules = [Schedules(store, clock) for _ in range(4)]

    async def turns() -> int:
        return sum(await asyncio.gather(*(one.due("retention", timedelta(hours=1)) for one in schedules)))

    assert await turns() == 1
    assert await turns() == 0
    clock.days = 1 / 24
    assert await turns() == 1


async def test_the_sweeper_sets_it_going(world: World) -> None:
    await put_aged(world.services.store, "notifications", 91)

    await world.services.retention.sweep()
    await world.worked()

    assert await left(world.services.store, "notifications") == []


# Settings and the command.


def test_what_is_not_said_is_as_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESQ_RETENTION_DAYS", "requests=30, audit=0")

    assert Settings().retention_days == {**RETENTION_DAYS, "requests": 30, "audit": 0}


@pytest.mark.parametrize("value", ["letters=3", "requests", "requests=soon", "requests=-1", "tombstones=7"])
def test_what_cannot_be_meant_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RESQ_RETENTION_DAYS", value)

    with pytest.raises(ValidationError):
        Settings()


@pytest.fixture
def aged_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with three notifications, two of them too old."""
    monkeypatch.setenv("RESQ_DATA_DIR", str(tmp_path))

    async def fill() -> None:
        store = SqliteStore(Settings().database_path)
        await put_aged(store, "notifications", 1, 91, 92)
        await store.close()

    asyncio.run(fill())
    return tmp_path


def resq_retention(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["retention", *words, "--json"])
    assert done.exit_code == 0, done.output
    return {one["name"]: one["count"] for one in json.loads(done.stdout)["kinds"]}


def test_the_command_says_what_would_go_and_lets_it_go(aged_node: Path) -> None:
    assert resq_retention("--dry-run")["notifications"] == 2
    assert resq_retention("--dry-run")["notifications"] == 2
    assert resq_retention()["notifications"] == 2
    assert resq_retention("--dry-run")["notifications"] == 0
    shown = CliRunner().invoke(app, ["retention", "--dry-run"])
    assert "would go" in shown.stdout
