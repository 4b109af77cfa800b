"""What every test may use."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, settings

from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from tests.matrix import size
from tests.serving import serving
from tests.world import World

# A machine that is busy with other things is no fault of what is tested.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")

pytest_plugins = [
    "tests.fixtures_store",
    "tests.fixtures_redis",
    "tests.fixtures_small",
    "tests.fixtures_leaving",
    "tests.fixtures_firebase",
]


@pytest.fixture
def world(store: Store) -> World:
    """Services over each kind of store, with nobody and nothing in them."""
    return World.over(store)


@pytest.fixture
async def api(sqlite_store: SqliteStore) -> AsyncIterator[FastAPI]:
    """The whole API over an empty store, with its workers running."""
    async with serving(World.over(sqlite_store).services) as app:
        yield app


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cells of the permission matrix were tried, where they were."""
    tried = terminalreporter.stats.get("passed", [])
    if any("test_every_caller_gets_what_the_policy_promises" in report.nodeid for report in tried):
        terminalreporter.write_line(size())
