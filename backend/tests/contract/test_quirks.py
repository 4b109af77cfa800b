"""The numbered quirks of the contract, one test or more for each."""

import asyncio
import re
from datetime import datetime
from typing import Any

import pytest

from app.schemas.vocabulary import RoleId
from tests.contract.conftest import FORM, Site
from tests.contract.page import Page
from tests.contract.shapes import REQUEST, USER, instant
from tests.contract.test_plans import written


@pytest.mark.parametrize("path", ["/workflow-outputs", "/requests", "/requests/me", "/disasters", "/users/me"])
async def test_quirk_1_with_and_without_a_slash_is_the_same_and_no_redirect(admin: Page, path: str) -> None:
    assert await admin.get(f"{path}/") == await admin.get(path)


@pytest.mark.parametrize("slash", ["", "/"])
async def test_quirk_1_holds_for_writing_too(site: Site, owner: Page, slash: str) -> None:
    assert REQUEST(await owner.post(f"/requests{slash}", FORM))
    await site.settled()


async def test_quirk_1_no_address_of_the_api_redirects(site: Site, admin: Page) -> None:
    for path, operations in site.app.openapi()["paths"].items():
        address = re.sub(r"\{\w+\}", "nothing", path)
        for method in operations.keys() & {"get", "post", "patch", "delete"}:
            plain, slash = [await admin.send(method.upper(), one) for one in (address, f"{address}/")]
            assert plain.status_code == slash.status_code, f"{method} {path}"


async def test_quirk_2_a_task_id_stands_for_one_task_over_all_plans(site: Site, owner: Page, admin: Page) -> None:
    for _ in range(2):
        await site.asked(owner)
        await written(site, owner, admin)
    plans = await admin.get("/workflow-outputs/")

    by_task = {task["id"]: plan["request_id"] for plan in plans for task in plan["tasks"]}

    assert len(by_task) == sum(len(plan["tasks"]) for plan in plans)
    for task_id, request_id in by_task.items():
        await admin.patch(f"/workflow-outputs/{request_id}/tasks/{task_id}", {"approval_status": "rejected"})
    known = set(by_task)
    for plan in await admin.get("/workflow-outputs/"):
        assert {task["approval_status"] for task in plan["tasks"]} == {"rejected"}
        shares = [share for one in plan["resource_suggestions"] for share in one["breakdown"]]
        assert {share["task_id"] for share in [*shares, *plan["manpower"]["breakdown"]]} <= known


@pytest.mark.parametrize(
    ("tab", "role"),
    [("individual", "affected_individual"), ("volunteer", "volunteer"), ("affected_individual", "affected_individual")],
)
async def test_quirk_3_the_login_page_sends_the_name_of_its_tab(site: Site, tab: str, role: str) -> None:
    page = await site.page("firsttime")
    assert (await page.post("/users/register", {"display_name": "F", "role_id": tab}))["role_id"] == role


@pytest.mark.parametrize("tab", ["individual", "responder", "volunteer", "admin"])
async def test_quirk_3_for_a_known_account_the_stored_role_wins(site: Site, tab: str) -> None:
    for uid, role in (("known", RoleId.FIRST_RESPONDER), ("chief", RoleId.ADMIN)):
        page = await site.page(uid, role)
        assert (await page.post("/users/register", {"display_name": "K", "role_id": tab}))["role_id"] == role


@pytest.mark.parametrize("tab", ["admin", "responder", "first_responder"])
async def test_quirk_4_asking_for_power_is_answered_200_with_a_lower_role(site: Site, tab: str) -> None:
    page = await site.page("climber")

    answer = await page.send("POST", "/users/register", {"display_name": "C", "role_id": tab})

    assert answer.status_code == 200
    assert USER(answer.json())
    assert answer.json()["role_id"] in ("affected_individual", "volunteer")


async def test_quirk_5_no_disaster_is_a_word_of_the_form(owner: Page) -> None:
    request = await owner.post("/requests", {**FORM, "disaster_id": "not-listed"})
    assert request["disaster_id"] in (None, "not-listed")
    assert request["type_of_need"] == "general"


