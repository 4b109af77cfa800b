"""Bad input of every kind gets a clear answer and changes nothing; our own faults give nothing away."""

import json

import pytest
from fastapi import FastAPI

from app.crud.store.port import Query
from tests.serving import client

JSON = {"Content-Type": "application/json"}

BAD_BODIES = {
    "broken JSON": b'{"title": "x"',
    "a list": b"[]",
    "a number for a text": b'{"description": 5}',
    "not a number": b'{"description": "x", "location": {"lat": NaN, "lng": 80}}',
    "infinity": b'{"description": "x", "location": {"lat": 6, "lng": Infinity}}',
    "latitude of 200": b'{"description": "x", "location": {"lat": 200, "lng": 80}}',
    "half a position": b'{"description": "x", "location": {"lat": 6}}',
    "a control character": b'{"description": "x\\u0000y"}',
    "half a character": b'{"description": "x\\ud800y"}',
    "bytes that are no text": b'{"description": "\xff\xfe"}',
    "too many words": json.dumps({"description": "x" * 8_001}).encode(),
    "a title too long": json.dumps({"title": "x" * 201}).encode(),
    "media from nowhere": b'{"description": "x", "media": [{"url": "javascript:alert(1)"}]}',
    "eleven photos": json.dumps({"media": [{"url": "https://example.org/a.jpg"}] * 11}).encode(),
    "nesting without end": b'{"media": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
async def test_a_bad_body_is_422_says_where_and_keeps_nothing(api: FastAPI, body: bytes) -> None:
    async with client(api, "owner") as http:
        answer = await http.post("/requests", content=body, headers=JSON)

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert isinstance(problem["message"] if answer.status_code == 422 else problem["detail"], str)
    if answer.status_code == 422:
        assert all(error["loc"] and "input" not in error for error in problem["detail"])
    assert await api.state.services.store.query(Query("requests")) == []


async def test_an_empty_object_is_refused_because_it_asks_for_nothing(api: FastAPI) -> None:
    async with client(api, "owner") as http:
        answer = await http.post("/requests", json={"title": "  ", "description": ""})

    assert answer.status_code == 422
    assert "description" in answer.json()["message"]


async def test_unknown_fields_are_ignored(api: FastAPI) -> None:
    async with client(api, "owner") as http:
        answer = await http.post("/requests", json={"description": "We need water", "mood": {"of": ["the", "day"]}})

    assert answer.status_code == 201
    assert "mood" not in answer.json()


async def test_a_body_that_is_too_large_is_413(api: FastAPI) -> None:
    async with client(api, "owner") as http:
        answer = await http.post("/requests", content=b'{"title": "' + b"x" * 2_000_000 + b'"}', headers=JSON)

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


@pytest.mark.parametrize(
    "path",
    [
        "/requests/%00",
        "/requests/..%2f..%2fetc",
        "/requests/" + "x" * 5_000,
        "/requests/me?cursor=%00%ff",
        "/requests/me?cursor=WzFd",
        "/requests/me?cursor=" + "A" * 900,
        "/requests/me?limit=0",
        "/requests/me?limit=1e9",
        "/requests/me?stage=nowhere",
        "/users/a%20b/display_name",
        "/nowhere",
    ],
)
async def test_odd_addresses_are_a_4xx_problem(api: FastAPI, path: str) -> None:
    async with client(api, "owner") as http:
        answer = await http.get(path)

    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_wrong_method_is_405(api: FastAPI) -> None:
    async with client(api, "owner") as http:
        answer = await http.put("/requests", json={})

    assert answer.status_code == 405
    assert answer.json()["detail"] == "This address does not take that method."


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "\x7f"])
async def test_an_odd_idempotency_key_names_its_header(api: FastAPI, key: str) -> None:
    async with client(api, "owner") as http:
        answer = await http.post("/requests", json={"description": "x"}, headers={"Idempotency-Key": key})

    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["message"]


async def test_errors_carry_cors_headers(api: FastAPI) -> None:
    origin = {"Origin": "http://localhost:3000"}
    async with client(api, "owner") as http:
        for answer in (await http.get("/nowhere", headers=origin), await http.get("/requests", headers=origin)):
            assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"


async def test_a_fault_of_ours_is_a_problem_document_without_anybodys_data(api: FastAPI) -> None:
    @api.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the secret phone number 0771234567")

    async with client(api, "owner") as http:
        answer = await http.get("/broken", headers={"Origin": "http://localhost:3000"})

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "0771234567" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
