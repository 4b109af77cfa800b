"""Paths and methods: odd ids are a 4xx, and no way leads to what is another person's."""

import pytest
from fastapi import FastAPI

from app.schemas.vocabulary import RoleId
from tests.fixtures_small import SECRET
from tests.serving import client, serving
from tests.world import World

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
