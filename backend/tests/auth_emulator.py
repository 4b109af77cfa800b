"""Google's Auth emulator for tests: found, started, and shared by the processes of one test run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from stack.emulators import auth_command, auth_environment
from stack.layout import free_ports
from tests.emulator import launched, shared

PROJECT = "demo-resq"


@contextmanager
def running(directory: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The `host:port` of an emulator: the one of FIREBASE_AUTH_EMULATOR_HOST, else one for all who name `directory`.

    The first to come starts it, the last to go stops it. `EmulatorAbsent` where it cannot be had.
    """
    host = environment.get("FIREBASE_AUTH_EMULATOR_HOST")
    if host:
        yield host
        return
    with shared(directory / "auth-emulator.json", lambda: _start(directory, environment)) as found:
        yield found


def _start(directory: Path, environment: Mapping[str, str]) -> tuple[int, int]:
    place = directory / "auth-emulator"
    port, hub, logging = free_ports(3)
    command = auth_command(environment, place, project=PROJECT, port=port, hub_port=hub, logging_port=logging)
    alone = {**environment, **auth_environment(place)}
    pid = launched(command, port, "The Auth emulator", place / "auth-emulator.log", environment=alone)
    return pid, port
