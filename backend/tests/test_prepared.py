"""Calls by a plan that was made once: the same answers, to the byte, that FastAPI gives to each of them."""

import re
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from app.api.direct import Direct
from app.api.policy import POLICY
from app.api.prepared import Plan, Prepared, Unplanned
from app.core.clock import utc_now
from app.crud.store.firestore import FirestoreStore
from app.crud.store.sqlite import SqliteStore
from app.main import FEATURES, create_app
from app.schemas.base import Location, Model, View
from app.schemas.request import Request
from app.schemas.request_views import RequestView
from app.schemas.vocabulary import NeedCategory, RoleId
from tests.serving import client
from tests.world import World, finding

OWN = {"x-request-id", "ratelimit", "idempotency-replayed", "x-next-since"}
"""What differs between two calls whoever answers them."""
ROUTES = {
    f"{method} {route.path}": route
    for feature in FEATURES
    for route in feature.router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
}


@dataclass
class Both:
    """The API over one store, twice."""

    world: World
    planned: FastAPI
    plain: FastAPI

    async def answers(self, caller: str | None, method: str, path: str, **more: Any) -> httpx2.Response:
        """The answer that both give; they have to be the same."""
        found = []
        for app in (self.plain, self.planned):
            async with client(app, caller) as http:
                found.append(await http.request(method, path, **more))
        plain, planned = found
        said = f"{method} {path} {more}: {planned.status_code} {planned.text[:200]}"
        assert planned.status_code == plain.status_code, said
        assert _known(planned) == _known(plain), said
        assert planned.content == plain.content, said
        return planned


def _known(answer: httpx2.Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers.multi_items() if name not in OWN]


@pytest.fixture
async def both(sqlite_store: SqliteStore) -> Both:
    world = World.over(sqlite_store)
    planned, plain = (create_app(world.services.settings, world.services) for _ in range(2))
    for app in (planned, plain):
        app.state.services = world.services
    direct = plain.router.middleware_stack
    assert isinstance(direct, Direct)
    plain.router.middleware_stack = Direct.over(direct.app, (feature.router for feature in FEATURES), planned=False)
    await world.person("admin", RoleId.ADMIN)
    await world.person("owner")
    return Both(world, planned, plain)


def test_most_routes_have_a_plan() -> None:
    planned = {name for name, route in ROUTES.items() if Prepared(route).plan is not None}

    assert len(planned) > 0.7 * len(POLICY)
    assert {"GET /users/me", "GET /requests", "GET /requests/me", "POST /requests"} <= planned
    assert "GET /metrics" not in planned, "it answers with text"


@pytest.mark.parametrize("name", [name for name in ROUTES if name in POLICY])
@pytest.mark.parametrize("caller", ["admin", "owner", None])
async def test_an_empty_world_is_shown_alike(both: Both, name: str, caller: str | None) -> None:
    method, path = name.split(" ")
    if method == "GET" and path not in {"/metrics", "/audit", "/users/me/export"}:  # which differ by the time
        await both.answers(caller, method, re.sub(r"\{\w+\}", "nothing", path))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "limit=2",
        "limit=1&limit=2",
        "limit=x",
        "limit=0",
        "limit=",
        "limit=2&cursor=nonsense",
        "status=pending&stage=matched",
        "status=nonsense&stage=nonsense&limit=-1",
        "near=6.68,80.4&radius_km=5",
        "near=6.68",
        "near=96.68,80.4",
        "created_from=2026-11-24T00:00:00Z",
        "created_from=yesterday",
        "q=water%20food&order=oldest",
        "since=2026-11-24T08:00:00Z",
        "unknown=1&limit=1",
        "limit=%32",
        "limit",
        "&&limit=1&",
        "q=%ff%00",
    ],
)
@pytest.mark.parametrize("path", ["/requests", "/requests/me"])
async def test_a_list_is_asked_for_alike(both: Both, path: str, query: str) -> None:
    owner = await both.world.services.users.users.get("owner")
    for _ in range(3):
        await both.world.asked(owner)
    for caller in ("admin", "owner"):
        await both.answers(caller, "GET", f"{path}?{query}")


