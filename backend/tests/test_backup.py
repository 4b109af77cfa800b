"""All that is kept, out of one store as a file and into another."""

import asyncio
import gzip
import json
import secrets
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.crud.backup import ACCOUNT_GROUPS, GROUPS, Conflicting, Everything, OnConflict, Outcome
from app.crud.store.port import Create, Data, Key, Store
from app.crud.store.sqlite import SqliteStore
from tests import field_overrides
from tests.test_cli import CSV, PLACES

EARLY, LATE = "2026-01-01T00:00:00.000000Z", "2026-02-01T00:00:00.000000Z"
R1 = Key("requests", "r1")
GRAVE = Key("tombstones/requests/buried", "r1")


def versioned(version: int, at: str, **more: str) -> Data:
    return {"id": "r1", "version": version, "updated_at": at, **more}


def test_a_copy_has_every_collection_there_is() -> None:
    assert len(set(GROUPS)) == len(GROUPS)
    assert {*GROUPS, *ACCOUNT_GROUPS} == set(field_overrides.collections())


@pytest.mark.parametrize(
    ("here", "copy", "expected"),
    [
        (None, versioned(1, EARLY), Outcome.CREATED),
        (versioned(1, EARLY), versioned(1, EARLY), Outcome.SAME),
        (versioned(1, EARLY), versioned(2, LATE), Outcome.REPLACED),
        (versioned(1, EARLY), versioned(1, LATE), Outcome.REPLACED),
        (versioned(2, LATE), versioned(1, EARLY), Outcome.KEPT),
        (versioned(3, EARLY), versioned(2, LATE), Outcome.KEPT),
        (versioned(2, LATE), versioned(3, EARLY), Outcome.KEPT),
        (versioned(1, EARLY, x="a"), versioned(1, EARLY, x="b"), Outcome.KEPT),
        ({"at": EARLY}, {"at": LATE}, Outcome.KEPT),
        ({"version": "1", "updated_at": EARLY}, versioned(2, LATE), Outcome.KEPT),
    ],
)
async def test_only_what_is_later_by_version_and_time_takes_the_place_of_what_is_there(
    store: Store, here: Data | None, copy: Data, expected: Outcome
) -> None:
    if here is not None:
        await store.create(R1, here)

    tried = await Everything(store).merge({R1: copy}, OnConflict.NEWER, write=False)
    before = await store.get(R1)
    done = await Everything(store).merge({R1: copy}, OnConflict.NEWER)
    after = await store.get(R1)

    assert tried == done == Counter({("requests", expected): 1})
    assert (before.data if before else None) == here
    assert after is not None
    assert after.data == (here if expected is Outcome.KEPT else copy)


async def test_what_is_there_is_skipped_or_refused_where_that_is_asked_for(store: Store) -> None:
    await store.create(R1, versioned(1, EARLY))
    later = {R1: versioned(2, LATE), Key("requests", "r2"): versioned(1, LATE)}

    with pytest.raises(Conflicting) as refused:
        await Everything(store).merge(later, OnConflict.FAIL)
    assert refused.value.key == R1
    assert await store.get(Key("requests", "r2")) is None
    assert (await Everything(store).merge(later, OnConflict.SKIP))["requests", Outcome.KEPT] == 1
    found = await store.get(R1)
    assert found is not None
    assert found.data == versioned(1, EARLY)


async def test_what_was_removed_since_the_copy_stays_removed_and_nothing_is_removed_by_one(store: Store) -> None:
    await store.create(GRAVE, {"id": "r1", "updated_at": LATE})
    await store.create(Key("requests", "r2"), versioned(1, EARLY))
    merge = Everything(store).merge

    assert await merge({R1: versioned(1, EARLY)}, OnConflict.NEWER) == {("requests", Outcome.REMOVED): 1}
    assert await store.get(R1) is None
    other = Key(GRAVE.collection, "r2")
    assert await merge({other: {"id": "r2", "updated_at": LATE}}, OnConflict.NEWER) == {("buried", Outcome.KEPT): 1}
    assert await store.get(other) is None
    assert await merge({R1: versioned(1, LATE + "0")}, OnConflict.NEWER) == {("requests", Outcome.CREATED): 1}


