"""The API as an attacker meets it: no input is a fault of ours, no error tells of others, no answer says too much."""

import asyncio
import gzip
import json
import re
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, get_args, get_origin
from urllib.parse import quote

import httpx2
import pytest
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError, create_model

from app.api.json_check import check_json
from app.core.errors import Invalid
from app.core.settings import Environment, IdentityKind, Misconfigured, Settings
from app.crud.store.port import Query
from app.crud.store.sqlite import SqliteStore
from app.main import FEATURES, create_app
from app.schemas.base import Model
from app.schemas.vocabulary import RoleId
from tests.serving import client, serving
from tests.world import World

JSON = {"Content-Type": "application/json"}
OURS = {"Origin": "http://localhost:3000"}
THEIRS = {"Origin": "https://evil.example"}
SECRET = "grandmother needs insulin at 12 River Road"


@pytest.fixture
async def small(sqlite_store: SqliteStore) -> AsyncIterator[FastAPI]:
    """The API with little patience and small bodies, and a few routes that misbehave."""
    app = create_app(Settings(request_seconds=0.4, max_body_bytes=4_096), World.over(sqlite_store).services)

    @app.get("/forever")
    async def forever() -> None:
        app.state.cancelled = False
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            app.state.cancelled = True
            raise

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(4):
                await asyncio.sleep(0.15)
                yield b"data: x\n\n"

        return StreamingResponse(parts(), media_type="text/event-stream")

    @app.get("/large")
    async def large(kind: str = "text/plain") -> Response:
        return Response(b"water " * 10_000, media_type=kind)

    @app.get("/kept")
    async def kept() -> Response:
        return Response("x", headers={"Cache-Control": "public, max-age=60"})

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError(SECRET)

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        return Response(await request.body())

    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def somebodys(api: FastAPI) -> str:
    """The id of a request with words in it that nobody else may see."""
    async with client(api, "owner") as http:
        answer = await http.post("/requests", json={"title": SECRET, "description": SECRET})
    return str(answer.json()["id"])


# Bodies


async def test_a_packed_body_is_taken_like_a_plain_one(api: FastAPI) -> None:
    plain = json.dumps({"description": "We need water", "title": "Wasser für vier"}).encode()
    async with client(api, "owner") as http:
        for name in ("gzip", "x-gzip", "GZIP"):
            headers = {**JSON, "Content-Encoding": name}
            answer = await http.post("/requests", content=gzip.compress(plain), headers=headers)
            assert answer.status_code == 201
            assert answer.json()["title"] == "Wasser für vier"
        assert (
            await http.post("/requests", content=plain, headers={**JSON, "Content-Encoding": "identity"})
        ).is_success


@pytest.mark.parametrize("size", [4_097, 10_000_000])
async def test_a_bomb_is_413_however_small_it_is_packed(small: FastAPI, size: int) -> None:
    bomb = gzip.compress(b'{"description": "' + b" " * size + b'"}', 9)
    async with client(small, "owner") as http:
        answer = await http.post("/requests", content=bomb[:4_000] if size > 5_000 else bomb, headers=GZIPPED)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


GZIPPED = {**JSON, "Content-Encoding": "gzip"}
WHOLE = gzip.compress(b'{"description": "We need water"}')


@pytest.mark.parametrize(
    "packed",
    [
        b'{"description": "x"}',
        WHOLE[:-9],
        WHOLE + b"more",
        WHOLE + WHOLE,
        zlib.compress(b"{}"),
        b"\x1f\x8b",
        b"\x00" * 50,
    ],
    ids=["not packed", "cut off", "goes on", "two of them", "zlib", "only the magic", "zeros"],
)
async def test_what_cannot_be_unpacked_is_400(api: FastAPI, packed: bytes) -> None:
    async with client(api, "owner") as http:
        answer = await http.post("/requests", content=packed, headers=GZIPPED)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert await api.state.services.store.query(Query("requests")) == []