GOOD = {"description": "We need water", "location": {"lat": 6.68, "lng": 80.4}}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"json": GOOD}, {"Idempotency-Key": "a"}, 201),
        ({"json": {**GOOD, "unknown": 1}}, {"Idempotency-Key": "b"}, 201),
        ({"json": GOOD}, {"Idempotency-Key": "ü"}, 422),
        ({"json": GOOD}, {"Idempotency-Key": ""}, 422),
        ({"json": {"description": 1}}, {"Idempotency-Key": "c"}, 422),
        ({"json": {"location": {"lat": 100, "lng": "a"}}}, {}, 422),
        ({"json": []}, {}, 422),
        ({"json": None}, {}, 422),
        ({"content": b"null"}, {"Content-Type": "application/json"}, 422),
        ({"content": b'{"description": "half'}, {"Content-Type": "application/json"}, 422),
        ({"content": b'{"description": "We need water"}'}, {"Content-Type": "text/plain"}, 422),
        ({"content": b'{"description": "We need water"}'}, {}, 422),
        ({"content": b""}, {"Content-Type": "application/json"}, 422),
        ({}, {}, 422),
    ],
)
async def test_a_call_for_help_is_taken_alike(
    both: Both, body: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    sent = {name: value.encode() for name, value in headers.items()}

    answer = await both.answers("owner", "POST", "/requests", **body, headers=sent)

    assert answer.status_code == status


async def test_a_body_that_may_be_left_out_is(both: Both) -> None:
    owner = await both.world.services.users.users.get("owner")
    request = await both.world.asked(owner)

    assert (await both.answers("admin", "POST", f"/requests/{request.id}/unlink")).status_code == 409
    assert (await both.answers("admin", "POST", "/requests/nothing/unlink", json={"reason": "x"})).status_code == 404
    assert (await both.answers("admin", "GET", "/requests/%20%0a")).status_code in {404, 422}
    assert (await both.answers("admin", "GET", f"/requests/{request.id}")).json()["id"] == request.id


async def test_a_handler_that_says_another_status_is_heard() -> None:
    store = FirestoreStore("demo-nowhere", emulator="127.0.0.1:9", retry_seconds=0.1)
    world = World.over(store)
    app = create_app(world.services.settings, world.services)
    app.state.services = world.services
    async with client(app) as http:
        assert (await http.get("/readyz")).status_code == 503
    await store.close()


# What a plan is not made for.


def route_of(handler: Any, **more: Any) -> APIRoute:
    return APIRoute("/here", handler, **more)


async def one() -> RequestView:
    raise NotImplementedError


async def several(words: list[str]) -> RequestView:
    raise NotImplementedError


def blocking() -> RequestView:
    raise NotImplementedError


async def anything() -> dict[str, str]:
    raise NotImplementedError


@pytest.mark.parametrize(
    "route",
    [
        route_of(blocking),
        route_of(anything),
        route_of(one, response_model_exclude={"title"}),
        route_of(one, response_model_exclude_none=True),
    ],
    ids=["a function that blocks", "no model", "left out", "without nothing"],
)
def test_what_is_not_plain_is_left_to_fastapi(route: APIRoute) -> None:
    with pytest.raises(Unplanned):
        Plan.of(route)
    assert Plan.of(route_of(one)).status == 200


# The JSON of a view.


class Named(Model):
    name: str


class Small(View):
    name: str


def request(title: str) -> Request:
    at = utc_now()
    place = Location(lat=6.68, lng=80.4)
    found = finding(NeedCategory.WATER)
    return Request(
        id="r1",
        title=title,
        description="Ü\u2028",
        location=place,
        created_by="a",
        finding=found,
        severity=found.severity,
        stage_since=at,
        created_at=at,
        updated_at=at,
        group="not-listed",
    )


def test_a_view_is_written_as_fastapi_writes_a_list_of_it() -> None:
    views = [RequestView.of(request("one")), RequestView.of(request("two"))]

    written = b"[" + b",".join(view.written() for view in views) + b"]"

    assert written == TypeAdapter(list[RequestView]).dump_json(views, by_alias=True)
    assert views[0].written() is views[0].written(), "kept beside the view"


def test_what_is_made_for_one_caller_is_written_for_them_alone() -> None:
    shown = request("one")
    whole, without = RequestView.of(shown), RequestView.of(shown, location=None)

    assert b"6.68" in whole.written()
    assert b"6.68" not in without.written()
    assert without.written() is not without.written(), "not kept"


def test_a_view_that_is_forgotten_takes_its_json_along() -> None:
    first = RequestView.of(request("first"))
    before = first.written()
    for number in range(4_100):
        Small.of(Named(name=str(number))).written()

    again = RequestView.of(request("another"))
    assert again.written() != before
    assert first.written() == before
    assert first.written() is not first.written(), "not kept any more"
