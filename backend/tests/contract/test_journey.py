"""The whole way of the web client over a real server on loopback, with accounts that the node itself keeps."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from app.core.settings import Settings
from app.main import create_app
from app.schemas.vocabulary import RoleId
from app.services import Services
from tests.contract.page import ORIGIN, ClientError, Page, normalised
from tests.contract.shapes import (
    DISASTER,
    MESSAGE,
    OUTPUT,
    REQUEST,
    RESOURCE,
    TASK,
    USER,
    answer_text,
    array,
    is_sentence,
)

PATIENCE_SECONDS = 20.0
"""Twice the time that the client gives one call."""


class Node:
    """A server that listens, and who has an account there."""

    def __init__(self, http: httpx2.AsyncClient, services: Services) -> None:
        self.http = http
        self.services = services

    async def accounts(self, call: str, body: dict[str, Any]) -> dict[str, Any]:
        """A call that Firebase's web SDK makes, from the page's origin and with the SDK's headers."""
        path = f"/identitytoolkit.googleapis.com/v1/accounts:{call}"
        asked = "content-type,x-client-version,x-firebase-gmpid"
        allowed = await self.http.request(
            "OPTIONS",
            path,
            headers={
                "Origin": ORIGIN,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": asked,
            },
        )
        assert allowed.status_code in (200, 204)
        answer = await self.http.post(path, params={"key": "any"}, json=body, headers={"Origin": ORIGIN})
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        if answer.status_code != 200:
            raise normalised(answer)
        found: dict[str, Any] = answer.json()
        return found

    async def signed_up(self, email: str, name: str, role_id: str) -> tuple[Page, dict[str, Any]]:
        """The sign-up page: an account, then the profile."""
        account = await self.accounts(
            "signUp", {"email": email, "password": "a long password 1", "returnSecureToken": True}
        )
        page = Page(self.http, token=account["idToken"])
        return page, await page.post("/users/register", {"display_name": name, "role_id": role_id})

    async def logged_in(self, email: str, tab: str) -> tuple[Page, dict[str, Any]]:
        """The login page: the account again, and the name of the tab as the role."""
        account = await self.accounts(
            "signInWithPassword", {"email": email, "password": "a long password 1", "returnSecureToken": True}
        )
        page = Page(self.http, token=account["idToken"])
        return page, await page.post("/users/register", {"display_name": email.partition("@")[0], "role_id": tab})


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    app = create_app(Settings(data_dir=tmp_path))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve())
    try:
        await until(lambda: _value(server.started))
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
            yield Node(http, app.state.services)
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def _value(value: bool) -> bool:
    return value


