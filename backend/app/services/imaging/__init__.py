"""Photos made safe to keep and to show, off the event loop and a few at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from app.core.errors import Transient
from app.services.imaging.cleaning import Picture, cleaned, shrunk
from app.services.imaging.structure import Kind

__all__ = ["Images", "Kind", "Picture", "cleaned", "shrunk"]

WAITING_EACH = 8
"""How many photos may wait for each of those being decoded; each holds its whole file in memory."""


class Images:
    """Cleans `at_once` photos at a time. When too many wait already, the next is told to come back: `Transient`."""

    def __init__(self, *, most_pixels: int, at_once: int) -> None:
        self._most_pixels = most_pixels
        self._most_inside = at_once * (1 + WAITING_EACH)
        self._inside = 0
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="photo")

    async def cleaned(self, data: bytes) -> Picture:
        """See `cleaning.cleaned`."""
        return await self._made(partial(cleaned, data, most_pixels=self._most_pixels))

    async def shrunk(self, data: bytes, *, edge: int) -> Picture:
        """See `cleaning.shrunk`."""
        return await self._made(partial(shrunk, data, most_pixels=self._most_pixels, edge=edge))

    async def _made(self, work: Callable[[], Picture]) -> Picture:
        if self._inside >= self._most_inside:
            raise Transient("Too many photos come in at this moment.")
        self._inside += 1
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        # Counted until the thread is done with it, even where nobody waits for it any more.
        running.add_done_callback(self._left)
        return await asyncio.shield(running)

    def _left(self, running: "asyncio.Future[Picture]") -> None:
        self._inside -= 1
        if not running.cancelled():
            running.exception()
