from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock, rfc3339
from app.core.ids import new_id
from app.crud.base import Repository
from app.crud.store.port import Op, Order, Store, Where
from app.crud.unit import Unit
from app.schemas.verdict import Verdict


class VerdictRepository(Repository[Verdict]):
    """Requests that a human has decided on, until the scores of that are sent."""

    collection = "verdicts"

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Verdict)

    def note(self, unit: Unit, request_id: str) -> None:
        """Within the change that decides: written whatever is there, since only the last one counts."""
        at = self.clock()
        unit.leave(self, Verdict(id=request_id, due=at, mark=new_id(), created_at=at, updated_at=at))

    async def due(self, now: datetime, *, limit: int) -> Sequence[Verdict]:
        """Those at which nobody is, longest due first."""
        return (await self.page([Where("due", Op.LE, rfc3339(now))], [Order("due")], limit=limit)).items
