"""What every test of sign-in may use. All of these are of local accounts, on the stack too."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash

from app.api.identity import router
from app.core.security.firebase import FirebaseTokenVerifier
from app.core.security.local import LocalTokens
from app.core.security.passwords import Passwords
from app.core.security.throttle import Pace, Throttle
from app.crud.accounts import AccountRepository
from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from app.services.identity import LocalIdentity
from tests.identity.calls import PROJECT, CountingHasher, Hands, signing_key


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = SqliteStore(tmp_path / "resq.sqlite3")
    yield store
    await store.close()


@pytest.fixture
def identity(store: Store, hands: Hands, hasher: CountingHasher) -> LocalIdentity:
    return LocalIdentity(
        AccountRepository(store),
        LocalTokens(PROJECT, signing_key()),
        FirebaseTokenVerifier(PROJECT, signing_key(), clock=hands.seconds),
        passwords=Passwords(PasswordHash((hasher,))),
        by_email=Throttle(Pace(free=5, longest=300), clock=hands.seconds),
        by_network=Throttle(Pace(free=8, longest=60), clock=hands.seconds),
        clock=hands,
    )


@pytest.fixture
async def client(identity: LocalIdentity) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.state.services = SimpleNamespace(identity=identity)
    app.include_router(router)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://resq") as client:
        yield client
