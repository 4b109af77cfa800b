"""The record of who did what and who read what: how it is read, and that it can be relied on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi import FastAPI

from app.core.clock import utc_now
from app.core.errors import NotFound, Transient
from app.crud.audit import AuditLog
from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from app.schemas.audit import MOST_SUBJECTS, Actor, AuditEntry, AuditSearch
from app.schemas.user_bodies import ProfileEdit
from app.schemas.vocabulary import RoleId
from app.services.access import AccessLog
from tests.serving import client
from tests.world import World


async def entries(world: World, **wanted: object) -> Sequence[AuditEntry]:
    search = AuditSearch.model_validate(wanted)
    return (await world.services.audit.log.listed(search, limit=50)).items


async def test_entries_are_found_by_what_whom_and_when_newest_first(world: World) -> None:
    users = world.services.users
    asha, nimal = await world.person("asha"), await world.person("nimal")
    before = utc_now()
    await users.edit(asha, ProfileEdit(language="si"))
    await users.edit(nimal, ProfileEdit(language="ta"))
    await users.grant("admin", "asha", RoleId.VOLUNTEER)

    assert [one.event for one in await entries(world, subject="users/asha")][:2] == ["user.role_granted", "user.edited"]
    assert [one.subject for one in await entries(world, event="user.edited")] == ["users/nimal", "users/asha"]
    assert [one.event for one in await entries(world, by="admin", subject="users/asha")] == ["user.role_granted"]
    assert [one.event for one in await entries(world, by="nimal", event="user.edited", subject="users/asha")] == []
    assert len(await entries(world, since=before)) == 3
    assert await entries(world, since=before, until=before) == ()
    assert {one.event for one in await entries(world, until=before)} == {"test.seeded"}


async def test_a_reading_names_what_was_read_and_by_whom(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    helper = await world.person("helper", RoleId.VOLUNTEER)
    access = world.services.access

    await access.read(admin, "requests.listed", ["r1", "r2", "r1"], why="triage")
    await access.read(helper, "request.read", ["r1"])
    await access.settled()

    one, many = await entries(world, event="request.read"), await entries(world, event="requests.listed")
    assert [(e.subject, e.subjects, e.by, e.actor) for e in one] == [
        ("requests/r1", ("r1",), "helper", Actor.RESPONDER)
    ]
    assert [(e.subject, e.subjects, e.count, e.actor, e.why) for e in many] == [
        ("requests", ("r1", "r2"), 2, Actor.COORDINATOR, "triage")
    ]
    read = await world.services.audit.log.readings_of("r1", limit=10)
    assert {e.by for e in read.items} == {"admin", "helper"}


async def test_a_reading_of_very_much_says_how_much_and_names_the_first(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)

    await world.services.access.read(admin, "users.listed", [f"u{n}" for n in range(600)], strict=True)

    (entry,) = await entries(world, event="users.listed")
    assert (entry.count, len(entry.subjects)) == (600, MOST_SUBJECTS)


async def test_whoever_reads_their_own_data_is_not_remembered(world: World) -> None:
    asha = await world.person("asha")

    await world.services.access.read(asha, "user.read", ["asha"], strict=True)
    await world.services.access.read(asha, "users.listed", [], strict=True)

    assert await entries(world, by="asha") == ()


async def test_reading_the_audit_is_itself_in_the_audit(api: FastAPI) -> None:
    world = World(api.state.services, api.state.services.assessment.assessor)
    await world.person("admin", RoleId.ADMIN)
    await world.person("asha")
    async with client(api, "admin") as http:
        found = (await http.get("/audit?subject=users/asha")).json()
        assert [one["event"] for one in found] == ["test.seeded"]
        one = await http.get(f"/audit/{found[0]['id']}")
        assert one.json() == found[0]
        assert (await http.get("/audit/nothing")).status_code == 404
        mine = (await http.get("/audit", params={"by": "admin", "limit": 2})).json()

    assert [(e["event"], e["subject"], e["subjects"]) for e in mine] == [
        ("audit.read", f"audit/{found[0]['id']}", [found[0]["id"]]),
        ("audit.listed", "audit", [found[0]["id"]]),
    ]


async def test_the_audit_is_read_page_by_page_and_between_two_moments(api: FastAPI) -> None:
    world = World(api.state.services, api.state.services.assessment.assessor)
    await world.person("admin", RoleId.ADMIN)
    asha = await world.person("asha")
    for language in ("si", "ta", "en"):
        await world.services.users.edit(asha, ProfileEdit(language=language))
    async with client(api, "admin") as http:
        address, seen = "/audit?event=user.edited&limit=2", list[str]()
        while address:
            answer = await http.get(address)
            seen += [one["id"] for one in answer.json()]
            address = answer.headers.get("Link", "").partition(">")[0].removeprefix("<")
        at = (utc_now() + timedelta(minutes=1)).isoformat()
        later = await http.get("/audit", params={"event": "user.edited", "from": at})
        wrong = await http.get("/audit?from=yesterday")

    assert len(seen) == len(set(seen)) == 3
    assert later.json() == []
    assert (wrong.status_code, "from" in wrong.json()["message"]) == (422, True)


async def test_an_entry_that_was_written_after_all_is_not_written_twice(store: Store) -> None:
    log = AuditLog(store)
    entry = AuditEntry(id="e1", at=utc_now(), event="users.listed", by="admin", subject="users", subjects=("u1",))

    await log.add(entry)
    await log.add(entry)

    assert await log.of("users") == [entry]


async def test_there_is_no_entry_at_an_impossible_place(store: Store) -> None:
    for id in ("nothing", "a/b", ""):
        with pytest.raises(NotFound):
            await AuditLog(store).get(id)


# When the store is away.


@dataclass
class Flaky(AuditLog):
    """The audit of a store that takes nothing until it is told to."""

    store: Store
    away: bool = True

    async def add(self, entry: AuditEntry) -> None:
        if self.away:
            raise Transient("The store is away.")
        await super().add(entry)


async def test_a_reading_does_not_wait_for_a_slow_store_and_is_written_all_the_same(
    world: World, sqlite_store: SqliteStore
) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    log = Flaky(sqlite_store)
    access = AccessLog(log, utc_now, patience_seconds=0.01)

    await access.read(admin, "request.read", ["r1"])
    assert await log.of("requests/r1") == []
    log.away = False
    await access.settled()

    assert [entry.by for entry in await log.of("requests/r1")] == ["admin"]


async def test_people_are_not_shown_where_the_reading_cannot_be_recorded(
    world: World, sqlite_store: SqliteStore
) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    access = AccessLog(Flaky(sqlite_store), utc_now, strict_seconds=0.01)

    with pytest.raises(Transient):
        await access.read(admin, "users.listed", ["asha"], strict=True)
    await access.settled(seconds=0)


async def test_with_too_many_readings_unwritten_nothing_more_is_shown(world: World, sqlite_store: SqliteStore) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    access = AccessLog(Flaky(sqlite_store), utc_now, patience_seconds=0)
    for number in range(access.MOST_UNWRITTEN):
        await access.read(admin, "request.read", [f"r{number}"])

    with pytest.raises(Transient):
        await access.read(admin, "request.read", ["one more"])
    await access.settled(seconds=0)
