"""Starts programs in order, keeps each alive, and ends them in reverse order."""

import asyncio
import contextlib
import os
import signal
import time
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from stack.leftovers import PidFile, group_lives, send_group
from stack.programs import Program, Run

LOOK_SECONDS = 0.1
STEADY_SECONDS = 30.0
"""A program that ran so long begins anew with its tries."""
REST_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""Before each new try; after the last of them it is given up."""


class State(StrEnum):
    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    RESTING = "resting"
    GIVEN_UP = "given up"
    STOPPING = "stopping"
    STOPPED = "stopped"


class StackFailed(Exception):
    """The message says what failed, and where to read on."""


@dataclass
class Keeper:
    """One program and its life."""

    program: Program
    log: Path
    pids: PidFile
    changed: Callable[["Keeper"], None]
    rests: Sequence[float] = REST_SECONDS
    state: State = State.WAITING
    restarts: int = 0
    why: str = ""
    """How the last run ended, where it was not asked to."""
    process: Process | None = None
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    _life: "asyncio.Task[None] | None" = None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process and self.process.returncode is None else None

    async def start(self) -> None:
        """Return when it does its work; `StackFailed` where it was given up."""
        self._life = asyncio.create_task(self._live(), name=self.program.name)
        await self._settled.wait()
        if self.state is State.GIVEN_UP:
            raise StackFailed(f"{self.program.name} {self.why}; see {self.log}.\n{self._last_words()}".rstrip())

    async def stop(self) -> None:
        """Ask it to end, and see to it that it has."""
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
        if self.state is State.GIVEN_UP:
            return
        if self.process is not None:
            self._become(State.STOPPING)
            await self._end(self.process)
        self._become(State.STOPPED)

    def kill(self) -> None:
        """End it and all that it has started, at once."""
        if self.process is not None:
            send_group(self.process.pid, signal.SIGKILL)

    async def _live(self) -> None:
        failures = 0
        while True:
            self._become(State.STARTING)
            began = time.monotonic()
            await self._run()
            failures = 1 if time.monotonic() - began > STEADY_SECONDS else failures + 1
            if failures > len(self.rests):
                self._become(State.GIVEN_UP)
                self._settled.set()
                return
            self._become(State.RESTING)
            await asyncio.sleep(self.rests[failures - 1])
            self.restarts += 1

    async def _run(self) -> None:
        """One run, from its start to its end."""
        offset = self.log.stat().st_size if self.log.exists() else 0
        try:
            self.process = process = await self._spawned()
        except OSError as error:
            self.why = f"cannot be started: {error}"
            return
        self.pids.add(self.program.name, process.pid)
        ended = asyncio.create_task(process.wait())
        try:
            if await self._ready(Run(process.pid, self.log, offset), ended):
                self._become(State.RUNNING)
                self._settled.set()
                await asyncio.shield(ended)
                self.why = _ending(process.returncode)
            elif not ended.done():
                self.why = f"was not ready within {self.program.start_seconds:.0f} s"
            else:
                self.why = _ending(process.returncode)
        finally:
            ended.cancel()
        await self._end(process)  # what it has started may have outlived it

    async def _spawned(self) -> Process:
        with self.log.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *self.program.command,
                stdin=DEVNULL,
                stdout=output,
                stderr=STDOUT,
                env={**os.environ, **self.program.environment},
                start_new_session=True,  # Ctrl-C is for the supervisor; each program is a group of its own
            )

    async def _ready(self, run: Run, ended: "asyncio.Task[int]") -> bool:
        deadline = time.monotonic() + self.program.start_seconds
        while not ended.done() and time.monotonic() < deadline:
            if await self.program.ready(run) and not ended.done():
                return True
            await asyncio.wait([ended], timeout=LOOK_SECONDS)
        return False

    async def _end(self, process: Process) -> None:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(self.program.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self.program.stop_seconds)
        while group_lives(process.pid):
            send_group(process.pid, signal.SIGKILL)
            await asyncio.sleep(0.02)
        await process.wait()
        self.pids.remove(self.program.name)

    def _become(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self.changed(self)

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with {code}"


@dataclass
class Supervisor:
    """Programs in stages: those of one start together, once all of the one before it do their work."""

    stages: Sequence[Sequence[Program]]
    logs: Path
    pids: PidFile
    changed: Callable[[Keeper], None] = lambda _: None
    rests: Sequence[float] = REST_SECONDS
    keepers: list[Keeper] = field(init=False)

    def __post_init__(self) -> None:
        self.keepers = [
            Keeper(program, self.logs / f"{program.name}.log", self.pids, self.changed, self.rests)
            for stage in self.stages
            for program in stage
        ]

    async def start(self) -> None:
        """Return when all do their work; `StackFailed` for the first that cannot."""
        for stage in self.stages:
            await asyncio.gather(*(keeper.start() for keeper in self._of(stage)))

    async def stop(self) -> None:
        """End all, the last started first."""
        for stage in reversed(self.stages):
            await asyncio.gather(*(keeper.stop() for keeper in self._of(stage)))

    def kill(self) -> None:
        """End all at once, where there is no time for order."""
        for keeper in self.keepers:
            keeper.kill()

    @property
    def given_up(self) -> list[Keeper]:
        return [keeper for keeper in self.keepers if keeper.state is State.GIVEN_UP]

    def _of(self, stage: Sequence[Program]) -> list[Keeper]:
        return [keeper for keeper in self.keepers if keeper.program in stage]
