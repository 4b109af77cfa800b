"""What one call costs this process in CPU, without a socket: `make bench BENCH=overhead`."""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from app.core.settings import Settings
from app.main import create_app
from app.services import opened

CALLS, ROUNDS = 3_000, 7
PATHS = ("/healthz", "/nothing/here", "/disasters/none")


async def _call(app: Any, path: str) -> None:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"api.test")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        """Nobody reads it."""

    await app(scope, receive, send)


async def measured() -> dict[str, float]:
    """Microseconds of this thread for each call, the median of some rounds."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings().model_copy(update={"data_dir": Path(folder), "log_level": "warning"})
        async with opened(settings) as services:
            app = create_app(settings, services)
            app.state.services = services
            found = {}
            for path in PATHS:
                rounds = []
                for _ in range(ROUNDS + 1):
                    began = time.thread_time()
                    for _ in range(CALLS):
                        await _call(app, path)
                    rounds.append((time.thread_time() - began) / CALLS * 1e6)
                found[path] = round(statistics.median(rounds[1:]), 1)
            return found


if __name__ == "__main__":
    found = asyncio.run(measured())
    if "--json" in sys.argv:
        print(json.dumps(found))
    else:
        for path, micros in found.items():
            print(f"{path:20} {micros:8.1f} µs of CPU a call")
