"""The people who call, kept for a few seconds, so that not each of their calls reads them from the store (ADR 0019)."""

import time
from collections import OrderedDict
from collections.abc import Callable

from app.core.news import News
from app.crud.users import UserRepository
from app.schemas.user import User

REMEMBERED = 10_000


class Profiles:
    """Whoever was read within the last `seconds` (0: nobody is kept).

    A write through the store of this process lets go of a person before whoever wrote is told that it is done; other
    processes hear of it where there is Redis, and else see it when their seconds are over.
    """

    def __init__(
        self, users: UserRepository, *, seconds: float, news: News, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._users = users
        self._seconds = seconds
        self._news = news
        self._clock = clock
        self._known: OrderedDict[str, tuple[User, float]] = OrderedDict()
        self._reading: dict[str, object] = {}
        users.store.watch(users.place, self._written)

    def __len__(self) -> int:
        return len(self._known)

    async def find(self, uid: str) -> User | None:
        known = self._known.get(uid)
        if known is not None and self._clock() < known[1]:
            return known[0]
        return await self._read(uid)

    def forget(self, uid: str) -> None:
        self._known.pop(uid, None)
        self._reading.pop(uid, None)

    def forget_all(self) -> None:
        self._known.clear()
        self._reading.clear()

    def start(self) -> None:
        """Hear from now on what other processes write."""
        self._news.start(self.forget, self.forget_all)

    async def _read(self, uid: str) -> User | None:
        # What is written while it is read is not kept: it may be what was so before.
        mine = self._reading[uid] = object()
        try:
            user = await self._users.find(uid)
            if user is not None and self._seconds and self._reading.get(uid) is mine:
                self._keep(user)
            return user
        finally:
            if self._reading.get(uid) is mine:
                del self._reading[uid]

    def _keep(self, user: User) -> None:
        self._known[user.id] = (user, self._clock() + self._seconds)
        self._known.move_to_end(user.id)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _written(self, uid: str) -> None:
        self.forget(uid)
        self._news.tell(uid)
