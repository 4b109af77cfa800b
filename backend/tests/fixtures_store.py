"""Fixtures: a store of each kind, empty for every test."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.crud.store.firestore import FirestoreStore
from app.crud.store.indexes import Indexes
from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from tests import emulator


@pytest.fixture
def indexes() -> Indexes:
    """The composite indexes of the product; a test module may put its own in their place."""
    return Indexes.load()


@pytest.fixture(scope="session")
def firestore_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of an emulator, one for the whole run (workers of pytest-xdist share it), stopped at its end."""
    base = tmp_path_factory.getbasetemp()
    directory = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    named = os.environ.get("FIRESTORE_EMULATOR_HOST")
    try:
        with emulator.running(directory, os.environ) as host:
            os.environ["FIRESTORE_EMULATOR_HOST"] = host  # settings and the commands read it
            yield host
    except emulator.EmulatorAbsent as absent:
        if os.environ.get("CI") == "true":
            pytest.fail(str(absent))
        pytest.skip(str(absent))
    finally:
        if named is None:
            os.environ.pop("FIRESTORE_EMULATOR_HOST", None)


@pytest.fixture
async def sqlite_store(tmp_path: Path, indexes: Indexes) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "store.db", indexes=indexes)
    yield store
    await store.close()


@pytest.fixture
async def firestore_store(firestore_emulator: str) -> AsyncIterator[FirestoreStore]:
    # A project of its own: nothing of other tests is in it.
    store = FirestoreStore(f"demo-{secrets.token_hex(6)}", emulator=firestore_emulator)
    yield store
    await store.close()


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def store(request: pytest.FixtureRequest) -> Store:
    """One store of each kind: a test that takes it runs on both."""
    found = request.getfixturevalue(f"{request.param}_store")
    assert isinstance(found, Store)
    return found
