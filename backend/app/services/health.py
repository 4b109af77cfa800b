"""What this process is made of, and whether it works."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.blobs import Blobs
from app.core.errors import AppError
from app.core.limits import Limiter
from app.core.settings import IdentityKind, Misconfigured, Settings, StoreKind
from app.crud.store.port import Key, Store
from app.schemas.base import Model


class State(StrEnum):
    OK = "ok"
    OFF = "off"
    DEGRADED = "degraded"
    FAILING = "failing"
    FAILING_OPEN = "failing_open"


class Part(Model):
    """One thing the product depends on.

    `off` is what it can do without; `degraded` fails, and calls for help go on; `failing_open` is a guard that is
    away, without which people are still served.
    """

    name: str
    state: State
    detail: str


class Readiness(Model):
    ready: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Health:
    settings: Settings
    store: Store
    blobs: Blobs
    limiter: Limiter

    async def check(self) -> Readiness:
        """Ask the store, and say what the rest is."""
        parts = (await self._store(), await self._limits(), *described(self.settings), await self._media())
        return Readiness(ready=all(part.state is not State.FAILING for part in parts), parts=parts)

    async def _store(self) -> Part:
        kind = _STORES[self.settings.store]
        try:
            await self.store.get(Key("health", "probe"))
        except AppError as error:
            return Part(name="store", state=State.FAILING, detail=f"{kind} does not answer: {error.code}")
        except Misconfigured as error:
            return Part(name="store", state=State.FAILING, detail=str(error))
        return Part(name="store", state=State.OK, detail=kind)

    async def _media(self) -> Part:
        place = self.settings.media_bucket or "this node's data folder"
        try:
            await self.blobs.check()
        except AppError:
            detail = f"photos can be neither taken nor shown: {place} does not answer"
            return Part(name="media", state=State.DEGRADED, detail=detail)
        return Part(name="media", state=State.OK, detail=f"photos in {place}")

    async def _limits(self) -> Part:
        if await self.limiter.works():
            return Part(name="limits", state=State.OK, detail=f"calls are counted {self.limiter.place}")
        detail = f"calls cannot be counted {self.limiter.place}; nobody is refused for calling too often"
        return Part(name="limits", state=State.FAILING_OPEN, detail=detail)


_STORES = {
    StoreKind.SQLITE: "SQLite in this node's data folder, durable",
    StoreKind.FIRESTORE: "Firestore",
}


def described(settings: Settings) -> tuple[Part, ...]:
    """What is configured besides the store, and what happens without what is not."""
    local = settings.identity is IdentityKind.LOCAL
    identity = "accounts of this node, signed by its own key" if local else f"Firebase, {settings.firebase_project_id}"
    return (
        Part(name="identity", state=State.OK, detail=identity),
        Part(name="queue", state=State.OK, detail=f"in this process, {settings.workers} workers"),
        Part(name="push", state=State.OFF, detail="recorded; people read their inbox in the app"),
        Part(name="model", state=State.OFF, detail="rules assess and plan"),
        Part(name="tracing", state=State.OFF, detail="no traces are sent"),
    )
