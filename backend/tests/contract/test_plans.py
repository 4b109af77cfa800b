"""Rows 17 to 28 of the contract: the admin's tasks and resources tabs."""

from typing import Any

import pytest

from app.schemas.vocabulary import Item
from tests.contract.conftest import Site
from tests.contract.page import ClientError, Page
from tests.contract.shapes import OUTPUT, RESOURCE, TASK, array

WRITTEN: dict[str, Any] = {
    "workflow_run_id": "run-1",
    "tasks": [
        {"id": "Task1", "step": "Bring water", "priority": "High", "approval_status": "pending"},
        {"id": "Task2", "step": "Bring blankets", "priority": "Low"},
    ],
    "resource_suggestions": [
        {
            "id": "Res1",
            "type": "Water bottles",
            "total_quantity": 30,
            "breakdown": [{"task_id": "Task1", "quantity": 20}, {"task_id": "Task2", "quantity": 10}],
            "quantity": "bottles",
        }
    ],
    "manpower": {
        "total_volunteers": 5,
        "breakdown": [{"task_id": "Task1", "volunteers": 3}, {"task_id": "Task2", "volunteers": 2}],
        "notes": "Two know the way.",
    },
}


async def written(site: Site, owner: Page, admin: Page) -> tuple[str, dict[str, Any]]:
    """The address of a plan by hand, and the plan."""
    request_id = await site.asked(owner)
    plan = await admin.post("/workflow-outputs/", {**WRITTEN, "request_id": request_id})
    return f"/workflow-outputs/{request_id}", plan


async def refused(page: Page, method: str, path: str, *body: Any) -> int:
    with pytest.raises(ClientError) as error:
        await page.call(method, path, *body)
    return error.value.status


async def test_row_17_the_admin_tabs_list_all_plans(site: Site, owner: Page, admin: Page) -> None:
    ids = {await site.asked(owner) for _ in range(3)}

    listed = await admin.get("/workflow-outputs/")

    assert array(OUTPUT)(listed)
    assert {one["request_id"] for one in listed} == ids
    assert all(3 <= len(one["tasks"]) <= 5 for one in listed)
    assert await refused(owner, "GET", "/workflow-outputs/") == 403


async def test_row_18_a_plan_is_posted_with_201_and_answered_with_its_own_ids(
    site: Site, owner: Page, admin: Page
) -> None:
    request_id = await site.asked(owner)

    sent = await admin.send("POST", "/workflow-outputs/", {**WRITTEN, "request_id": request_id})

    plan = sent.json()
    assert sent.status_code == 201
    assert OUTPUT(plan)
    assert plan["workflow_run_id"] == "run-1"
    assert [one["step"] for one in plan["tasks"]] == ["Bring water", "Bring blankets"]
    ids = {one["id"] for one in plan["tasks"]}
    assert {share["task_id"] for share in plan["resource_suggestions"][0]["breakdown"]} == ids
    assert {share["task_id"] for share in plan["manpower"]["breakdown"]} == ids
    assert (plan["manpower"]["total_volunteers"], plan["manpower"]["notes"]) == (5, "Two know the way.")
    assert await refused(admin, "POST", "/workflow-outputs/", {**WRITTEN, "request_id": "nowhere"}) == 404


async def test_rows_19_and_20_a_plan_is_read_and_deleted(site: Site, owner: Page, admin: Page) -> None:
    at, _ = await written(site, owner, admin)
    await site.settled()
    assert OUTPUT(await admin.get(at))

    gone = await admin.send("DELETE", at)

    assert (gone.status_code, gone.content) == (204, b"")
    for method in ("GET", "DELETE"):
        assert await refused(admin, method, at) == 404


async def test_rows_21_and_25_the_parts_of_a_plan_as_arrays(site: Site, owner: Page, admin: Page) -> None:
    at, plan = await written(site, owner, admin)
    await site.settled()

    tasks, resources = await admin.get(f"{at}/tasks"), await admin.get(f"{at}/resources")

    assert array(TASK)(tasks)
    assert array(RESOURCE)(resources)
    assert [one["id"] for one in tasks] == [one["id"] for one in plan["tasks"]]
    assert [one["id"] for one in resources] == [one["id"] for one in plan["resource_suggestions"]]
    assert await refused(admin, "GET", "/workflow-outputs/nowhere/tasks") == 404
    assert await refused(admin, "GET", "/workflow-outputs/nowhere/resources") == 404


async def test_row_22_a_task_is_added_with_201_and_its_name_only_once(site: Site, owner: Page, admin: Page) -> None:
    at, _ = await written(site, owner, admin)
    body = {"id": "Task9", "step": "Call the school", "priority": "Medium"}

    sent = await admin.send("POST", f"{at}/tasks", body)

    assert sent.status_code == 201
    assert TASK(sent.json())
    assert sent.json()["approval_status"] == "pending"
    assert await refused(admin, "POST", f"{at}/tasks", body) in (400, 409)
    decided = await admin.post(f"{at}/tasks", {**body, "id": "Task10", "approval_status": "approved"})
    assert decided["approval_status"] == "approved"


