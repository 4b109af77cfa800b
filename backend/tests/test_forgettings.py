"""Deleting a person: nothing leads to them, nobody who relies on them is let down, and it survives anything."""

import asyncio

import pytest
from fastapi import FastAPI

from app.core.clock import utc_now
from app.core.errors import Conflict, NotFound
from app.schemas.device import DeviceRegistration
from app.schemas.inbound import Channel, Inbound
from app.schemas.notification import NotificationKind
from app.schemas.participant import Join
from app.schemas.request_bodies import StatusChange
from app.schemas.request_parts import Contact
from app.schemas.request_states import Stage, Status
from app.schemas.resource import ResourceCreate
from app.schemas.task import Decline, TaskStatusChange
from app.schemas.task_states import TaskStatus
from app.schemas.user import DELETED, User
from app.schemas.user_bodies import AccessChange
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Skill
from app.services.jobs import handlers
from tests.leaving import (
    COVERED,
    HOME,
    SECRETS,
    approved,
    asked_by,
    collections,
    dump,
    exported,
    gone,
    taken,
    team,
    traces,
)
from tests.serving import client
from tests.world import HERE, SEED, World, finding


def test_it_is_decided_for_every_collection_what_becomes_of_it() -> None:
    assert collections() == set(COVERED)


# What somebody in need leaves.


async def test_of_an_open_request_nobody_has_taken_only_numbers_stay(world: World, asha: User, admin: User) -> None:
    await world.stock(Item.DRINKING_WATER, 50)
    await team(world)
    id = await asked_by(world, asha)
    tasks = await approved(world, admin, id)

    await gone(world, asha)

    request = await world.request(id)
    assert (request.status, request.stage) == (Status.CANCELLED, Stage.MATCHED)
    assert request.created_by.startswith(DELETED)
    assert request.anonymised_at is not None
    assert request.location == HOME.blurred()
    assert (request.description, request.contact, request.media, request.body_hash) == (None, None, (), "")
    assert request.auto_extract is not None
    assert (request.auto_extract.needs, request.auto_extract.people) == (("water", "food"), 4)
    plan = await world.services.requests.cases.outputs.get(id)
    assert len(plan.tasks) == len(tasks)
    assert all(task.people >= 2 and not task.reason and not task.candidates for task in plan.tasks)
    cancelled = await world.services.requests.cases.tasks.get_many(tasks)
    assert {task.status for task in cancelled.values()} == {TaskStatus.CANCELLED}
    stock = await world.services.resources.get("depot")
    assert (stock.quantity, stock.reserved) == (50, 0)
    assert await traces(world.services.store, *SECRETS) == set()


async def test_of_requests_that_ended_long_ago_only_numbers_stay(world: World, asha: User, admin: User) -> None:
    world.assessor.finding = finding(NeedCategory.WATER)
    rejected, closed = await asked_by(world, asha), await asked_by(world, asha)
    because = StatusChange(status=Status.REJECTED, reason="Asha Perera was not at 12 River Road")
    await world.services.requests.change_status(admin, rejected, because)
    await world.services.requests.change_status(asha, closed, StatusChange(status=Status.CANCELLED, reason="Perera"))

    await gone(world, asha)

    after = [await world.request(rejected), await world.request(closed)]
    assert [one.status for one in after] == [Status.REJECTED, Status.CANCELLED]
    assert {one.status_reason for one in after} == {None}
    assert len({one.created_by for one in after}) == 1, "how many people have asked can still be counted"
    assert await traces(world.services.store, *SECRETS) == set()


