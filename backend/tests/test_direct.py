"""The way straight to a route: the same route, with the same parameters, that the router would have found."""

import re
from typing import Any

import pytest
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from app.api.direct import Direct
from app.api.policy import POLICY
from app.main import FEATURES, create_app

FILLING = "Some-Thing_7"
ALL_ROUTES = [route for feature in FEATURES for route in feature.router.routes]


class Elsewhere(Exception):
    """The router's own search was asked."""


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    raise Elsewhere


class Reached(Exception):
    """The app of a route was called."""


async def called(direct: Direct, method: str, path: str, *, prefix: str = "") -> dict[str, Any]:
    """The scope that a route gets."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": prefix + path,
        "headers": [],
        "root_path": prefix,
    }
    row = direct.table.at(path).get(method)
    route = row.route if row else None
    if route is not None:

        async def stop(scope: Scope, receive: Receive, send: Send) -> None:
            raise Reached

        mine, route.app = route.app, stop
    try:
        with pytest.raises(Reached):
            await direct(scope, None, None)  # type: ignore[arg-type] # nothing is received or sent
    finally:
        if route is not None:
            route.app = mine
    return scope


@pytest.fixture(scope="module")
def direct() -> Direct:
    return Direct.over(elsewhere, (feature.router for feature in FEATURES), planned=False)


@pytest.mark.parametrize("name", POLICY)
async def test_every_route_is_reached_with_what_the_router_would_give_it(direct: Direct, name: str) -> None:
    method, template = name.split(" ")
    path = re.sub(r"\{\w+\}", FILLING, template)
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "headers": [], "root_path": ""}
    expected = next(
        (route, given) for route in ALL_ROUTES for match, given in [route.matches(dict(scope))] if match is Match.FULL
    )

    found = await called(direct, method, path)

    assert found["route"] is expected[0]
    assert found["path_params"] == expected[1]["path_params"]
    assert found["endpoint"] is expected[1]["endpoint"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("DELETE", "/healthz"),
        ("GET", "/docs"),
        ("GET", "/users//display_name"),
        ("PUT", "/users/me"),
    ],
)
async def test_what_is_not_in_the_table_is_left_to_the_router(direct: Direct, method: str, path: str) -> None:
    scope = {"type": "http", "method": method, "path": path, "headers": [], "root_path": ""}
    with pytest.raises(Elsewhere):
        await direct(scope, None, None)  # type: ignore[arg-type] # nothing is received or sent


async def test_what_a_proxy_put_before_the_path_is_no_part_of_it(direct: Direct) -> None:
    found = await called(direct, "GET", f"/users/{FILLING}", prefix="/api")

    assert found["path_params"] == {"uid": FILLING}


def test_the_app_goes_this_way() -> None:
    assert isinstance(create_app().router.middleware_stack, Direct)