async def test_everything_is_read_whatever_it_belongs_to_page_by_page(store: Store) -> None:
    keys = [Key(f"users/u{n % 7}/devices", f"d{n:03}") for n in range(450)]
    await store.commit([Create(key, {"n": n}) for n, key in enumerate(keys)])

    pages = [page async for page in Everything(store).read("devices")]
    assert len(pages) == 3
    assert sorted(one.key for page in pages for one in page) == sorted(keys)


def resq(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def told(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def documents(file: Path) -> dict[str, Any]:
    """Those of an export, without the words that it was made."""
    text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    lines = [json.loads(line) for line in text.splitlines()[1:-1]]
    return {one["key"]: one["data"] for one in lines if not str(one["data"].get("event")).startswith("data.")}


WITHIN = (
    Key("users/u1/devices", "d1"),
    Key("disasters/d1/participants", "u1"),
    Key("resources/s1/ledger", "l1"),
    Key("tombstones/messages/buried", "m1"),
)
ACCOUNT = (Key("accounts", "u1"), Key("account_emails", "e1"))


async def add_to(folder: Path) -> None:
    store = SqliteStore(folder / "resq.sqlite3")
    await store.commit([Create(key, {"id": key.id, "word": "නගරය"}) for key in (*WITHIN, *ACCOUNT)])
    await store.close()


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a node with a few requests, plans, people and an account; its data are in `data`."""
    monkeypatch.setenv("RESQ_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FIREBASE_PROJECT_ID", f"demo-{secrets.token_hex(6)}")
    (tmp_path / "calls.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "places.tsv").write_text(PLACES, encoding="utf-8")
    taken = ("import", tmp_path / "calls.csv", "--map", "description=message", "--positions", tmp_path / "places.tsv")
    assert resq(*taken, "--wait").exit_code == 0
    asyncio.run(add_to(tmp_path / "data"))
    return tmp_path


def other_node(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str = "other") -> None:
    monkeypatch.setenv("RESQ_DATA_DIR", str(folder / name))


@pytest.mark.emulator
@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz"])
def test_a_node_goes_up_to_firestore_and_comes_back_the_same(
    node: Path, monkeypatch: pytest.MonkeyPatch, firestore_emulator: str, name: str
) -> None:
    file, back = node / name, node / f"back-{name}"
    exported = told(resq("firestore", "export", file, "--json"))
    kept = documents(file)
    assert exported["documents"] == len(kept) > 10
    assert exported["counts"]["requests"] == 2
    assert {str(key) for key in WITHIN} <= kept.keys()
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(key.partition("/")[0] in ACCOUNT_GROUPS for key in kept)

    up = told(resq("firestore", "import", file, "--into", "firestore", "--json"))
    assert (up["created"], up["same"], up["replaced"]) == (len(kept), 0, 0)
    again = told(resq("firestore", "import", file, "--into", "firestore", "--json"))
    assert (again["created"], again["same"], again["replaced"]) == (0, len(kept), 0)

    assert resq("firestore", "export", back, "--from", "firestore").exit_code == 0
    assert documents(back) == kept
    other_node(monkeypatch, node)
    down = told(resq("firestore", "import", back, "--json"))
    assert down["created"] == down["documents"] >= len(kept)
    assert down["collections"]["requests"] == {"created": 2, "replaced": 0, "same": 0, "kept": 0, "removed": 0}


def test_accounts_move_only_where_both_ends_say_so(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_accounts, without = node / "with.jsonl", node / "without.jsonl"
    assert resq("firestore", "export", with_accounts, "--accounts").exit_code == 0
    assert resq("firestore", "export", without).exit_code == 0
    accounts = [key for key in documents(with_accounts) if key.partition("/")[0] in ACCOUNT_GROUPS]
    assert sorted(accounts) == sorted(str(key) for key in ACCOUNT)
    assert documents(without).keys() == documents(with_accounts).keys() - set(accounts)

    other_node(monkeypatch, node)
    first = told(resq("firestore", "import", with_accounts, "--json"))
    assert first["left_out"] == len(accounts)
    assert not {"accounts", "account_emails"} & {
        name for name, counts in first["collections"].items() if any(counts.values())
    }
    second = told(resq("firestore", "import", with_accounts, "--accounts", "--json"))
    assert (second["left_out"], second["created"]) == (0, len(accounts))


@pytest.mark.parametrize("harm", ["cut_a_line", "cut_within_a_line", "change_a_word", "leave_one_out", "cut_the_gzip"])
def test_a_file_that_is_not_whole_is_refused_and_nothing_of_it_is_taken(
    node: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    file = node / ("all.gz" if harm == "cut_the_gzip" else "all.jsonl")
    assert resq("firestore", "export", file).exit_code == 0
    lines = [] if harm == "cut_the_gzip" else file.read_bytes().splitlines(keepends=True)
    harmed = {
        "cut_a_line": lambda: b"".join(lines[:-1]),
        "cut_within_a_line": lambda: file.read_bytes()[:-9],
        "change_a_word": lambda: file.read_bytes().replace(b"We need food", b"We want food"),
        "leave_one_out": lambda: b"".join([*lines[:3], *lines[4:]]),
        "cut_the_gzip": lambda: file.read_bytes()[:-300],
    }[harm]()
    file.write_bytes(harmed)
    other_node(monkeypatch, node)

    done = resq("firestore", "import", file)
    assert done.exit_code == 2
    assert "The file" in done.output
    assert (
        not (node / "other").exists()
        or told(resq("firestore", "export", node / "other.jsonl", "--json"))["counts"] == {}
    )


@pytest.mark.parametrize("text", ["", "{}\n", '{"resq_export": 99}\n', "id,message\n1,water\n"])
def test_what_is_no_export_is_refused_in_a_sentence(node: Path, text: str) -> None:
    (node / "x").write_text(text)

    for file in (node / "x", node / "absent"):
        done = resq("firestore", "import", file)
        assert done.exit_code == 2
        assert "Traceback" not in done.output


def test_a_machine_without_credentials_is_told_what_firestore_needs(
    node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(node / "absent.json"))

    done = resq("firestore", "export", node / "all.jsonl", "--from", "firestore")
    assert (done.exit_code, "GOOGLE_APPLICATION_CREDENTIALS" in done.output) == (2, True)
    assert not list(node.glob("*all.jsonl*"))


def test_an_import_that_was_broken_off_goes_on_and_a_trial_changes_nothing(
    node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = node / "all.jsonl"
    count = told(resq("firestore", "export", file, "--json"))["documents"]
    other_node(monkeypatch, node)

    trial = told(resq("firestore", "import", file, "--dry-run", "--json"))
    assert (trial["created"], trial["dry_run"]) == (count, True)
    part = node / "part.jsonl"
    assert told(resq("firestore", "export", part, "--json"))["documents"] == 0
    assert told(resq("firestore", "import", file, "--json", "--on-conflict", "fail"))["created"] == count
    assert told(resq("firestore", "import", file, "--json", "--on-conflict", "fail"))["same"] == count


def test_who_took_and_who_brought_a_copy_is_remembered(node: Path) -> None:
    file = node / "all.jsonl"
    assert resq("firestore", "export", file).exit_code == 0
    assert resq("firestore", "import", file).exit_code == 0
    assert resq("firestore", "export", file).exit_code == 2
    again = node / "again.jsonl"
    assert resq("firestore", "export", again).exit_code == 0

    entries = [json.loads(line).get("data", {}) for line in again.read_text(encoding="utf-8").splitlines()]
    said = [(one["event"], one["by"]) for one in entries if str(one.get("event")).startswith("data.")]
    assert sorted(said) == [("data.exported", "resq-cli"), ("data.imported", "resq-cli")]
