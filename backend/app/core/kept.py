"""An answer that is good for a while, asked for once at a time however many want it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Kept(Generic[T]):
    """What `make` gave at most `seconds` ago; whoever comes while it is being made waits for the same."""

    make: Callable[[], Awaitable[T]]
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _value: T | None = None
    _until: float = float("-inf")
    _making: "asyncio.Task[T] | None" = field(default=None)

    async def get(self) -> T:
        if self._value is not None and self.clock() < self._until:
            return self._value
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._made(), name="kept")
        # Shielded: one caller who hangs up must not take the answer away from the others.
        return await asyncio.shield(self._making)

    async def _made(self) -> T:
        value = await self.make()
        self._value, self._until = value, self.clock() + self.seconds
        return value
