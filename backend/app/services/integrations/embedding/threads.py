"""Threads of their own for the models of this process: what others wait for is never behind a crowd of questions."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from app.core.embedding import NoVectors

T = TypeVar("T")

QUESTION_SECONDS = 3.0
"""A question that is not placed by then is looked for by its words; one alone takes some hundredths."""


class OwnThreads:
    def __init__(self, name: str, *, at_once: int) -> None:
        self._name = name
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)

    async def run(self, work: Callable[[], T], *, seconds: float | None) -> T:
        """What the work comes to; `NoVectors` where its turn does not come within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError:
            raise NoVectors(f"{self._name} has too much to do.") from None
