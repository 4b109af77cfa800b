"""What only the Firestore store must show: bad connections, on Google's emulator."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from google.api_core import exceptions as google
from google.api_core.retry import AsyncRetry
from google.cloud.firestore import AsyncClient, AsyncWriteBatch
from google.cloud.firestore_v1.types import WriteResult

from app.core.errors import Transient
from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Create, Delete, Key, Stale, Transaction, Update

pytestmark = pytest.mark.emulator

A, B = Key("things", "a"), Key("things", "b")
Fault = Callable[[Callable[[], Awaitable[list[WriteResult]]]], Awaitable[list[WriteResult]]]


class FaultyBatch(AsyncWriteBatch):
    """A batch whose commit goes through the next fault, if one waits."""

    def __init__(self, client: AsyncClient, faults: list[Fault]) -> None:
        super().__init__(client)
        self._faults = faults

    async def commit(
        self,
        retry: AsyncRetry | object | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 the client's own
    ) -> list[WriteResult]:
        async def send() -> list[WriteResult]:
            return await super(FaultyBatch, self).commit(retry=retry, timeout=timeout)

        return await (self._faults.pop(0)(send) if self._faults else send())


class FaultyClient(AsyncClient):
    faults: list[Fault]

    def batch(self) -> AsyncWriteBatch:
        return FaultyBatch(self, self.faults)


class FaultyStore(FirestoreStore):
    """The store behind a connection that fails as told."""

    def __init__(self, project: str, *, retry_seconds: float = 15.0) -> None:
        super().__init__(project, retry_seconds=retry_seconds)
        self.faults: list[Fault] = []

    def _connect(self) -> AsyncClient:
        client = FaultyClient(project=self._project)
        client.faults = self.faults
        return client


def failure(kind: type[google.GoogleAPICallError], message: str) -> google.GoogleAPICallError:
    return kind(message)


async def lose_the_reply(send: Callable[[], Awaitable[list[WriteResult]]]) -> list[WriteResult]:
    await send()
    raise failure(google.ServiceUnavailable, "the connection broke")


async def lose_the_request(send: Callable[[], Awaitable[list[WriteResult]]]) -> list[WriteResult]:
    raise failure(google.DeadlineExceeded, "no answer")


async def abort(send: Callable[[], Awaitable[list[WriteResult]]]) -> list[WriteResult]:
    raise failure(google.Aborted, "too much contention")


@pytest.fixture
async def faulty(firestore_emulator: str) -> AsyncIterator[FaultyStore]:
    store = FaultyStore(f"demo-{secrets.token_hex(6)}")
    yield store
    await store.close()


async def increment(transaction: Transaction) -> None:
    data = await transaction.get(A)
    assert data is not None
    assert isinstance(data["n"], int)
    transaction.update(A, {"n": data["n"] + 1})


@pytest.mark.parametrize("fault", [lose_the_reply, lose_the_request, abort])
async def test_a_create_is_tried_again_and_done_once(faulty: FaultyStore, fault: Fault) -> None:
    faulty.faults.append(fault)
    await faulty.create(A, {"n": 1})

    found = await faulty.get(A)
    assert found is not None
    assert found.data == {"n": 1}


@pytest.mark.parametrize("fault", [lose_the_reply, lose_the_request, abort])
async def test_an_increment_counts_once_whatever_was_lost(faulty: FaultyStore, fault: Fault) -> None:
    await faulty.create(A, {"n": 0})
    faulty.faults.append(fault)
    await faulty.transaction(increment)

    found = await faulty.get(A)
    assert found is not None
    assert found.data == {"n": 1}


async def test_the_same_content_from_another_writer_is_not_taken_for_ones_own(
    faulty: FaultyStore,
) -> None:
    await faulty.create(A, {"n": 0})

    async def overtaken(send: Callable[[], Awaitable[list[WriteResult]]]) -> list[WriteResult]:
        await faulty.update(A, {"n": 1})  # another's increment: to the letter what this commit would have written
        raise failure(google.ServiceUnavailable, "the connection broke before anything was sent")

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


async def test_a_database_that_does_not_answer_is_transient_in_the_end(firestore_emulator: str) -> None:
    store = FaultyStore("demo-unavailable", retry_seconds=0.1)
    store.faults += [lose_the_request] * 1000

    with pytest.raises(Transient):
        await store.create(A, {"n": 1})
    await store.close()


def test_a_second_event_loop_gets_a_client_of_its_own(firestore_emulator: str) -> None:
    store = FirestoreStore(f"demo-{secrets.token_hex(6)}")

    async def first() -> None:
        await store.create(A, {"n": 1})
        client = store.client
        await store.client._firestore_api.transport.close()
        assert client is store.client

    async def second() -> int:
        found = await store.get(A)
        await store.close()
        assert found is not None
        assert isinstance(found.data["n"], int)
        return found.data["n"]

    asyncio.run(first())
    assert asyncio.run(second()) == 1
