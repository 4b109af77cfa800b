"""Reads and writes that take effect together, under contention, the same on every store."""

import asyncio

import pytest

from app.crud.store.port import (
    AlreadyExists,
    Contended,
    Data,
    Delete,
    Key,
    Missing,
    Stale,
    Store,
    Transaction,
    Update,
    Verify,
)

A, B, C = Key("things", "a"), Key("things", "b"), Key("things", "c")


async def data_of(store: Store, key: Key) -> Data | None:
    found = await store.get(key)
    return found.data if found else None


def number(data: Data | None) -> int:
    assert data is not None
    assert isinstance(data["n"], int)
    return data["n"]


async def increment(transaction: Transaction) -> int:
    n = number(await transaction.get(A)) + 1
    transaction.update(A, {"n": n})
    return n


async def test_what_fn_writes_takes_effect_and_what_it_returns_comes_back(store: Store) -> None:
    await store.create(A, {"n": 1, "kept": True})
    await store.create(C, {"n": 3})

    async def step(transaction: Transaction) -> str:
        n = number(await transaction.get(A))
        transaction.update(A, {"n": n + 1})
        transaction.create(B, {"n": n})
        transaction.delete(C)
        return "done"

    assert await store.transaction(step) == "done"
    assert await data_of(store, A) == {"n": 2, "kept": True}
    assert await data_of(store, B) == {"n": 1}
    assert await data_of(store, C) is None


async def test_an_error_out_of_fn_writes_nothing_and_is_not_tried_again(store: Store) -> None:
    await store.create(A, {"n": 1})
    runs = []

    async def step(transaction: Transaction) -> None:
        runs.append(await transaction.get_many([A, B]))
        transaction.update(A, {"n": 2})
        raise LookupError

    with pytest.raises(LookupError):
        await store.transaction(step)

    assert len(runs) == 1
    assert await data_of(store, A) == {"n": 1}


async def test_a_transaction_runs_again_when_what_it_read_has_changed(store: Store) -> None:
    await store.create(A, {"n": 1})
    seen = []

    async def step(transaction: Transaction) -> None:
        seen.append(number(await transaction.get(A)))
        if len(seen) == 1:
            await store.update(A, {"n": 10})
        transaction.update(A, {"n": seen[-1] + 1})

    await store.transaction(step, keys=[A])

    assert seen == [1, 10]
    assert await data_of(store, A) == {"n": 11}


@pytest.mark.parametrize("there_before", [True, False])
async def test_a_document_that_was_only_read_must_not_have_changed_either(store: Store, there_before: bool) -> None:
    await store.create(A, {"n": 1})
    if there_before:
        await store.create(B, {"n": 1})
    seen: list[Data | None] = []

    async def step(transaction: Transaction) -> None:
        seen.append((await transaction.get_many([A, B])).get(B))
        if len(seen) == 1:
            await store.set(B, {"n": 2})
        transaction.update(A, {"n": 9})

    await store.transaction(step)

    assert seen == [{"n": 1} if there_before else None, {"n": 2}]


async def test_a_document_created_by_another_meanwhile_is_seen_on_the_next_run(store: Store) -> None:
    seen = []

    async def step(transaction: Transaction) -> None:
        seen.append(await transaction.get(A))
        if len(seen) == 1:
            await store.create(A, {"n": 1})
        transaction.set(A, {"n": 2})

    await store.transaction(step, keys=[A])

    assert seen == [None, {"n": 1}]
    assert await data_of(store, A) == {"n": 2}


@pytest.mark.parametrize("read_first", [True, False])
async def test_creating_what_exists_and_updating_what_does_not_are_errors_at_once(
    store: Store, read_first: bool
) -> None:
    await store.create(A, {"n": 1})
    runs = 0

    async def create(transaction: Transaction) -> None:
        nonlocal runs
        runs += 1
        if read_first:
            await transaction.get(A)
        transaction.create(A, {"n": 2})

    async def update(transaction: Transaction) -> None:
        nonlocal runs
        runs += 1
        if read_first:
            await transaction.get(B)
        transaction.update(B, {"n": 2})

    with pytest.raises(AlreadyExists):
        await store.transaction(create)
    with pytest.raises(Missing):
        await store.transaction(update)
    assert runs == 2
    assert await data_of(store, A) == {"n": 1}


async def test_reads_of_different_moments_are_never_the_last_word(store: Store) -> None:
    await store.create(A, {"n": 1})
    await store.create(B, {"n": 1})
    runs = 0

    async def step(transaction: Transaction) -> int:
        nonlocal runs
        runs += 1
        first = number(await transaction.get(A))
        if runs == 1:
            await store.commit([Update(A, {"n": 2}), Update(B, {"n": 2})])
        second = number(await transaction.get(B))
        if first != second:
            raise AssertionError("A and B always have the same number.")
        return first

    assert await store.transaction(step) == 2
    assert runs == 2


async def test_sixteen_writers_of_one_document_lose_no_increment(store: Store) -> None:
    await store.create(A, {"n": 0})

    async def writer() -> None:
        for _ in range(10):
            await store.transaction(increment)

    await asyncio.gather(*(writer() for _ in range(16)))

    assert await data_of(store, A) == {"n": 160}


