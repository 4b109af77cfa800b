"""The `resq` command as somebody at a shell uses it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.services.importing import Places, read_rows

CSV = """id,message,request,aid_related
1,We need water for 4 people please,1,1
2,We need food and blankets for my family,1,1
2,We need food and blankets for my family,1,1
3,   ,0,0
2,Other words under the same id,1,1
"""
PLACES = "id\tcenter_lat\tcenter_lon\na\t6.9\t79.8\nb\t7.1\t80.2\nc\t6.1\t80.9\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, with a file of calls and one of places beside it."""
    monkeypatch.setenv("RESQ_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "calls.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "places.tsv").write_text(PLACES, encoding="utf-8")
    return tmp_path


def resq(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def imported(folder: Path) -> dict[str, int]:
    done = resq(
        "import",
        folder / "calls.csv",
        "--map",
        "description=message",
        "--positions",
        folder / "places.tsv",
        "--seed",
        "7",
        "--wait",
        "--json",
    )
    assert done.exit_code == 0, done.output
    report: dict[str, int] = json.loads(done.stdout)
    return report


def test_every_row_of_an_import_is_accounted_for_and_repeating_it_doubles_nothing(folder: Path) -> None:
    first, again = imported(folder), imported(folder)

    assert (first["rows"], first["accepted"], first["repeated"], first["rejected"]) == (5, 2, 1, 2)
    assert (again["rows"], again["accepted"], again["repeated"], again["rejected"]) == (5, 0, 3, 2)
    for report in (first, again):
        assert report["planned"] + report["not_a_request"] + report["needs_human"] == 2
        assert report["pending"] == 0
    errors = (folder / "data" / "import-errors-calls.csv").read_text(encoding="utf-8")
    assert "the row has no words" in errors
    assert "row 2 has the same id and other words" in errors


def test_the_same_seed_draws_the_same_places(folder: Path) -> None:
    def drawn(seed: int) -> list[object]:
        places = Places.read(folder / "places.tsv", seed)
        rows = read_rows(folder / "calls.csv", renamed={"description": "message"}, places=places, disaster_id=None)
        return [row.body and row.body.location for row in rows]

    assert drawn(1) == drawn(1)
    assert any(drawn(1) != drawn(seed) for seed in range(2, 9))


def test_jsonl_is_read_like_csv(folder: Path) -> None:
    lines = [{"id": "a", "description": "We need water", "lat": 6.9, "lng": 79.9}, {"id": "b", "title": "Boat please"}]
    file = folder / "calls.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")

    done = resq("import", file, "--json")

    assert json.loads(done.stdout)["accepted"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import", "nowhere.csv"], "No such file"),
        (["import", "calls.csv", "--map", "colour=message"], "--map colour=message"),
        (["users", "grant", "nobody@example.org", "admin"], "has not signed in yet"),
        (["users", "grant", "nobody@example.org", "king"], "There is no role"),
    ],
)
def test_a_mistake_ends_with_one_line_that_says_why(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(folder)
    done = resq(*words)

    assert done.exit_code in {1, 2}
    assert said in done.stderr.replace("\n", " ")


def test_the_doctor_names_what_is_on_and_what_is_off(folder: Path) -> None:
    done = resq("doctor", "--json")

    parts = {part["name"]: part["state"] for part in json.loads(done.stdout)["parts"]}
    assert done.exit_code == 0
    assert (parts["store"], parts["model"]) == ("ok", "off")


def test_production_with_local_accounts_does_not_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    done = resq("serve")

    assert done.exit_code == 2
    assert "RESQ_IDENTITY=firebase" in done.stderr


def test_a_document_is_added_found_listed_and_removed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESQ_EMBEDDINGS", "off")
    page = folder / "boats.md"
    page.write_text("# Boat house\nThe key of the yellow boat hangs behind the pump room.\n", encoding="utf-8")
    added = resq("knowledge", "add", page, "--source", "District office", "--date", "2025", "--hazard", "flood")
    assert added.exit_code == 0, added.output
    id = added.stdout.split()[0]
    assert (
        "nothing was changed"
        in resq("knowledge", "add", page, "--source", "District office", "--date", "2025", "--hazard", "flood").stdout
    )

    found = json.loads(resq("knowledge", "search", "where is the key of the yellow boat", "--json").stdout)
    assert found["hits"][0]["id"] == f"{id}-0"
    assert id in resq("knowledge", "list").stdout
    assert resq("knowledge", "remove", id).exit_code == 0
    assert resq("knowledge", "remove", id).exit_code == 1


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [("none.md", (), 1), ("calls.csv", (), 1), ("page.md", ("--date", "yesterday"), 2)],
)
def test_what_cannot_be_added_is_refused_in_one_line(
    folder: Path, name: str, options: tuple[str, ...], code: int
) -> None:
    (folder / "page.md").write_text("Sign the form.", encoding="utf-8")
    done = resq("knowledge", "add", folder / name, *options)

    assert done.exit_code == code
    assert len(done.stderr.strip().splitlines()) <= 3
    assert "Traceback" not in done.output
