"""The end of an answer that does not begin, and what is not to be taken for it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.api.time_limit import TimeLimit
from app.core.errors import Overdue

Handler = Callable[[Receive, Send], Awaitable[None]]
START: Message = {"type": "http.response.start", "status": 200, "headers": []}


async def run(handler: Handler, *, seconds: float = 0.05, receive: Receive | None = None) -> list[Message]:
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await handler(receive, send)

    async def nothing() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(message: Message) -> None:
        sent.append(message)

    await TimeLimit(app, seconds)({"type": "http"}, receive or nothing, keep)
    return sent


def uncancelled() -> bool:
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling() == 0


async def test_an_answer_that_does_not_begin_is_given_up_and_nothing_of_that_is_left() -> None:
    async def forever(receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    with pytest.raises(Overdue):
        await run(forever)
    assert uncancelled()
    await asyncio.sleep(0)


async def test_a_caller_who_goes_is_not_taken_for_an_answer_that_is_late() -> None:
    begun = asyncio.Event()

    async def forever(receive: Receive, send: Send) -> None:
        begun.set()
        await asyncio.Event().wait()

    call = asyncio.create_task(run(forever, seconds=60))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_an_answer_that_has_begun_may_take_its_time() -> None:
    async def slowly(receive: Receive, send: Send) -> None:
        await send(START)
        await asyncio.sleep(0.15)

    assert await run(slowly) == [START]


async def test_waiting_for_the_body_does_not_count_and_the_work_after_it_does() -> None:
    async def late() -> Message:
        await asyncio.sleep(0.15)
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def patient(receive: Receive, send: Send) -> None:
        assert (await receive())["body"] == b"x"
        await send(START)

    async def lazy(receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.Event().wait()

    assert await run(patient, receive=late) == [START]
    with pytest.raises(Overdue):
        await run(lazy, receive=late)


async def test_a_handler_that_fails_at_its_end_is_heard_and_nobody_after_it_is_cancelled() -> None:
    async def failing(receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ValueError("no") from None

    with pytest.raises(ValueError, match="no"):
        await run(failing)
    assert uncancelled()
    await asyncio.sleep(0)


async def test_a_timeout_of_the_handler_is_its_own() -> None:
    async def waiting(receive: Receive, send: Send) -> None:
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await run(waiting, seconds=60)
