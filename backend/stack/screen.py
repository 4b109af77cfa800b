"""What the stack shows: one table that changes, or one line for each change where nobody can see a table."""

import json
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.table import Table

from stack.supervisor import Keeper, State, Supervisor

_COLOURS = {State.RUNNING: "green", State.GIVEN_UP: "bold red", State.RESTING: "yellow", State.STARTING: "yellow"}


@dataclass
class Screen:
    console: Console
    as_json: bool = False
    live: Live | None = None

    def open(self, supervisor: Supervisor, title: str) -> None:
        """Show the table from now on, where there is a terminal."""
        if self.console.is_terminal and not self.as_json:
            self.live = Live(
                console=self.console, get_renderable=lambda: table(supervisor, title), refresh_per_second=4
            )
            self.live.start()

    def close(self) -> None:
        if self.live is not None:
            self.live.stop()
            self.live = None

    def changed(self, keeper: Keeper) -> None:
        """Say that something is otherwise than before."""
        if self.live is not None:
            return
        if self.as_json:
            self.console.print(
                json.dumps({"event": "stack.changed", **described(keeper)}), soft_wrap=True, markup=False
            )
            return
        parts = [f"{keeper.program.name}: {keeper.state}"]
        if keeper.pid is not None:
            parts.append(f"process {keeper.pid}")
        if keeper.program.port is not None and keeper.state is State.RUNNING:
            parts.append(f"port {keeper.program.port}")
        if keeper.state in (State.RESTING, State.GIVEN_UP):
            parts.append(f"it {keeper.why}; see {keeper.log}")
        self.console.print(", ".join(parts), soft_wrap=True, highlight=False, markup=False)


def described(keeper: Keeper) -> dict[str, object]:
    """One program as JSON."""
    return {
        "name": keeper.program.name,
        "state": keeper.state.value,
        "pid": keeper.pid,
        "port": keeper.program.port,
        "restarts": keeper.restarts,
        "why": keeper.why,
        "log": str(keeper.log),
    }


def table(supervisor: Supervisor, title: str) -> Table:
    """All programs as they are now."""
    found = Table("program", "state", "process", "port", "restarts", "log", title=title)
    found.caption = f"logs in {supervisor.logs}"
    for keeper in supervisor.keepers:
        colour = _COLOURS.get(keeper.state, "dim")
        why = f", it {keeper.why}" if keeper.why and keeper.state is not State.RUNNING else ""
        found.add_row(
            keeper.program.name,
            f"[{colour}]{keeper.state}{why}[/]",
            str(keeper.pid or ""),
            str(keeper.program.port or ""),
            str(keeper.restarts or ""),
            keeper.log.name,
        )
    return found
