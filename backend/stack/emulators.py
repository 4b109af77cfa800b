"""Google's emulators: where they are on this machine, and what starts them."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

LEAST_NODE = 20
_JAR = Path("platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
_ROOTS = ("/usr/lib/google-cloud-sdk", "/usr/share/google-cloud-sdk", "/opt/google-cloud-sdk", "/google-cloud-sdk")
_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_FIREBASE_TOOLS = Path(__file__).parents[1] / "tests/firebase/node_modules/firebase-tools/lib/bin/firebase.js"


class EmulatorAbsent(Exception):
    """The message says in one sentence what is missing."""


def find_jar(environment: Mapping[str, str]) -> Path:
    """Firestore's emulator: named by FIRESTORE_EMULATOR_JAR, or part of an installed Google Cloud CLI."""
    named = environment.get("FIRESTORE_EMULATOR_JAR")
    if named:
        if Path(named).is_file():
            return Path(named)
        raise EmulatorAbsent(f"FIRESTORE_EMULATOR_JAR names {named}, where there is no file.")
    gcloud = shutil.which("gcloud")
    roots = [
        environment.get("CLOUDSDK_ROOT_DIR", ""),
        str(Path(gcloud).resolve().parents[1]) if gcloud else "",
        *_ROOTS,
        str(Path.home() / "google-cloud-sdk"),
    ]
    for root in filter(None, roots):
        if (Path(root) / _JAR).is_file():
            return Path(root) / _JAR
    raise EmulatorAbsent("The Firestore emulator is not here: install it, or name its JAR in FIRESTORE_EMULATOR_JAR.")


def firestore_command(environment: Mapping[str, str], port: int) -> tuple[str, ...]:
    """What starts Firestore's emulator on this port."""
    jar = find_jar(environment)
    java = shutil.which("java")
    if java is None:
        raise EmulatorAbsent("The Firestore emulator needs Java, which is not here.")
    return (java, "-Duser.language=en", "-cp", str(jar), _MAIN, "--host=127.0.0.1", f"--port={port}")


def find_firebase_tools(environment: Mapping[str, str]) -> tuple[str, Path]:
    """Node and the Firebase CLI: the script that FIREBASE_TOOLS names, or what `make emulators` has installed."""
    node = shutil.which("node")
    if node is None:
        raise EmulatorAbsent(f"The Auth emulator needs Node {LEAST_NODE} or newer, which is not here.")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < LEAST_NODE:
        raise EmulatorAbsent(f"The Auth emulator needs Node {LEAST_NODE} or newer; this is {version}.")
    script = Path(environment.get("FIREBASE_TOOLS") or _FIREBASE_TOOLS)
    if not script.is_file():
        raise EmulatorAbsent("The Auth emulator is not here: `make emulators` installs it, or FIREBASE_TOOLS names it.")
    return node, script


def auth_command(
    environment: Mapping[str, str], folder: Path, *, project: str, port: int, hub_port: int, logging_port: int
) -> tuple[str, ...]:
    """What starts Firebase Auth's emulator on these ports; its configuration is written into `folder`."""
    node, script = find_firebase_tools(environment)
    emulators = {
        "auth": {"host": "127.0.0.1", "port": port},
        "hub": {"host": "127.0.0.1", "port": hub_port},
        "logging": {"host": "127.0.0.1", "port": logging_port},
        "ui": {"enabled": False},
        "singleProjectMode": False,
    }
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "firebase.json"
    config.write_text(json.dumps({"emulators": emulators}), encoding="utf-8")
    what = ("emulators:start", "--only", "auth", "--project", project, "--config", str(config))
    return (node, str(script), *what)


def auth_environment(folder: Path) -> dict[str, str]:
    """What keeps the Firebase CLI to its folder."""
    return {"XDG_CONFIG_HOME": str(folder), "NO_UPDATE_NOTIFIER": "1"}
