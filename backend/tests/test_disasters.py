"""Disasters: who sees which, how they are found, how far they come, and when one can be removed."""

import asyncio
from itertools import product
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from app.core.clock import rfc3339, utc_now
from app.core.errors import Conflict, NotFound
from app.core.geo import Circle
from app.crud.store.port import Data, Key
from app.schemas.base import Location
from app.schemas.disaster import (
    PHASE_MOVES,
    Disaster,
    DisasterCreate,
    DisasterEdit,
    DisasterFilter,
    DisasterSeverity,
    DisasterStatus,
    DisasterSuggest,
    Discard,
    Phase,
)
from app.schemas.participant import Join
from app.schemas.user import User
from app.schemas.vocabulary import RoleId
from tests.serving import client
from tests.world import HERE, SEED, World

FLOOD = {"name": "River flood", "type": "Flood", "location": {"lat": 6.68, "lng": 80.4}}


async def nobody() -> User | None:
    return None


async def registered(world: World, admin: User, name: str, **more: Any) -> Disaster:
    disaster, _ = await world.services.disasters.create(admin, DisasterCreate(name=name, location=HERE, **more))
    return disaster


async def names(world: World, wanted: DisasterFilter, *, limit: int = 100) -> list[str]:
    """The names of all pages of a list, as nobody sees it."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = await world.services.disasters.listed(nobody, wanted, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        found += [one.name for one in page.items]
        cursor = page.next
        if cursor is None:
            return found


@pytest.mark.parametrize(("here", "there"), [*product(Phase, Phase)])
async def test_a_phase_moves_only_as_the_table_says(world: World, here: Phase, there: Phase) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    disaster = await world.disaster()
    await world.services.disasters.disasters.change(
        disaster.id, lambda latest: latest.model_copy(update={"phase": here}), SEED
    )
    edit = DisasterEdit(phase=there, name="Renamed")

    if there is here or there in PHASE_MOVES[here]:
        moved = await world.services.disasters.edit(admin, disaster.id, edit)
        assert (moved.phase, moved.name) == (there, "Renamed")
        return
    with pytest.raises(Conflict) as refused:
        await world.services.disasters.edit(admin, disaster.id, edit)
    assert refused.value.extra["allowed"] == sorted(PHASE_MOVES[here])
    assert (await world.services.disasters.disasters.get(disaster.id)).name == "Flood", "nothing of it took place"


async def test_an_edit_changes_what_it_names_and_null_clears_only_what_may_be_empty(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    disaster = await registered(world, admin, "Flood", type="Flood", description="Wide", severity=DisasterSeverity.HIGH)

    edit = DisasterEdit.model_validate({"type": None, "name": None, "severity": None, "description": "Wider"})
    edited = await world.services.disasters.edit(admin, disaster.id, edit)

    assert (edited.type, edited.name, edited.severity) == (None, "Flood", DisasterSeverity.HIGH)
    assert (edited.description, edited.location) == ("Wider", HERE)


async def test_a_list_is_filtered_by_severity_type_place_and_name_in_pages(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    far = Location(lat=9.66, lng=80.02)
    for n in range(7):
        severity = DisasterSeverity.HIGH if n % 2 else DisasterSeverity.LOW
        await registered(world, admin, f"Flood {n}", type="Flood", severity=severity)
    body = DisasterCreate(name="Jaffna  CYCLONE", type="cyclone", location=far)
    await world.services.disasters.create(admin, body)

    floods = [f"Flood {n}" for n in range(6, -1, -1)]
    assert await names(world, DisasterFilter(), limit=3) == ["Jaffna  CYCLONE", *floods]
    high = DisasterFilter(severity=DisasterSeverity.HIGH)
    assert await names(world, high, limit=2) == ["Flood 5", "Flood 3", "Flood 1"]
    assert await names(world, DisasterFilter(type="CYCLONE")) == ["Jaffna  CYCLONE"]
    assert await names(world, DisasterFilter(text="jaffna cyc")) == ["Jaffna  CYCLONE"]
    assert await names(world, DisasterFilter(area=Circle(9.7, 80.0, 20.0))) == ["Jaffna  CYCLONE"]
    assert await names(world, DisasterFilter(area=Circle(9.7, 80.0, 20.0), type="Flood")) == []
    assert len(await names(world, DisasterFilter(area=Circle(6.68, 80.4, 1.0)), limit=2)) == 7


@pytest.fixture
async def suggested(world: World) -> tuple[World, User, Disaster]:
    suggester = await world.person("suggester")
    body = DisasterSuggest(name="Landslide", location=HERE)
    disaster, _ = await world.services.suggestions.suggest(suggester, body)
    return world, suggester, disaster


@pytest.mark.parametrize("rejected", [False, True])
async def test_what_is_not_registered_is_seen_by_coordinators_and_whoever_suggested_it(
    suggested: tuple[World, User, Disaster], rejected: bool
) -> None:
    world, suggester, disaster = suggested
    admin = await world.person("admin", RoleId.ADMIN)
    responder = await world.person("responder", RoleId.FIRST_RESPONDER)
    stranger = await world.person("stranger", RoleId.VOLUNTEER)
    if rejected:
        await world.services.suggestions.discard(admin, disaster.id, Discard(reason="A small one."))
    status = DisasterStatus.REJECTED if rejected else DisasterStatus.PENDING
    wanted = DisasterFilter(status=status)

    for who, seen in ((admin, True), (responder, True), (suggester, True), (stranger, False), (None, False)):

        async def visitor(who: User | None = who) -> User | None:
            return who

        page = await world.services.disasters.listed(visitor, wanted, limit=10, cursor=None)
        assert [one.id for one in page.items] == ([disaster.id] if seen else [])
        if seen:
            assert (await world.services.disasters.get(visitor, disaster.id)).status is status
        else:
            with pytest.raises(NotFound):
                await world.services.disasters.get(visitor, disaster.id)
        assert await names(world, DisasterFilter()) == []
    for refused in (
        world.services.participants.joined(stranger, disaster.id),
        world.services.participants.join(stranger, disaster.id, Join()),
        world.services.participants.leave(stranger, disaster.id),
        world.services.observations.public(disaster.id, kind=None, area=None, limit=10, cursor=None),
    ):
        with pytest.raises(NotFound):
            await refused
    with pytest.raises(Conflict):
        await world.services.participants.join(suggester, disaster.id, Join())


async def test_a_token_that_has_run_out_makes_a_visitor_of_public_pages_nobody(api: FastAPI) -> None:
    services = api.state.services
    await World(services, services.assessment.assessor).person("admin", RoleId.ADMIN)
    async with client(api, "admin") as http:
        pending = (await http.post("/disasters/suggestions", json=FLOOD)).json()["id"]
        open_one = (await http.post("/disasters", json=FLOOD)).json()["id"]
    async with client(api, "run-out") as http:
        assert [one["id"] for one in (await http.get("/disasters")).json()] == [open_one]
        assert (await http.get("/disasters?status=Pending")).json() == []
        assert (await http.get(f"/disasters/{open_one}")).status_code == 200
        assert (await http.get(f"/disasters/{pending}")).status_code == 404


async def test_the_map_is_public_light_and_sent_again_only_when_it_has_changed(api: FastAPI) -> None:
    services = api.state.services
    world = World(services, services.assessment.assessor)
    admin = await world.person("admin", RoleId.ADMIN)
    shown, archived = await registered(world, admin, "Shown"), await registered(world, admin, "Archived")
    await services.suggestions.suggest(admin, DisasterSuggest(name="Pending", location=HERE))
    for phase in (Phase.RECOVERY, Phase.CLOSED, Phase.ARCHIVED):
        await services.disasters.edit(admin, archived.id, DisasterEdit(phase=phase))
    async with client(api) as http:
        first = await http.get("/disasters/location")
        tag = first.headers["ETag"]
        again = await http.get("/disasters/location", headers={"If-None-Match": f'"other", W/{tag}'})
        await services.disasters.edit(admin, shown.id, DisasterEdit(phase=Phase.RECOVERY))
        changed = await http.get("/disasters/location/", headers={"If-None-Match": tag})

    assert [set(one) for one in first.json()] == [{"id", "name", "type", "severity", "location", "phase"}]
    assert first.json()[0]["name"] == "Shown"
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "public, max-age=60"
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert (changed.status_code, changed.json()[0]["phase"]) == (200, "recovery")


@pytest.mark.parametrize("kind", ["requests", "tasks", "resources", "messages", "observations"])
async def test_a_disaster_that_something_belongs_to_is_kept_and_says_what_it_is(world: World, kind: str) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    disaster = await world.disaster()
    await world.services.store.create(Key(kind, "one"), {"disaster_id": disaster.id})
    await world.services.store.create(Key(kind, "another"), {"disaster_id": "elsewhere"})

    with pytest.raises(Conflict) as refused:
        await world.services.disasters.delete(admin, disaster.id)

    assert refused.value.extra["holds"] == {kind: 1}
    assert await world.services.disasters.disasters.get(disaster.id) == disaster


async def test_an_empty_disaster_is_removed_for_good_and_leaves_word(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    helper = await world.person("helper", RoleId.VOLUNTEER)
    disaster = await registered(world, admin, "By mistake")
    await world.services.participants.join(helper, disaster.id, Join())
    with pytest.raises(Conflict, match="1 participants"):
        await world.services.disasters.delete(admin, disaster.id)
    await world.services.participants.leave(helper, disaster.id)

    await world.services.disasters.delete(admin, disaster.id)

    repository = world.services.disasters.disasters
    assert await repository.find(disaster.id) is None
    assert await world.services.store.get(Key(repository.graves, disaster.id)) is not None
    with pytest.raises(NotFound):
        await world.services.disasters.delete(admin, disaster.id)


async def test_a_deleted_suggestion_waits_for_nothing_any_more(suggested: tuple[World, User, Disaster]) -> None:
    world, suggester, disaster = suggested
    admin = await world.person("admin", RoleId.ADMIN)

    await world.services.disasters.delete(admin, disaster.id)

    assert (await world.services.users.users.get(suggester.id)).suggested == ()


async def test_nobody_joins_what_is_being_deleted(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    users = [await world.person(f"helper{n}", RoleId.VOLUNTEER) for n in range(4)]
    for n in range(5):
        disaster = await registered(world, admin, f"Race {n}")
        await asyncio.gather(
            world.services.disasters.delete(admin, disaster.id),
            *(world.services.participants.join(user, disaster.id, Join()) for user in users),
            return_exceptions=True,
        )

        kept = await world.services.disasters.disasters.find(disaster.id)
        there = await world.services.disasters.disasters.contents(disaster.id)
        joined = sum(
            disaster.id in one.joined
            for one in (await world.services.users.users.get_many(user.id for user in users)).values()
        )
        assert there.get("participants", 0) == joined
        if kept is None:
            assert joined == 0
        else:
            assert joined > 0
            assert not kept.being_deleted, "a disaster that was kept can be joined again"


async def test_a_deletion_that_was_cut_off_can_be_done_again(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    disaster = await world.disaster()
    repository = world.services.disasters.disasters
    await repository.change(disaster.id, lambda latest: latest.model_copy(update={"being_deleted": True}), SEED)
    await world.services.store.create(Key("messages", "m"), {"disaster_id": disaster.id})

    with pytest.raises(Conflict):
        await world.services.disasters.delete(admin, disaster.id)
    assert not (await repository.get(disaster.id)).being_deleted
    await world.services.store.delete(Key("messages", "m"))
    await world.services.disasters.delete(admin, disaster.id)

    assert await repository.find(disaster.id) is None


async def test_a_disaster_kept_before_there_were_phases_is_active(world: World) -> None:
    at = rfc3339(utc_now())
    older: Data = {
        "id": "old",
        "name": "Old",
        "severity": "High",
        "location": {"lat": 6.7, "lng": 80.4, "address": None, "accuracy_m": None},
        "status": "Registered",
        "created_by": "admin",
        "created_at": at,
        "updated_at": at,
        "version": 1,
        "schema": 1,
    }
    await world.services.store.create(Key("disasters", "old"), older)

    assert (await world.services.disasters.get(nobody, "old")).phase is Phase.ACTIVE
    assert [one.id for one in await world.services.disasters.on_map()] == ["old"]


async def test_the_same_key_registers_one_disaster(api: FastAPI) -> None:
    services = api.state.services
    await World(services, services.assessment.assessor).person("admin", RoleId.ADMIN)
    async with client(api, "admin") as http:
        sent = [await http.post("/disasters", json=FLOOD, headers={"Idempotency-Key": "k"}) for _ in range(2)]

    assert [one.headers["Idempotency-Replayed"] for one in sent] == ["false", "true"]
    assert sent[0].json()["id"] == sent[1].json()["id"]


BAD: dict[str, tuple[str, str, dict[str, object] | None, str]] = {
    "no name": ("POST", "/disasters", {**FLOOD, "name": " "}, "name"),
    "no place": ("POST", "/disasters", {"name": "x"}, "location"),
    "another severity": ("POST", "/disasters", {**FLOOD, "severity": "Huge"}, "severity"),
    "an image from nowhere": ("POST", "/disasters", {**FLOOD, "image_urls": ["javascript:alert(1)"]}, "image_urls"),
    "another phase": ("PATCH", "/disasters/flood", {"phase": "over"}, "phase"),
    "a place without comma": ("GET", "/disasters?near=6.68", None, "near"),
    "a place off the earth": ("GET", "/disasters?near=96.68,80", None, "near"),
    "no radius": ("GET", "/disasters?near=6.68,80&radius_km=0", None, "radius_km"),
    "another state": ("GET", "/disasters?status=registered", None, "status"),
    "a discard without reason": ("POST", "/disasters/flood/discard", {"reason": ""}, "reason"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_bad_input_is_422_names_its_field_and_changes_nothing(
    api: FastAPI, bad: tuple[str, str, dict[str, object] | None, str]
) -> None:
    services = api.state.services
    world = World(services, services.assessment.assessor)
    await world.person("admin", RoleId.ADMIN)
    disaster = await world.disaster()
    method, path, body, field = bad
    async with client(api, "admin") as http:
        answer: httpx2.Response = await http.request(method, path, json=body)

    assert answer.status_code == 422, answer.text
    assert field in answer.json()["message"] or field in str(answer.json()["detail"])
    assert await services.disasters.disasters.get(disaster.id) == disaster
    assert await names(world, DisasterFilter()) == ["Flood"]
