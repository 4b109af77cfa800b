"""`make stack`: starts it, keeps it alive, shows how it is, and ends it."""

import asyncio
import json
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from rich.console import Console
from rich.table import Table

from stack.emulators import EmulatorAbsent
from stack.journey import Journey, JourneyFailed
from stack.layout import BACKEND, Absent, Layout, with_ports
from stack.leftovers import AlreadyRunning, PidFile, alone, end_leftovers
from stack.screen import Screen, described
from stack.supervisor import StackFailed, Supervisor

FOLDER = BACKEND.parent / ".stack"
FAILED, USAGE = 1, 2
out = Console()
err = Console(stderr=True)


def stack(
    once: Annotated[bool, typer.Option("--once", help="Play one call for help through all of it, and end.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=32, help="Celery workers, one of them for urgent jobs only.")] = 2,
    apis: Annotated[int, typer.Option(min=1, max=32, help="API processes behind nginx.")] = 2,
    port: Annotated[int, typer.Option(min=1, max=65535, help="nginx's port.")] = 8080,
    local_accounts: Annotated[bool, typer.Option(help="No Auth emulator: accounts of the node itself.")] = False,
    folder: Annotated[Path, typer.Option(help="All that it writes; its data is emptied first.")] = FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="One object with --once, else a line a change.")] = False,
) -> None:
    """Run the production stack on this machine: emulators, Redis, APIs behind nginx, Celery workers and beat."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    layout = Layout(folder=folder, port=port, apis=apis, workers=workers, local_accounts=local_accounts)
    try:
        with alone(folder):
            code = _run(layout, once=once, as_json=as_json)
    except (AlreadyRunning, Absent, EmulatorAbsent) as error:
        err.print(f"[red]stack:[/red] {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(USAGE) from None
    raise typer.Exit(code)


def _run(layout: Layout, *, once: bool, as_json: bool) -> int:
    pids = PidFile(layout.folder / "processes.json")
    if left := end_leftovers(pids):
        said = f"Ended what an earlier stack had left running: {', '.join(left)}."
        err.print(said, highlight=False, soft_wrap=True)
    if _taken(layout.port):
        raise Absent(f"Port {layout.port} is somebody else's; name another one with --port.")
    _emptied(layout)
    layout = with_ports(layout)
    screen = Screen(err if once else out, as_json=as_json and not once)
    supervisor = Supervisor(layout.stages(), layout.logs, pids, screen.changed)
    return asyncio.run(_Session(layout, supervisor, screen).play(once=once, as_json=as_json))


class _Session:
    def __init__(self, layout: Layout, supervisor: Supervisor, screen: Screen) -> None:
        self.layout = layout
        self.supervisor = supervisor
        self.screen = screen
        self._asked = asyncio.Event()

    async def play(self, *, once: bool, as_json: bool) -> int:
        """Up, whatever is wanted, down; the exit code."""
        self._listen()
        asked = asyncio.create_task(self._asked.wait())
        work = asyncio.create_task(self._work(once=once, as_json=as_json))
        self.screen.open(self.supervisor, f"ResQConnect at {self.layout.url}/docs (Ctrl-C ends it)")
        try:
            await asyncio.wait([asked, work], return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
            return FAILED if self.supervisor.given_up or (once and not work.done()) else 0
        except (StackFailed, JourneyFailed) as error:
            self._failed(str(error), once=once, as_json=as_json)
            return FAILED
        finally:
            work.cancel()
            asked.cancel()
            await asyncio.gather(work, asked, return_exceptions=True)
            await self.supervisor.stop()
            self.screen.close()

    async def _work(self, *, once: bool, as_json: bool) -> None:
        await self.supervisor.start()
        if not once:
            self._up(as_json=as_json)
            await asyncio.Event().wait()  # until somebody asks for the end
        async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
            journey = Journey(self.layout, http)
            await journey.made()
        if as_json:
            programs = [described(keeper) for keeper in self.supervisor.keepers]
            _line({"worked": True, "steps": journey.as_json(), "programs": programs})
        else:
            out.print(_told(journey))
            restarts = sum(keeper.restarts for keeper in self.supervisor.keepers)
            out.print(f"The main job worked, with {restarts} restarts.", highlight=False)

    def _up(self, *, as_json: bool) -> None:
        if as_json:
            programs = [described(keeper) for keeper in self.supervisor.keepers]
            _line({"event": "stack.up", "url": self.layout.url, "programs": programs})
        elif self.screen.live is None:
            out.print(f"All of it runs: {self.layout.url}/docs", highlight=False)

    def _failed(self, sentence: str, *, once: bool, as_json: bool) -> None:
        self.screen.close()
        if as_json:
            programs = [described(keeper) for keeper in self.supervisor.keepers]
            _line({"worked": False, "why": sentence, "programs": programs})
        err.print(f"[red]stack:[/red] {sentence}", highlight=False, soft_wrap=True)

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(one, self._end)

    def _end(self) -> None:
        """The first time in order, the second time at once."""
        if self._asked.is_set():
            self.supervisor.kill()
        self._asked.set()


def _line(told: dict[str, object]) -> None:
    out.print(json.dumps(told), soft_wrap=True, highlight=False, markup=False)


def _told(journey: Journey) -> Table:
    table = Table("part", "what it did", "seconds", title="One call for help, through the whole stack")
    for step in journey.steps:
        table.add_row(step.part, step.what, f"{step.seconds:.2f}")
    return table


def _emptied(layout: Layout) -> None:
    """The emulators keep nothing over their end, so nothing else here may; the last logs stay, beside the new."""
    for name in ("data", "redis", "auth", "nginx", "logs.before"):
        shutil.rmtree(layout.folder / name, ignore_errors=True)
    if layout.logs.exists():
        layout.logs.rename(layout.folder / "logs.before")
    layout.logs.mkdir()


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


if __name__ == "__main__":
    sys.argv[0] = "make stack"
    typer.run(stack)
