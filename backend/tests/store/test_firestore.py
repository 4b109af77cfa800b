"""What only the Firestore store must show: calls that fail as told, on Google's emulator."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
import pytest
from google.cloud.firestore_v1 import types

from app.core.errors import Transient
from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Create, Delete, Key, Query, Stale, Transaction, Update

pytestmark = pytest.mark.emulator

A, B = Key("things", "a"), Key("things", "b")
Fault = Callable[[Callable[[], Awaitable[bytes]]], Awaitable[bytes]]
Call = Callable[[grpc.aio.ClientCallDetails, object], Awaitable[Awaitable[bytes]]]


class Faults(grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[misc] # gRPC has no types
    """Each commit goes through the next fault, if one waits."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    async def intercept_unary_unary(
        self, continuation: Call, client_call_details: grpc.aio.ClientCallDetails, request: object
    ) -> Awaitable[bytes] | bytes:
        async def send() -> bytes:
            return await (await continuation(client_call_details, request))

        if self.waiting and client_call_details.method.endswith(b"/Commit"):
            return await self.waiting.pop(0)(send)
        return await continuation(client_call_details, request)


class FaultyStore(FirestoreStore):
    """The store behind a connection that fails as told."""

    def __init__(self, emulator: str, *, retry_seconds: float = 15.0) -> None:
        seen = Faults()
        super().__init__(
            f"demo-{secrets.token_hex(6)}", emulator=emulator, interceptors=[seen], retry_seconds=retry_seconds
        )
        self.faults = seen.waiting


def failure(code: grpc.StatusCode, message: str) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), message)


async def lose_the_reply(send: Callable[[], Awaitable[bytes]]) -> bytes:
    await send()
    raise failure(grpc.StatusCode.UNAVAILABLE, "the connection broke")


async def lose_the_request(send: Callable[[], Awaitable[bytes]]) -> bytes:
    raise failure(grpc.StatusCode.DEADLINE_EXCEEDED, "no answer")


async def abort(send: Callable[[], Awaitable[bytes]]) -> bytes:
    raise failure(grpc.StatusCode.ABORTED, "too much contention")


async def exhaust(send: Callable[[], Awaitable[bytes]]) -> bytes:
    raise failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "over the quota")


@pytest.fixture
async def faulty(firestore_emulator: str) -> AsyncIterator[FaultyStore]:
    store = FaultyStore(firestore_emulator)
    yield store
    await store.close()


async def increment(transaction: Transaction) -> None:
    data = await transaction.get(A)
    assert data is not None
    assert isinstance(data["n"], int)
    transaction.update(A, {"n": data["n"] + 1})


@pytest.mark.parametrize("fault", [lose_the_reply, lose_the_request, abort, exhaust])
async def test_a_create_is_tried_again_and_done_once(faulty: FaultyStore, fault: Fault) -> None:
    faulty.faults.append(fault)
    await faulty.create(A, {"n": 1})

    found = await faulty.get(A)
    assert found is not None
    assert found.data == {"n": 1}
    assert not faulty.faults


@pytest.mark.parametrize("fault", [lose_the_reply, lose_the_request, abort, exhaust])
async def test_an_increment_counts_once_whatever_was_lost(faulty: FaultyStore, fault: Fault) -> None:
    await faulty.create(A, {"n": 0})
    faulty.faults.append(fault)
    await faulty.transaction(increment)

    found = await faulty.get(A)
    assert found is not None
    assert found.data == {"n": 1}
    assert not faulty.faults


async def test_the_same_content_from_another_writer_is_not_taken_for_ones_own(
    faulty: FaultyStore,
) -> None:
    await faulty.create(A, {"n": 0})

    async def overtaken(send: Callable[[], Awaitable[bytes]]) -> bytes:
        await faulty.update(A, {"n": 1})  # another's increment: to the letter what this commit would have written
        raise failure(grpc.StatusCode.UNAVAILABLE, "the connection broke before anything was sent")

    faulty.faults.append(overtaken)
    await faulty.transaction(increment)

    found = await faulty.get(A)
    assert found is not None
    assert found.data == {"n": 2}


async def test_a_delete_whose_reply_was_lost_is_done(faulty: FaultyStore) -> None:
    await faulty.create(A, {"n": 0})
    found = await faulty.get(A)
    assert found is not None
    faulty.faults.append(lose_the_reply)

    await faulty.commit([Delete(A, found.revision)])
    assert await faulty.get(A) is None


async def test_a_conflict_behind_a_lost_request_is_still_a_conflict(faulty: FaultyStore) -> None:
    await faulty.create(A, {"n": 0})
    found = await faulty.get(A)
    assert found is not None
    await faulty.update(A, {"n": 1})
    faulty.faults.append(lose_the_request)

    with pytest.raises(Stale):
        await faulty.commit([Update(A, {"n": 2}, found.revision), Create(B, {})])
    assert await faulty.get(B) is None


@pytest.mark.parametrize("fault", [lose_the_request, abort, exhaust])
async def test_a_database_that_does_not_answer_is_transient_in_the_end(firestore_emulator: str, fault: Fault) -> None:
    store = FaultyStore(firestore_emulator, retry_seconds=0.1)
    store.faults += [fault] * 1000

    with pytest.raises(Transient):
        await store.create(A, {"n": 1})
    await store.close()


async def test_a_value_that_this_product_never_writes_is_an_error_and_not_a_guess(firestore_emulator: str) -> None:
    project = f"demo-{secrets.token_hex(6)}"
    name = f"projects/{project}/databases/(default)/documents/things/a"
    foreign = {"update": {"name": name, "fields": {"at": {"timestamp_value": {"seconds": 1}}}}}
    async with grpc.aio.insecure_channel(firestore_emulator) as channel:
        message = types.CommitRequest.pb()(database=f"projects/{project}/databases/(default)", writes=[foreign])
        call = channel.unary_unary(
            "/google.firestore.v1.Firestore/Commit", request_serializer=lambda one: one.SerializeToString()
        )
        await call(message, metadata=(("authorization", "Bearer owner"),))
    store = FirestoreStore(project, emulator=firestore_emulator)

    [found] = await store.query(Query("things"))
    with pytest.raises(ValueError, match="timestamp_value"):
        assert found.data
    await store.close()


def test_a_second_event_loop_gets_a_channel_of_its_own(firestore_emulator: str) -> None:
    store = FirestoreStore(f"demo-{secrets.token_hex(6)}", emulator=firestore_emulator)

    async def first() -> None:
        await store.create(A, {"n": 1})

    async def second() -> int:
        found = await store.get(A)
        await store.close()
        assert found is not None
        assert isinstance(found.data["n"], int)
        return found.data["n"]

    asyncio.run(first())
    assert asyncio.run(second()) == 1