async def test_a_request_that_helpers_have_taken_goes_on_and_is_forgotten_when_it_ends(
    world: World, asha: User, admin: User
) -> None:
    await world.stock(Item.DRINKING_WATER, 50)
    await team(world)
    id = await asked_by(world, asha)
    tasks = await approved(world, admin, id)
    people = await taken(world, tasks[0])

    await gone(world, asha)

    request = await world.request(id)
    assert (request.status, request.owner_left) == (Status.ASSIGNED, True)
    assert request.created_by.startswith(DELETED)
    assert request.contact == Contact(name="Asha Perera", phone="+94771234567")
    assert request.location == HOME
    inbox = await world.services.notifications.inbox(admin, limit=10, cursor=None)
    assert [one.kind for one in inbox.items] == [NotificationKind.REQUEST_HANDED_OVER]

    for other in tasks[1:]:
        for helper in await taken(world, other):
            people.append(helper)
    for task_id in tasks:
        task = await world.services.requests.cases.tasks.get(task_id)
        first = await world.services.users.users.get(task.holders[0])
        for step in ("on_route", "on_site", "completed"):
            change = TaskStatusChange(status=TaskStatus(step), note="met Asha Perera")
            await world.services.tasks.change_status(first, task_id, change)
    assert (await world.request(id)).status is Status.COMPLETED
    later = World.over(world.services.store)  # a process that has not just looked for such requests
    await later.services.sweeper.once()
    await later.worked()

    ended = await world.request(id)
    assert (ended.created_by, ended.owner_left, ended.contact) == (request.created_by, False, None)
    assert await traces(world.services.store, *SECRETS) == set()
    with pytest.raises(Conflict, match="not kept any more"):
        await world.services.requests.change_status(admin, id, StatusChange(status=Status.PENDING))


async def test_the_contact_of_the_account_stays_with_a_request_that_has_none(
    world: World, asha: User, admin: User
) -> None:
    await team(world)
    request = await world.asked(asha, "We need water and food")
    await taken(world, (await approved(world, admin, request.id))[0])

    await gone(world, asha)

    assert (await world.request(request.id)).contact == Contact(name="Asha Perera", phone="+94771234567")


# What somebody who helps leaves.


async def test_the_tasks_of_a_helper_go_to_others_and_past_ones_stay_without_them(
    world: World, asha: User, admin: User
) -> None:
    helpers = await team(world, 2)
    id = await asked_by(world, asha)
    tasks = await approved(world, admin, id)
    await taken(world, tasks[0])
    leaver = await world.services.users.users.get(helpers[0].id)
    extra = await world.person("extra", RoleId.VOLUNTEER, Skill.LOGISTICS)
    await world.services.users.users.change(extra.id, lambda one: one.model_copy(update={"availability": True}), SEED)

    await gone(world, leaver)

    task = await world.services.requests.cases.tasks.get(tasks[0])
    assert leaver.id not in task.holders
    assert extra.id in task.holders, "the matcher has been rung"
    states = {member.uid: member.status for member in task.members}
    assert leaver.id not in states
    assert [status for uid, status in states.items() if uid.startswith(DELETED)] == [TaskStatus.HANDED_BACK]
    assert (await world.request(id)).created_by == asha.id, "whose request it is, is not touched"


async def test_an_offer_is_declined_and_the_reasons_somebody_gave_are_not_kept(world: World, admin: User) -> None:
    helpers = await team(world, 4)
    owner = await world.person("owner")
    request = await world.asked(owner)
    tasks = await approved(world, admin, request.id)
    task = await world.services.requests.cases.tasks.get(tasks[0])
    leaver = next(one for one in helpers if one.id in task.holders)
    await world.services.tasks.decline(leaver, task.id, Decline(reason="my mother is ill"))

    await gone(world, leaver)

    assert await traces(world.services.store, "my mother is ill") == set()
    audit = [data for place, data in (await dump(world.services.store)).items() if place.startswith("audit/")]
    declined = [data for data in audit if data["event"] == "task.declined"]
    assert {(one["by"], one["why"], one["redacted_at"] is not None) for one in declined} == {(leaver.id, None, True)}


async def test_what_somebody_was_in_charge_of_passes_to_an_administrator(world: World, admin: User) -> None:
    responder = await world.person("responder", RoleId.FIRST_RESPONDER)
    await world.disaster()
    await world.services.disasters.disasters.change(
        "flood", lambda one: one.model_copy(update={"created_by": responder.id}), SEED
    )
    await world.services.users.users.change(responder.id, lambda one: one.joining("flood", utc_now()), SEED)
    responder = await world.services.users.users.get(responder.id)
    body = ResourceCreate(name="Depot", resource_type=Item.BLANKET, quantity=5, location=HERE, disaster_id="flood")
    stock = await world.services.resources.create(responder, body)

    await gone(world, responder)

    assert (await world.services.resources.get(stock.id)).created_by == admin.id
    assert (await world.services.disasters.disasters.get("flood")).created_by == admin.id


