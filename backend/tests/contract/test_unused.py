"""What the web client never calls does it no harm: these calls answer as any other, and none is needed by its pages."""

import pytest

from app.schemas.vocabulary import RoleId
from tests.contract.conftest import FORM, Site
from tests.contract.page import Page

UNCALLED = [
    ("POST", "/disasters"),
    ("PATCH", "/disasters/any/approve"),
    ("POST", "/disasters/any/approve"),
    ("POST", "/disasters/any/discard"),
    ("GET", "/disasters/location"),
    ("GET", "/disasters/agent-suggested"),
    ("GET", "/disasters/any/volunteers"),
    ("PATCH", "/users/me/availability"),
    ("PATCH", "/users/me/location"),
    ("GET", "/tasks/me"),
    ("GET", "/tasks/any"),
    ("POST", "/tasks/any/accept"),
    ("GET", "/observations"),
    ("POST", "/observations"),
    ("GET", "/resources"),
    ("POST", "/resources"),
    ("GET", "/resources/any"),
    ("PATCH", "/resources/any"),
]


@pytest.mark.parametrize("role", RoleId)
async def test_a_stray_call_is_answered_with_a_clear_status_and_changes_nothing(site: Site, role: RoleId) -> None:
    page = await site.page("caller", role)
    before = await page.get("/users/me")

    for method, path in UNCALLED:
        answer = await page.send(method, path, *([] if method == "GET" else [{}]))
        assert answer.status_code in (200, 403, 404, 405, 422), f"{method} {path} is {answer.status_code}"
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"

    assert await page.get("/users/me") == before
    assert await page.get("/disasters") == []


async def test_the_pages_need_none_of_them(site: Site, owner: Page, admin: Page) -> None:
    """Nobody is available and no stock is entered, since no page of the client can say so; plans come all the same."""
    request = await owner.post("/requests", FORM)
    await site.settled()

    (plan,) = await admin.get("/workflow-outputs/")
    approved = await admin.patch(f"/workflow-outputs/{request['id']}", {"approval_status": "approved"})

    assert {task["approval_status"] for task in plan["tasks"]} == {"pending"}
    assert {task["approval_status"] for task in approved["tasks"]} == {"approved"}
    assert [one["status"] for one in await owner.get("/requests/me")] == ["approved"]
