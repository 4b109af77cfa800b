"""nginx as the stack and production configure it, in front of small servers that write down what they are asked."""

import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from stack import nginx
from stack.layout import free_ports

START_SECONDS = 20.0


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Upstream:
    """An API that is none. `act` is what it does with a call, if not to answer 200."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    act: Callable[[BaseHTTPRequestHandler], None] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: ClassVar[Upstream]

    def setup(self) -> None:
        super().setup()
        self.upstream.connections += 1

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.upstream.asked.append(Asked(self.command, self.path, headers, self.rfile.read(length)))
        if self.upstream.act is not None:
            self.upstream.act(self)
            return
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.send_header("Strict-Transport-Security", "max-age=31536000")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 # as http.server calls them

    def log_message(self, *_: object) -> None:
        """Nothing of it is of interest."""


@contextmanager
def upstream() -> Iterator[Upstream]:
    """One that listens until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    found = Upstream(server.server_address[1])
    server.RequestHandlerClass = type("Handler", (_Handler,), {"upstream": found})
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def dead_address() -> str:
    """Where nobody listens."""
    return f"127.0.0.1:{free_ports(1)[0]}"


@contextmanager
def proxy(folder: Path, upstreams: Sequence[str]) -> Iterator[int]:
    """The port of an nginx as the stack has it, in front of these `host:port`."""
    (port,) = free_ports(1)
    config = nginx.write_config(folder, port=port, upstreams=upstreams, access_log=folder / "access.log")
    with _running(config, port):
        yield port


@dataclass(frozen=True)
class Production:
    config: Path
    http_port: int
    https_port: int
    certificate: Path


def production(
    folder: Path,
    upstreams: Sequence[str],
    certificate: tuple[bytes, bytes],
    *,
    server: str = "server.conf.template",
) -> Production:
    """The files of production, laid out in a folder as compose does in the image; only folder and ports are others."""
    http_port, https_port = free_ports(2)
    place = folder / "etc"
    (place / "conf.d").mkdir(parents=True)
    (place / "tls").mkdir()
    values = {"RESQ_UPSTREAM_SERVERS": nginx.upstream_servers(upstreams), "RESQ_SERVER_NAME": "localhost"}
    moved = {
        "/etc/nginx": str(place),
        "/tmp": str(folder),  # noqa: S108 # as the image has it
        "/dev/stdout": f"{folder}/access.log",
        "listen 8080": f"listen {http_port}",
        "listen 8443": f"listen {https_port}",
    }
    everywhere = re.compile("|".join(moved))
    files = {
        "nginx.conf": "nginx.conf",
        "resq.locations": "resq.locations",
        "resq.conf.template": "conf.d/resq.conf",
        server: "conf.d/server.conf",
    }
    for name, inside in files.items():
        text = nginx.rendered((nginx.DEPLOY / name).read_text(encoding="utf-8"), values)
        (place / inside).write_text(everywhere.sub(lambda found: moved[found[0]], text), encoding="utf-8")
    (place / "tls" / "tls.crt").write_bytes(certificate[0])
    (place / "tls" / "tls.key").write_bytes(certificate[1])
    return Production(place / "nginx.conf", http_port, https_port, place / "tls" / "tls.crt")


def checked(config: Path) -> subprocess.CompletedProcess[str]:
    """What `nginx -t` says."""
    return subprocess.run([*nginx.command(config), "-t"], capture_output=True, text=True, check=False)


@contextmanager
def serving(made: Production) -> Iterator[None]:
    with _running(made.config, made.https_port):
        yield


@contextmanager
def _running(config: Path, port: int) -> Iterator[None]:
    says_so = "daemon off;" in config.read_text(encoding="utf-8")
    foreground = () if says_so else ("-g", "daemon off;")
    log = config.parent / "stderr.log"
    with ExitStack() as stack:
        output = stack.enter_context(log.open("wb"))
        process = stack.enter_context(subprocess.Popen([*nginx.command(config), *foreground], stderr=output))
        stack.callback(process.terminate)
        deadline = time.monotonic() + START_SECONDS
        while not _listens(port):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.02)
        yield


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def absent() -> bool:
    return shutil.which("nginx") is None
