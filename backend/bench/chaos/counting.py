"""What is in the store once all is quiet, against what people were told."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.clock import utc_now
from app.crud.outputs import OutputRepository
from app.crud.requests import RequestRepository
from app.crud.resources import ResourceRepository
from app.crud.store.port import Op, Order, Store, Where
from app.schemas.request import Request
from app.schemas.request_states import WORKING, Stage
from app.schemas.resource import LedgerKind
from app.schemas.workflow import WorkflowOutput

_SIGN = {LedgerKind.RESERVED: 1, LedgerKind.RELEASED: -1, LedgerKind.CONSUMED: -1, LedgerKind.RETURNED: 0}
QUIET_SECONDS = 240.0


@dataclass(frozen=True)
class Count:
    """How many of each; every figure from `lost` on has to be nothing."""

    accepted: int
    planned: int
    needs_human: int
    not_a_request: int
    settled_seconds: float
    lost: int
    doubled: int
    unfinished: int
    without_reason: int
    without_plan: int
    over_allocated: int
    ledger_differs: int
    decisions: int
    overwritten: int

    @property
    def faults(self) -> int:
        return (
            self.lost + self.doubled + self.unfinished + self.without_reason + self.without_plan
            + self.over_allocated + self.ledger_differs + self.overwritten
        )  # fmt: skip


@dataclass(frozen=True)
class Counting:
    store: Store
    sender: str

    async def quiet(self, taken: Mapping[int, str]) -> float:
        """Wait until the machine has nothing left to do for these; how many seconds that took."""
        began = time.monotonic()
        while time.monotonic() - began < QUIET_SECONDS:
            found = await self._requests()
            if not any(one.stage in WORKING for id in taken.values() if (one := found.get(id))):
                break
            await asyncio.sleep(0.5)
        return time.monotonic() - began

    async def count(self, taken: Mapping[int, str], decided: Mapping[tuple[str, str], str], settled: float) -> Count:
        """Compare what was confirmed to people (ids by number, decisions by request and item) with what is stored."""
        requests, plans = await self._requests(), await self._plans()
        mine = {id: requests[id] for id in taken.values() if id in requests}
        stages = Counter(one.stage for one in mine.values())
        said = Counter(one.description for one in requests.values())
        over, differs = await self._stocks()
        return Count(
            accepted=len(taken),
            planned=stages[Stage.MATCHED],
            needs_human=stages[Stage.NEEDS_HUMAN],
            not_a_request=stages[Stage.NOT_A_REQUEST],
            settled_seconds=round(settled, 1),
            lost=len(set(taken.values()) - set(requests)),
            doubled=sum(times - 1 for times in said.values()) + len(taken) - len(set(taken.values())),
            unfinished=sum(one.stage in WORKING for one in mine.values()),
            without_reason=sum(one.stage is Stage.NEEDS_HUMAN and not one.stage_reason for one in mine.values()),
            without_plan=sum(one.stage is Stage.MATCHED and id not in plans for id, one in mine.items()),
            over_allocated=over,
            ledger_differs=differs,
            decisions=len(decided),
            overwritten=sum(word != _status(plans.get(place[0]), place[1]) for place, word in decided.items()),
        )

    async def _requests(self) -> dict[str, Request]:
        repository = RequestRepository(self.store, utc_now)
        newest = [Order("created_at", descending=True)]
        found = await repository.every([Where("created_by", Op.EQ, self.sender)], newest, most=100_000)
        return {one.id: one for one in found}

    async def _plans(self) -> dict[str, WorkflowOutput]:
        found = await OutputRepository(self.store, utc_now).every(
            [], [Order("created_at", descending=True)], most=100_000
        )
        return {one.request_id: one for one in found}

    async def _stocks(self) -> tuple[int, int]:
        """How many stocks promise more than there is, and of how many the ledger tells another story."""
        repository = ResourceRepository(self.store, utc_now)
        over = differs = 0
        for stock in await repository.every([]):
            entries = await repository.ledger(stock.id).every([])
            over += stock.reserved > stock.quantity
            differs += sum(_SIGN[entry.kind] * entry.quantity for entry in entries) != stock.reserved
        return over, differs


def _status(plan: WorkflowOutput | None, id: str) -> str | None:
    items = (*plan.tasks, *plan.resource_suggestions) if plan else ()
    return next((str(one.approval_status) for one in items if one.id == id), None)
