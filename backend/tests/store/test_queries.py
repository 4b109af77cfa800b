"""What a query finds and in which order, the same on every store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

import pytest

from app.crud.store.port import (
    Create,
    Cursor,
    Data,
    IndexMissing,
    Json,
    Key,
    Op,
    Order,
    Query,
    Snapshot,
    Stale,
    Store,
    Update,
    Where,
)

MIXED: list[Json] = [
    None,
    False,
    True,
    -3,
    1,
    1.5,
    2**53,
    2**53 + 1,
    "",
    "Z",
    "a",
    "b",
    "é",
    "\U0001f30a",
    [1],
    {"x": 1},
]


async def fill(store: Store, documents: Iterable[Mapping[str, object]], collection: str = "things") -> None:
    await store.commit([Create(Key(collection, f"d{n:02}"), cast("Data", data)) for n, data in enumerate(documents)])


async def ids(store: Store, query: Query) -> list[str]:
    return [found.key.id for found in await store.query(query)]


async def values(store: Store, *where: Where, order: Sequence[Order] = ()) -> list[Json]:
    return [found.data["v"] for found in await store.query(Query("things", where, tuple(order)))]


async def pages(store: Store, query: Query) -> list[str]:
    """All ids of a query, page by page."""
    found: list[str] = []
    after: Cursor | None = None
    while True:
        page = await store.query(Query(query.collection, query.where, query.order, query.limit, after))
        found += [one.key.id for one in page]
        if len(page) < query.limit:
            return found
        after = query.cursor(page[-1])


async def test_a_collection_is_read_in_order_of_ids_up_to_the_limit(store: Store) -> None:
    for id in ("b", "B", "a", "é", "10", "9"):
        await store.create(Key("things", id), {})

    assert await ids(store, Query("things")) == ["10", "9", "B", "a", "b", "é"]
    assert await ids(store, Query("things", limit=2)) == ["10", "9"]
    assert await ids(store, Query("nothing_here")) == []


async def test_an_equality_keeps_types_apart_and_numbers_together(store: Store) -> None:
    await fill(store, [{"v": value} for value in (1, 1.0, True, "1", None, False, 0, "")] + [{"w": 1}])

    assert await values(store, Where("v", Op.EQ, 1)) == [1, 1.0]
    assert [type(value) for value in await values(store, Where("v", Op.EQ, 1.0))] == [int, float]
    assert await values(store, Where("v", Op.EQ, True)) == [True]
    assert await values(store, Where("v", Op.EQ, "1")) == ["1"]
    assert await values(store, Where("v", Op.EQ, 0)) == [0]
    assert await values(store, Where("v", Op.EQ, "")) == [""]


async def test_an_explicit_null_is_found_and_a_missing_field_is_not(store: Store) -> None:
    await fill(store, [{"v": None}, {"w": 1}, {"v": 0}])

    assert await ids(store, Query("things", (Where("v", Op.EQ, None),))) == ["d00"]


async def test_an_order_leaves_out_documents_without_the_field_and_keeps_nulls(store: Store) -> None:
    await fill(store, [{"v": 2}, {"w": 1}, {"v": None}, {"v": {"x": 1}}])

    assert await ids(store, Query("things", order=(Order("v"),))) == ["d02", "d00", "d03"]
    assert await ids(store, Query("things", order=(Order("v.x"),))) == ["d03"]


@pytest.mark.parametrize("descending", [False, True])
async def test_values_of_every_type_have_one_order(store: Store, descending: bool) -> None:
    await fill(store, [{"v": value} for value in reversed(MIXED)])

    found = await values(store, order=[Order("v", descending)])
    assert found == (MIXED[::-1] if descending else MIXED)


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        (Op.LT, 1.5, [-3, 1]),
        (Op.LE, 1.5, [-3, 1, 1.5]),
        (Op.GT, 1, [1.5, 2**53, 2**53 + 1]),
        (Op.GE, 2**53 + 1, [2**53 + 1]),
        (Op.LT, "a", ["", "Z"]),
        (Op.LE, "a", ["", "Z", "a"]),
        (Op.GT, "b", ["é", "\U0001f30a"]),
        (Op.GE, "", ["", "Z", "a", "b", "é", "\U0001f30a"]),
        (Op.GT, False, [True]),
        (Op.GE, False, [False, True]),
        (Op.LE, True, [False, True]),
        (Op.LT, False, []),
    ],
)
async def test_a_range_finds_only_values_of_its_own_type(
    store: Store, op: Op, value: Json, expected: list[Json]
) -> None:
    await fill(store, [{"v": value} for value in MIXED])

    assert await values(store, Where("v", op, value)) == expected


async def test_two_bounds_make_an_interval(store: Store) -> None:
    await fill(store, [{"v": n} for n in range(10)])

    assert await values(store, Where("v", Op.GE, 3), Where("v", Op.LT, 6)) == [3, 4, 5]
    assert await values(store, Where("v", Op.GE, 3), Where("v", Op.LT, 6), order=[Order("v", True)]) == [5, 4, 3]


async def test_in_finds_each_document_once(store: Store) -> None:
    await fill(store, [{"v": value} for value in ("a", "b", True, 1, 1.0, None, "a")])

    assert await values(store, Where("v", Op.IN, ["a", "a", 1, "x"])) == ["a", 1, 1.0, "a"]
    assert await values(store, Where("v", Op.IN, [True])) == [True]


async def test_in_is_ordered_over_all_its_values(store: Store) -> None:
    await fill(store, [{"kind": "abc"[n % 3], "n": n // 2} for n in range(12)])
    query = Query("things", (Where("kind", Op.IN, ["c", "a"]),), (Order("n", True),), limit=3)

    assert await ids(store, query) == ["d11", "d09", "d08"]
    assert await pages(store, query) == ["d11", "d09", "d08", "d06", "d05", "d03", "d02", "d00"]


async def test_array_contains_looks_into_lists_only_and_by_type(store: Store) -> None:
    tags: list[Json] = [["a", "b"], ["ab"], "a", {"a": "a"}, [1, True], [1.0], [False], [], [{"a": 1}, "a"]]
    await fill(store, [{"tags": tag} for tag in tags])

    async def holding(value: Json) -> list[str]:
        return await ids(store, Query("things", (Where("tags", Op.CONTAINS, value),)))

    assert await holding("a") == ["d00", "d08"]
    assert await holding(1) == ["d04", "d05"]
    assert await holding(True) == ["d04"]
    assert await holding(0) == []


async def test_array_contains_goes_with_an_order_and_with_equality(store: Store) -> None:
    await fill(store, [{"tags": ["x"] if n % 2 else ["y"], "n": n, "kind": "k" if n > 3 else "l"} for n in range(8)])
    tagged = Where("tags", Op.CONTAINS, "x")

    assert await ids(store, Query("things", (tagged,), (Order("n", True),), limit=2)) == ["d07", "d05"]
    assert await ids(store, Query("things", (tagged, Where("kind", Op.EQ, "k")))) == ["d05", "d07"]


async def test_an_element_is_found_as_what_it_is(store: Store) -> None:
    tags: list[Json] = [[{"x": 1}], ['{"x":1}'], ["a\x00b", "a\x00b"], ["a"], ["a\\u0000b"], [None], [2**53 + 1, 0.1]]
    await fill(store, [{"tags": tag} for tag in tags])

    async def holding(value: Json) -> list[str]:
        query = Query("things", (Where("tags", Op.CONTAINS, value),))
        found = await ids(store, query)
        assert await store.count(query) == len(found)
        return found

    assert await holding('{"x":1}') == ["d01"]
    assert await holding("a\x00b") == ["d02"]
    assert await holding("a") == ["d03"]
    assert await holding("a\\u0000b") == ["d04"]
    assert await holding(2**53 + 1) == ["d06"]
    assert await holding(0.1) == ["d06"]


async def test_array_contains_goes_with_equality_in_a_range_and_pages(store: Store) -> None:
    await fill(
        store, [{"tags": ["x", n % 2, "x"], "kind": "abc"[n % 3], "n": n // 2} for n in range(24)] + [{"tags": ["x"]}]
    )
    odd, some = Where("tags", Op.CONTAINS, 1), Where("kind", Op.IN, ["c", "a"])
    late = (odd, Where("kind", Op.EQ, "b"), Where("n", Op.LT, 9))

    assert await pages(store, Query("things", late, (Order("n", True),), limit=1)) == ["d13", "d07", "d01"]
    assert await store.count(Query("things", late)) == 3
    newest = Query("things", (odd, some), (Order("n", True),), limit=3)
    assert await pages(store, newest) == ["d23", "d21", "d17", "d15", "d11", "d09", "d05", "d03"]
    assert await store.count(newest) == 8
    assert await store.count(Query("things", (Where("tags", Op.CONTAINS, "x"),))) == 25
    assert await ids(store, Query("things", (Where("tags", Op.CONTAINS, "x"),), (Order("n"),), limit=2)) == [
        "d00",
        "d01",
    ]


async def test_what_is_written_moves_documents_between_the_results_of_array_contains(store: Store) -> None:
    query = Query("things", (Where("tags", Op.CONTAINS, "x"),), (Order("n", True),))
    key = Key("things", "d00")
    await fill(store, [{"tags": ["x"], "n": 1}, {"tags": ["x"], "n": 2}])
    assert await ids(store, query) == ["d01", "d00"]

    await store.update(key, {"n": 3})
    assert await ids(store, query) == ["d00", "d01"]
    await store.update(key, {"tags": ["y", "y"]})
    assert await ids(store, query) == ["d01"]
    await store.set(key, {"tags": ["x", "y", "x"], "n": 1})
    assert await ids(store, query) == ["d01", "d00"]
    await store.set(key, {"tags": ["x"]})
    assert await ids(store, query) == ["d01"]
    await store.update(key, {"n": None})
    assert await ids(store, query) == ["d01", "d00"]
    await store.update(key, {"tags": "x"})
    assert await ids(store, query) == ["d01"]
    await store.delete(Key("things", "d01"))
    assert await ids(store, query) == []
    await store.create(Key("things", "d01"), {"tags": ["x"], "n": 1})
    assert await ids(store, query) == ["d01"]


async def test_array_contains_stays_in_its_subcollection(store: Store) -> None:
    for user in ("u1", "u2"):
        await fill(store, [{"tags": ["x"]}], f"users/{user}/things")
    query = Query("users/u1/things", (Where("tags", Op.CONTAINS, "x"),))
    await store.delete(Key("users/u2/things", "d00"))

    assert [found.key for found in await store.query(query)] == [Key("users/u1/things", "d00")]
    assert await store.count(query) == 1


async def test_several_equalities_need_no_index(store: Store) -> None:
    await fill(store, [{"x": n % 2, "deep": {"y": n % 3}, "z": True} for n in range(12)])
    where = (Where("x", Op.EQ, 1), Where("deep.y", Op.EQ, 2), Where("z", Op.EQ, True))

    assert await ids(store, Query("things", where)) == ["d05", "d11"]
    assert await pages(store, Query("things", where, limit=1)) == ["d05", "d11"]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_pages_through_ties_lose_nothing_and_repeat_nothing(store: Store, limit: int, descending: bool) -> None:
    await fill(store, [{"kind": "k", "n": n % 3} for n in range(11)] + [{"kind": "other", "n": 1}, {"kind": "k"}])
    expected = sorted(((n % 3, f"d{n:02}") for n in range(11)), reverse=descending)
    query = Query("things", (Where("kind", Op.EQ, "k"),), (Order("n", descending),), limit)

    assert await pages(store, query) == [id for _, id in expected]


async def test_pages_through_two_orders_of_opposite_directions(store: Store) -> None:
    await fill(store, [{"n": n % 2, "size": n % 4 / 10} for n in range(14)] + [{"n": 0}, {"size": 1}])
    expected = sorted(range(14), key=lambda n: (n % 2, -(n % 4), -n))
    query = Query("things", order=(Order("n"), Order("size", True)), limit=2)

    assert await pages(store, query) == [f"d{n:02}" for n in expected]


async def test_pages_through_two_orders_of_one_direction_and_through_a_range(store: Store) -> None:
    await fill(store, [{"n": n % 4, "size": n % 3} for n in range(20)])
    expected = sorted((n for n in range(20) if n % 4 >= 1), key=lambda n: (n % 4, n % 3, n))
    query = Query("things", (Where("n", Op.GE, 1),), (Order("n"), Order("size")), limit=3)

    assert await pages(store, query) == [f"d{n:02}" for n in expected]


@pytest.mark.parametrize("descending", [False, True])
async def test_pages_through_values_of_all_types(store: Store, descending: bool) -> None:
    scalars = [value for value in MIXED if not isinstance(value, list | dict)] + [0.1, 1 / 3, 1e300, -1e-300, "a\x00b"]
    await fill(store, [{"v": value} for value in scalars for _ in range(2)])

    found = await pages(store, Query("things", order=(Order("v", descending),), limit=1))
    assert sorted(found) == [f"d{n:02}" for n in range(2 * len(scalars))]


async def test_a_cursor_outside_the_range_does_not_widen_it(store: Store) -> None:
    await fill(store, [{"v": n} for n in range(10)])
    inside = (Where("v", Op.GT, 5), Where("v", Op.LT, 8))

    assert await ids(store, Query("things", inside, after=Cursor((1,), "d01"))) == ["d06", "d07"]
    assert await ids(store, Query("things", inside, after=Cursor((9,), "d09"))) == []


async def test_a_query_stays_in_its_subcollection(store: Store) -> None:
    for user in ("u1", "u2"):
        await fill(store, [{"v": user}], f"users/{user}/devices")
    query = Query("users/u1/devices", (Where("v", Op.IN, ["u1", "u2"]),))

    assert [found.data["v"] for found in await store.query(query)] == ["u1"]
    assert (await store.query(query))[0].key == Key("users/u1/devices", "d00")
    assert await store.count(query) == 1
    assert await store.query(Query("devices")) == []


async def test_count_counts_what_matches_and_not_order_limit_or_cursor(store: Store) -> None:
    await fill(store, [{"kind": "a" if n % 2 else "b", "n": n} for n in range(9)] + [{"kind": "a"}])

    assert await store.count(Query("things")) == 10
    assert await store.count(Query("things", (Where("kind", Op.EQ, "a"),), limit=1)) == 5
    assert await store.count(Query("things", (Where("kind", Op.EQ, "a"),), (Order("n"),), 1, Cursor((3,), "d"))) == 5
    assert await store.count(Query("things", (Where("kind", Op.IN, ["a", "b"]),))) == 10
    assert await store.count(Query("things", (Where("n", Op.GE, 4),))) == 5
    assert await store.count(Query("things", (Where("kind", Op.EQ, "a"), Where("n", Op.GE, 4)))) == 2


async def test_a_found_document_has_its_key_its_data_and_its_revision(store: Store) -> None:
    await fill(store, [{"v": 1, "deep": {"list": [1.0, None]}}])

    assert await store.query(Query("things")) == [await store.get(Key("things", "d00"))]


DEEP: list[Data] = [
    {"a": 1, "deep": {"x": 1, "y": 2}},
    {"a": None, "deep": {"x": None, "y": 2}},
    {"a": [], "deep": {"y": 2}},
    {"deep": {}},
    {"deep": 5},
    {"deep": [{"x": 1}]},
    {"deep": {"x": {"z": [1.0, {}]}}},
    {"b": 2},
]


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        (("a",), [{"a": 1}, {"a": None}, {"a": []}, {}, {}, {}, {}, {}]),
        (("deep.x",), [{"deep": {"x": 1}}, {"deep": {"x": None}}, {}, {}, {}, {}, DEEP[6], {}]),
        (("deep.x", "deep.y", "b"), [{"deep": DEEP[0]["deep"]}, {"deep": DEEP[1]["deep"]}, {"deep": {"y": 2}},
                                     {}, {}, {}, DEEP[6], {"b": 2}]),
        (("a", "b", "deep"), DEEP),
        (("nothing",), [{}] * 8),
        ((), [{}] * 8),
    ],
)  # fmt: skip
async def test_a_query_that_selects_gives_these_fields_where_they_are_and_nothing_else(
    store: Store, select: tuple[str, ...], expected: list[Data]
) -> None:
    await fill(store, DEEP)
    whole = await store.query(Query("things"))

    found = await store.query(Query("things", select=select))
    assert [one.data for one in found] == expected
    assert [(one.key, one.revision) for one in found] == [(one.key, one.revision) for one in whole]


@pytest.mark.parametrize("select", [(), ("kind",), ("kind", "n")])
async def test_a_query_that_selects_goes_with_conditions_and_its_pages_with_a_cursor(
    store: Store, select: tuple[str, ...]
) -> None:
    await fill(store, [{"kind": "a" if n % 2 else "b", "n": n // 3, "text": "long"} for n in range(12)])
    query = Query("things", (Where("kind", Op.IN, ["a"]),), (Order("n", True),), limit=2, select=select)

    found = await store.query(query)
    after = await store.query(replace(query, after=query.cursor(found[-1])))
    assert [one.key.id for one in [*found, *after]] == ["d11", "d09", "d07", "d05"]
    assert {name for one in found for name in one.data} == {*select, "n"}
    assert await store.count(query) == 6


async def test_a_document_that_was_found_by_its_id_alone_can_be_changed_by_its_revision(store: Store) -> None:
    await fill(store, [{"n": 1}])
    [found] = await store.query(Query("things", select=()))

    await store.commit([Update(found.key, {"m": 2}, found.revision)])
    with pytest.raises(Stale):
        await store.commit([Update(found.key, {"m": 3}, found.revision)])


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_a_scan_gives_the_documents_of_all_collections_of_a_name_once_each(store: Store, limit: int) -> None:
    keys = {Key(f"users/{user}/things", id) for user in ("u1", "u1-x", "U2", "é") for id in ("a", "b")}
    keys |= {Key("things", "a"), Key("things", "z"), Key("graves/things/things", "a"), Key("graves/u1/things", "'")}
    for n, key in enumerate(sorted(keys)):
        await store.create(key, {"n": n})
    await store.create(Key("users/u1/others", "a"), {})
    await store.create(Key("other_things", "a"), {})

    found: list[Snapshot] = []
    while page := await store.scan("things", after=found[-1].key if found else None, limit=limit):
        assert len(page) <= limit
        found += page
    assert sorted(one.key for one in found) == sorted(keys)
    assert {one.key: one.data["n"] for one in found} == {key: n for n, key in enumerate(sorted(keys))}
    assert found[0] == await store.get(found[0].key)
    assert await store.scan("nothing_here", limit=5) == []


async def test_changes_move_documents_between_the_results(store: Store) -> None:
    await fill(store, [{"v": 1}, {"v": 1}])
    assert await values(store, Where("v", Op.EQ, 1)) == [1, 1]
    await store.update(Key("things", "d00"), {"v": 2})
    await store.delete(Key("things", "d01"))

    assert await values(store, Where("v", Op.EQ, 1)) == []
    assert await values(store, Where("v", Op.EQ, 2)) == [2]


async def test_sqlite_refuses_what_production_would_refuse_and_says_what_to_add(sqlite_store: Store) -> None:
    query = Query("things", (Where("kind", Op.EQ, "a"),), (Order("other", True),))

    with pytest.raises(IndexMissing) as refused:
        await sqlite_store.query(query)

    assert str(refused.value) == (
        '{"collectionGroup": "things", "queryScope": "COLLECTION", "fields": '
        '[{"fieldPath": "kind", "order": "ASCENDING"}, {"fieldPath": "other", "order": "DESCENDING"}]}'
    )
