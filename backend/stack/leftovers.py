"""Processes that outlived their supervisor: remembered in a file while they run, ended before the next start.

A process is recognised by its id and the moment it began, so whoever has got that id since is left alone. All that a
program starts is in its process group, whose id is the first one's.
"""

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

END_SECONDS = 10.0


class AlreadyRunning(Exception):
    """Another supervisor has the folder."""


@dataclass(frozen=True)
class Known:
    name: str
    pid: int
    began: int
    """Clock ticks after the machine's start."""


@dataclass
class PidFile:
    """The processes that run now, on disk before anything else is done with them."""

    path: Path

    def add(self, name: str, pid: int) -> None:
        began = began_at(pid)
        if began is not None:
            self._write([*(one for one in self.load() if one.name != name), Known(name, pid, began)])

    def remove(self, name: str) -> None:
        self._write([one for one in self.load() if one.name != name])

    def load(self) -> list[Known]:
        try:
            return [Known(**one) for one in json.loads(self.path.read_text(encoding="utf-8"))]
        except FileNotFoundError:
            return []

    def _write(self, known: list[Known]) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps([vars(one) for one in known]), encoding="utf-8")
        new.replace(self.path)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only supervisor of this folder, or raise `AlreadyRunning`. The lock goes with the process."""
    with (folder / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(f"The stack runs already, as process {file.read().strip()}.") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def end_leftovers(pids: PidFile) -> list[str]:
    """End what an earlier supervisor left running; the names of what there was."""
    left = [one for one in pids.load() if _members(one)]
    for kill in (signal.SIGTERM, signal.SIGKILL):
        for one in left:
            if _members(one):
                send_group(one.pid, kill)
        deadline = time.monotonic() + END_SECONDS
        while any(_members(one) for one in left) and time.monotonic() < deadline:
            time.sleep(0.05)
    pids.path.unlink(missing_ok=True)
    return [one.name for one in left]


def send_group(pid: int, kill: signal.Signals) -> None:
    """Signal a program and all that it has started; nothing where there is none of them."""
    with suppress(ProcessLookupError):
        os.killpg(pid, kill)


def began_at(pid: int) -> int | None:
    """When a process began; None where there is none, or only its exit code."""
    found = _stat(pid)
    return None if found is None else int(found[19])


def group_lives(pid: int) -> bool:
    """Whether anything of this process group still runs."""
    return any(True for _ in _group(pid))


def _members(known: Known) -> bool:
    """Whether anything of the group is left; not of a later group that has got the same id."""
    leader = began_at(known.pid)
    if leader is not None:
        return leader == known.began
    return any(began >= known.began for began in _group(known.pid))


def _group(pid: int) -> Iterator[int]:
    """When each process of the group began."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            found = _stat(int(entry.name))
            if found is not None and int(found[2]) == pid:
                yield int(found[19])


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name, which may hold anything; `state` is the first."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields
