"""Google's Auth emulator for tests: found, started, and shared by the processes of one test run."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.emulator import EmulatorAbsent, free_port, launched, shared

PROJECT = "demo-resq"
LEAST_NODE = 20
_INSTALLED = Path(__file__).parent / "firebase" / "node_modules" / "firebase-tools" / "lib" / "bin" / "firebase.js"


def find_tools(environment: Mapping[str, str]) -> tuple[str, Path]:
    """Node and the Firebase CLI: the script that FIREBASE_TOOLS names, or what `make emulators` has installed."""
    node = shutil.which("node")
    if node is None:
        raise EmulatorAbsent("The Auth emulator needs Node 20 or newer, which is not here.")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < LEAST_NODE:
        raise EmulatorAbsent(f"The Auth emulator needs Node 20 or newer; this is {version}.")
    script = Path(environment.get("FIREBASE_TOOLS") or _INSTALLED)
    if not script.is_file():
        raise EmulatorAbsent("The Auth emulator is not here: `make emulators` installs it, or FIREBASE_TOOLS names it.")
    return node, script


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
    node, script = find_tools(environment)
    place = directory / "auth-emulator"
    place.mkdir(exist_ok=True)
    port, hub, logging = free_port(), free_port(), free_port()
    emulators = {
        "auth": {"host": "127.0.0.1", "port": port},
        "hub": {"host": "127.0.0.1", "port": hub},
        "logging": {"host": "127.0.0.1", "port": logging},
        "ui": {"enabled": False},
        "singleProjectMode": False,
    }
    (place / "firebase.json").write_text(json.dumps({"emulators": emulators}), encoding="utf-8")
    command = [node, str(script), "emulators:start", "--only", "auth", "--project", PROJECT]
    alone = {**environment, "XDG_CONFIG_HOME": str(place), "NO_UPDATE_NOTIFIER": "1"}
    pid = launched(command, port, "The Auth emulator", place / "auth-emulator.log", environment=alone)
    return pid, port
