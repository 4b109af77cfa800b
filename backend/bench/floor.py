"""What there is to compare with: an empty FastAPI endpoint, and our own API over a store that keeps no request.

`python -m bench.floor` serves both on RESQ_PORT, with the server of `resq serve` and the data of RESQ_DATA_DIR.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.garbage import keep_loaded
from app.core.security.local import SigningKey
from app.core.server import uvicorn_options
from app.core.settings import Settings
from app.crud.store.port import Write
from app.crud.store.sqlite import SqliteStore
from app.main import create_app
from app.services import build
from app.services.identity import LocalIdentity

bare = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})


@bare.get("/floor")
async def floor() -> dict[str, str]:
    return {"id": "floor"}


class Forgetful(SqliteStore):
    """Says that a request is kept, and keeps none."""

    async def _commit(self, writes: Sequence[Write]) -> None:
        if all(write.key.collection != "requests" for write in writes):
            await super()._commit(writes)


@dataclass(frozen=True)
class Both:
    """The empty endpoint at its address, the whole API at all others."""

    api: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = bare if scope["type"] == "http" and scope["path"] == "/floor" else self.api
        await app(scope, receive, send)


def app(settings: Settings) -> Both:
    """Both, with no worker running: what comes in is not worked on."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = Forgetful(settings.database_path)
    identity = LocalIdentity.over(
        store, project_id=settings.firebase_project_id, key=SigningKey.kept_in(settings.data_dir)
    )
    services = build(settings, store=store, verifier=identity.verifier, identity=identity)
    api = create_app(settings, services)
    api.state.services = services
    keep_loaded()
    return Both(api)


def main() -> None:
    settings = Settings()
    uvicorn.run(app(settings), lifespan="off", **uvicorn_options(settings))


if __name__ == "__main__":
    main()