async def test_nothing_else_of_a_person_is_left_but_their_id_in_the_record(world: World, asha: User) -> None:
    services = world.services
    await world.disaster()
    await services.participants.join(asha, "flood", Join())
    asha = await services.users.users.get(asha.id)
    body = DeviceRegistration.model_validate({"token": "t" * 40, "platform": "android", "language": "si"})
    await services.devices.register(asha, body)
    id = await asked_by(world, asha)
    await services.requests.change_status(asha, id, StatusChange(status=Status.CANCELLED))

    await gone(world, asha)

    left = await traces(services.store, asha.id, "t" * 40)
    assert {place.partition("/")[0] for place in left} == {"audit", "tombstones"}
    assert (await services.users.display_name((await world.request(id)).created_by)).display_name == "Deleted user"
    with pytest.raises(NotFound):
        await services.users.display_name(asha.id)


async def test_a_telephone_number_that_wrote_to_us_is_forgotten(world: World) -> None:
    services = world.services
    words = "We need water, N. Perera"
    message = Inbound(id="SM1", phone="+94771234567", channel=Channel.SMS, text=words, name="N. Perera")
    reply = await services.texting.receive(message)
    await world.worked()
    sender = await services.users.users.get((await world.request(reply.request_id or "")).created_by)
    assert [one["phone"] for one in (await exported(world, sender))["threads"]] == ["+94771234567"]

    await gone(world, sender)

    assert await traces(services.store, "771234567", "Perera") == set()


# Coming back, and staying.


async def test_until_it_is_done_nobody_comes_back_and_after_that_somebody_new(api: FastAPI) -> None:
    services = api.state.services
    await services.queue.stop()  # the workers are slow today
    async with client(api, "asha") as http:
        await http.patch("/users/me", json={"display_name": "Asha Perera"})
        answer = await http.delete("/users/me")
        assert (answer.status_code, answer.json()["id"]) == (202, "asha")
        assert any("cancelled" in sentence for sentence in answer.json()["what_happens"])
        for method, path in (("GET", "/users/me"), ("POST", "/requests"), ("GET", "/users/me/export")):
            refused = await http.request(method, path, json={"description": "help"})
            assert (refused.status_code, "being deleted" in refused.json()["detail"]) == (403, True)
        assert (await http.delete("/users/me")).json() == answer.json(), "asked twice it is the same"

        services.queue.start(handlers(services), services.failures.count)
        await services.queue.drained()

        me = (await http.get("/users/me")).json()
        assert (me["display_name"], me["role_id"]) == ("asha", "affected_individual"), "as the token says"
        assert (await http.get("/requests/me")).json() == []


async def test_the_last_administrator_stays(world: World, admin: User) -> None:
    with pytest.raises(Conflict, match="last administrator"):
        await world.services.forgettings.ask(admin)

    assert (await world.services.users.users.get("admin")).active


async def test_a_disabled_administrator_is_no_reason_to_let_the_last_one_go(world: World, admin: User) -> None:
    other = await world.person("other", RoleId.ADMIN)
    await world.services.users.set_access(admin, other.id, AccessChange(disabled=True, reason="left us"))

    with pytest.raises(Conflict):
        await world.services.forgettings.ask(admin)
    await gone(world, await world.services.users.users.get(other.id))


async def test_two_administrators_who_leave_at_once_do_not_both_leave(world: World, admin: User) -> None:
    other = await world.person("other", RoleId.ADMIN)

    asked = await asyncio.gather(
        *(world.services.forgettings.ask(one) for one in (admin, other)), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in asked) == ["Conflict", "ForgettingView"]
    assert len(await world.services.users.users.admins()) == 1