async def until(done: Callable[[], Awaitable[Any]]) -> Any:
    """What `done` says as soon as it says something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := await done()):
        assert time.monotonic() < deadline, "nothing came of it in time"
        await asyncio.sleep(0.02)
    return found


async def test_from_sign_up_to_leaving(node: Node) -> None:
    # Sign-up, and the page loaded with the token that was kept.
    kamala, profile = await node.signed_up("kamala@example.org", "Kamala", "affected_individual")
    assert USER(profile)
    assert (profile["display_name"], profile["role_id"]) == ("Kamala", "affected_individual")
    assert await kamala.get("/users/me") == profile

    # Somebody asks to be admin, is not, and becomes it by those who run the node.
    chief, asked = await node.signed_up("chief@example.org", "Chief", "admin")
    assert asked["role_id"] == "affected_individual"
    await node.services.users.grant("resq", asked["id"], RoleId.ADMIN)
    chief, profile = await node.logged_in("chief@example.org", "admin")
    assert profile["role_id"] == "admin"
    kamala, profile = await node.logged_in("kamala@example.org", "individual")
    assert profile["role_id"] == "affected_individual"

    # The layout: disasters, whether joined in each, and joining.
    place = {"lat": 6.6828, "lng": 80.3992, "address": "Ratnapura"}
    await chief.post("/disasters", {"name": "Flood", "severity": "High", "type": "Flood", "location": place})
    disasters = await kamala.get("/disasters")
    assert array(DISASTER)(disasters)
    flood = disasters[0]["id"]
    assert [(await kamala.get(f"/disasters/{one['id']}/joined"))["joined"] for one in disasters] == [False]
    assert DISASTER(await kamala.post(f"/disasters/{flood}/join", {"role": "affected_individual"}))
    assert (await kamala.get(f"/disasters/{flood}/joined"))["joined"] is True

    # The help form, and the track tab until the machine has read the request.
    request = await kamala.post(
        "/requests",
        {
            "disaster_id": flood,
            "type_of_need": "general",
            "title": "Family of four on the roof",
            "description": "The water is rising, we are four people with a baby on the roof. We need drinking water.",
            "location": place,
            "media": [{"url": "https://bucket.s3.amazonaws.com/roof.jpg", "type": "image/jpeg"}],
        },
    )
    assert REQUEST(request)

    async def read() -> Any:
        (mine,) = await kamala.get("/requests/me")
        return mine if mine["auto_extract"] else None

    tracked = await until(read)
    assert REQUEST(tracked)
    assert (tracked["auto_extract"]["priority"], tracked["status"]) == ("high", "pending")

    # The admin's tabs.
    async def planned() -> Any:
        return await chief.get("/workflow-outputs/")

    (plan,) = await until(planned)
    assert OUTPUT(plan)
    assert [one["id"] for one in await chief.get("/requests")] == [request["id"]]
    with pytest.raises(ClientError) as refused:
        await kamala.get("/workflow-outputs/")
    assert (refused.value.status, is_sentence(refused.value.toast)) == (403, True)

    # Plan decisions, as the tasks and resources tabs make them.
    at = f"/workflow-outputs/{plan['request_id']}"
    first, *others = plan["tasks"]
    assert TASK(
        await chief.patch(f"{at}/tasks/{first['id']}", {"step": "Go by boat to the blue house", "priority": "high"})
    )
    added = await chief.post(
        f"{at}/resources",
        {
            "type": "Water bottles",
            "total_quantity": 24,
            "breakdown": [{"task_id": first["id"], "quantity": 24}],
            "quantity": None,
        },
    )
    assert RESOURCE(added)
    changed = await chief.patch(f"{at}/resources/{added['resource_id']}", {"total_quantity": 30, "quantity": "bottles"})
    assert (changed["total_quantity"], changed["quantity"]) == (30, "bottles")
    assert RESOURCE(await chief.patch(f"{at}/resources/{added['id']}", {"approval_status": "approved"}))
    await chief.delete(f"{at}/tasks/{others[0]['id']}")
    for task in (first, *others[1:]):
        assert TASK(await chief.patch(f"{at}/tasks/{task['id']}", {"approval_status": "approved"}))
    for one in (await chief.get(at))["resource_suggestions"]:
        if one["approval_status"] == "pending":
            await chief.delete(f"{at}/resources/{one['id']}")
    (plan,) = await chief.get("/workflow-outputs/")
    assert OUTPUT(plan)
    assert {one["approval_status"] for one in plan["tasks"]} == {"approved"}
    assert [one["id"] for one in plan["resource_suggestions"]] == [added["id"]]
    assert [one["status"] for one in await kamala.get("/requests/me")] == ["approved"]

    # The chat, read by somebody else too, and resQbot.
    chat = f"/disasters/{flood}/chat/messages"
    assert MESSAGE(await kamala.post(chat, {"text": "We are all on the roof"}))
    await chief.post(f"/disasters/{flood}/join", {"role": "first_responder"})
    messages = await chief.get(chat, limit=50)
    assert array(MESSAGE)(messages)
    assert [one["text"] for one in messages] == ["We are all on the roof"]
    assert (await chief.get(f"/users/{messages[0]['sender_id']}/display_name"))["display_name"]
    reply = await kamala.post(
        "/chatbot/ask",
        {
            "user": {"id": tracked["created_by"], "name": "Kamala", "role": "individual"}
            | {"location": {"latitude": 6.6828, "longitude": 80.3992}},
            "prompt": "Is the flood water safe to drink?",
            "chat_history": [],
        },
    )
    assert answer_text(reply)

    # Leaving, and a request that people are at work on is not simply deleted.
    with pytest.raises(ClientError) as refused:
        await kamala.delete(f"/requests/{request['id']}")
    assert (refused.value.status, is_sentence(refused.value.toast)) == (409, True)
    assert DISASTER(await kamala.delete(f"/disasters/{flood}/leave"))
    assert (await kamala.get(f"/disasters/{flood}/joined"))["joined"] is False


async def test_a_wrong_password_and_a_token_of_nobody_say_so(node: Node) -> None:
    await node.signed_up("nimal@example.org", "Nimal", "volunteer")

    with pytest.raises(ClientError) as refused:
        await node.accounts(
            "signInWithPassword", {"email": "nimal@example.org", "password": "wrong", "returnSecureToken": True}
        )
    assert refused.value.status == 400
    with pytest.raises(ClientError) as refused:
        await Page(node.http, token="eyJhbGciOiJub25lIn0.e30.").get("/users/me")
    assert (refused.value.status, is_sentence(refused.value.toast)) == (401, True)
