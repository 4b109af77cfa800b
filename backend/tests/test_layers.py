"""Imports point one way: api → services → crud, agent_v2 → schemas → core. Commands and the app stand on top."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"

MAY_IMPORT = {
    "core": {"core"},
    "schemas": {"schemas", "core"},
    "crud": {"crud", "schemas", "core"},
    "agent_v2": {"agent_v2", "schemas", "core"},
    "services": {"services", "crud", "agent_v2", "schemas", "core"},
    "api": {"api", "services", "crud", "schemas", "core"},
    "scenarios": {"scenarios", "schemas", "core"},
    "worker": {"services", "core"},
    "cli": {"cli", "main", "worker", "scenarios", "services", "agent_v2", "schemas", "core"},
    "main": {"api", "services", "core"},
}


def imported_layers(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    parts = [name.split(".") for name in names if name.split(".")[0] == "app"]
    found = {part[1] for part in parts if len(part) > 1}
    from_app = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "app"]
    return found | {alias.name for node in from_app for alias in node.names}


def layer_of(file: Path) -> str:
    return file.relative_to(APP).parts[0].removesuffix(".py")


FILES = sorted(file for file in APP.rglob("*.py") if file != APP / "__init__.py")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(APP)))
def test_a_file_imports_only_what_lies_below_it(file: Path) -> None:
    assert imported_layers(file) <= MAY_IMPORT[layer_of(file)]


def test_importing_the_app_does_no_work(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(APP.parent)!r}); import app.main"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, env={"PYTHONDONTWRITEBYTECODE": "1"})

    assert list(tmp_path.iterdir()) == []