@pytest.mark.parametrize("name", ["br", "deflate", "zstd", "gzip, gzip", "gzip;q=1", "*", "x" * 1_000])
async def test_any_other_packing_is_415_and_told_what_is_taken(api: FastAPI, name: str) -> None:
    async with client(api, "owner") as http:
        answer = await http.post("/requests", content=WHOLE, headers={**JSON, "Content-Encoding": name, **OURS})

    assert answer.status_code == 415
    assert answer.headers["accept-encoding"] == "gzip"
    assert answer.headers["access-control-allow-origin"] == OURS["Origin"]


async def test_a_body_of_any_kind_ends_at_the_same_size(small: FastAPI) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1_000

    async with client(small, "owner") as http:
        for kind in (
            "application/json",
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
        ):
            for content in (b"x" * 4_097, pieces()):
                answer = await http.post("/requests", content=content, headers={"Content-Type": kind})
                assert answer.status_code == 413, kind
                assert answer.json()["code"] == "too_large"


async def test_only_pictures_may_be_as_large_as_pictures(small: FastAPI) -> None:
    async with client(small, "owner") as http:
        text = await http.post("/media", content=b"[" + b"1," * 4_000 + b"1]", headers=JSON)
        picture = await http.post("/media", content=b"\xff" * 8_000, headers={"Content-Type": "image/jpeg"})

    assert text.status_code == 413
    assert picture.status_code == 422, "read, and found to be none"


async def test_a_body_that_is_not_json_asks_for_nothing(api: FastAPI) -> None:
    """Forms and plain text are what a page of another origin can send without a preflight."""
    async with client(api, "owner") as http:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
            headers = {"Content-Type": kind} if kind else {}
            answer = await http.post("/requests", content=b'{"description": "x"}', headers=headers)
            assert answer.status_code == 422, kind
    assert await api.state.services.store.query(Query("requests")) == []


# JSON


TWO_MEANINGS = {
    "a name twice": b'{"description": "water", "description": "nothing"}',
    "a name twice, deep down": b'{"description": "x", "location": {"lat": 1, "lng": 2, "lat": 3}}',
    "a name twice, escaped": b'{"description": "water", "d\\u0065scription": "nothing"}',
    "NaN": b'{"description": "x", "mood": NaN}',
    "Infinity": b'{"description": "x", "mood": -Infinity}',
    "a fraction beyond all": b'{"description": "x", "mood": 1e999}',
    "a whole number beyond all": b'{"description": "x", "mood": ' + b"9" * 4_000 + b"}",
    "a number beyond 64 bits": b'{"description": "x", "mood": 18446744073709551616}',
    "UTF-16": '{"description": "x"}'.encode("utf-16"),
    "UTF-32": '{"description": "x"}'.encode("utf-32"),
    "Latin-1": '{"description": "caf\xe9"}'.encode("latin-1"),
    "overlong UTF-8": b'{"description": "\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"description": "\xed\xa0\x80"}',
    "nesting": b'{"description": "x", "mood": ' + b"[" * 40 + b"]" * 40 + b"}",
    "nesting without end": b'{"description": "x", "mood": ' + b'{"a":' * 50_000,
    "comments": b'{"description": "x" /* water */}',
    "a comma too many": b'{"description": "x",}',
    "two documents": b'{"description": "x"}{"description": "y"}',
    "single quotes": b"{'description': 'x'}",
    "half a number": b'{"description": "x", "mood": 01}',
}


@pytest.mark.parametrize("body", TWO_MEANINGS.values(), ids=TWO_MEANINGS.keys())
async def test_json_that_two_readers_read_differently_is_422(api: FastAPI, body: bytes) -> None:
    async with client(api, "owner") as http:
        answer = await http.post("/requests", content=body, headers=JSON)

    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"][0]["loc"][0] == "body"
    assert await api.state.services.store.query(Query("requests")) == []


async def test_the_name_given_twice_is_told(api: FastAPI) -> None:
    async with client(api, "owner") as http:
        answer = await http.post("/requests", content=TWO_MEANINGS["a name twice"], headers=JSON)

    assert answer.json()["detail"][0]["loc"] == ["body", "description"]


