"""A handler that hangs is given up; an answer that has begun, and a caller who is slow, are not."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from tests.fixtures_small import OURS
from tests.serving import client


@pytest.fixture
def patience() -> float:
    return 0.4


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
