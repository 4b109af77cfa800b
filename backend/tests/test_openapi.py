"""The description of the API: complete, with examples, the committed one, and changes that break clients are seen."""

import copy
import json
from typing import Any

import pytest

from app.api.openapi import operations
from app.api.policy import POLICY, Rate, Who
from app.core.settings import Settings
from app.main import create_app
from tests.openapi import FILE, breaking, described

DESCRIPTION = create_app(Settings()).openapi()
OPERATIONS = dict(operations(DESCRIPTION))


def test_the_committed_description_is_that_of_the_code() -> None:
    assert FILE.read_text(encoding="utf-8") == described(), "run `make openapi`, and look at what it says is breaking"


def test_operation_ids_are_plain_names_that_differ() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert all(id.isidentifier() for id in ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", POLICY)
def test_every_operation_says_what_it_does_and_how_it_can_fail(name: str) -> None:
    operation, policy = OPERATIONS[name], POLICY[name]
    expected = {"401"} if policy.who > Who.ANYBODY else set()
    expected |= {"403"} if policy.who > Who.SIGNED_IN else set()
    expected |= {"429"} if policy.rate is not Rate.NEVER_LIMITED else set()
    expected |= {"400", "413", "422"} if "requestBody" in operation else set()
    expected |= {"404"} if policy.may and "{" in name else set()

    assert len(operation["description"]) > 10
    assert operation["tags"]
    assert expected <= set(operation["responses"])


def test_every_part_that_is_referred_to_is_there() -> None:
    missing = [ref for ref in _references(DESCRIPTION) if not _found(ref)]
    assert missing == []


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for one in node for ref in _references(one)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [ref for one in node.values() for ref in _references(one)]


def _found(ref: str) -> bool:
    node: Any = DESCRIPTION
    for part in ref.removeprefix("#/").split("/"):
        node = node.get(part) if isinstance(node, dict) else None
    return node is not None


def _schema(content: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = content["schema"]
    while "$ref" in schema:
        schema = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


@pytest.mark.parametrize("name", [name for name in POLICY if "requestBody" in OPERATIONS[name]])
def test_every_body_has_an_example(name: str) -> None:
    for kind, content in OPERATIONS[name]["requestBody"]["content"].items():
        if kind.startswith(("image/", "multipart/")):
            continue  # a photo
        schema = _schema(content)
        options = [_schema({"schema": one}) for one in schema.get("anyOf", [schema])]
        assert content.get("example") or any(
            one.get("examples") or any("examples" in field for field in one.get("properties", {}).values())
            for one in options
        ), kind


def changed(path: list[str], value: object) -> list[str]:
    new = copy.deepcopy(DESCRIPTION)
    place: Any = new
    for part in path[:-1]:
        place = place[part]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return list(breaking(json.loads(json.dumps(DESCRIPTION)), new))


VIEW = ["components", "schemas", "RequestView", "properties"]
BODY = ["components", "schemas", "RequestCreate"]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["paths", "/requests/me"], None, "GET /requests/me is gone."),
        ([*VIEW, "title"], None, "POST /requests answer 201.title is answered no more."),
        ([*VIEW, "title", "type"], "integer", "POST /requests answer 201.title was string and is integer."),
        ([*BODY, "required"], ["title"], "POST /requests body.title has to be sent now."),
        (
            ["paths", "/requests/me", "get", "operationId"],
            "mine",
            "GET /requests/me: a generated client calls it mine now, not list_my_requests.",
        ),
        (
            ["components", "schemas", "RoleId", "enum"],
            ["volunteer"],
            "PATCH /users/{uid}/role body.role_id takes admin, affected_individual, first_responder no more.",
        ),
    ],
)
def test_a_change_that_breaks_clients_is_said(path: list[str], value: object, said: str) -> None:
    assert said in changed(path, value)


def test_more_fields_and_operations_break_nobody() -> None:
    assert changed([*VIEW, "mood"], {"type": "string"}) == []
    assert changed(["paths", "/moods"], {"get": {"operationId": "moods"}}) == []
