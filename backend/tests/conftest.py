"""What every test may use."""

from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, settings

from app.crud.store.port import Store
from tests import stack
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
    "tests.fixtures_model",
    "tests.fixtures_push",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stack", action="store_true", help="run on Firestore, Firebase Auth, Redis and Celery")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the stack, what runs on each store runs on Firestore."""
    if not config.getoption("--stack"):
        return
    kinds = [getattr(item, "callspec", None) for item in items]
    left_out = [item for item, kind in zip(items, kinds, strict=True) if kind and kind.params.get("store") == "sqlite"]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session", autouse=True)
def _stack(request: pytest.FixtureRequest) -> Iterator[None]:
    if not request.config.getoption("--stack"):
        yield
        return
    auth_host = request.getfixturevalue("auth_host")
    with stack.running(request.getfixturevalue("_valkey").connection_url, auth_host):
        yield


@pytest.fixture
def world(store: Store) -> World:
    """Services over each kind of store, with nobody and nothing in them."""
    return World.over(store)


@pytest.fixture
def one_store(request: pytest.FixtureRequest) -> Store:
    """An empty store, where one kind is enough."""
    found = request.getfixturevalue("firestore_store" if request.config.getoption("--stack") else "sqlite_store")
    assert isinstance(found, Store)
    return found


@pytest.fixture
async def api(one_store: Store) -> AsyncIterator[FastAPI]:
    """The whole API over an empty store, with its workers running."""
    async with serving(World.over(one_store).services) as app:
        yield app


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cells of the permission matrix were tried, where they were."""
    tried = terminalreporter.stats.get("passed", [])
    if any("test_every_caller_gets_what_the_policy_promises" in report.nodeid for report in tried):
        terminalreporter.write_line(size())