async def test_of_200_claims_on_100_exactly_100_succeed(store: Store) -> None:
    await store.create(A, {"n": 100})

    async def claim(transaction: Transaction) -> bool:
        left = number(await transaction.get(A))
        if left == 0:
            return False
        transaction.update(A, {"n": left - 1})
        return True

    claims = await asyncio.gather(*(store.transaction(claim, keys=[A]) for _ in range(200)))

    assert sum(claims) == 100
    assert await data_of(store, A) == {"n": 0}


async def test_writers_of_two_documents_in_opposite_orders_do_not_block_each_other(store: Store) -> None:
    await store.create(A, {"n": 50})
    await store.create(B, {"n": 50})

    async def move(source: Key, target: Key) -> None:
        async def step(transaction: Transaction) -> None:
            taken, given = number(await transaction.get(source)), number(await transaction.get(target))
            transaction.update(source, {"n": taken - 1})
            transaction.update(target, {"n": given + 1})

        await store.transaction(step, keys=[source])

    await asyncio.gather(*(move(A, B) if n % 2 else move(B, A) for n in range(20)))

    assert await data_of(store, A) == await data_of(store, B) == {"n": 50}


async def test_a_document_that_stays_busy_ends_in_contended_with_nothing_written(store: Store) -> None:
    store.transaction_seconds = 0.05
    await store.create(A, {"n": 0})

    async def step(transaction: Transaction) -> None:
        n = number(await transaction.get(A))
        await store.update(A, {"n": n + 1})
        transaction.update(A, {"n": -1})

    with pytest.raises(Contended):
        await store.transaction(step)
    assert number(await data_of(store, A)) > 0


async def test_who_waits_for_a_stuck_holder_gives_up_in_time(sqlite_store: Store) -> None:
    sqlite_store.transaction_seconds = 0.05
    entered, release = asyncio.Event(), asyncio.Event()

    async def stuck(transaction: Transaction) -> None:
        entered.set()
        await release.wait()

    holder = asyncio.create_task(sqlite_store.transaction(stuck, keys=[A]))
    await entered.wait()
    with pytest.raises(Contended):
        await sqlite_store.transaction(increment, keys=[A])
    release.set()
    await holder


async def test_a_timeout_raised_by_fn_is_its_own(sqlite_store: Store) -> None:
    async def step(transaction: Transaction) -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await sqlite_store.transaction(step)


async def test_a_newcomer_waits_its_turn_behind_those_who_queue(sqlite_store: Store) -> None:
    await sqlite_store.create(A, {"n": 0})
    entered, release = asyncio.Event(), asyncio.Event()
    order: list[str] = []

    def named(name: str, *, wait: bool = False) -> asyncio.Task[None]:
        async def step(transaction: Transaction) -> None:
            await increment(transaction)
            if wait:
                entered.set()
                await release.wait()

        async def run() -> None:
            await sqlite_store.transaction(step, keys=[A] if wait else [])
            order.append(name)

        return asyncio.create_task(run())

    tasks = [named("holder", wait=True)]
    await entered.wait()
    tasks.append(named("newcomer"))
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*tasks)

    assert order == ["holder", "newcomer"]
    assert await data_of(sqlite_store, A) == {"n": 2}


async def test_a_transaction_inside_a_transaction_is_refused(sqlite_store: Store) -> None:
    await sqlite_store.create(A, {"n": 0})
    later: list[asyncio.Task[int]] = []
    over = asyncio.Event()

    async def afterwards() -> int:
        await over.wait()
        return await sqlite_store.transaction(increment)

    async def outer(transaction: Transaction) -> None:
        later.append(asyncio.create_task(afterwards()))
        await sqlite_store.transaction(increment, keys=[A])

    with pytest.raises(RuntimeError, match="inside"):
        await sqlite_store.transaction(outer, keys=[A])
    over.set()

    assert await later[0] == 1


async def test_a_transaction_reads_before_it_writes_and_writes_a_document_once(sqlite_store: Store) -> None:
    async def late_read(transaction: Transaction) -> None:
        transaction.set(A, {})
        await transaction.get(B)

    async def twice(transaction: Transaction) -> None:
        transaction.set(A, {})
        transaction.delete(A)

    for step in (late_read, twice):
        with pytest.raises(RuntimeError):
            await sqlite_store.transaction(step)
    assert await sqlite_store.get(A) is None


async def test_deleting_what_was_read_as_absent_still_needs_its_absence(store: Store) -> None:
    async def step(transaction: Transaction) -> None:
        await transaction.get(A)
        transaction.delete(A)
        assert transaction.commit_writes() == [Verify(A, None)]

    await store.transaction(step)
    assert await store.get(A) is None


async def test_a_commit_can_carry_its_own_revision(store: Store) -> None:
    await store.create(A, {"n": 1})
    found = await store.get(A)
    assert found is not None

    await store.commit([Update(A, {"n": 2}, found.revision)])
    with pytest.raises(Stale):
        await store.commit([Delete(A, found.revision)])
