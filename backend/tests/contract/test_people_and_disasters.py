"""Rows 1 to 9 of the contract: sign-up, page load, layout."""

import pytest

from app.schemas.vocabulary import RoleId
from tests.contract.conftest import Site
from tests.contract.page import ClientError, Page
from tests.contract.shapes import DISASTER, USER, array, flag, like, maybe, said, word


async def test_row_1_registering_answers_with_the_profile(site: Site) -> None:
    page = await site.page("newcomer")

    profile = await page.post("/users/register", {"display_name": "Nimal", "role_id": "volunteer"})

    assert USER(profile)
    assert (profile["display_name"], profile["role_id"]) == ("Nimal", "volunteer")


async def test_row_1_registering_again_answers_200_and_the_stored_role_wins(site: Site) -> None:
    page = await site.page("responder", RoleId.FIRST_RESPONDER)

    profile = await page.post("/users/register", {"display_name": "R", "role_id": "individual"})

    assert USER(profile)
    assert profile["role_id"] == "first_responder"


async def test_row_2_the_page_loads_with_the_profile_and_without_a_token_it_is_401(site: Site, owner: Page) -> None:
    assert USER(await owner.get("/users/me"))
    with pytest.raises(ClientError) as refused:
        await (await site.page(None)).get("/users/me")
    assert refused.value.status == 401


async def test_row_3_a_name_is_told_and_an_unknown_person_is_404(site: Site, owner: Page) -> None:
    assert like(display_name=said)(await (await site.page("reader")).get("/users/owner/display_name"))
    with pytest.raises(ClientError) as refused:
        await owner.get("/users/nobody/display_name")
    assert refused.value.status == 404


async def test_row_4_disasters_are_listed_for_everybody(site: Site, flood: str) -> None:
    listed = await (await site.page(None)).get("/disasters")

    assert array(DISASTER)(listed)
    assert [one["id"] for one in listed] == [flood]


async def test_row_4_no_picture_ends_the_page(admin: Page) -> None:
    place = {"lat": 6.68, "lng": 80.4}
    for address in (
        "https://example.org/flood.jpg",
        "https://images.unsplash.com/flood",
        "/flood.png",
        "//evil.example",
    ):
        await admin.send("POST", "/disasters", {"name": "Flood", "location": place, "image_urls": [address]})

    listed = await admin.get("/disasters")

    assert array(DISASTER)(listed)
    assert ["https://images.unsplash.com/flood"] in [one["image_urls"] for one in listed]


async def test_row_5_one_disaster_and_404_for_an_unknown_one(site: Site, flood: str) -> None:
    page = await site.page(None)
    assert DISASTER(await page.get(f"/disasters/{flood}"))
    with pytest.raises(ClientError) as refused:
        await page.get("/disasters/nowhere")
    assert refused.value.status == 404


async def test_rows_6_7_and_8_joining_and_leaving(owner: Page, flood: str) -> None:
    joined = like(joined=flag, role=maybe(word("affected_individual", "volunteer", "first_responder")))
    before = await owner.get(f"/disasters/{flood}/joined")
    assert joined(before)
    assert before["joined"] is False

    assert DISASTER(await owner.post(f"/disasters/{flood}/join", {"role": "affected_individual"}))
    during = await owner.get(f"/disasters/{flood}/joined")
    assert joined(during)
    assert (during["joined"], during["role"]) == (True, "affected_individual")

    left = await owner.delete(f"/disasters/{flood}/leave")
    assert DISASTER(left), "the client reads the disaster that was left"
    assert (await owner.get(f"/disasters/{flood}/joined"))["joined"] is False


@pytest.mark.parametrize("role", ["volunteer", "first_responder", "affected_individual"])
async def test_row_7_every_role_that_the_layout_offers_can_join(site: Site, flood: str, role: str) -> None:
    page = await site.page("joiner", RoleId.FIRST_RESPONDER)
    assert DISASTER(await page.post(f"/disasters/{flood}/join", {"role": role}))


async def test_rows_6_to_8_of_an_unknown_disaster_are_404_and_of_an_unknown_role_422(owner: Page, flood: str) -> None:
    for method, path, body in (
        ("GET", "/disasters/nowhere/joined", None),
        ("POST", "/disasters/nowhere/join", {"role": "volunteer"}),
        ("DELETE", "/disasters/nowhere/leave", None),
    ):
        with pytest.raises(ClientError) as refused:
            await (owner.call(method, path, body) if body else owner.call(method, path))
        assert refused.value.status == 404
    with pytest.raises(ClientError) as refused:
        await owner.post(f"/disasters/{flood}/join", {"role": "captain"})
    assert refused.value.status == 422


async def test_row_9_an_empty_disaster_is_deleted_with_204(site: Site, admin: Page, owner: Page, flood: str) -> None:
    with pytest.raises(ClientError) as refused:
        await owner.delete(f"/disasters/{flood}")
    assert refused.value.status == 403

    gone = await admin.send("DELETE", f"/disasters/{flood}")

    assert (gone.status_code, gone.content) == (204, b"")
    assert await admin.get("/disasters") == []