async def test_quirk_6_the_address_and_the_kind_of_a_photo_come_back(owner: Page) -> None:
    await owner.post("/requests", FORM)

    (shown,) = await owner.get("/requests/me")

    assert shown["location"]["address"] == "12 River Road"
    assert [(one["url"], one["type"]) for one in shown["media"]] == [(FORM["media"][0]["url"], "image/jpeg")]


async def test_quirk_7_the_type_of_a_resource_is_changed_under_either_name(
    site: Site, owner: Page, admin: Page
) -> None:
    at, plan = await written(site, owner, admin)
    id = plan["resource_suggestions"][0]["id"]

    for field, words in (("type", "Blankets"), ("resource_type", "Tents")):
        await admin.patch(f"{at}/resources/{id}", {field: words})
        assert [one["type"] for one in await admin.get(f"{at}/resources")] == [words]


async def test_quirk_7_the_total_stays_where_only_the_shares_change(site: Site, owner: Page, admin: Page) -> None:
    at, plan = await written(site, owner, admin)
    before = plan["resource_suggestions"][0]
    shares = [{"task_id": plan["tasks"][0]["id"], "quantity": 3}]

    after = await admin.patch(f"{at}/resources/{before['id']}", {"breakdown": shares})

    assert (after["total_quantity"], after["breakdown"]) == (before["total_quantity"], shares)


async def test_quirk_8_the_chat_is_oldest_first_and_limit_takes_the_newest(site: Site, owner: Page, flood: str) -> None:
    await owner.post(f"/disasters/{flood}/join", {"role": "affected_individual"})
    chat = f"/disasters/{flood}/chat/messages"
    for n in range(5):
        await owner.post(chat, {"text": f"Message {n}"})

    shown = await owner.get(chat, limit=3)

    assert [one["text"] for one in shown] == ["Message 2", "Message 3", "Message 4"]
    said = [datetime.fromisoformat(one["created_at"]) for one in shown]
    assert said == sorted(said)


async def test_quirk_9_a_deleted_task_takes_its_shares_along_and_the_totals_follow(
    site: Site, owner: Page, admin: Page
) -> None:
    at, plan = await written(site, owner, admin)
    first, second = plan["tasks"]

    await admin.delete(f"{at}/tasks/{second['id']}")

    left = await admin.get(at)
    assert [one["id"] for one in left["tasks"]] == [first["id"]]
    (water,) = left["resource_suggestions"]
    assert (water["total_quantity"], water["breakdown"]) == (20, [{"task_id": first["id"], "quantity": 20}])
    assert left["manpower"]["total_volunteers"] == 3
    assert left["manpower"]["breakdown"] == [{"task_id": first["id"], "volunteers": 3}]


async def test_quirk_10_a_call_for_each_disaster_at_once_is_answered(site: Site, owner: Page, admin: Page) -> None:
    place = {"lat": 6.68, "lng": 80.4}
    for n in range(30):
        await admin.post("/disasters", {"name": f"Flood {n}", "severity": "Low", "location": place})
    listed = await owner.get("/disasters")

    joined = await asyncio.gather(*(owner.get(f"/disasters/{one['id']}/joined") for one in listed))

    assert [one["joined"] for one in joined] == [False] * 30


async def test_quirk_11_a_change_names_only_what_changes(site: Site, owner: Page, admin: Page) -> None:
    at, plan = await written(site, owner, admin)
    before = plan["resource_suggestions"][0]

    after = await admin.patch(f"{at}/resources/{before['id']}", {"quantity": None})

    kept = ("type", "total_quantity", "breakdown", "substitution_for", "approval_status")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert (before["quantity"], after["quantity"]) == ("bottles", None)


async def test_quirk_12_every_time_is_iso_8601_with_its_zone(site: Site, owner: Page, admin: Page, flood: str) -> None:
    at, _ = await written(site, owner, admin)

    def times(document: Any) -> list[Any]:
        if isinstance(document, list):
            return [time for one in document for time in times(one)]
        if not isinstance(document, dict):
            return []
        own = [value for name, value in document.items() if name.endswith("_at") and value is not None]
        return own + [time for value in document.values() for time in times(value)]

    for path in ("/users/me", "/disasters", "/requests", at):
        found = times(await admin.get(path))
        assert found
        assert all(instant(time) for time in found)
