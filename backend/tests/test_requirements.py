"""What pip installs is what the lock says."""

import subprocess
import sys
from pathlib import Path

import pytest

BACKEND = Path(__file__).parents[1]


@pytest.mark.parametrize(("file", "options"), [("requirements.txt", ["--no-dev"]), ("requirements-dev.txt", [])])
def test_exported_requirements_are_those_of_the_lock(file: str, options: list[str]) -> None:
    command = [
        sys.executable,
        "-m",
        "uv",
        "export",
        "--quiet",
        "--no-header",
        "--frozen",
        "--no-emit-project",
        *options,
    ]
    exported = subprocess.run(command, cwd=BACKEND, capture_output=True, text=True, check=True).stdout

    assert (BACKEND / file).read_text(encoding="utf-8") == exported, "run `make lock`"
