"""What is to be done now and then by one process of many."""

from datetime import datetime, timedelta

from app.core.clock import Clock, rfc3339
from app.crud.store.port import Key, Store, Transaction

SCHEDULES = "schedules"


class Schedules:
    """When each thing was last begun."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    async def due(self, name: str, every: timedelta) -> bool:
        """Whether it is time again; whoever is told so has taken the turn, and nobody else is told."""
        key = Key(SCHEDULES, name)

        async def take(transaction: Transaction) -> bool:
            last, now = await transaction.get(key), self.clock()
            if last is not None and now - datetime.fromisoformat(str(last["at"])) < every:
                return False
            transaction.set(key, {"at": rfc3339(now)})
            return True

        return await self.store.transaction(take, keys=[key])
