"""Bodies: how they may be packed, how large they may be, and that JSON has one meaning."""

import gzip
import json
import zlib
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from app.api.json_check import check_json
from app.core.errors import Invalid
from app.crud.store.port import Query
from tests.fixtures_small import JSON, OURS
from tests.serving import client


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
