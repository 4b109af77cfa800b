"""The metrics of a process that serves nothing else: a worker with its children, or beat."""

import atexit
import os
import shutil
import tempfile
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import structlog

from app.core.metrics import MEDIA_TYPE, counted_in, shared_between_processes
from app.core.scraping import may_scrape
from app.core.settings import Settings

PATH = "/metrics"

log = structlog.get_logger(__name__)


class MetricsServer(ThreadingHTTPServer):
    """For scrapers only; whoever else comes finds nothing, as at the API."""

    daemon_threads = True

    def __init__(self, port: int, token: str | None, folder: Path) -> None:
        # Without a secret nobody but this machine may read them, so nobody else needs to reach them.
        super().__init__(("127.0.0.1" if token is None else "0.0.0.0", port), _Handler)  # noqa: S104
        self.token = token
        self.folder = folder


class _Handler(BaseHTTPRequestHandler):
    server: MetricsServer
    timeout = 5
    server_version, sys_version = "resq", ""

    def do_GET(self) -> None:
        allowed = may_scrape(
            self.server.token,
            address=self.client_address[0],
            authorization=self.headers.get("Authorization", ""),
            headers=[name.lower() for name in self.headers],
        )
        if self.path != PATH or not allowed:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        text = counted_in(self.server.folder)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", MEDIA_TYPE)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address is in it, and somebody scrapes every few seconds."""


def served(settings: Settings) -> None:
    """Serve what this process counts, and those it forks later, at `RESQ_METRICS_PORT` for as long as it lives."""
    if settings.metrics_port is None:
        return
    folder = Path(tempfile.mkdtemp(prefix="resq-metrics-"))
    shared_between_processes(folder)
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    server = MetricsServer(settings.metrics_port, token, folder)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    atexit.register(_removed, folder, os.getpid())
    log.info("metrics.served", port=settings.metrics_port)


def _removed(folder: Path, owner: int) -> None:
    """By the process that made it, and not by the children it forked."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
