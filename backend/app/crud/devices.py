from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.crud.base import Repository
from app.crud.store.port import Op, Order, Query, Store, Where
from app.schemas.device import Device, TokenHolder

DEVICES = "devices"


class TokenHolderRepository(Repository[TokenHolder]):
    """Who has which push token: one person at a time."""

    collection = "device_tokens"
    unsaid = frozenset({"uid"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, TokenHolder)

    async def unseen(self, since: datetime, *, limit: int) -> Sequence[TokenHolder]:
        """Those not heard of since then, longest ago first."""
        return (await self.page([_unseen(since)], [Order("seen_at")], limit=limit)).items

    async def count_unseen(self, since: datetime) -> int:
        return await self.store.count(Query(self.place, (_unseen(since),)))


def _unseen(since: datetime) -> Where:
    return Where("seen_at", Op.LT, rfc3339(since))


class DeviceRepository(Repository[Device]):
    """The devices of one person."""

    audited = frozenset({"kind", "platform"})
    unsaid = frozenset({"token", "seen_at", "app_version"})

    def __init__(self, store: Store, clock: Clock, uid: str) -> None:
        super().__init__(store, clock, Device, collection=f"users/{uid}/{DEVICES}")

    async def latest(self, *, limit: int = 100) -> Sequence[Device]:
        """Devices, the one heard of last first."""
        return (await self.page((), [Order("seen_at", descending=True)], limit=limit)).items
