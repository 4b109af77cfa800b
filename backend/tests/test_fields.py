"""What may stand in the fields of bodies and in parameters."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError, create_model

from app.main import FEATURES, create_app
from app.schemas.base import Model
from app.schemas.vocabulary import RoleId
from tests.serving import client, serving
from tests.world import World


def bodies() -> Iterator[tuple[str, type[BaseModel]]]:
    """Every model that a caller's JSON is read as, with those inside it."""
    seen: set[type[BaseModel]] = set()
    for feature in FEATURES:
        for route in feature.router.routes:
            if isinstance(route, APIRoute) and route.body_field is not None:
                for model in models_in(route.body_field.field_info.annotation):
                    if model not in seen:
                        seen.add(model)
                        yield model.__name__, model


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for inner in get_args(annotation):
        yield from models_in(inner)


def fields() -> Iterator[Any]:
    """Every field of every body, alone in a model of its own."""
    for name, model in bodies():
        assert issubclass(model, Model), f"{name} has to be a Model: numbers in it are not strict"
        for field_name, field in model.model_fields.items():
            if not any(get_origin(one) is dict for one in (field.annotation, *get_args(field.annotation))):
                alone = create_model(name, __base__=Model, it=(field.rebuild_annotation(), ...))
                yield pytest.param(alone, id=f"{name}.{field_name}")


FIELDS = list(fields())
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def taken(alone: type[BaseModel], value: object) -> object:
    """What becomes of this value in that field, as the store gets it; `REFUSED` if nothing does."""
    try:
        return alone.model_validate({"it": value}).model_dump(mode="json")["it"]
    except ValidationError:
        return REFUSED


REFUSED = object()


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_takes_control_characters_or_text_without_end(field: type[BaseModel]) -> None:
    for text in ("a\x00b", "a\x1bb", "a\x7fb", "\ud800", "https://a.example/\x00", "https://a.example/\x1b"):
        for value in (text, [text]):
            assert not CONTROL.search(json.dumps(taken(field, value), ensure_ascii=False, default=str)), repr(text)
    for text in ("x" * 50_000, "https://a.example/" + "x" * 50_000):
        for value in (text, [text]):
            found = taken(field, value)
            # What is only looked at is cut, or read as nothing said, so that nobody in need is refused for it.
            assert found is REFUSED or len(json.dumps(found)) <= 4_100


@pytest.mark.parametrize("field", FIELDS)
def test_a_number_is_not_written_as_text_nor_as_yes(field: type[BaseModel]) -> None:
    if taken(field, 1) is not REFUSED:
        assert taken(field, True) is REFUSED
        assert taken(field, "1") in (REFUSED, "1"), "a text, or nothing"
    if taken(field, True) is not REFUSED:
        for word in (1, 0, "true", "yes", "on"):
            assert taken(field, word) is REFUSED


@pytest.mark.parametrize("field", FIELDS)
def test_a_number_has_a_largest_and_is_one(field: type[BaseModel]) -> None:
    for number in (2**63, -(2**63) - 1, 10**400, float("inf"), float("nan"), 1e308):
        assert taken(field, number) is REFUSED, number


def test_every_text_in_an_address_is_bounded() -> None:
    for path, operations in create_app().openapi()["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                kinds = parameter["schema"].get("anyOf", [parameter["schema"]])
                for kind in kinds:
                    if kind.get("type") == "string" and kind.get("format") != "date-time":
                        bounded = {"maxLength", "pattern", "enum", "const"} & kind.keys()
                        assert bounded, f"{method} {path}: {parameter['name']}"


@pytest.mark.parametrize(
    "query",
    [
        "created_from=0001-01-01T00:00:00%2B14:00",
        "created_to=9999-12-31T23:59:59-14:00",
        "since=9999-12-31T23:59:59-14:00",
        "since=2026-11-24T08:00:00",
        "near=nan,nan",
        "near=91,0",
        "near=6.1,80&radius_km=1e400",
        "bbox=1,2,3",
        "limit=0",
        "limit=-1",
        "limit=1e9",
        "limit=" + "9" * 5_000,
        "limit=1&limit=x",
        "cursor=" + "A" * 900,
        "cursor=%00",
        "status=%ff",
        "severity=critical'--",
        "text=" + "%00" * 3_000,
    ],
)
async def test_an_odd_filter_is_a_4xx_and_never_a_fault(world: World, query: str) -> None:
    await world.person("boss", RoleId.ADMIN)
    async with serving(world.services) as app, client(app, "boss") as http:
        answer = await http.get(f"/requests?{query}")

    assert answer.status_code < 500
    assert answer.status_code in {400, 410, 422} or query.startswith(("text", "near=6"))