async def test_names_that_mean_something_elsewhere_mean_nothing_here(api: FastAPI) -> None:
    body = {
        "description": "x",
        "__proto__": {"role_id": "admin"},
        "constructor": {},
        "$where": "1",
        "created_by": "boss",
        "status": "approved",
        "id": "mine",
        "version": 99,
        "role_id": "admin",
        "severity": "critical",
    }
    async with client(api, "owner") as http:
        made = (await http.post("/requests", json=body)).json()
        me = (await http.get("/users/me")).json()

    assert (made["created_by"], made["status"], made["version"]) == ("owner", "pending", 1)
    assert made["id"] != "mine"
    assert me["role_id"] == "affected_individual"


@pytest.mark.parametrize("depth", [1, 5, 32])
def test_ordinary_json_passes(depth: int) -> None:
    check_json(b"[" * depth + b"]" * depth)
    check_json(b'{"a": {"b": 1}, "c": {"b": 1}, "d": [1.5, -2e3, 9223372036854775807, true, null, "\\ud83d\\ude00"]}')
    check_json(b"not JSON at all")


def test_many_brackets_beside_each_other_are_not_deep() -> None:
    check_json(b"[" + b"[],{}," * 1_000 + b"[]]")
    with pytest.raises(Invalid):
        check_json(b"[" * 33 + b"]" * 33)


# What is in bodies and parameters


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


# Addresses


ODD = [
    "%2e",
    "%2e%2e",
    "...",
    "__all__",
    "%00",
    "%0a",
    "a%0a",
    "%7f",
    "%c0%af",
    "%ff",
    "a%2fb",
    "a%5cb",
    "a;b",
    "%F0%9F%98%80",
    "x" * 129,
    "x" * 20_000,
    "'--",
    "$ne",
    "{id}",
    "a%20b",
    "~",
    "%252e",
    "-",
    "_",
    "con",
    "..%2f..%2fetc%2fpasswd",
]


@pytest.mark.parametrize("odd", ODD)
async def test_odd_ids_are_a_4xx_on_every_store(world: World, odd: str) -> None:
    await world.person("boss", RoleId.ADMIN)
    async with serving(world.services) as app, client(app, "boss") as http:
        for method, path in (
            ("GET", f"/requests/{odd}"),
            ("GET", f"/requests/{odd}/timeline"),
            ("GET", f"/disasters/{odd}"),
            ("GET", f"/users/{odd}/display_name"),
            ("POST", f"/tasks/{odd}/accept"),
            ("PATCH", f"/workflow-outputs/{odd}/tasks/{odd}"),
            ("POST", f"/notifications/{odd}/read"),
            ("GET", f"/requests/disaster/{odd}"),
            ("DELETE", f"/disasters/{odd}/leave"),
        ):
            answer = await http.request(method, path, json={} if method in {"POST", "PATCH"} else None)
            assert answer.status_code < 500, (method, path, answer.text)
            # What is within its rules may be the id of nothing; an admin's list of its requests is then empty.
            assert answer.status_code in {404, 405, 422} or (answer.status_code, answer.text) == (200, "[]"), path


@pytest.mark.parametrize(
    "way",
    [
        "/requests/{id}",
        "//requests/{id}",
        "/requests//{id}",
        "/requests/./{id}",
        "/requests/%2e/{id}",
        "/nowhere/%2e%2e/requests/{id}",
        "/requests/{id}%00",
        "/requests/{id}%0a",
        "/requests/{id}%20",
        "/requests/{id}.",
        "/requests/{id}..",
        "/requests/{id}/",
        "/requests/{id}//",
        "/requests/{id}/%2e",
        "/requests/{id}%2f",
        "/requests/{id}%2ftimeline",
        "/requests%2f{id}",
        "/REQUESTS/{id}",
        "/Requests/{id}",
        "/requests;a=b/{id}",
        "/requests/{id};a=b",
        "/requests\\{id}",
        "/requests/{id}?caller=owner&uid=owner",
        "/requests/{id}.json",
        "/%72equests/{id}",
        "/requests/{ID}",
        "/requests/me/../{id}",
    ],
)
async def test_there_is_no_other_way_to_what_is_another_persons(api: FastAPI, somebodys: str, way: str) -> None:
    path = way.replace("{id}", somebodys).replace("{ID}", somebodys.upper())
    async with client(api, "stranger") as http:
        for method in ("GET", "HEAD", "PATCH", "DELETE", "POST", "PUT"):
            answer = await http.request(method, path, json={} if method in {"PATCH", "POST", "PUT"} else None)
            assert answer.status_code in {404, 405, 422}, (method, path)
            assert SECRET not in answer.text
            assert "owner" not in answer.text


