"""Everything that is held of a person, as they see it."""

import json

from fastapi import FastAPI

from app.schemas.audit import AuditSearch
from app.schemas.device import DeviceRegistration
from app.schemas.participant import Join
from app.schemas.request_bodies import StatusChange
from app.schemas.request_states import Status
from app.schemas.user import User
from tests.leaving import WORDS, approved, asked_by, exported, taken, team
from tests.serving import client
from tests.world import World


async def test_a_person_sees_everything_that_is_held_of_them(world: World, asha: User, admin: User) -> None:
    services = world.services
    await world.disaster()
    await services.participants.join(asha, "flood", Join())
    body = DeviceRegistration.model_validate({"token": "t" * 40, "platform": "android"})
    await services.devices.register(asha, body)
    id = await asked_by(world, asha)
    await services.requests.change_status(admin, id, StatusChange(status=Status.REJECTED, reason="twice"))
    await services.users.get(admin, asha.id)

    found = await exported(world, await services.users.users.get(asha.id))

    assert (found["profile"]["display_name"], found["profile"]["contact_phone"]) == ("Asha Perera", "+94771234567")
    (request,) = found["requests"]
    assert request["request"]["description"] == WORDS
    assert request["request"]["status_reason"] == "twice"
    assert len(request["planned_tasks"]) >= 3
    assert [one["disaster_id"] for one in found["disasters_joined"]] == ["flood"]
    assert [one["kind"] for one in found["notifications"]] == ["request_rejected"]
    assert [one["token_end"] for one in found["devices"]] == ["tttt"]
    events = [one["event"] for one in found["audit"]]
    assert {"user.edited", "request.received", "user.read"} <= set(events)
    assert "admin" not in json.dumps(found["audit"]), "who read it is not told, but that somebody did"
    assert "t" * 40 not in json.dumps(found)


async def test_an_export_holds_nothing_of_others(world: World, asha: User, admin: User) -> None:
    helpers = await team(world, 4)
    await asked_by(world, asha)
    tasks = await approved(world, admin, await asked_by(world, asha))
    await taken(world, tasks[0])

    mine = json.dumps(await exported(world, asha))
    theirs = await exported(world, await world.services.users.users.get(helpers[0].id))

    assert not any(helper.id in mine for helper in helpers)
    assert "Perera" not in json.dumps(theirs)
    assert all(member["uid"] == helpers[0].id for task in theirs["tasks"] for member in task["mine"])


async def test_an_export_is_one_json_object_and_is_remembered(api: FastAPI) -> None:
    async with client(api, "asha") as http:
        for number in range(120):
            await http.post("/requests", json={"description": f'We need water, {number} \u2028 "quoted"'})
        answer = await http.get("/users/me/export")

    assert answer.headers["content-type"] == "application/json"
    assert len(answer.json()["requests"]) == 120
    entries = await api.state.services.audit.log.listed(AuditSearch(event="user.exported"), limit=5)
    assert [(one.by, one.subject) for one in entries.items] == [("asha", "users/asha")]
