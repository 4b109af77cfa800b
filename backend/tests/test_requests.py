"""Requests as lists, in batches and as what has changed: who sees which, and what it takes to find them."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.clock import rfc3339, utc_now
from app.core.errors import Gone, Invalid
from app.core.geo import Box, Circle
from app.crud.base import SIFTED
from app.schemas.base import Location, Tombstone
from app.schemas.request import Request
from app.schemas.request_bodies import RequestCreate, RequestEdit, StatusChange
from app.schemas.request_parts import Contact
from app.schemas.request_search import RequestFilter, RequestOrder
from app.schemas.request_states import Status
from app.schemas.task import Decline
from app.schemas.task_views import TaskView
from app.schemas.user import User
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Severity
from tests.serving import client
from tests.world import HERE, World, finding

FAR = Location(lat=9.66, lng=80.02)


async def listed(world: World, caller: User, **wanted: Any) -> list[str]:
    page = await world.services.requests.listed(
        caller, disaster_id=None, wanted=RequestFilter(**wanted), limit=50, cursor=None
    )
    return [one.title for one in page.items]


async def ask(world: World, caller: User, title: str, severity: Severity, need: NeedCategory, place: Location) -> None:
    world.assessor.finding = finding(need, severity=severity)
    await world.asked(caller, f"{title} please", title=title, location=place)


@pytest.fixture
async def admin(world: World) -> User:
    """An admin, and four requests: two here, two far in the north."""
    someone = await world.person("someone")
    await ask(world, someone, "Thirsty", Severity.MEDIUM, NeedCategory.WATER, HERE)
    await ask(world, someone, "Trapped", Severity.CRITICAL, NeedCategory.RESCUE, HERE)
    await ask(world, someone, "Hungry", Severity.LOW, NeedCategory.FOOD, FAR)
    await ask(world, someone, "Roof gone", Severity.HIGH, NeedCategory.SHELTER, FAR)
    return await world.person("boss", RoleId.ADMIN)


async def test_the_newest_come_first_unless_another_order_is_asked_for(world: World, admin: User) -> None:
    assert await listed(world, admin) == ["Roof gone", "Hungry", "Trapped", "Thirsty"]
    assert await listed(world, admin, order=RequestOrder.OLDEST) == ["Thirsty", "Trapped", "Hungry", "Roof gone"]
    assert await listed(world, admin, order=RequestOrder.URGENCY) == ["Trapped", "Roof gone", "Thirsty", "Hungry"]


async def test_requests_are_found_by_severity_need_words_area_and_time(world: World, admin: User) -> None:
    assert await listed(world, admin, severity=Severity.CRITICAL) == ["Trapped"]
    assert await listed(world, admin, need=NeedCategory.WATER) == ["Thirsty"]
    assert await listed(world, admin, text="roof PLEASE") == ["Roof gone"]
    assert await listed(world, admin, text="please") == ["Roof gone", "Hungry", "Trapped", "Thirsty"]
    assert await listed(world, admin, text="nothing") == []
    assert await listed(world, admin, area=Circle(6.68, 80.40, 2)) == ["Trapped", "Thirsty"]
    assert await listed(world, admin, area=Box(9, 79, 10, 81)) == ["Roof gone", "Hungry"]
    assert await listed(world, admin, area=Box(-60, -170, 60, 170)) == ["Roof gone", "Hungry", "Trapped", "Thirsty"]
    assert await listed(world, admin, created_to=utc_now() - timedelta(hours=1)) == []
    assert len(await listed(world, admin, created_from=utc_now() - timedelta(hours=1))) == 4


async def test_filters_go_together_in_every_order(world: World, admin: User) -> None:
    there = Circle(9.66, 80.02, 3)
    for order in RequestOrder:
        assert await listed(world, admin, area=there, severity=Severity.HIGH, order=order) == ["Roof gone"]
        assert await listed(world, admin, text="please", need=NeedCategory.FOOD, area=there, order=order) == ["Hungry"]
        assert await listed(world, admin, status=Status.PENDING, text="trapped", order=order) == ["Trapped"]
        assert await listed(world, admin, need=NeedCategory.FOOD, severity=Severity.HIGH, order=order) == []


async def test_an_edited_request_is_found_by_its_new_words_and_place_only(world: World, admin: User) -> None:
    owner = await world.services.users.users.get("someone")
    [first] = [one for one in await every(world, admin) if one.title == "Thirsty"]

    await world.services.requests.edit(owner, first.id, RequestEdit(description="Everybody is fine", location=FAR))

    assert "Thirsty" in await listed(world, admin, area=Circle(FAR.lat, FAR.lng, 1))
    assert "Thirsty" not in await listed(world, admin, area=Circle(HERE.lat, HERE.lng, 1))
    assert await listed(world, admin, text="everybody") == ["Thirsty"]


async def every(world: World, caller: User) -> list[Request]:
    page = await world.services.requests.listed(caller, disaster_id=None, wanted=RequestFilter(), limit=50, cursor=None)
    return list(page.items)


async def test_a_rare_match_is_found_page_by_page_at_a_bounded_cost(world: World) -> None:
    boss, someone = await world.person("boss", RoleId.ADMIN), await world.person("someone")
    for number in range(7):
        await world.services.requests.submit(someone, RequestCreate(title=f"n{number}", description="x"))
    wanted = RequestFilter(severity=None, order=RequestOrder.UPDATED, text="n0")

    seen, cursor, calls = [], None, 0
    while calls == 0 or cursor:
        page = await world.services.requests.listed(boss, disaster_id=None, wanted=wanted, limit=1, cursor=cursor)
        seen += [one.title for one in page.items]
        cursor, calls = page.next, calls + 1

    assert seen == ["n0"]
    assert calls <= 2
    assert SIFTED == 1_000


async def test_pages_of_a_sifted_list_hold_everything_once(world: World, admin: User) -> None:
    wanted = RequestFilter(text="please", severity=None, area=Box(6, 79, 10, 81))
    titles, cursor = [], None
    while True:
        page = await world.services.requests.listed(admin, disaster_id=None, wanted=wanted, limit=1, cursor=cursor)
        titles += [one.title for one in page.items]
        cursor = page.next
        if cursor is None:
            break

    assert titles == ["Roof gone", "Hungry", "Trapped", "Thirsty"]


async def test_a_phone_that_was_away_gets_what_changed_and_what_is_gone(world: World) -> None:
    owner, other = await world.person("owner"), await world.person("other")
    kept, gone, old = [await world.asked(owner, words) for words in ("We need water", "We need food", "We need rope")]
    await world.asked(other, "We need blankets")
    away = utc_now()
    requests = world.services.requests
    assert {one.id for one in (await requests.my_changes(owner, away, limit=50, cursor=None)).items} == set()

    await requests.delete(owner, gone.id)
    await requests.edit(owner, kept.id, RequestEdit(description="We need water for six"))

    changes = await requests.my_changes(owner, away, limit=50, cursor=None)
    assert [(one.id, isinstance(one, Tombstone)) for one in changes.items] == [(gone.id, True), (kept.id, False)]
    assert changes.since < utc_now()
    first = await requests.my_changes(owner, away, limit=1, cursor=None)
    assert [one.id for one in first.items] == [gone.id]
    second = await requests.my_changes(owner, away, limit=1, cursor=first.next)
    assert [one.id for one in second.items] == [kept.id]
    assert old.id not in {one.id for one in changes.items}


async def test_asking_for_changes_since_before_tombstones_are_kept_is_410(world: World) -> None:
    owner = await world.person("owner")

    with pytest.raises(Gone):
        await world.services.requests.my_changes(owner, utc_now() - timedelta(days=31), limit=5, cursor=None)


async def test_a_request_that_was_taken_back_is_not_made_again_by_a_late_repeat(world: World) -> None:
    owner = await world.person("owner")
    body = RequestCreate(description="We need water")
    request, _ = await world.services.requests.submit(owner, body, idempotency_key="k1")
    await world.services.requests.delete(owner, request.id)

    with pytest.raises(Gone):
        await world.services.requests.submit(owner, body, idempotency_key="k1")


async def test_changes_over_http_carry_the_moment_to_ask_from_next(api: FastAPI) -> None:
    async with client(api, "owner") as http:
        id = (await http.post("/requests", json={"description": "We need water"})).json()["id"]
        since = rfc3339(utc_now() - timedelta(minutes=1))
        [changed] = (first := await http.get("/requests/me", params={"since": since})).json()
        assert changed["id"] == id
        assert first.headers["X-Next-Since"] > since
        await http.delete(f"/requests/{id}")
        [gone] = (await http.get("/requests/me", params={"since": first.headers["X-Next-Since"]})).json()
    assert gone == {"id": id, "deleted": True, "updated_at": gone["updated_at"]}


async def test_every_item_of_a_batch_has_its_receipt(api: FastAPI) -> None:
    items = [
        {"idempotency_key": "a", "request": {"description": "We need water"}},
        {"idempotency_key": "b", "request": {"description": "x", "location": {"lat": 200, "lng": 1}}},
        {"idempotency_key": "c", "request": {"title": " "}},
        {"idempotency_key": "a", "request": {"description": "Something else"}},
    ]
    async with client(api, "owner") as http:
        first = (await http.post("/requests/batch", json={"items": items[:3]})).json()
        again = (await http.post("/requests/batch", json={"items": items})).json()
        kept = (await http.get("/requests/me")).json()

    assert [one["status"] for one in first["results"]] == [201, 422, 422]
    assert (first["accepted"], first["repeated"], first["refused"]) == (1, 0, 2)
    assert first["results"][1]["problem"]["detail"][0]["loc"] == ["body", "location", "lat"]
    assert [one["status"] for one in again["results"]] == [200, 422, 422, 422]
    assert again["results"][0]["request"]["id"] == first["results"][0]["request"]["id"]
    assert [one["id"] for one in kept] == [first["results"][0]["request"]["id"]]


@pytest.mark.parametrize("query", ["near=91,80", "near=6.6", "bbox=80,7,81,6", "bbox=1,2,3", "since=yesterday"])
async def test_an_odd_filter_is_422_and_names_it(api: FastAPI, query: str) -> None:
    await World(api.state.services, api.state.services.assessment.assessor).person("boss", RoleId.ADMIN)
    async with client(api, "boss") as http:
        answer = await http.get(f"/requests?{query}")

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][:2] == ["query", query.partition("=")[0]]


async def test_a_phone_number_is_kept_in_one_form_and_an_odd_one_as_it_is(world: World) -> None:
    owner = await world.person("owner")
    for typed, kept in (
        ("077 123 4567", "+94771234567"),
        ("+44 20 7946 0958", "+442079460958"),
        ("ask Ravi", "ask Ravi"),
    ):
        body = RequestCreate(description="We need water", contact=Contact(phone=typed))
        request, _ = await world.services.requests.submit(owner, body)
        assert request.contact == Contact(name="Owner", phone=kept)


async def test_without_another_number_the_accounts_own_is_the_one_to_call(world: World) -> None:
    owner = (await world.person("owner")).model_copy(update={"contact_phone": "+94770000000"})
    request, _ = await world.services.requests.submit(owner, RequestCreate(description="We need water"))

    assert request.contact == Contact(name="Owner", phone="+94770000000")


async def test_place_contact_and_words_are_shown_to_a_team_only_once_it_has_accepted(world: World) -> None:
    admin = await world.person("boss", RoleId.ADMIN)
    helpers = [await world.person(f"helper{n}", RoleId.VOLUNTEER) for n in range(4)]
    owner = await world.person("owner")
    await world.stock(Item.DRINKING_WATER, 100)
    request = await world.asked(owner, contact=Contact(phone="+94771234567"))
    await world.services.requests.change_status(admin, request.id, change("approved"))
    await world.worked()
    tasks = world.services.tasks
    views = [(helper, view) for helper in helpers for view in await seen(world, helper)]
    helper, offered = views[0]

    assert (offered.contact, offered.description, offered.location_is_exact) == (None, None, False)
    assert offered.location == HERE.blurred()
    taken = await tasks.view(helper, await tasks.accept(helper, offered.id))
    assert taken.contact == Contact(name="Owner", phone="+94771234567")
    assert taken.location == HERE
    assert "water" in (taken.description or "")


async def seen(world: World, helper: User) -> list[TaskView]:
    page = await world.services.tasks.mine(helper, limit=10, cursor=None)
    return await world.services.tasks.views(helper, page.items)


def change(status: str) -> Any:
    return StatusChange(status=Status(status))


async def test_a_task_that_is_somebodys_no_more_comes_as_gone(world: World) -> None:
    admin = await world.person("boss", RoleId.ADMIN)
    for number in range(4):
        await world.person(f"helper{number}", RoleId.VOLUNTEER)
    request = await world.asked(await world.person("owner"))
    await world.services.requests.change_status(admin, request.id, change("approved"))
    await world.worked()
    tasks = world.services.tasks
    helper = await world.services.users.users.get("helper0")
    [offered, *_] = await seen(world, helper)
    away = utc_now()

    await tasks.decline(helper, offered.id, Decline())

    changes = await tasks.my_changes(helper, away, limit=10, cursor=None)
    assert Tombstone(id=offered.id, updated_at=changes.items[0].updated_at) in changes.items


async def test_the_same_key_with_another_body_names_the_header(world: World) -> None:
    owner = await world.person("owner")
    await world.services.requests.submit(owner, RequestCreate(description="a"), idempotency_key="k")

    with pytest.raises(Invalid) as refused:
        await world.services.requests.submit(owner, RequestCreate(description="b"), idempotency_key="k")
    assert (refused.value.field, refused.value.place) == ("Idempotency-Key", "header")


async def test_the_same_bodies_with_the_same_keys_many_times_at_once_are_kept_once(world: World) -> None:
    owner = await world.person("owner")
    bodies = [RequestCreate(description=f"We need water, house {number}") for number in range(40)]

    answers = await asyncio.gather(
        *(
            world.services.requests.submit(owner, body, idempotency_key=f"key-{number}")
            for _ in range(3)
            for number, body in enumerate(bodies)
        )
    )

    assert len({request.id for request, _ in answers}) == 40
    assert sum(new for _, new in answers) == 40
    assert len((await world.services.requests.mine(owner, limit=500, cursor=None)).items) == 40
