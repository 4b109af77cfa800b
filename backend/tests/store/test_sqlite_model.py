"""Any query of the SQLite store gives what a few lines of plain Python give."""

import asyncio
from collections.abc import Iterator
from functools import cmp_to_key
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.crud.store.indexes import Indexes
from app.crud.store.port import Create, Cursor, Data, Json, Key, Op, Order, Query, Where
from app.crud.store.sqlite import SqliteStore

VALUES: list[Json] = [None, False, True, -1, 0, 1, 1.0, 0.1, 1 / 3, 2**53, 2**53 + 1, "", "1", "a", "ab", "é", "true"]
MAPS: list[Json] = [{}, None, {"x": 1}, {"x": "a"}, {"x": None}]
FIELDS = ["v", "w", "deep.x"]
values = st.sampled_from(VALUES)
scalars: st.SearchStrategy[Json] = st.sampled_from([value for value in VALUES if value is not None])


class EveryIndex(Indexes):
    """As if every composite index were declared."""

    def check(self, query: Query) -> None:
        """Nothing is missing."""


@st.composite
def documents(draw: st.DrawFn) -> Data:
    found: Data = {}
    for name in ("v", "w"):
        if draw(st.booleans()):
            found[name] = draw(values)
    if draw(st.booleans()):
        found["deep"] = draw(st.sampled_from(MAPS))
    if draw(st.booleans()):
        found["tags"] = draw(st.lists(values, max_size=3))
    return found


@st.composite
def questions(draw: st.DrawFn) -> tuple[tuple[Where, ...], tuple[Order, ...], int]:
    where = [Where(name, Op.EQ, draw(values)) for name in FIELDS if draw(st.integers(0, 5)) == 0]
    if draw(st.integers(0, 3)) == 0:
        where.append(Where(draw(st.sampled_from(FIELDS)), Op.IN, draw(st.lists(scalars, min_size=1, max_size=4))))
    if draw(st.integers(0, 3)) == 0:
        where.append(Where("tags", Op.CONTAINS, draw(scalars)))
    ordered = draw(st.permutations(FIELDS))[: draw(st.integers(0, len(FIELDS)))]
    order = tuple(Order(name, draw(st.booleans())) for name in ordered)
    ranged = draw(st.booleans())
    if order and ranged:
        op = draw(st.sampled_from([Op.LT, Op.LE, Op.GT, Op.GE]))
        where.append(Where(order[0].field, op, draw(scalars)))
    return tuple(where), order, draw(st.sampled_from([1, 2, 5, 100]))


MISSING = object()


def at(data: Data, field: str) -> object:
    value: object = data
    for name in field.split("."):
        value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
    return value


def rank(value: object) -> tuple[int, object]:
    if value is None:
        return 0, 0
    if isinstance(value, bool):
        return 1, value
    return (3, value.encode()) if isinstance(value, str) else (2, value)


def matches(data: Data, where: Where) -> bool:
    found = at(data, where.field)
    if found is MISSING:
        return False
    if where.op is Op.CONTAINS:
        return isinstance(found, list) and rank(where.value) in [rank(element) for element in found]
    if where.op in (Op.EQ, Op.IN):
        return rank(found) in [rank(option) for option in where.options]
    (kind, left), (wanted, right) = rank(found), rank(where.value)
    if kind != wanted:
        return False
    below, same = bool(left < right), bool(left == right)  # type: ignore[operator] # of one kind, so they compare
    return {Op.LT: below, Op.LE: below or same, Op.GT: not below and not same, Op.GE: not below}[where.op]


def expected(stored: dict[str, Data], where: tuple[Where, ...], order: tuple[Order, ...]) -> list[str]:
    def compare(one: str, other: str) -> int:
        for part in order:
            left, right = rank(at(stored[one], part.field)), rank(at(stored[other], part.field))
            if left != right:
                return (1 if left > right else -1) * (-1 if part.descending else 1)
        return (1 if one > other else -1) * (-1 if order and order[-1].descending else 1)

    found = [
        id
        for id, data in stored.items()
        if all(matches(data, one) for one in where) and all(at(data, part.field) is not MISSING for part in order)
    ]
    return sorted(found, key=cmp_to_key(compare))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, SqliteStore]]:
    file: Path = tmp_path_factory.mktemp("model") / "store.db"
    with asyncio.Runner() as runner:
        store = SqliteStore(file, indexes=EveryIndex(frozenset()))
        yield runner, store
        runner.run(store.close())


RUNS = count()


@given(st.lists(documents(), max_size=12), questions())
@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_every_query_page_and_count_is_as_the_model_says(
    opened: tuple[asyncio.Runner, SqliteStore],
    written: list[Data],
    question: tuple[tuple[Where, ...], tuple[Order, ...], int],
) -> None:
    runner, store = opened
    collection = f"runs/{next(RUNS)}/things"
    stored = {f"d{n:02}": data for n, data in enumerate(written)}
    where, order, limit = question
    query = Query(collection, where, order, limit)

    async def ask() -> tuple[list[str], int]:
        await store.commit([Create(Key(collection, id), data) for id, data in stored.items()])
        found: list[str] = []
        after: Cursor | None = None
        while True:
            page = await store.query(Query(collection, where, order, limit, after))
            found += [one.key.id for one in page]
            if len(page) < limit or len(found) > len(stored):
                return found, await store.count(query)
            after = query.cursor(page[-1])

    found, number = runner.run(ask())
    assert found == expected(stored, where, query.order)
    assert number == len(expected(stored, where, ()))
