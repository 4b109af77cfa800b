"""Photos over HTTP: how they come, with what headers they go, and what is said of those that are none."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from app.core.errors import Transient
from app.crud.store.port import Query, Store
from app.main import create_app
from tests.photos import photo
from tests.serving import client, serving
from tests.uploads import BASE, EXTERNAL, JPEG, configured
from tests.world import FakeBlobs


async def sent(app: FastAPI, uid: str = "owner", **more: Any) -> httpx2.Response:
    async with client(app, uid) as http:
        return await http.post("/media", **more)


def form(data: bytes = JPEG, name: str = "roof.jpg", kind: str = "image/jpeg") -> dict[str, Any]:
    return {"files": {"file": (name, data, kind)}}


def body(data: bytes = JPEG, kind: str = "image/jpeg") -> dict[str, Any]:
    return {"content": data, "headers": {"Content-Type": kind}}


@pytest.mark.parametrize(
    "request_",
    [
        form(),
        form(name="../../etc/passwd", kind="text/html"),
        form(name="x.png", kind="image/png"),
        {**form(), "data": {"caption": "ours"}},
        body(),
        body(kind="image/png"),
        body(kind="image/svg+xml"),
        body(kind="application/octet-stream"),
    ],
)
async def test_a_photo_comes_as_a_form_or_as_a_body_and_is_what_it_is(api: FastAPI, request_: dict[str, Any]) -> None:
    answer = await sent(api, **request_)

    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert set(told) == {"id", "url", "type", "size", "width", "height", "sha256", "created_at"}
    assert (told["type"], told["width"], told["height"]) == ("image/jpeg", 60, 40)
    assert told["url"] == f"{BASE}/media/{told['id']}"
    async with client(api, "owner") as http:
        got = await http.get(told["url"])
        asked_ = await http.post("/requests", json={"description": "Help", "media": [{"url": told["url"]}]})
    assert (got.status_code, got.headers["content-type"], len(got.content)) == (200, "image/jpeg", told["size"])
    assert asked_.status_code == 201
    assert asked_.json()["media"][0] == {
        "id": told["id"],
        "url": told["url"],
        "name": None,
        "size": told["size"],
        "type": "image/jpeg",
    }


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (form(b"GIF89a"), 422),
        (form(b""), 422),
        (body(b""), 422),
        (body(b"<svg/>", "image/svg+xml"), 422),
        (body(JPEG, "text/plain"), 422),
        (body(JPEG, ""), 422),
        ({"json": {"file": "x"}}, 422),
        ({"data": {"file": "words"}}, 422),
        ({"files": {"photo": ("a.jpg", JPEG, "image/jpeg")}}, 422),
        ({"files": [("file", ("a.jpg", JPEG)), ("file", ("b.jpg", JPEG))]}, 400),
        ({"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 422),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
    ],
)
async def test_what_is_no_photo_is_said_to_be_none(api: FastAPI, request_: dict[str, Any], status: int) -> None:
    answer = await sent(api, **request_)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if status == 422:
        assert answer.json()["detail"][0]["loc"] == ["body", "file"]
    assert await api.state.services.store.query(Query("media")) == []


async def test_a_photo_may_be_larger_than_other_bodies_and_has_its_own_limit(store: Store) -> None:
    world = configured(store, media_max_bytes=3_000_000)
    app = create_app(world.services.settings, world.services)
    tail = b"\0" * (3_000_000 - len(JPEG))
    async with app.router.lifespan_context(app):
        for request_ in (form(JPEG + tail), body(JPEG + tail)):
            assert (await sent(app, **request_)).status_code == 201
        for request_ in (
            form(JPEG + tail + b"x"),
            body(JPEG + tail + b"x"),
            body(b"x" * 9_000_000),
            form(b"x" * 9_000_000),
        ):
            answer = await sent(app, **request_)
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        async with client(app, "owner") as http:
            for path, statuses in (("/requests", {413}), ("/media/x", {404, 405, 413}), ("/medias", {404, 413})):
                large = await http.post(
                    path, content=b'"' + b"x" * 2_000_000 + b'"', headers={"Content-Type": "application/json"}
                )
                assert large.status_code in statuses, path


async def test_nobodys_photo_is_not_even_read(api: FastAPI) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    async with client(api) as http:
        answer = await http.post("/media", content=endless(), headers={"Content-Type": "image/jpeg"})

    assert answer.status_code == 401


async def test_a_repeat_over_http_says_that_it_is_one(api: FastAPI) -> None:
    key = {"Idempotency-Key": "k1"}
    async with client(api, "owner") as http:
        first = await http.post("/media", **form(), headers=key)
        again = await http.post("/media", **form(), headers=key)
        other = await http.post("/media", **form(photo("PNG")), headers=key)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert (first.headers["Idempotency-Replayed"], again.headers["Idempotency-Replayed"]) == ("false", "true")
    assert again.json() == first.json()


async def test_a_photo_comes_with_headers_that_keep_it_a_photo_and_private(api: FastAPI) -> None:
    told = (await sent(api, **form(photo("WEBP"), name="<script>.html"))).json()
    async with client(api, "owner") as http:
        got = await http.get(f"/media/{told['id']}")
        known = await http.get(f"/media/{told['id']}", headers={"If-None-Match": got.headers["etag"]})
        weak = await http.get(f"/media/{told['id']}", headers={"If-None-Match": f'"x", W/{got.headers["etag"]}'})
        changed = await http.get(f"/media/{told['id']}", headers={"If-None-Match": '"x"'})

    assert got.headers["content-type"] == "image/webp"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"] == f'inline; filename="{told["id"]}.webp"'
    assert got.headers["cache-control"].startswith("private")
    assert got.headers["etag"] == f'"{told["sha256"]}"'
    assert [one.status_code for one in (known, weak, changed)] == [304, 304, 200]
    assert known.content == b""
    assert known.headers["etag"] == got.headers["etag"]


async def test_who_may_not_see_a_photo_learns_nothing_by_knowing_its_etag(api: FastAPI) -> None:
    told = (await sent(api, **form())).json()
    async with client(api, "stranger") as http:
        for tag in (f'"{told["sha256"]}"', "*"):
            assert (await http.get(f"/media/{told['id']}", headers={"If-None-Match": tag})).status_code == 404


async def test_the_address_of_a_photo_is_the_public_one_where_there_is_one(store: Store) -> None:
    world = configured(store, public_url="https://resq.example.org")
    async with serving(world.services) as app:
        told = (await sent(app, **form())).json()
        async with client(app, "owner") as http:
            made = await http.post("/requests", json={"description": "Help", "media": [{"url": told["url"]}]})

    assert told["url"] == f"https://resq.example.org/media/{told['id']}"
    assert made.json()["media"][0]["id"] == told["id"]


async def test_an_address_that_is_not_taken_is_422_with_its_place_in_the_list(api: FastAPI) -> None:
    media = [{"url": EXTERNAL}, {"url": "https://10.0.0.1/a.jpg"}]
    async with client(api, "owner") as http:
        single = await http.post("/requests", json={"description": "Help", "media": media})
        batch = await http.post(
            "/requests/batch",
            json={"items": [{"idempotency_key": "a", "request": {"description": "Help", "media": media}}]},
        )
        neither = await http.post("/requests", json={"description": "Help", "media": [{"name": "x"}]})

    assert single.status_code == 422
    assert single.json()["detail"][0]["loc"] == ["body", "media", 1, "url"]
    assert single.json()["message"].startswith("media.1.url: ")
    assert batch.json()["results"][0]["problem"]["detail"][0]["loc"] == ["body", "media", 1, "url"]
    assert neither.json()["detail"][0]["loc"] == ["body", "media", 0]
    assert await api.state.services.store.query(Query("requests")) == []


async def test_photos_whose_place_is_away_are_503_and_calls_for_help_go_on(api: FastAPI) -> None:
    told = (await sent(api, **form())).json()
    blobs = api.state.services.media.blobs
    assert isinstance(blobs, FakeBlobs)
    blobs.error = Transient("away")
    async with client(api, "owner") as http:
        answers = [await http.get(told["url"]), await http.post("/media", **form())]
        made = await http.post("/requests", json={"description": "Help", "media": [{"id": told["id"]}]})
        ready = await http.get("/readyz")
    blobs.error = None

    assert [answer.status_code for answer in answers] == [503, 503]
    assert all(answer.headers["retry-after"] for answer in answers)
    assert made.status_code == 201
    parts = {part["name"]: part for part in ready.json()["parts"]}
    assert (ready.status_code, parts["media"]["state"]) == (200, "degraded")
    async with client(api, "owner") as http:
        assert {part["name"]: part["state"] for part in (await http.get("/readyz")).json()["parts"]}["media"] == "ok"


async def test_a_photo_whose_file_is_lost_is_404_and_not_an_empty_one(api: FastAPI) -> None:
    told = (await sent(api, **form())).json()
    api.state.services.media.blobs.files.clear()
    async with client(api, "owner") as http:
        assert (await http.get(told["url"])).status_code == 404
