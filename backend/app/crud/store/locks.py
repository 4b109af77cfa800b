"""A lock for each document, inside one process."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from app.crud.store.documents import Key


class KeyLocks:
    """A lock per key in this process: writers of a hot document queue here instead of failing at the store."""

    def __init__(self) -> None:
        self._locks: dict[Key, tuple[asyncio.Lock, int]] = {}

    def busy(self, keys: Iterable[Key]) -> bool:
        """Whether somebody holds or awaits one of `keys`."""
        return any(key in self._locks for key in keys)

    @asynccontextmanager
    async def held(self, keys: Iterable[Key], *, until: float | None = None) -> AsyncIterator[None]:
        """All of `keys`, taken in one order everywhere, so that no two holders wait for each other.

        Waiters are served in the order they came; `TimeoutError` for one who still waits at the time `until`,
        by the clock of the event loop.
        """
        async with AsyncExitStack() as stack:
            async with asyncio.timeout_at(until):
                for key in sorted(set(keys)):
                    await stack.enter_async_context(self._one(key))
            yield

    @asynccontextmanager
    async def _one(self, key: Key) -> AsyncIterator[None]:
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = (lock, users - 1)
