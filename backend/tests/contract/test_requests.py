"""Rows 10 to 16 of the contract: the help form, the track tab, the admin's list."""

import pytest

from tests.contract.conftest import FORM, Site
from tests.contract.page import ClientError, Page
from tests.contract.shapes import REQUEST, array


async def test_row_10_the_form_is_taken_in_with_201_and_answered_with_the_request(owner: Page) -> None:
    extra = {"auto_extract": {"priority": "high"}}

    sent = await owner.send("POST", "/requests", {**FORM, **extra})

    assert sent.status_code == 201
    request = sent.json()
    assert REQUEST(request)
    assert (request["title"], request["description"]) == (FORM["title"], FORM["description"])
    assert request["status"] == "pending"
    assert request["created_by"] == "owner"
    assert request["auto_extract"] is None, "a client does not say how urgent its own request is"


async def test_row_10_without_an_address_photos_or_words_beyond_the_title(owner: Page) -> None:
    body = {**FORM, "description": "", "media": [], "location": {"lat": 6.6, "lng": 80.4}}
    assert REQUEST(await owner.post("/requests", body))


async def test_row_10_a_place_that_is_none_is_422(owner: Page) -> None:
    with pytest.raises(ClientError) as refused:
        await owner.post("/requests", {**FORM, "location": {"lat": 600, "lng": 80.4}})
    assert refused.value.status == 422


async def test_row_11_the_track_tab_lists_ones_own_with_what_the_machine_read(site: Site, owner: Page) -> None:
    await site.asked(owner)
    await site.asked(await site.page("other"), title="Not mine")

    listed = await owner.get("/requests/me")

    assert array(REQUEST)(listed)
    assert [one["title"] for one in listed] == ["Water needed"]
    assert listed[0]["auto_extract"]["priority"] in ("high", "medium", "low")


async def test_row_12_the_admin_tabs_list_everybodys_at_once(site: Site, owner: Page, admin: Page) -> None:
    for n in range(60):
        await owner.post("/requests", {**FORM, "title": f"Request {n}"})

    listed = await admin.get("/requests")

    assert array(REQUEST)(listed)
    assert len(listed) == 60
    with pytest.raises(ClientError) as refused:
        await owner.get("/requests")
    assert refused.value.status == 403


async def test_row_13_one_request_for_its_owner_and_404_for_a_stranger(site: Site, owner: Page) -> None:
    id = await site.asked(owner)

    assert REQUEST(await owner.get(f"/requests/{id}"))
    with pytest.raises(ClientError) as refused:
        await (await site.page("stranger")).get(f"/requests/{id}")
    assert refused.value.status == 404


async def test_row_14_a_coordinator_moves_a_request(site: Site, owner: Page, admin: Page) -> None:
    id = await site.asked(owner)

    moved = await admin.patch(f"/requests/{id}/status", {"status": "approved", "assigned_task_id": f"{id}.1.t1"})

    assert REQUEST(moved)
    assert moved["status"] == "approved"


async def test_row_14_the_peers_words_for_a_status_are_understood(site: Site, owner: Page, admin: Page) -> None:
    id = await site.asked(owner)
    await admin.patch(f"/requests/{id}/status", {"status": "approved"})

    assert (await admin.patch(f"/requests/{id}/status", {"status": "fulfilled"}))["status"] == "completed"
    assert (await owner.patch(f"/requests/{id}/status", {"status": "open"}))["status"] == "pending"


async def test_row_15_the_requests_of_a_disaster(site: Site, owner: Page, admin: Page, flood: str) -> None:
    id = await site.asked(owner, disaster_id=flood)
    await site.asked(owner)

    listed = await admin.get(f"/requests/disaster/{flood}")

    assert array(REQUEST)(listed)
    assert [(one["id"], one["disaster_id"]) for one in listed] == [(id, flood)]


async def test_row_16_the_owner_takes_a_request_back_with_204_and_nobody_else_does(
    site: Site, owner: Page, admin: Page
) -> None:
    id = await site.asked(owner)
    with pytest.raises(ClientError) as refused:
        await admin.delete(f"/requests/{id}")
    assert refused.value.status == 403

    gone = await owner.send("DELETE", f"/requests/{id}")

    assert (gone.status_code, gone.content) == (204, b"")
    assert await owner.get("/requests/me") == []
