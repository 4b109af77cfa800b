"""Fixtures: Google's Auth emulator, and whoever signs in there."""

import os
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from tests import auth_emulator
from tests.emulator import EmulatorAbsent
from tests.firebase_client import FirebaseClient


@pytest.fixture(scope="session")
def auth_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of an emulator, one for the whole run (workers of pytest-xdist share it), stopped at its end."""
    base = tmp_path_factory.getbasetemp()
    directory = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    try:
        with auth_emulator.running(directory, os.environ) as host:
            yield host
    except EmulatorAbsent as absent:
        if os.environ.get("CI") == "true":
            pytest.fail(str(absent))
        pytest.skip(str(absent))


@pytest.fixture
async def firebase(auth_host: str) -> AsyncIterator[FirebaseClient]:
    """What Firebase's SDK would call, as somebody's phone and as an administrator of the project."""
    async with httpx2.AsyncClient(base_url=f"http://{auth_host}", timeout=20, trust_env=False) as http:
        yield FirebaseClient(http, auth_emulator.PROJECT)
