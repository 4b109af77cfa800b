"""Which queries need a composite index, by the rules of production."""

import json
from pathlib import Path

import pytest

from app.crud.store.indexes import Indexes, needed
from app.crud.store.port import IndexMissing, Op, Order, Query, Where

EQUAL, OTHER = Where("a", Op.EQ, 1), Where("b", Op.IN, ["x", "y"])
RANGE, TAGGED = Where("c", Op.GE, 1), Where("tags", Op.CONTAINS, "t")


@pytest.mark.parametrize(
    "query",
    [
        Query("things"),
        Query("things", (EQUAL, OTHER)),
        Query("things", (RANGE,)),
        Query("things", (TAGGED,)),
        Query("things", order=(Order("c", True),)),
        Query("things", (RANGE, Where("c", Op.LT, 9)), (Order("c", True),)),
        Query("things", (EQUAL,), (Order("a"),)),
    ],
)
def test_these_are_answered_by_the_indexes_that_every_field_has(query: Query) -> None:
    assert needed(query) is None
    Indexes.of([]).check(query)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        (Query("things", (EQUAL, RANGE)), "a c"),
        (Query("things", (EQUAL, OTHER), (Order("c", True),)), "a b c-"),
        (Query("things", (TAGGED,), (Order("c"),)), "tags* c"),
        (Query("things", (TAGGED, EQUAL)), "tags* a"),
        (Query("things", order=(Order("d"), Order("c", True))), "d c-"),
        (Query("users/u1/things", (EQUAL,), (Order("c"),)), "a c"),
    ],
)
def test_these_need_an_index_and_the_error_is_its_definition(query: Query, fields: str) -> None:
    with pytest.raises(IndexMissing) as refused:
        Indexes.of([]).check(query)

    definition = json.loads(str(refused.value))
    assert definition["collectionGroup"] == "things"
    assert definition["queryScope"] == "COLLECTION"
    marks = {"ASCENDING": "", "DESCENDING": "-", "CONTAINS": "*"}
    found = [f["fieldPath"] + marks[f.get("order") or f["arrayConfig"]] for f in definition["fields"]]
    assert " ".join(found) == fields
    Indexes.of([definition]).check(query)


@pytest.mark.parametrize(
    "fields",
    [
        [("a", "ASCENDING"), ("c", "DESCENDING")],
        [("c", "ASCENDING"), ("a", "ASCENDING")],
        [("a", "ASCENDING"), ("x", "ASCENDING"), ("c", "ASCENDING")],
        [("a", "ASCENDING")],
        [],
    ],
)
def test_an_index_of_other_fields_sequence_or_direction_does_not_serve(fields: list[tuple[str, str]]) -> None:
    other = {"collectionGroup": "things", "fields": [{"fieldPath": name, "order": mode} for name, mode in fields]}

    with pytest.raises(IndexMissing):
        Indexes.of([other]).check(Query("things", (EQUAL, RANGE)))


def test_equality_fields_may_stand_in_any_order_and_the_implied_name_may_be_written_out() -> None:
    names = [("b", "DESCENDING"), ("a", "ASCENDING"), ("c", "DESCENDING"), ("__name__", "DESCENDING")]
    index = {"collectionGroup": "things", "fields": [{"fieldPath": name, "order": mode} for name, mode in names]}

    Indexes.of([index]).check(Query("things", (EQUAL, OTHER), (Order("c", True),)))


def test_the_file_of_the_product_can_be_read() -> None:
    assert isinstance(Indexes.load(), Indexes)


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"indexes": [{}]}', '{"indexes": [{"collectionGroup": "x", "fields": 1}]}']
)
def test_a_file_of_another_form_is_named_in_the_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "indexes.json"
    file.write_text(text)

    with pytest.raises(ValueError, match=r"indexes\.json is not a list of Firestore indexes"):
        Indexes.load(file)
