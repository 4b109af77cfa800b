"""Plans as coordinators find them: listed, remembered, hidden from others, read in any schema."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.core.errors import Conflict, NotFound
from app.crud.audit import AuditLog
from app.schemas.request_bodies import StatusChange
from app.schemas.request_states import Status
from app.schemas.vocabulary import Item, RoleId
from app.schemas.workflow import Approval, PlanDecision, ResourceDecision, TaskDecision
from tests.plans_by_hand import BY_HAND, admin_of, by_hand, of_item, planned, supply, task
from tests.serving import client
from tests.world import World


async def test_nothing_is_added_to_the_plan_of_a_request_that_ended(world: World) -> None:
    admin, request, before = await planned(world)
    reject = StatusChange(status=Status.REJECTED, reason="a test")
    await world.services.requests.change_status(admin, request.id, reject)

    with pytest.raises(Conflict):
        await world.services.plans.add_task(admin, request.id, task())
    with pytest.raises(Conflict):
        await world.services.plans.add_resource(admin, request.id, supply())
    with pytest.raises(Conflict):
        await world.services.plans.create(admin, by_hand(request.id))
    await world.services.plans.delete_task(admin, request.id, before.tasks[0].id)


async def test_a_plan_does_not_grow_without_end(world: World) -> None:
    admin, request, _ = await planned(world)
    many = [{"id": f"Task{n}", "step": "x"} for n in range(30)]
    await world.services.plans.create(admin, by_hand(request.id, tasks=many, resource_suggestions=[]))

    with pytest.raises(Conflict):
        await world.services.plans.add_task(admin, request.id, task())


async def test_the_audit_tells_each_decision_before_and_after_and_no_words(world: World) -> None:
    admin, request, before = await planned(world)
    water, step = of_item(before, Item.DRINKING_WATER), before.tasks[0].id
    await world.services.plans.decide_resource(
        admin, request.id, water.id, ResourceDecision(total_quantity=5, approval_status=Approval.REJECTED)
    )
    await world.services.plans.decide_task(admin, request.id, step, TaskDecision(step="Ask for Kamala, 12 River Road"))
    await world.services.plans.delete_task(admin, request.id, step)

    told = await AuditLog(world.services.store).of(f"workflow_outputs/{request.id}")

    by_event = {entry.event: entry for entry in told}
    decided = by_event["plan.decided"].changes
    name = f"resource_suggestions.{water.id}"
    assert (decided[f"{name}.total_quantity"].before, decided[f"{name}.total_quantity"].after) == (
        water.total_quantity,
        5,
    )
    assert decided[f"{name}.approval_status"].after == "rejected"
    assert by_event["plan.edited"].changes[f"tasks.{step}.made_by"].after == "human"
    assert by_event["plan.task_deleted"].changes[f"tasks.{step}.priority"].after is None
    assert {entry.by for entry in told} == {"system", "admin"}
    assert not any("Kamala" in entry.model_dump_json() for entry in told)


async def test_another_disasters_coordinator_knows_of_no_plan(world: World) -> None:
    await world.disaster()
    outside = await world.person("outside", RoleId.FIRST_RESPONDER, joined=("fire",))
    request = await world.asked(await world.person("owner"), disaster_id="flood")
    plans = world.services.plans
    task_id = (await world.services.requests.cases.outputs.get(request.id)).tasks[0].id

    for refused in (
        plans.create(outside, by_hand(request.id)),
        plans.delete(outside, request.id),
        plans.add_task(outside, request.id, task()),
        plans.delete_task(outside, request.id, task_id),
        plans.add_resource(outside, request.id, supply()),
        plans.delete_resource(outside, request.id, "any"),
        plans.listed(outside, disaster_id="flood", pending=None, limit=10, cursor=None),
    ):
        with pytest.raises(NotFound):
            await refused


async def test_the_list_is_filtered_and_paged(world: World) -> None:
    admin = await admin_of(world)
    await world.disaster()
    owner = await world.person("owner")
    open_ids = [(await world.asked(owner, disaster_id="flood")).id for _ in range(3)]
    decided = await world.asked(owner, disaster_id="flood")
    await world.services.plans.decide_plan(admin, decided.id, PlanDecision(approval_status=Approval.REJECTED))
    elsewhere = await world.asked(owner)

    async def ids(*, disaster_id: str | None = None, pending: bool | None = None) -> list[str]:
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = await world.services.plans.listed(
                admin, disaster_id=disaster_id, pending=pending, limit=2, cursor=cursor
            )
            seen += [one.id for one in page.items]
            if page.next is None:
                return seen
            cursor = page.next

    assert await ids(disaster_id="flood", pending=True) == open_ids[::-1]
    assert await ids(disaster_id="flood", pending=False) == [decided.id]
    assert await ids(pending=True) == [elsewhere.id, *open_ids[::-1]]
    assert len(await ids()) == 5


async def test_a_plan_of_the_first_schema_is_read_as_todays(world: World) -> None:
    _, _, before = await planned(world)
    outputs = world.services.requests.cases.outputs
    old: dict[str, Any] = outputs.written(before)
    for one in old["resource_suggestions"]:
        del one["item"], one["made_by"]
    old["tasks"][0]["priority"], old["tasks"][1]["priority"] = "High", "as soon as you can"
    del old["pending"]

    plan = outputs.read({**old, "schema": 1})

    assert [one.item for one in plan.resource_suggestions] == [one.item for one in before.resource_suggestions]
    assert [one.priority for one in plan.tasks[:2]] == ["high", "high"]
    assert plan.pending


async def test_over_http_every_answer_is_what_the_client_reads(api: FastAPI) -> None:
    world = World(api.state.services, api.state.services.assessment.assessor)
    await world.person("admin", RoleId.ADMIN)
    async with client(api, "owner") as http:
        request_id = (await http.post("/requests", json={"description": "We need water"})).json()["id"]
    await api.state.services.queue.drained()
    async with client(api, "admin") as http:
        at = f"/workflow-outputs/{request_id}"
        made = await http.post("/workflow-outputs/", json={**BY_HAND, "request_id": request_id})
        assert made.status_code == 201
        added = await http.post(f"{at}/resources", json={"type": "Ladders", "total_quantity": 2, "quantity": None})
        assert (added.status_code, added.json()["type"], added.json()["item"]) == (201, "Ladders", "other")
        assert added.json()["id"] == added.json()["resource_id"]
        again = await http.post(f"{at}/tasks", json={"id": "Task1", "step": "x", "priority": "High"})
        assert (again.status_code, again.json()["code"]) == (409, "conflict")
        assert [one["id"] for one in (await http.get(f"{at}/tasks")).json()] == [
            one["id"] for one in made.json()["tasks"]
        ]
        assert len((await http.get(f"{at}/resources")).json()) == 3
        too_much = {"type": "x", "total_quantity": 1, "breakdown": [{"task_id": "t", "quantity": 2}]}
        refused = await http.post(f"{at}/resources", json=too_much)
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "breakdown"])
        odd = await http.patch(f"{at}/tasks/{made.json()['tasks'][0]['id']}", json={"priority": "whenever"})
        assert (odd.status_code, odd.json()["detail"][0]["loc"]) == (422, ["body", "priority"])
        gone = await http.delete(f"{at}/resources/{added.json()['id']}")
        assert (gone.status_code, gone.content) == (204, b"")
        assert (await http.delete(f"{at}/resources/{added.json()['id']}")).status_code == 404
        assert (await http.delete(at)).status_code == 204
        for path in (at, f"{at}/tasks", f"{at}/resources"):
            assert (await http.get(path)).status_code == 404
        assert (await http.post("/workflow-outputs", json={**BY_HAND, "request_id": "nowhere"})).status_code == 404
