"""What the stack says of itself: a table where there is a terminal, else a line for each change."""

import io
import json
from pathlib import Path

from rich.console import Console

from stack.leftovers import PidFile
from stack.programs import Program, says
from stack.screen import Screen, table
from stack.supervisor import StackFailed, Supervisor


async def lived(folder: Path, screen: Screen) -> Supervisor:
    """A supervisor after one program has worked and another has been given up."""
    good = Program(name="redis", command=("sh", "-c", "echo at work; exec sleep 60"), ready=says("at work"), port=6379)
    bad = Program(name="api-1", command=("sh", "-c", "exit 3"), ready=says("at work"))
    supervisor = Supervisor([[good], [bad]], folder, PidFile(folder / "pids.json"), screen.changed, rests=(0.01,))
    try:
        await supervisor.start()
    except StackFailed:
        await supervisor.stop()
    return supervisor


async def test_without_a_terminal_each_change_is_a_line(tmp_path: Path) -> None:
    said = io.StringIO()
    screen = Screen(Console(file=said, width=60))

    screen.open(await lived(tmp_path, screen), "never shown")

    lines = said.getvalue().splitlines()
    assert lines[0].startswith("redis: starting")
    assert lines[1].startswith("redis: running, process ")
    assert lines[1].endswith(", port 6379")
    assert f"api-1: given up, it ended with 3; see {tmp_path / 'api-1.log'}" in lines
    assert lines[-1] == "redis: stopped"
    assert "never shown" not in said.getvalue()


async def test_in_json_each_change_is_an_object(tmp_path: Path) -> None:
    said = io.StringIO()

    await lived(tmp_path, Screen(Console(file=said, width=60), as_json=True))

    changes = [json.loads(line) for line in said.getvalue().splitlines()]
    assert {change["event"] for change in changes} == {"stack.changed"}
    (given_up,) = (change for change in changes if change["state"] == "given up")
    assert (given_up["name"], given_up["restarts"], given_up["why"], given_up["pid"]) == (
        "api-1",
        1,
        "ended with 3",
        None,
    )


async def test_the_table_has_a_row_for_each_program(tmp_path: Path) -> None:
    supervisor = await lived(tmp_path, Screen(Console(file=io.StringIO())))
    said = io.StringIO()

    Console(file=said, width=200).print(table(supervisor, "the stack"))

    rows = [line for line in said.getvalue().splitlines() if "│" in line]
    assert "stopped" in rows[0]
    assert "given up, it ended with 3" in rows[1]
