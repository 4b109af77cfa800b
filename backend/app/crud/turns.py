"""Work that is done once in a while by one process, however many there are."""

from datetime import datetime, timedelta
from typing import Self

from app.core.clock import Clock, Instant
from app.crud.base import Repository
from app.crud.store.port import Store
from app.crud.unit import Unit, together
from app.schemas.base import Document


class Turn(Document):
    """Whose turn it was last: nobody else's before `until`."""

    until: Instant

    def taken(self, until: datetime) -> Self:
        return self.model_copy(update={"until": until})


class TurnRepository(Repository[Turn]):
    collection = "turns"

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Turn)

    async def take(self, name: str, *, rest: timedelta) -> bool:
        """Whether it is the caller's turn now; if so, it is nobody's for as long as `rest`."""

        async def step(unit: Unit) -> bool:
            last = await unit.find(self, name)
            now = self.clock()
            if last is None:
                unit.add(self, Turn(id=name, until=now + rest, created_at=now, updated_at=now), None)
                return True
            if now < last.until:
                return False
            unit.put(self, last.taken(now + rest), None)
            return True

        return await together(self.store, self.clock, step, keys=[self.key(name)])
