"""Google's Firestore emulator for tests: found, started, and shared by the processes of one test run."""

import asyncio
import fcntl
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Key
from stack.emulators import EmulatorAbsent, firestore_command
from stack.layout import free_ports

__all__ = ["EmulatorAbsent", "free_port", "launched", "running", "shared"]

START_SECONDS = 60


@dataclass
class _Shared:
    """The state file that the processes of one test run share: who uses the emulator, and where it is."""

    file: IO[str]

    def load(self) -> tuple[int, int, int]:
        self.file.seek(0)
        text = self.file.read()
        users, pid, port = json.loads(text) if text else (0, 0, 0)
        return users, pid, port

    def save(self, users: int, pid: int, port: int) -> None:
        self.file.seek(0)
        self.file.truncate()
        json.dump((users, pid, port), self.file)
        self.file.flush()


@contextmanager
def running(directory: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The `host:port` of an emulator: the one of FIRESTORE_EMULATOR_HOST, else one for all who name `directory`.

    The first to come starts it, the last to go stops it. `EmulatorAbsent` where it cannot be had.
    """
    host = environment.get("FIRESTORE_EMULATOR_HOST")
    if host:
        yield host
        return
    with shared(directory / "firestore-emulator.json", lambda: _start(directory, environment)) as found:
        yield found


@contextmanager
def shared(state: Path, start: Callable[[], tuple[int, int]]) -> Iterator[str]:
    """The `host:port` of a process that all who name `state` share; `start` gives its process id and port."""
    with _locked(state) as kept:
        users, pid, port = kept.load()
        if users == 0:
            pid, port = start()
        kept.save(users + 1, pid, port)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        with _locked(state) as kept:
            users, pid, port = kept.load()
            kept.save(users - 1, pid, port)
            if users == 1:
                _stop(pid)


@contextmanager
def _locked(state: Path) -> Iterator[_Shared]:
    with state.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield _Shared(file)


def _start(directory: Path, environment: Mapping[str, str]) -> tuple[int, int]:
    port = free_port()
    command = firestore_command(environment, port)
    pid = launched(command, port, "The Firestore emulator", directory / "firestore-emulator.log")
    with ThreadPoolExecutor(1) as aside:  # whoever starts it may be in a loop already
        aside.submit(lambda: asyncio.run(_first_answer(port))).result()
    return pid, port


async def _first_answer(port: int) -> None:
    """Its first answer takes seconds on a busy machine: no test is to wait for it."""
    store = FirestoreStore("demo-first", emulator=f"127.0.0.1:{port}", retry_seconds=START_SECONDS)
    await store.get(Key("health", "probe"))
    await store.close()


def launched(
    command: Sequence[str], port: int, name: str, log: Path, *, environment: Mapping[str, str] | None = None
) -> int:
    """The id of a process of this command, once it takes connections; it lives until somebody stops it."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=log.parent,
            env=environment,
        )
    deadline = time.monotonic() + START_SECONDS
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise EmulatorAbsent(f"{name} did not start: {log.read_text(errors='replace')[-400:]}")
        time.sleep(0.05)
    process.returncode = 0  # it outlives this object: whoever goes last stops it
    return process.pid


def free_port() -> int:
    return free_ports(1)[0]


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return True
    except OSError:
        return False


def _stop(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
    with suppress(ChildProcessError):  # another worker of this run started it
        os.waitpid(pid, 0)
