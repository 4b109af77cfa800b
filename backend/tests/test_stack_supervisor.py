"""The supervisor of the stack, with real processes: order, restarts, giving up, and nothing left behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stack.leftovers import AlreadyRunning, Known, PidFile, alone, began_at, end_leftovers, group_lives
from stack.programs import Program, listens, says
from stack.supervisor import Keeper, StackFailed, State, Supervisor

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="The stack runs on Linux.")

STEADY = "echo at work; exec sleep 600"
PATIENCE_SECONDS = 20.0


def program(name: str, script: str = STEADY, **options: object) -> Program:
    defaults: dict[str, object] = {"ready": says("at work"), "stop_seconds": 5.0, "start_seconds": 10.0}
    return Program(name=name, command=("sh", "-c", script), **(defaults | options))  # type: ignore[arg-type] # kinds as in Program


class Watched:
    """A supervisor whose changes are written down."""

    def __init__(self, folder: Path, *stages: tuple[Program, ...]) -> None:
        self.said: list[tuple[str, State]] = []
        self.supervisor = Supervisor(stages, folder, PidFile(folder / "pids.json"), self._changed, rests=(0.05, 0.05))

    def _changed(self, keeper: Keeper) -> None:
        self.said.append((keeper.program.name, keeper.state))

    def keeper(self, name: str) -> Keeper:
        return next(one for one in self.supervisor.keepers if one.program.name == name)

    def when(self, name: str, state: State) -> int:
        return self.said.index((name, state))

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        try:
            await self.supervisor.start()
            yield
        finally:
            await self.supervisor.stop()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110 # other processes set no event of ours
            await asyncio.sleep(0.02)


async def test_programs_start_in_stages_and_end_in_reverse(tmp_path: Path) -> None:
    watched = Watched(tmp_path, (program("data"),), (program("worker"), program("api")), (program("door"),))

    async with watched.up():
        assert [keeper.state for keeper in watched.supervisor.keepers] == [State.RUNNING] * 4
        pids = [keeper.pid for keeper in watched.supervisor.keepers]

    assert watched.when("data", State.RUNNING) < watched.when("worker", State.STARTING)
    assert max(watched.when(one, State.RUNNING) for one in ("worker", "api")) < watched.when("door", State.STARTING)
    assert watched.when("door", State.STOPPED) < watched.when("api", State.STOPPING)
    assert max(watched.when(one, State.STOPPED) for one in ("worker", "api")) < watched.when("data", State.STOPPING)
    assert not any(group_lives(pid) for pid in pids if pid)
    assert PidFile(tmp_path / "pids.json").load() == []


async def test_what_is_killed_is_started_again(tmp_path: Path) -> None:
    watched = Watched(tmp_path, (program("api"), program("worker")))

    async with watched.up():
        keeper, first = watched.keeper("api"), watched.keeper("api").pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: keeper.restarts == 1 and keeper.state is State.RUNNING)

        assert keeper.pid not in (None, first)
        assert keeper.why == "was ended by SIGKILL"
        assert watched.keeper("worker").restarts == 0


async def test_what_dies_at_every_try_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    watched = Watched(tmp_path, (program("data"),), (program("api", "echo the port is taken; exit 3"),))

    with pytest.raises(StackFailed, match=r"api ended with 3; see .*api\.log.\nthe port is taken"):
        async with watched.up():
            pass

    assert watched.said.count(("api", State.STARTING)) == 3
    assert watched.keeper("api").state is State.GIVEN_UP
    assert watched.keeper("data").state is State.STOPPED


async def test_what_never_gets_ready_counts_as_failed(tmp_path: Path) -> None:
    silent = program("api", "exec sleep 600", start_seconds=0.3)

    with pytest.raises(StackFailed, match="api was not ready within 0 s"):
        async with Watched(tmp_path, (silent,)).up():
            pass


async def test_a_program_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    absent = Program(name="nginx", command=(str(tmp_path / "nowhere"),), ready=listens(1))

    with pytest.raises(StackFailed, match=r"nginx cannot be started: .*No such file"):
        async with Watched(tmp_path, (absent,)).up():
            pass


async def test_one_that_is_given_up_later_leaves_the_others_running(tmp_path: Path) -> None:
    once = tmp_path / "began"
    fickle = program("worker", f"[ -e {once} ] && exit 1; touch {once}; {STEADY}")
    watched = Watched(tmp_path, (fickle, program("api")))

    async with watched.up():
        worker = watched.keeper("worker")
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        await until(lambda: worker.state is State.GIVEN_UP)

        assert watched.supervisor.given_up == [worker]
        assert watched.keeper("api").state is State.RUNNING


@pytest.mark.parametrize("script", [f"sleep 600 & {STEADY}", f"trap '' TERM; sleep 600 & echo at work; wait; {STEADY}"])
async def test_what_a_program_has_started_ends_with_it(tmp_path: Path, script: str) -> None:
    watched = Watched(tmp_path, (program("api", script, stop_seconds=0.3),))

    async with watched.up():
        pid = watched.keeper("api").pid
        assert pid is not None
        assert group_lives(pid)

    assert not group_lives(pid)


async def test_children_of_a_killed_program_do_not_outlive_its_restart(tmp_path: Path) -> None:
    watched = Watched(tmp_path, (program("worker", f"sleep 600 & {STEADY}"),))

    async with watched.up():
        keeper, first = watched.keeper("worker"), watched.keeper("worker").pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: keeper.restarts == 1 and keeper.state is State.RUNNING)

        assert not group_lives(first)


_ABANDONED = """
import asyncio, sys
from pathlib import Path
from stack.leftovers import PidFile
from stack.programs import Program, says
from stack.supervisor import Supervisor

async def main(folder):
    command = ("sh", "-c", "sleep 600 & echo at work; exec sleep 600")
    programs = [Program(name=name, command=command, ready=says("at work")) for name in ("redis", "api")]
    await Supervisor([programs], folder, PidFile(folder / "pids.json")).start()
    print("up", flush=True)
    await asyncio.sleep(600)

asyncio.run(main(Path(sys.argv[1])))
"""


def test_what_a_killed_supervisor_left_is_ended_at_the_next_start(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _ABANDONED, str(tmp_path)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == "up\n"
        supervisor.kill()
    pids = PidFile(tmp_path / "pids.json")
    left = [known.pid for known in pids.load()]
    assert all(group_lives(pid) for pid in left)
    os.kill(left[0], signal.SIGKILL)  # of this one only what it had started is left

    assert sorted(end_leftovers(pids)) == ["api", "redis"]

    assert not any(group_lives(pid) for pid in left)
    assert end_leftovers(pids) == []


def test_a_stranger_with_the_id_of_a_leftover_is_let_be(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        began = began_at(stranger.pid)
        assert began is not None
        known = [vars(Known("api", stranger.pid, began - 1)), vars(Known("redis", 2**22 + 1, 1))]
        (tmp_path / "pids.json").write_text(json.dumps(known), encoding="utf-8")

        assert end_leftovers(PidFile(tmp_path / "pids.json")) == []

        assert stranger.poll() is None
        stranger.kill()


def test_a_folder_has_one_supervisor(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(AlreadyRunning, match=f"as process {os.getpid()}"), alone(tmp_path):
        pass

    with alone(tmp_path):
        pass


async def test_a_second_end_does_not_wait(tmp_path: Path) -> None:
    stubborn = program("api", f"trap '' TERM; echo at work; while :; do sleep 1; done; {STEADY}", stop_seconds=60.0)
    watched = Watched(tmp_path, (stubborn,))
    await watched.supervisor.start()
    began = time.monotonic()

    stopping = asyncio.create_task(watched.supervisor.stop())
    await until(lambda: watched.keeper("api").state is State.STOPPING)
    watched.supervisor.kill()
    await stopping

    assert time.monotonic() - began < PATIENCE_SECONDS
    assert watched.keeper("api").state is State.STOPPED
