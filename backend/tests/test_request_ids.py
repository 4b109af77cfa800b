"""The id of a call: a sane one is kept, any other is replaced, and the log carries it."""

import re
from typing import Any

import pytest
import structlog
from fastapi import FastAPI

from app.crud.store.port import Query
from app.crud.unit import AUDIT
from tests.serving import client


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


async def test_what_a_call_and_its_jobs_change_is_remembered_with_its_id(api: FastAPI) -> None:
    services = api.state.services
    async with client(api, "owner") as http:
        body = {"description": "We need water", "location": {"lat": 6.68, "lng": 80.4}}
        made = (await http.post("/requests", json=body, headers={"X-Request-ID": "trace-2"})).json()
    await services.queue.drained()

    entries = await services.store.query(Query(AUDIT, limit=100))
    about = {
        str(one.data["event"]): one.data["request_id"] for one in entries if made["id"] in str(one.data["subject"])
    }
    assert about.keys() >= {"request.received", "request.assessed", "plan.made"}
    assert set(about.values()) == {"trace-2"}
