"""What a document is and what a commit does, the same on every store."""

import asyncio

import pytest

from app.crud.store.port import (
    AlreadyExists,
    Create,
    Data,
    Delete,
    Key,
    Missing,
    Set,
    Snapshot,
    Stale,
    Store,
    Unstorable,
    Update,
    Verify,
    Write,
)

A, B, C = Key("things", "a"), Key("things", "b"), Key("things", "c")

RICH: Data = {
    "text": "අම්මා said “help” 🌊",
    "empty": "",
    "nothing": None,
    "yes": True,
    "one": 1,
    "one_point_oh": 1.0,
    "negative_zero": -0.0,
    "tenth": 0.1,
    "beyond_doubles": 2**53 + 1,
    "largest": 2**63 - 1,
    "least": -(2**63),
    "no_items": [],
    "no_fields": {},
    "deep": {"list": [{"x": [1, "two", None, {"y": {}}]}], "dotted.name": {"with space": 1}},
    "line\nbreak\x00": "a\x00b",
    "`quote\\": "'; DROP TABLE things; --",
}


async def read(store: Store, key: Key) -> Snapshot:
    found = await store.get(key)
    assert found is not None
    return found


async def test_a_document_comes_back_as_it_was_written_types_and_all(store: Store) -> None:
    await store.create(A, RICH)

    data = (await read(store, A)).data
    assert data == RICH
    assert {name: type(value) for name, value in data.items()} == {name: type(value) for name, value in RICH.items()}


async def test_an_absent_document_is_none_and_of_many_only_those_that_exist_come(store: Store) -> None:
    await store.create(A, {"n": 1})
    await store.create(Key("others", "a"), {"n": 2})

    assert await store.get(B) is None
    found = await store.get_many([A, B, Key("others", "a")])
    assert {key: snapshot.data["n"] for key, snapshot in found.items()} == {A: 1, Key("others", "a"): 2}
    assert await store.get_many([]) == {}


async def test_a_second_create_is_refused_and_changes_nothing(store: Store) -> None:
    await store.create(A, {"n": 1})

    with pytest.raises(AlreadyExists) as refused:
        await store.create(A, {"n": 2})

    assert refused.value.key == A
    assert (await read(store, A)).data == {"n": 1}


async def test_of_many_creates_of_one_document_exactly_one_succeeds(store: Store) -> None:
    results = await asyncio.gather(*(store.create(A, {"n": n}) for n in range(20)), return_exceptions=True)

    winners = [n for n, result in enumerate(results) if result is None]
    assert len(winners) == 1
    assert all(isinstance(result, AlreadyExists) for n, result in enumerate(results) if n not in winners)
    assert (await read(store, A)).data == {"n": winners[0]}


async def test_set_replaces_the_whole_document(store: Store) -> None:
    await store.set(A, {"n": 1, "old": True})
    await store.set(A, {"n": 2})

    assert (await read(store, A)).data == {"n": 2}


async def test_update_leaves_unknown_fields_alone_and_replaces_maps_as_a_whole(store: Store) -> None:
    await store.create(A, {"n": 1, "newer_app": {"x": 1}, "place": {"lat": 1.5, "lng": 2.5}})
    await store.update(A, {"n": 2, "place": {"lat": 3.5}, "list": []})

    assert (await read(store, A)).data == {"n": 2, "newer_app": {"x": 1}, "place": {"lat": 3.5}, "list": []}


async def test_update_takes_a_field_name_as_it_is_whatever_is_in_it(store: Store) -> None:
    await store.create(A, {"a": {"b": 1}})
    odd: Data = {"a.b": 2, "with space": 3, "`": {"x.y": 4}, "é\\": 5, "1st": 6, "-": 7, '"': 8}
    await store.update(A, odd)

    assert (await read(store, A)).data == {"a": {"b": 1}, **odd}


async def test_update_of_an_absent_document_is_missing(store: Store) -> None:
    with pytest.raises(Missing):
        await store.update(A, {"n": 1})

    assert await store.get(A) is None


async def test_a_deleted_document_is_gone_and_deleting_it_again_is_no_error(store: Store) -> None:
    await store.create(A, {"n": 1})
    await store.delete(A)
    await store.delete(A)

    assert await store.get(A) is None


async def test_a_revision_changes_with_every_change_even_over_a_deletion(store: Store) -> None:
    revisions = []
    for n in range(3):
        await store.set(A, {"n": n})
        revisions.append((await read(store, A)).revision)
    await store.delete(A)
    await store.create(A, {"n": 0})
    revisions.append((await read(store, A)).revision)

    assert len(set(revisions)) == 4


@pytest.mark.parametrize("change", ["changed", "removed", "untouched"])
@pytest.mark.parametrize("kind", [Set, Update, Delete, Verify])
async def test_a_write_with_a_revision_is_done_only_on_that_very_document(
    store: Store, kind: type[Set | Update | Delete | Verify], change: str
) -> None:
    await store.create(A, {"n": 1})
    revision = (await read(store, A)).revision
    if change == "changed":
        await store.update(A, {"n": 2})
    elif change == "removed":
        await store.delete(A)
    before = await store.get(A)
    write: Write = kind(A, {"m": 3}, revision) if kind in (Set, Update) else kind(A, revision=revision)  # type: ignore[call-arg] # one call for four classes

    if change == "untouched":
        await store.commit([write])
        after = await store.get(A)
        expected = {Set: {"m": 3}, Update: {"n": 1, "m": 3}, Delete: None, Verify: {"n": 1}}[kind]
        assert (after.data if after else None) == expected
    else:
        with pytest.raises(Stale):
            await store.commit([write])
        assert await store.get(A) == before


