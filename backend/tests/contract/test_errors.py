"""Every kind of error reaches the page with its status, readable across origins, and says a sentence to a person."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.core.errors import Transient
from tests.contract.conftest import FORM, Site
from tests.contract.page import ORIGIN, ClientError, Page, normalised
from tests.contract.shapes import is_sentence

Call = Callable[[Site, Page, Page], Awaitable[Any]]


async def conflict(site: Site, owner: Page, admin: Page) -> Any:
    id = await site.asked(owner)
    return await admin.patch(f"/requests/{id}/status", {"status": "closed"})


async def expired(site: Site, owner: Page, admin: Page) -> Any:
    return await Page(owner.http, token="a.token.of-yesterday").get("/users/me")


async def nobody(site: Site, owner: Page, admin: Page) -> Any:
    return await (await site.page(None)).post("/requests", FORM)


async def broken(site: Site, owner: Page, admin: Page) -> Any:
    @site.app.get("/broken")
    async def break_() -> None:
        raise RuntimeError("the secret phone number 0771234567")

    return await owner.get("/broken")


async def away(site: Site, owner: Page, admin: Page) -> Any:
    @site.app.get("/away")
    async def leave() -> None:
        raise Transient("The store does not answer at the moment; try again in a few seconds.")

    return await owner.get("/away")


KINDS: dict[str, tuple[int, Call]] = {
    "a cursor that no list gave": (400, lambda site, owner, admin: owner.get("/requests/me", cursor="x")),
    "nobody signed in": (401, nobody),
    "a token that is over": (401, expired),
    "not one's role": (403, lambda site, owner, admin: owner.get("/requests")),
    "not there": (404, lambda site, owner, admin: owner.get("/requests/nothing")),
    "no such address": (404, lambda site, owner, admin: owner.get("/nowhere")),
    "no such method": (405, lambda site, owner, admin: owner.call("PATCH", "/disasters", {})),
    "a move that is not legal": (409, conflict),
    "too large": (413, lambda site, owner, admin: owner.post("/requests", {"title": "x" * 2_000_000})),
    "a field missing": (422, lambda site, owner, admin: owner.post("/requests", {"location": {"lat": 6}})),
    "nothing said": (422, lambda site, owner, admin: owner.post("/requests", {})),
    "a word that is none": (422, lambda site, owner, admin: owner.post("/users/register", {"role_id": "king"})),
    "a fault of ours": (500, broken),
    "a store that is away": (503, away),
}


@pytest.mark.parametrize(("status", "call"), KINDS.values(), ids=KINDS.keys())
async def test_a_person_sees_a_sentence(site: Site, owner: Page, admin: Page, status: int, call: Call) -> None:
    with pytest.raises(ClientError) as refused:
        await call(site, owner, admin)

    error = refused.value
    assert error.status == status
    assert is_sentence(error.toast), error.toast
    assert is_sentence(error.form), error.form
    assert "0771234567" not in json.dumps(error.data)


async def test_the_form_shows_what_is_wrong_with_each_field(owner: Page) -> None:
    with pytest.raises(ClientError) as refused:
        await owner.post("/requests", {**FORM, "location": {"lat": 600, "lng": -600}})

    assert isinstance(refused.value.data["detail"], list)
    assert refused.value.form.count(";") == 1
    assert "location.lat" in refused.value.toast
    assert "location.lng" in refused.value.toast


async def test_a_body_that_is_no_json_is_an_error_with_a_sentence(owner: Page) -> None:
    headers = {"Content-Type": "application/json", "Origin": ORIGIN, "Authorization": f"Bearer {owner.token}"}
    answer = await owner.http.request("POST", "/requests", headers=headers, content=b"{")

    assert answer.status_code == 422
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert is_sentence(normalised(answer).toast)
