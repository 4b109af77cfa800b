"""Instances in files: written, read, solved and drawn by anybody."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from app.cli import app
from app.services.matching import Problem, solve
from app.services.matching.instance import BadInstance, Changes, Instance, read_instance
from bench.matching_draw import Size, draw
from tests.matching.builders import task, worker

SMALL = draw(Size(12, 30, 3), teams=True)


def test_what_is_written_is_read_back() -> None:
    instance = Instance(SMALL, solve(SMALL))

    assert read_instance(instance.as_json()) == instance


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "the file"),
        ("{}", "problem"),
        ('{"format": "other", "problem": {}}', "format"),
        ('{"problem": {"workers": [{"id": "a", "role": "king"}]}}', "problem.workers.0.role"),
    ],
)
def test_what_is_no_instance_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(BadInstance, match=says):
        read_instance(text)


def test_two_of_the_same_id_are_refused() -> None:
    with pytest.raises(BadInstance, match="workers: two have the same id"):
        read_instance(Instance(Problem((worker("a"), worker("a")))).as_json())


def test_changes_are_counted_against_the_last_proposal() -> None:
    problem = Problem((worker("a"),), (task("t"), task("u")), previous={"t": ("gone",), "u": ()})

    changes = Changes.of(problem, solve(problem))
    assert (changes.same, changes.new, changes.gone) == (0, 1, 1)


def test_the_command_prints_a_table_and_draws_a_map(tmp_path: Path) -> None:
    file, picture = tmp_path / "instance.json", tmp_path / "map.png"
    file.write_text(Instance(SMALL).as_json())
    shown = CliRunner().invoke(app, ["match", "--instance", str(file), "--plot", str(picture)])
    told = CliRunner().invoke(app, ["match", "--instance", str(file), "--json"])

    assert shown.exit_code == told.exit_code == 0
    assert "severity" in shown.output
    assert "no_stock_of_item" in shown.output
    with Image.open(picture) as image:
        assert image.size == (1200, 1200)
        assert len(image.getcolors(1 << 24) or []) > 5
    assert read_instance(told.output).result == solve(SMALL)
    assert json.loads(told.output)["format"] == "resqconnect-matching-1"


def test_the_command_refuses_what_it_cannot_read_and_what_it_cannot_draw(tmp_path: Path) -> None:
    file = tmp_path / "instance.json"
    file.write_text("[]")

    assert CliRunner().invoke(app, ["match", "--instance", str(file)]).exit_code == 2
    assert CliRunner().invoke(app, ["match", "--instance", str(file), "--plot", "map.svg"]).exit_code == 2
    assert CliRunner().invoke(app, ["match", "--instance", str(tmp_path / "none.json")]).exit_code == 2
