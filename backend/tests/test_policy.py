"""Who may call which route: one table, which has to know every route."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.api import deps
from app.api.policy import POLICY, Who
from app.main import FEATURES, create_app
from app.schemas.vocabulary import RoleId
from tests.serving import client
from tests.world import World

IDENTITY = "googleapis.com"
"""The calls of local accounts: public by nature, each checks its own password or token (tests/identity/)."""

ROLE_OF = {
    Who.SIGNED_IN: RoleId.AFFECTED_INDIVIDUAL,
    Who.RESPONDER: RoleId.VOLUNTEER,
    Who.COORDINATOR: RoleId.FIRST_RESPONDER,
    Who.ADMIN: RoleId.ADMIN,
}


def routes_of(app: FastAPI) -> Iterator[str]:
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            if IDENTITY not in path:
                yield f"{method.upper()} {path}"


GATES: dict[object, Who] = {
    deps.person: Who.SIGNED_IN,
    deps.known: Who.SIGNED_IN,
    deps.caller: Who.SIGNED_IN,
    deps.responder: Who.RESPONDER,
    deps.coordinator: Who.COORDINATOR,
    deps.admin: Who.ADMIN,
    deps.confirmed_person: Who.SIGNED_IN,
    deps.confirmed: Who.SIGNED_IN,
    deps.confirmed_coordinator: Who.COORDINATOR,
    deps.confirmed_admin: Who.ADMIN,
}


def gates_of(dependant: Dependant) -> Iterator[Who]:
    for one in dependant.dependencies:
        if one.call in GATES:
            yield GATES[one.call]
        yield from gates_of(one)


def test_the_type_of_the_caller_in_each_handler_is_what_the_policy_says() -> None:
    for route in (route for feature in FEATURES for route in feature.router.routes):
        assert isinstance(route, APIRoute)
        for method in route.methods or ():
            name = f"{method} {route.path}"
            assert max(gates_of(route.dependant), default=Who.ANYBODY) is POLICY[name].who, name


def asks_again(dependant: Dependant) -> bool:
    confirming = {deps.confirmed, deps.confirmed_person, deps.confirmed_coordinator, deps.confirmed_admin}
    return any(one.call in confirming or asks_again(one) for one in dependant.dependencies)


def test_whether_a_sign_in_is_asked_about_is_what_the_policy_says() -> None:
    for route in (route for feature in FEATURES for route in feature.router.routes):
        assert isinstance(route, APIRoute)
        for method in route.methods or ():
            name = f"{method} {route.path}"
            assert asks_again(route.dependant) is POLICY[name].fresh, name


def test_every_route_has_a_policy_and_every_policy_a_route() -> None:
    assert set(routes_of(create_app())) == set(POLICY)


@pytest.mark.parametrize("route", POLICY)
async def test_who_is_less_than_the_policy_asks_is_turned_away(api: FastAPI, route: str) -> None:
    method, path = route.split(" ")
    address = re.sub(r"\{\w+\}", "nothing", path)
    asked = POLICY[route].who
    async with client(api) as http:
        answer = await http.request(method, address, json={})
        assert (answer.status_code == 401) is (asked > Who.ANYBODY or POLICY[route].signed)
        if asked > Who.ANYBODY:
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    services = api.state.services
    for who, role in ROLE_OF.items():
        await World(services, services.assessment.assessor).person(f"caller{who}", role)
        async with client(api, f"caller{who}") as http:
            answer = await http.request(method, address, json={})
        assert (answer.status_code == 403) is (who < asked), (who, answer.text)
        assert answer.status_code < 500


async def test_a_closing_slash_is_answered_without_a_redirect(api: FastAPI) -> None:
    services = api.state.services
    await World(services, services.assessment.assessor).person("admin", RoleId.ADMIN)
    async with client(api, "admin") as http:
        for path in ("/requests", "/workflow-outputs", "/disasters", "/users/me", "/resources"):
            assert (await http.get(f"{path}/")).status_code == (await http.get(path)).status_code == 200


async def test_nobody_gives_himself_a_role(api: FastAPI) -> None:
    async with client(api, "climber") as http:
        wanted = await http.post("/users/register", json={"display_name": "C", "role_id": "admin"})
        assert wanted.status_code == 200
        assert (wanted.json()["role_id"], wanted.json()["role_asked"]) == ("affected_individual", "admin")
        again = await http.post("/users/register", json={"display_name": "D", "role_id": "volunteer"})
        assert (again.json()["role_id"], again.json()["display_name"]) == ("affected_individual", "C")
        volunteer = await http.patch("/users/me", json={"role_id": "volunteer"})
        assert (volunteer.json()["role_id"], volunteer.json()["verified"]) == ("volunteer", False)
        assert (await http.patch("/users/climber/role", json={"role_id": "admin"})).status_code == 403


async def test_the_words_of_the_login_page_are_understood_as_roles(api: FastAPI) -> None:
    async with client(api, "someone") as http:
        answer = await http.post("/users/register", json={"display_name": "S", "role_id": "individual"})
    assert answer.json()["role_id"] == "affected_individual"


async def test_what_is_another_persons_is_not_there(api: FastAPI) -> None:
    async with client(api, "owner") as http:
        id = (await http.post("/requests", json={"description": "We need water"})).json()["id"]
        assert (await http.get(f"/requests/{id}")).status_code == 200
    async with client(api, "stranger") as http:
        for method, path, body in (
            ("GET", f"/requests/{id}", None),
            ("GET", f"/requests/{id}/timeline", None),
            ("PATCH", f"/requests/{id}", {"title": "Mine"}),
            ("PATCH", f"/requests/{id}/status", {"status": "cancelled"}),
            ("DELETE", f"/requests/{id}", None),
        ):
            assert (await http.request(method, path, json=body)).status_code == 404
