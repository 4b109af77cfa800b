"""Password hashes (argon2id), made and checked in threads, a few at a time."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from pwdlib import PasswordHash

from app.core.errors import Transient

AT_ONCE = 2
WAITING = 64
T = TypeVar("T")


class Passwords:
    """Hashes passwords, at most `at_once` together: each takes 64 MiB and a fifth of a second."""

    def __init__(self, hasher: PasswordHash | None = None, *, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._hasher = hasher or PasswordHash.recommended()
        self._turn = asyncio.Semaphore(at_once)
        self._room = at_once + waiting
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        return await self._in_turn(lambda: self._hasher.hash(_folded(password)))

    async def matches(self, password: str, hashed: str | None) -> bool:
        """Whether `hashed` was made of this password. Without a hash it is false, after the same work."""
        if self._decoy is None:
            self._decoy = await self.hash(secrets.token_hex(16))
        against = hashed or self._decoy
        right = await self._in_turn(lambda: self._hasher.verify(_folded(password), against))
        return right and hashed is not None

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._room <= 0:
            raise Transient("Too many people are signing in at this moment.")
        self._room -= 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._room += 1


def _folded(password: str) -> str:
    # NIST SP 800-63B: the same characters typed on another keyboard may arrive in another form.
    return unicodedata.normalize("NFKC", password)
