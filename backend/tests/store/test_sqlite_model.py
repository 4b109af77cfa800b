"""Any query of the SQLite store gives what a few lines of plain Python give, whatever was written before it."""

import asyncio
from collections.abc import Sequence
from functools import cmp_to_key
from random import Random
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.crud.store.indexes import Indexes
from app.crud.store.port import Create, Cursor, Data, Delete, Json, Key, Op, Order, Query, Set, Update, Where, Write
from app.crud.store.sqlite import SqliteStore

VALUES: list[Json] = [None, False, True, -1, 0, 1, 1.0, 0.1, 1 / 3, 2**53, 2**53 + 1, "", "1", "a", "ab", "é", "true"]
MAPS: list[Json] = [{}, None, {"x": 1}, {"x": "a"}, {"x": None}]
FIELDS = ["v", "w", "deep.x"]
ARRAYS = ["tags", "deep.tags"]
# What SQLite's JSON functions could take for something else.
ELEMENTS: list[Json] = [*VALUES, {}, {"x": 1}, '{"x":1}', "[1]", "a\x00b", "\\u0000", 2.0**53]
LISTS: list[Json] = [["a", 1], ["a", True], ["a", "a", 1.0], [1, "b", 1]]
SCALARS = [value for value in VALUES if value is not None]
WANTED = [value for value in ELEMENTS if not isinstance(value, dict | None)]
# These come more often, so that questions have answers, and answers ties.
COMMON: list[Json] = ["a", 1, True]
COLLECTION = "users/u1/things"
IDS = [f"d{n:02}" for n in range(12)]

Change: TypeAlias = tuple[str, str, Data]


class EveryIndex(Indexes):
    """As if every composite index were declared."""

    def check(self, query: Query) -> None:
        """Nothing is missing."""


def drawn(random: Random, rare: Sequence[Json]) -> Json:
    return random.choice(COMMON if random.random() < 0.5 else rare)


def array(random: Random) -> Json:
    """A list mostly, else something that only looks like one."""
    if random.random() < 0.1:
        return random.choice(ELEMENTS)
    return random.choice([*LISTS, [random.choice(ELEMENTS) for _ in range(random.randrange(5))]])


def document(random: Random) -> Data:
    found: Data = {name: drawn(random, VALUES) for name in ("v", "w") if random.random() < 0.8}
    if random.random() < 0.8:
        deep: Data = {"x": drawn(random, VALUES), "tags": array(random)}
        found["deep"] = deep if random.random() < 0.8 else random.choice(MAPS)
    if random.random() < 0.8:
        found["tags"] = array(random)
    return found


def change(random: Random) -> Change:
    return random.choice(["set", "update", "update", "delete"]), random.choice(IDS), document(random)


def question(random: Random) -> Query:
    where = [Where(name, Op.EQ, drawn(random, VALUES)) for name in FIELDS if random.random() < 0.15]
    if random.random() < 0.25:
        options = [drawn(random, SCALARS) for _ in range(random.randint(1, 4))]
        where.append(Where(random.choice(FIELDS), Op.IN, options))
    if random.random() < 0.6:
        where.append(Where(random.choice(ARRAYS), Op.CONTAINS, drawn(random, WANTED)))
    order = tuple(Order(name, random.random() < 0.5) for name in random.sample(FIELDS, random.randint(0, 3)))
    if order and random.random() < 0.3:
        where.append(Where(order[0].field, random.choice([Op.LT, Op.LE, Op.GT, Op.GE]), drawn(random, SCALARS)))
    return Query(COLLECTION, tuple(where), order, random.choice([1, 2, 5, 100]))


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


def told(stored: dict[str, Data], query: Query) -> tuple[list[str], int]:
    """The ids in order and the number, by the model."""
    return expected(stored, query.where, query.order), len(expected(stored, query.where, ()))


def changed(stored: dict[str, Data], change: Change) -> Write | None:
    """The write, done to the model; None if the store would refuse it."""
    kind, id, data = change
    key = Key(COLLECTION, id)
    if kind == "delete":
        stored.pop(id, None)
        return Delete(key)
    if kind == "set":
        stored[id] = data
        return Set(key, data)
    if id not in stored:
        return None
    stored[id] = {**stored[id], **data}
    return Update(key, data)


async def answer(store: SqliteStore, query: Query) -> tuple[list[str], int]:
    """The ids of all pages, and the count."""
    found: list[str] = []
    after: Cursor | None = None
    while True:
        page = await store.query(Query(query.collection, query.where, query.order, query.limit, after))
        found += [one.key.id for one in page]
        if len(page) < query.limit or len(found) > len(IDS):
            return found, await store.count(query)
        after = query.cursor(page[-1])


async def live(store: SqliteStore, random: Random) -> None:
    """Documents, questions, changes, the same questions again."""
    stored = {id: document(random) for id in IDS if random.random() < 0.7}
    asked = [question(random) for _ in range(4)]
    await store.commit([Create(Key(COLLECTION, id), data) for id, data in stored.items()])
    for query in asked:
        assert await answer(store, query) == told(stored, query), query
    for write in [changed(stored, change(random)) for _ in range(random.randrange(10))]:
        if write is not None:
            await store.commit([write])
    for query in asked:
        assert await answer(store, query) == told(stored, query), query


@given(st.randoms(use_true_random=True))
@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_every_query_page_and_count_is_as_the_model_says_before_and_after_changes(
    tmp_path_factory: pytest.TempPathFactory, random: Random
) -> None:
    async def run() -> None:
        store = SqliteStore(tmp_path_factory.mktemp("model") / "store.db", indexes=EveryIndex(frozenset()))
        await live(store, random)
        await store.close()

    asyncio.run(run())
