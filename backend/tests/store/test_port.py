"""What can be asked and locked at all."""

import asyncio

import pytest

from app.crud.store.documents import Key, Snapshot
from app.crud.store.locks import KeyLocks
from app.crud.store.port import Cursor, Json, Op, Order, Query, Where, value_at

A, B = Key("things", "a"), Key("things", "b")


@pytest.mark.parametrize(
    ("collection", "id"),
    [
        ("things", ""),
        ("things", "a/b"),
        ("things", "."),
        ("things", ".."),
        ("things", "__x__"),
        ("things", "x" * 401),
        ("", "a"),
        ("Things", "a"),
        ("users/u1", "a"),
        ("users//devices", "a"),
        ('x"; --', "a"),
    ],
)
def test_a_key_that_is_not_the_place_of_a_document_cannot_be_made(collection: str, id: str) -> None:
    with pytest.raises(ValueError, match="not the place"):
        Key(collection, id)


@pytest.mark.parametrize("limit", [0, 1001])
def test_a_query_has_a_limit_within_bounds(limit: int) -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        Query("things", limit=limit)


@pytest.mark.parametrize(
    ("op", "value"),
    [
        (Op.EQ, [1]),
        (Op.EQ, {"x": 1}),
        (Op.EQ, float("nan")),
        (Op.EQ, 2**63),
        (Op.LT, None),
        (Op.CONTAINS, None),
        (Op.IN, "abc"),
        (Op.IN, []),
        (Op.IN, [None]),
        (Op.IN, list(range(31))),
    ],
)
def test_a_condition_that_stores_would_answer_differently_is_refused(op: Op, value: Json) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Where("v", op, value)


@pytest.mark.parametrize("field", ["", "a..b", ".a", "a b", "a'", "1a", "é", 'a"'])
def test_a_field_that_needs_quotes_cannot_be_asked_for(field: str) -> None:
    with pytest.raises(ValueError, match="not a field"):
        Where(field, Op.EQ, 1)
    with pytest.raises(ValueError, match="not a field"):
        Order(field)


def test_ranges_are_on_one_field_which_leads_the_order() -> None:
    low, other = Where("a", Op.GT, 1), Where("b", Op.LT, 2)

    assert Query("things", (low,)).order == (Order("a"),)
    assert Query("things", (low,), (Order("a", True), Order("b"))).order[0].descending
    with pytest.raises(ValueError, match="one field only"):
        Query("things", (low, other))
    with pytest.raises(ValueError, match="first order"):
        Query("things", (low,), (Order("b"),))


def test_more_than_firestore_can_combine_is_refused() -> None:
    six: list[Json] = list(range(6))

    Query("things", (Where("a", Op.IN, six[:5]), Where("b", Op.IN, six)))
    with pytest.raises(ValueError, match="30 combinations"):
        Query("things", (Where("a", Op.IN, six), Where("b", Op.IN, six)))
    with pytest.raises(ValueError, match="array_contains"):
        Query("things", (Where("a", Op.CONTAINS, 1), Where("b", Op.CONTAINS, 1)))
    with pytest.raises(ValueError, match="once"):
        Query("things", order=(Order("a"), Order("a", True)))


def test_a_cursor_has_one_value_for_each_order_and_is_taken_from_a_document() -> None:
    query = Query("things", order=(Order("a.b"), Order("c")))

    assert query.cursor(Snapshot(A, {"a": {"b": 1}, "c": None}, "r")) == Cursor((1, None), "a")
    with pytest.raises(ValueError, match="one value for each"):
        Query("things", order=(Order("a"),), after=Cursor((), "x"))
    with pytest.raises(KeyError):
        value_at({"a": 1}, "a.b")


def test_a_selection_has_the_fields_of_the_order_and_none_within_another() -> None:
    assert Query("things", order=(Order("a.b"),), select=("c",)).select == ("c", "a.b")
    assert Query("things", order=(Order("a.b"),), select=("a",)).select == ("a",)
    assert Query("things", select=("a", "ab", "a")).select == ("a", "ab")
    assert Query("things", select=()).select == ()
    for select in (("a", "a.b"), ("a.b.c", "a.b")):
        with pytest.raises(ValueError, match="part of another"):
            Query("things", select=select)
    with pytest.raises(ValueError, match="part of another"):
        Query("things", order=(Order("a"),), select=("a.b",))
    with pytest.raises(ValueError, match="not a field"):
        Query("things", select=("a b",))


async def test_locks_are_held_one_at_a_time_in_the_order_of_asking() -> None:
    locks = KeyLocks()
    order: list[int] = []

    async def holder(n: int, *keys: Key) -> None:
        async with locks.held(keys):
            order.append(n)
            await asyncio.sleep(0)
            order.append(n)

    await asyncio.gather(*(holder(n, *((A, B) if n % 2 else (B, A))) for n in range(6)))

    assert order == [n for n in range(6) for _ in range(2)]
    assert not locks.busy([A, B])


async def test_a_waiter_who_gives_up_leaves_the_lock_in_order() -> None:
    locks = KeyLocks()
    now = asyncio.get_running_loop().time()

    async with locks.held([B]):
        with pytest.raises(TimeoutError):
            async with locks.held([A, B], until=now):
                raise AssertionError("B is held by another.")
        assert locks.busy([B])
        assert not locks.busy([A])
    async with locks.held([A, B]):
        assert locks.busy([A])
    assert not locks.busy([A, B])