async def test_verify_changes_nothing_not_even_the_revision(store: Store) -> None:
    await store.create(A, {"n": 1})
    before = await read(store, A)

    await store.commit([Verify(A, before.revision), Verify(B, None), Create(C, {})])

    assert await store.get(A) == before
    assert await store.get(B) is None


async def test_verify_of_absence_fails_once_the_document_is_there(store: Store) -> None:
    await store.create(A, {"n": 1})

    with pytest.raises(Stale):
        await store.commit([Verify(A, None), Create(B, {})])

    assert await store.get(B) is None


@pytest.mark.parametrize(
    ("failing", "error"),
    [(Create(C, {"n": 9}), AlreadyExists), (Update(B, {"n": 9}), Missing), (Verify(C, None), Stale)],
)
@pytest.mark.parametrize("first", [True, False])
async def test_one_condition_that_fails_leaves_nothing_of_the_commit(
    store: Store, failing: Write, error: type[Exception], first: bool
) -> None:
    await store.create(C, {"n": 1})
    others: list[Write] = [Create(A, {"n": 1}), Set(Key("others", "x"), {}), Delete(Key("others", "y"))]

    with pytest.raises(error):
        await store.commit([failing, *others] if first else [*others, failing])

    assert set(await store.get_many([A, B, C, Key("others", "x")])) == {C}
    assert (await read(store, C)).data == {"n": 1}


async def test_the_error_is_that_of_the_first_write_that_cannot_be_done(store: Store) -> None:
    await store.create(A, {"n": 1})
    missing, exists = Update(B, {"n": 1}), Create(A, {"n": 2})

    with pytest.raises(Missing) as refused:
        await store.commit([Verify(C, None), missing, exists])
    assert refused.value.key == B
    with pytest.raises(AlreadyExists):
        await store.commit([Verify(C, None), exists, missing])


async def test_a_large_commit_is_written_as_one(store: Store) -> None:
    keys = [Key("things", f"t{n:03}") for n in range(500)]
    await store.commit([Create(key, {"n": n}) for n, key in enumerate(keys)])

    assert len(await store.get_many(keys)) == 500


async def test_a_commit_of_501_writes_or_of_two_on_one_document_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="500"):
        await store.commit([Delete(Key("things", str(n))) for n in range(501)])
    with pytest.raises(ValueError, match="once"):
        await store.commit([Set(A, {}), Set(A, {})])
    await store.commit([])


async def test_subcollections_of_different_parents_are_apart(store: Store) -> None:
    for user, n in (("u1", 1), ("u2", 2)):
        await store.create(Key(f"users/{user}/devices", "d"), {"n": n})

    assert (await read(store, Key("users/u1/devices", "d"))).data == {"n": 1}
    await store.delete(Key("users/u1/devices", "d"))
    assert (await read(store, Key("users/u2/devices", "d"))).data == {"n": 2}
    assert await store.get(Key("devices", "d")) is None


async def test_ids_differ_by_case_and_may_hold_any_text(store: Store) -> None:
    for id in ("x", "X", "x y", "ü", "a.b", "%", "__x", "'"):
        await store.create(Key("things", id), {"id": id})

    assert (await read(store, Key("things", "X"))).data == {"id": "X"}
    assert (await read(store, Key("things", "'"))).data == {"id": "'"}


@pytest.mark.parametrize(
    "data",
    [
        {"x": float("nan")},
        {"x": float("inf")},
        {"x": 2**63},
        {"x": "\ud800"},
        {"x": [[1]]},
        {"": 1},
        {"x": {"": 1}},
        {"__x__": 1},
        {"_commit": 1},
        {1: 2},
        {"x": (1, 2)},
        {"x": b"bytes"},
        {"x": "y" * 1_000_001},
    ],
)
async def test_what_one_store_could_not_keep_no_store_takes(store: Store, data: Data) -> None:
    with pytest.raises(Unstorable):
        await store.commit([Create(A, {}), Create(B, data)])

    assert await store.get(A) is None


async def test_a_document_nested_too_deep_is_refused(store: Store) -> None:
    data: Data = {}
    for _ in range(25):
        data = {"x": data}

    with pytest.raises(Unstorable):
        await store.create(A, data)


async def test_a_document_of_many_kilobytes_is_kept(store: Store) -> None:
    data: Data = {"text": "නගරය " * 50_000}
    await store.create(A, data)

    assert (await read(store, A)).data == data


async def test_a_closed_store_says_so(store: Store) -> None:
    await store.close()

    with pytest.raises(RuntimeError, match="closed"):
        await store.create(A, {})
    with pytest.raises(RuntimeError, match="closed"):
        await store.get(A)
