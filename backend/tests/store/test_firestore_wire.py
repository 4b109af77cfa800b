"""A Firestore behind a bad wire: what is tried again, what the caller is told, and how soon it is well again."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest

from app.core.errors import Transient
from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import AlreadyExists, Key, Query, Transaction
from tests.serving import client, serving
from tests.wire import Wire, wired
from tests.world import World

pytestmark = pytest.mark.emulator

A = Key("things", "a")
SOON = 2.0
"""Seconds within which a client is well again; what is waited for here may take a busy machine this much longer."""
BUSY = 3.0
RETRIED = 3.0


@pytest.fixture
async def wire(firestore_emulator: str, firestore_store: FirestoreStore) -> AsyncIterator[Wire]:
    await firestore_store.create(A, {})  # a new emulator takes its time over its first call
    async with wired(firestore_emulator) as wire:
        yield wire


@asynccontextmanager
async def behind(wire: Wire, *, retry_seconds: float, attempt_seconds: float = 5.0) -> AsyncIterator[FirestoreStore]:
    store = FirestoreStore(
        f"demo-{secrets.token_hex(6)}",
        emulator=wire.address,
        retry_seconds=retry_seconds,
        attempt_seconds=attempt_seconds,
    )
    try:
        yield store
    finally:
        await store.close()


async def seconds_of(work: Awaitable[object]) -> float:
    began = asyncio.get_running_loop().time()
    await work
    return asyncio.get_running_loop().time() - began


async def test_a_cut_wire_is_transient_after_the_time_for_retries_and_well_again_soon_after_it_is_mended(
    wire: Wire,
) -> None:
    async with behind(wire, retry_seconds=RETRIED) as store:
        await store.create(A, {"n": 1})
        await wire.cut()

        calls = (store.get(A), store.query(Query("things")), store.count(Query("things")), store.set(A, {"n": 2}))
        began = asyncio.get_running_loop().time()
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(one) for one in ended] == [Transient] * 4
        assert 1.5 < asyncio.get_running_loop().time() - began < RETRIED + BUSY
        await wire.mend()

        assert await seconds_of(store.get(A)) < SOON + BUSY
        found = await store.get(A)
        assert found is not None
        assert found.data == {"n": 1}


async def test_who_calls_while_the_wire_is_cut_is_served_when_it_is_mended_in_time(wire: Wire) -> None:
    async with behind(wire, retry_seconds=15.0) as store:
        await store.create(A, {"n": 1})
        await wire.cut()
        calls = [asyncio.create_task(store.get(A)) for _ in range(20)]
        await asyncio.sleep(1.0)
        assert not any(call.done() for call in calls)

        await wire.mend()
        assert await seconds_of(asyncio.gather(*calls)) < SOON + BUSY
        assert all(found is not None and found.data == {"n": 1} for found in await asyncio.gather(*calls))


async def test_a_connection_that_has_gone_silent_is_left_for_a_new_one_after_one_attempt(wire: Wire) -> None:
    async with behind(wire, retry_seconds=15.0, attempt_seconds=1.5) as store:
        await store.create(A, {"n": 1})
        wire.go_silent()

        found: list[object] = []
        assert await seconds_of(asyncio.gather(*(store.get(A) for _ in range(10)))) < 1.5 + SOON + BUSY
        found += [await store.get(A), *(await store.query(Query("things")))]
        assert len(found) == 2
        assert found[0] == found[1]


@pytest.mark.parametrize("times", [1, 3])
async def test_a_create_whose_reply_is_lost_on_the_wire_is_done_once_and_said_to_be_done(
    wire: Wire, times: int
) -> None:
    async with behind(wire, retry_seconds=15.0) as store:
        await store.create(Key("things", "first"), {})
        for n in range(times):
            wire.lose_the_next_reply()
            await store.create(Key("things", f"t{n}"), {"n": n})
            assert wire.lost == n + 1
            with pytest.raises(AlreadyExists):
                await store.create(Key("things", f"t{n}"), {"n": n})


async def test_an_increment_counts_once_over_a_wire_that_loses_replies(wire: Wire) -> None:
    async with behind(wire, retry_seconds=15.0) as store:
        await store.create(A, {"n": 0})

        async def increment(transaction: Transaction) -> None:
            data = await transaction.get(A)
            assert data is not None
            assert isinstance(data["n"], int)
            wire.lose_the_next_reply()
            transaction.update(A, {"n": data["n"] + 1})

        for _ in range(5):
            await store.transaction(increment)
        found = await store.get(A)
        assert found is not None
        assert found.data == {"n": 5}
        assert wire.lost >= 5


async def test_the_api_answers_503_with_retry_after_and_then_again_as_before(wire: Wire) -> None:
    async with behind(wire, retry_seconds=RETRIED) as store:
        world = World.over(store)
        async with serving(world.services) as app, client(app, "someone") as http:
            assert (await http.get("/users/me")).status_code == 200
            body = {"description": "We need water", "location": {"lat": 6.6, "lng": 80.4}}
            await wire.cut()

            asked = http.post("/requests", json=body, headers={"Idempotency-Key": "k1"})
            probed = asyncio.create_task(http.get("/readyz"))
            for refused in await asyncio.gather(http.get("/users/me"), http.get("/requests/me"), asked):
                assert refused.status_code == 503
                assert refused.headers["content-type"] == "application/problem+json"
                assert int(refused.headers["retry-after"]) >= 1
                assert refused.json()["code"] == "unavailable"
            assert (await probed).status_code == 503
            await wire.mend()

            assert await seconds_of(http.get("/users/me")) < SOON + BUSY
            made = await http.post("/requests", json=body, headers={"Idempotency-Key": "k1"})
            assert made.status_code == 201
            assert (await http.get("/readyz")).status_code == 200
            assert len((await http.get("/requests/me")).json()) == 1