async def test_methods_are_what_they_say_they_are(api: FastAPI, somebodys: str) -> None:
    names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method")
    async with client(api, "owner") as http:
        for name in names:
            answer = await http.post(f"/requests/{somebodys}?_method=DELETE", headers={name: "DELETE"}, json={})
            assert answer.status_code == 405
        assert (await http.get(f"/requests/{somebodys}")).status_code == 200


async def test_405_tells_all_the_methods_of_the_address(api: FastAPI) -> None:
    async with client(api, "owner") as http:
        put = await http.put("/requests", json={})
        post = await http.post("/requests/x", json={})
        nested = await http.delete("/healthz")

    assert [answer.status_code for answer in (put, post, nested)] == [405, 405, 405]
    assert put.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert post.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert nested.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_options_tells_the_methods_and_head_is_get_without_a_body(api: FastAPI) -> None:
    async with client(api, "owner") as http:
        options = await http.options("/requests/x/status")
        got, head = await http.get("/users/me"), await http.head("/users/me")
        missing = await http.options("/nowhere")
        unsaid = await http.head("/requests/x/status")

    assert (options.status_code, options.headers["allow"]) == (204, "OPTIONS, PATCH")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert missing.status_code == 404
    assert unsaid.status_code == 405


async def test_a_long_body_is_counted_for_head_too(small: FastAPI) -> None:
    async with client(small, "owner") as http:
        assert (await http.head("/large")).status_code == 200


# Time


async def test_a_handler_that_hangs_is_given_up_with_503(small: FastAPI) -> None:
    async with client(small, "owner") as http:
        answer = await http.get("/forever", headers=OURS)

    assert (answer.status_code, answer.json()["code"]) == (503, "overdue")
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["access-control-allow-origin"] == OURS["Origin"]
    assert small.state.cancelled


async def test_an_answer_that_has_begun_may_last(small: FastAPI) -> None:
    async with client(small, "owner") as http:
        answer = await http.get("/stream")

    assert answer.text == "data: x\n\n" * 4


@pytest.mark.parametrize("kind", ["application/json", "application/octet-stream"])
async def test_waiting_for_the_callers_body_is_not_the_handlers_time(small: FastAPI, kind: str) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for piece in (b"[", b"1", b"]"):
            await asyncio.sleep(0.2)
            yield piece

    async with client(small) as http:
        answer = await http.post("/echo", content=slowly(), headers={"Content-Type": kind})

    assert (answer.status_code, answer.content) == (200, b"[1]")


# What answers say about themselves


@asynccontextmanager
async def every_kind_of_answer(app: FastAPI, headers: dict[str, str]) -> AsyncIterator[dict[str, httpx2.Response]]:
    async with client(app, "owner") as http, client(app) as nobody:
        yield {
            "200": await http.get("/users/me", headers=headers),
            "204": await http.options("/requests", headers=headers),
            "400": await http.post("/requests", content=b"x", headers={**GZIPPED, **headers}),
            "401": await nobody.get("/users/me", headers=headers),
            "403": await http.get("/workflow-outputs", headers=headers),
            "404": await http.get("/nowhere", headers=headers),
            "404 odd": await http.get("/requests/me%0a", headers=headers),
            "405": await http.put("/requests", json={}, headers=headers),
            "413": await http.post("/requests", content=b"x" * 5_000, headers={**JSON, **headers}),
            "415": await http.post("/requests", content=b"x", headers={**JSON, "Content-Encoding": "br", **headers}),
            "422": await http.post("/requests", json={}, headers=headers),
            "422 json": await http.post("/requests", content=b'{"a":1,"a":1}', headers={**JSON, **headers}),
            "500": await http.get("/broken", headers=headers),
            "503": await http.get("/forever", headers=headers),
        }


