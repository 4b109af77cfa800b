"""Every route, as every role, with what a generator thinks of: no fault of ours, no answer outside the schema.

`python -m bench.fuzz` starts a server of its own with a person of each role, has schemathesis generate at least
`--cases` cases with all of its checks, and prints a table; with `--json` the last line is one object with the figures.
"""

import argparse
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx2

ROLES = ("nobody", "affected_individual", "volunteer", "first_responder", "admin")
ACCOUNTS = "/identitytoolkit.googleapis.com/v1/accounts"
START_SECONDS = 30
CONFIG = Path(__file__).with_name("schemathesis.toml")
_CASES = re.compile(r"([\d,]+) generated")


@dataclass(frozen=True)
class Row:
    """One role's turn."""

    role: str
    cases: int
    failures: int
    seconds: float


@dataclass(frozen=True)
class Node:
    """A server of its own, with a person of each role."""

    url: str
    tokens: Mapping[str, str]
    log: Path


@contextmanager
def node(folder: Path) -> Iterator[Node]:
    """A running server with its data in `folder`; generous limits, since it is not the limits that are tried."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ,
        "RESQ_DATA_DIR": str(folder / "data"),
        "RESQ_PORT": str(port),
        "RESQ_LOG_LEVEL": "warning",
        **{f"RESQ_RATE_{name}": "1000000/minute" for name in ("INTAKE", "READ", "WRITE", "COSTLY", "ADDRESS")},
    }
    log = folder / "server.log"
    command = [sys.executable, "-m", "app.cli", "serve"]
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            _answering(url, server, log)
            yield Node(url, _people(url, environment), log)
        finally:
            server.terminate()
            server.wait(20)


def _answering(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx2.get(f"{url}/healthz", timeout=1)
        except httpx2.TransportError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The server did not start: {log.read_text(errors='replace')[-800:]}") from None
            time.sleep(0.1)
        else:
            return


def _people(url: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The token of one person of each role, who have a disaster, a request with a plan, and a stock to act on."""
    tokens = {}
    with httpx2.Client(base_url=url, timeout=30) as http:
        for role in ROLES[1:]:
            email = f"{role}@example.org"
            body = {"email": email, "password": secrets.token_urlsafe(12), "returnSecureToken": True}
            tokens[role] = str(http.post(f"{ACCOUNTS}:signUp", json=body).raise_for_status().json()["idToken"])
            http.get("/users/me", headers=_bearer(tokens[role])).raise_for_status()
            command = [sys.executable, "-m", "app.cli", "users", "grant", email, role]
            subprocess.run(command, env=dict(environment), check=True, capture_output=True)
        place = {"lat": 6.68, "lng": 80.4}
        disaster = _posted(http, tokens["admin"], "/disasters", {"name": "Flood", "location": place})
        for role in ROLES[1:]:
            _posted(http, tokens[role], f"/disasters/{disaster}/join", {})
            asked = {"description": "We are trapped, water is rising", "location": place, "disaster_id": disaster}
            _posted(http, tokens[role], "/requests", asked)
        stock = {"name": "Depot", "resource_type": "drinking_water", "quantity": 500, "location": place}
        _posted(http, tokens["admin"], "/resources", stock)
    return tokens


def _posted(http: httpx2.Client, token: str, path: str, body: Mapping[str, object]) -> str:
    answer = http.post(path, json=body, headers=_bearer(token)).raise_for_status().json()
    return str(answer["id"])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def generate(here: Node, role: str, folder: Path, *, most: int, seed: int, more: list[str]) -> Row:
    """Have schemathesis generate up to `most` cases for each operation, as one role."""
    token = here.tokens.get(role)
    began = time.monotonic()
    command = [
        str(Path(sys.executable).with_name("st")),
        f"--config-file={CONFIG}",
        "run",
        f"{here.url}/openapi.json",
        "--checks=all",
        f"--max-examples={most}",
        f"--seed={seed}",
        "--continue-on-failure",
        "--workers=2",
        *([f"--header=Authorization: Bearer {token}"] if token else []),
        *more,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    (folder / f"{role}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    found = _CASES.search(done.stdout)
    if found is None:
        raise SystemExit(f"schemathesis did not run: {(done.stdout + done.stderr)[-2000:]}")
    failures = len(re.findall(r"^_{3,} .+ _{3,}$", done.stdout, re.MULTILINE))
    if done.returncode and not failures:
        failures = 1
    return Row(role, int(found[1].replace(",", "")), failures, round(time.monotonic() - began, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=20_000, help="generate at least so many, over all roles")
    parser.add_argument("--most", type=int, default=60, help="cases for each operation in one turn of a role")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", choices=ROLES, action="append", help="only this one")
    parser.add_argument("--keep", type=Path, help="folder for the reports of schemathesis")
    parser.add_argument("--json", action="store_true")
    arguments, more = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        rows: list[Row] = []
        with node(Path(temporary)) as here:
            turn = 0
            while not rows or sum(row.cases for row in rows) < arguments.cases:
                for role in arguments.role or ROLES:
                    seed = arguments.seed + turn
                    rows.append(generate(here, role, folder, most=arguments.most, seed=seed, more=more))
                    row = rows[-1]
                    print(
                        f"{row.role:22} {row.cases:8,} cases {row.failures:4} failing {row.seconds:8.1f} s", flush=True
                    )
                turn += 1
            crashes = here.log.read_text(errors="replace").count("request.crashed")
    cases, failures = sum(row.cases for row in rows), sum(row.failures for row in rows)
    print(f"{'all':22} {cases:8,} cases {failures:4} failing; {crashes} faults in the server's log")
    if arguments.json:
        print(json.dumps({"cases": cases, "failures": failures, "crashes": crashes, "rows": [asdict(r) for r in rows]}))
    if failures or crashes:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