@pytest.mark.parametrize(
    "change",
    [{"step": "By boat"}, {"priority": "low"}, {"approval_status": "approved"}, {"approval_status": "rejected"}],
)
async def test_row_23_the_tasks_tab_changes_one_thing_of_a_task(
    site: Site, owner: Page, admin: Page, change: dict[str, str]
) -> None:
    at, plan = await written(site, owner, admin)
    task = plan["tasks"][0]

    changed = await admin.patch(f"{at}/tasks/{task['id']}", change)

    assert TASK(changed)
    assert {name: changed[name] for name in change} == change
    assert (changed["step"], changed["id"]) == (change.get("step", task["step"]), task["id"])
    (shown,) = [one for one in await admin.get(f"{at}/tasks") if one["id"] == task["id"]]
    assert {name: shown[name] for name in change} == change, "it is still so when the page is loaded again"


async def test_row_23_says_404_and_422(site: Site, owner: Page, admin: Page) -> None:
    at, plan = await written(site, owner, admin)
    assert await refused(admin, "PATCH", f"{at}/tasks/nothing", {"step": "x"}) == 404
    assert await refused(admin, "PATCH", "/workflow-outputs/nothing/tasks/t", {"step": "x"}) == 404
    assert await refused(admin, "PATCH", f"{at}/tasks/{plan['tasks'][0]['id']}", {"approval_status": "maybe"}) == 422


async def test_row_24_a_task_is_deleted_with_204(site: Site, owner: Page, admin: Page) -> None:
    at, plan = await written(site, owner, admin)
    task = f"{at}/tasks/{plan['tasks'][0]['id']}"

    gone = await admin.send("DELETE", task)

    assert (gone.status_code, gone.content) == (204, b"")
    assert await refused(admin, "DELETE", task) == 404


@pytest.mark.parametrize("unit", ["bottles", None])
async def test_row_26_a_resource_is_added_in_the_clients_own_words(
    site: Site, owner: Page, admin: Page, unit: str | None
) -> None:
    at, plan = await written(site, owner, admin)
    shares = [{"task_id": plan["tasks"][0]["id"], "quantity": 4}]
    body = {"type": "Ladders", "total_quantity": 4, "breakdown": shares, "quantity": unit}

    sent = await admin.send("POST", f"{at}/resources", body)

    assert sent.status_code == 201
    assert RESOURCE(sent.json())
    assert {name: sent.json()[name] for name in body} == body
    assert sent.json()["id"] == sent.json()["resource_id"]
    shown = next(one for one in await admin.get(f"{at}/resources") if one["id"] == sent.json()["id"])
    assert {name: shown[name] for name in body} == body


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Blankets", "total_quantity": 9},
        {"quantity": None},
        {"substitution_for": "juice"},
        {"substitution_for": None, "total_quantity": 31},
        {"approval_status": "rejected"},
        {"type": "Bottled water", "total_quantity": 12, "quantity": "1 L", "approval_status": "approved"},
    ],
)
async def test_row_27_the_tabs_change_any_of_a_resource_at_once(
    site: Site, owner: Page, admin: Page, change: dict[str, Any]
) -> None:
    await site.world.stock(Item.DRINKING_WATER, 100)
    at, plan = await written(site, owner, admin)
    id = plan["resource_suggestions"][0]["id"]

    changed = await admin.patch(f"{at}/resources/{id}", change)

    assert RESOURCE(changed)
    assert {name: changed[name] for name in change} == change
    (shown,) = await admin.get(f"{at}/resources")
    assert {name: shown[name] for name in change} == change


async def test_row_27_the_shares_are_changed_together_with_the_total(site: Site, owner: Page, admin: Page) -> None:
    at, plan = await written(site, owner, admin)
    id, (first, second) = plan["resource_suggestions"][0]["id"], [one["id"] for one in plan["tasks"]]
    change = {
        "breakdown": [{"task_id": first, "quantity": 1}, {"task_id": second, "quantity": 50}],
        "total_quantity": 51,
    }

    changed = await admin.patch(f"{at}/resources/{id}", change)

    assert {name: changed[name] for name in change} == change
    assert await refused(admin, "PATCH", f"{at}/resources/nothing", {"total_quantity": 3}) == 404


async def test_row_28_a_resource_is_deleted_with_204(site: Site, owner: Page, admin: Page) -> None:
    at, plan = await written(site, owner, admin)
    resource = f"{at}/resources/{plan['resource_suggestions'][0]['id']}"

    gone = await admin.send("DELETE", resource)

    assert (gone.status_code, gone.content) == (204, b"")
    assert await refused(admin, "DELETE", resource) == 404