async def test_every_answer_has_the_security_headers(small: FastAPI) -> None:
    async with every_kind_of_answer(small, {}) as answers:
        for name, answer in answers.items():
            assert str(answer.status_code) == name[:3], name
            headers = answer.headers
            assert headers["x-content-type-options"] == "nosniff", name
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
            assert headers["cross-origin-resource-policy"] == "cross-origin"
            assert "camera=()" in headers["permissions-policy"]
            assert headers["cache-control"] == "no-store"
            assert "strict-transport-security" not in headers
            assert "server" not in headers
            assert re.fullmatch(r"[a-z0-9]{16,64}", headers["x-request-id"])
            assert not answer.is_error or headers["content-type"] == "application/problem+json"
            assert SECRET not in answer.text


async def test_every_answer_is_readable_for_our_origin_and_for_no_other(small: FastAPI) -> None:
    async with every_kind_of_answer(small, OURS) as answers:
        for name, answer in answers.items():
            assert answer.headers["access-control-allow-origin"] == OURS["Origin"], name
            assert "Origin" in answer.headers["vary"]
            shown = answer.headers["access-control-expose-headers"]
            assert {"Link", "Retry-After", "Idempotency-Replayed", "X-Request-ID"} <= set(shown.split(", "))
    for headers in (THEIRS, {"Origin": "null"}, {"Origin": "http://localhost:3000.evil.example"}, {"Origin": "*"}, {}):
        async with every_kind_of_answer(small, headers) as answers:
            for name, answer in answers.items():
                assert not [one for one in answer.headers if one.startswith("access-control")], name
                assert "Origin" in answer.headers["vary"], "so that no cache gives one origin's answer to another"


async def test_a_preflight_needs_no_token_and_tells_only_our_origin_what_is_taken(api: FastAPI) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    async with client(api) as browser:
        for path in ("/requests", "/nowhere", "/identitytoolkit.googleapis.com/v1/accounts:signUp"):
            ours = await browser.options(path, headers={**OURS, **asked})
            theirs = await browser.options(path, headers={**THEIRS, **asked})
            assert ours.status_code == 204
            taken = ours.headers["access-control-allow-headers"].lower().split(", ")
            assert {"authorization", "content-type", "content-encoding", "idempotency-key"} <= set(taken)
            assert "PATCH" in ours.headers["access-control-allow-methods"]
            assert int(ours.headers["access-control-max-age"]) > 0
            assert "access-control-allow-credentials" not in ours.headers
            assert theirs.status_code == 403
            assert not [one for one in theirs.headers if one.startswith("access-control")]


async def test_the_pages_of_the_docs_work_and_nothing_else_does(api: FastAPI) -> None:
    async with client(api) as http:
        for page in ("/docs", "/redoc"):
            answer = await http.get(page)
            policy = answer.headers["content-security-policy"]
            directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
            assert answer.status_code == 200
            for tag, url in re.findall(r"<(script|link)[^>]+(?:src|href)=\"(https://[^\"]+)\"", answer.text):
                source = directives["script-src" if tag == "script" else "style-src"]
                origin = "/".join(url.split("/")[:3])
                assert origin in source + directives["img-src"], url
            assert "'unsafe-inline'" in directives["script-src"]
            assert directives["connect-src"] == "'self'", "for /openapi.json and for trying things out"
            assert directives["frame-ancestors"] == "'none'"
        assert "unsafe-inline" not in (await http.get("/openapi.json")).headers["content-security-policy"]


async def test_https_is_told_to_stay_and_http_is_not(api: FastAPI) -> None:
    for scheme, told in (("http", False), ("https", True)):
        transport = httpx2.ASGITransport(app=api)
        async with httpx2.AsyncClient(transport=transport, base_url=f"{scheme}://api.test") as http:
            assert ("strict-transport-security" in (await http.get("/healthz")).headers) is told


async def test_a_handler_may_say_how_long_its_answer_keeps(small: FastAPI) -> None:
    async with client(small) as http:
        assert (await http.get("/kept")).headers["cache-control"] == "public, max-age=60"


