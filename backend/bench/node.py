"""A server of its own for measuring: real HTTP on loopback, its data in a folder, a person of each role."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2

ROLES = ("affected_individual", "volunteer", "first_responder", "admin")
ACCOUNTS = "/identitytoolkit.googleapis.com/v1/accounts"
START_SECONDS = 30
UNLIMITED = {
    f"RESQ_RATE_{name}": "1000000/minute"
    for name in ("INTAKE", "READ", "WRITE", "COSTLY", "ADDRESS", "ADDRESS_COSTLY", "REFUSED")
}


@dataclass(frozen=True)
class Node:
    """A server of its own, with a person of each role."""

    url: str
    database: Path
    log: Path
    tokens: Mapping[str, str]
    uids: Mapping[str, str]
    disaster_id: str
    pid: int = 0

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def client(self, role: str) -> httpx2.Client:
        """An HTTP client of the person of this role; nobody's for another word."""
        headers = _bearer(self.tokens[role]) if role in self.tokens else {}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=30)


@contextmanager
def node(
    folder: Path, more: Mapping[str, str] | None = None, *, command: Sequence[str] = ("app.cli", "serve")
) -> Iterator[Node]:
    """A running server with its data in `folder`; generous limits, since it is not the limits that are tried.

    `more` are settings of its own, for instance of another store; `command` the module that serves, and its arguments.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ,
        "RESQ_DATA_DIR": str(folder / "data"),
        "RESQ_PORT": str(port),
        "RESQ_LOG_LEVEL": "warning",
        **(more or {}),
        **UNLIMITED,
    }
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", *command], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{port}"
            try:
                answering(url, START_SECONDS)
            except TimeoutError:
                raise SystemExit(f"The server did not start: {log.read_text(errors='replace')[-800:]}") from None
            yield replace(peopled(url, folder / "data" / "resq.sqlite3", log, environment), pid=server.pid)
        finally:
            server.terminate()
            server.wait(20)


def answering(url: str, seconds: float) -> None:
    """Return when a server answers there; `TimeoutError` if it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            httpx2.get(f"{url}/healthz", timeout=1)
        except httpx2.TransportError:
            if time.monotonic() > deadline:
                raise TimeoutError(url) from None
            time.sleep(0.1)
        else:
            return


def peopled(url: str, database: Path, log: Path, environment: Mapping[str, str]) -> Node:
    """One person of each role, who have a disaster, a request with a plan, and a stock to act on."""
    tokens, uids = {}, {}
    with httpx2.Client(base_url=url, timeout=30) as http:
        for role in ROLES:
            email = f"{role}@example.org"
            body = {"email": email, "password": secrets.token_urlsafe(12), "returnSecureToken": True}
            session = http.post(f"{ACCOUNTS}:signUp", json=body).raise_for_status().json()
            tokens[role], uids[role] = str(session["idToken"]), str(session["localId"])
            http.get("/users/me", headers=_bearer(tokens[role])).raise_for_status()
            command = [sys.executable, "-m", "app.cli", "users", "grant", email, role]
            subprocess.run(command, env=dict(environment), check=True, capture_output=True)
        place = {"lat": 6.68, "lng": 80.4}
        disaster = _posted(http, tokens["admin"], "/disasters", {"name": "Flood", "location": place})
        for role in ROLES:
            _posted(http, tokens[role], f"/disasters/{disaster}/join", {})
            asked = {"description": "We are trapped, water is rising", "location": place, "disaster_id": disaster}
            _posted(http, tokens[role], "/requests", asked)
        stock = {"name": "Depot", "resource_type": "drinking_water", "quantity": 500, "location": place}
        _posted(http, tokens["admin"], "/resources", stock)
    return Node(url, database, log, tokens, uids, disaster)


def _posted(http: httpx2.Client, token: str, path: str, body: Mapping[str, object]) -> str:
    answer = http.post(path, json=body, headers=_bearer(token)).raise_for_status().json()
    return str(answer["id"])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