async def test_large_answers_are_packed_for_who_takes_it(small: FastAPI) -> None:
    async with client(small, "owner") as http:
        large = await http.get("/large", headers={"Accept-Encoding": "gzip, br"})
        tiny = await http.get("/healthz", headers={"Accept-Encoding": "gzip"})
        picture = await http.get("/large?kind=image/jpeg", headers={"Accept-Encoding": "gzip"})
        plain = await http.get("/large", headers={"Accept-Encoding": "identity"})
        refused = await http.get("/large", headers={"Accept-Encoding": "br, gzip;q=0"})

    assert large.headers["content-encoding"] == "gzip"
    assert int(large.headers["content-length"]) < 2_000
    assert large.text == "water " * 10_000
    assert "Accept-Encoding" in large.headers["vary"]
    for answer in (tiny, picture, plain, refused):
        assert "content-encoding" not in answer.headers


# Request ids


@pytest.mark.parametrize("id", ["a", "phone-7f3a_1", "x" * 64])
async def test_a_sane_request_id_is_kept(api: FastAPI, id: str) -> None:
    async with client(api) as http:
        assert (await http.get("/healthz", headers={"X-Request-ID": id})).headers["x-request-id"] == id


@pytest.mark.parametrize("id", ["", " ", "x" * 65, "a b", "a\tb", "<script>", "a;b", "ä", "../..", "{id}"])
async def test_any_other_request_id_is_replaced(api: FastAPI, id: str) -> None:
    async with client(api) as http:
        first = await http.get("/healthz", headers={b"X-Request-ID": id.encode()})
        second = await http.get("/healthz")

    assert re.fullmatch(r"[a-z0-9]{16,64}", first.headers["x-request-id"])
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_what_is_logged_meanwhile_carries_the_request_id(small: FastAPI) -> None:
    seen: list[Any] = []

    @small.get("/speaks")
    async def speaks() -> None:
        seen.append(structlog.contextvars.get_contextvars().get("request_id"))

    async with client(small) as http:
        await http.get("/speaks", headers={"X-Request-ID": "trace-1"})

    assert seen == ["trace-1"]
    assert "request_id" not in structlog.contextvars.get_contextvars()


# Settings


def production(**more: Any) -> Settings:
    return Settings(
        environment=Environment.PRODUCTION,
        identity=IdentityKind.FIREBASE,
        firebase_project_id="resq",
        firestore_emulator_host=None,
        public_url="https://api.example.org",
        media_hosts="photos.example.org",
        **more,
    )


def test_production_names_its_origins() -> None:
    production(cors_origins="https://app.example.org").check()
    with pytest.raises(Misconfigured, match="RESQ_CORS_ORIGINS"):
        production(cors_origins="https://app.example.org,*").check()


@pytest.mark.parametrize(
    "origin",
    ["app.example.org", "https://app.example.org/path", "https://*.example.org", "ftp://a.org", "null", "http://"],
)
def test_what_is_no_origin_is_refused_at_start(origin: str) -> None:
    with pytest.raises(ValidationError, match="is not an origin"):
        Settings(cors_origins=origin)


def test_origins_are_compared_as_browsers_write_them() -> None:
    assert Settings(cors_origins="HTTPS://App.Example.org/ , http://[::1]:3000").cors_origins == (
        "https://app.example.org",
        "http://[::1]:3000",
    )


async def test_any_origin_may_be_allowed_where_it_is_not_production(sqlite_store: SqliteStore) -> None:
    app = create_app(Settings(cors_origins="*"), World.over(sqlite_store).services)
    async with app.router.lifespan_context(app), client(app) as http:
        assert (await http.get("/disasters", headers=THEIRS)).headers["access-control-allow-origin"] == "*"


# Anything at all


@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"]),
    path=st.one_of(
        st.sampled_from([route.path for feature in FEATURES for route in feature.router.routes]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(lambda text: f"/{text}"),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(lambda text: f"/requests/{text}"),
    ),
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    headers=st.dictionaries(
        st.sampled_from(
            ["Content-Type", "Content-Encoding", "Accept-Encoding", "Origin", "X-Request-ID", "Idempotency-Key"]
        ),
        st.one_of(
            st.sampled_from(["application/json", "gzip", "text/plain", "http://localhost:3000"]),
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
        ),
        max_size=4,
    ),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_nothing_at_all_is_a_fault_of_ours(
    api: FastAPI, method: str, path: str, body: bytes, headers: dict[str, str]
) -> None:
    async with client(api, "fuzzer") as http:
        answer = await http.request(method, quote(path), content=body, headers=headers)

    assert answer.status_code < 500, answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
