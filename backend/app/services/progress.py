"""How the work on its tasks moves a request, and what is given back when it ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.crud.outputs import OutputRepository
from app.crud.requests import RequestRepository
from app.crud.resources import ResourceRepository
from app.crud.tasks import TaskRepository
from app.crud.unit import Unit
from app.crud.users import UserRepository
from app.schemas.audit import Act
from app.schemas.request import Request
from app.schemas.request_states import ENDED, Status
from app.schemas.resource import LedgerEntry, LedgerKind, Resource
from app.schemas.task import Task
from app.schemas.task_states import TaskStatus
from app.schemas.user import User
from app.schemas.workflow import Approval, StockShare, WorkflowOutput

_FORWARD = (Status.PENDING, Status.APPROVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.COMPLETED)
_UNDER_WAY = frozenset({TaskStatus.ON_ROUTE, TaskStatus.ON_SITE, TaskStatus.COMPLETED})


def reached(plan: WorkflowOutput, tasks: Iterable[Task]) -> Status:
    """The status that a plan's decisions and the work on its tasks amount to."""
    if plan.pending_tasks or not plan.approved_tasks:
        return Status.PENDING
    states = [task.status for task in tasks if task.status is not TaskStatus.CANCELLED]
    if states and all(state is TaskStatus.COMPLETED for state in states):
        return Status.COMPLETED
    if any(state in _UNDER_WAY for state in states):
        return Status.IN_PROGRESS
    if TaskStatus.ACCEPTED in states:
        return Status.ASSIGNED
    return Status.APPROVED


def advanced(request: Request, to: Status, at: datetime) -> Request:
    """The request at `to`, by legal moves only; one that ended, or that a human keeps elsewhere, stays as it is."""
    if request.status in ENDED or request.status is to or to is Status.PENDING:
        return request
    here, there = _FORWARD.index(request.status), _FORWARD.index(to)
    if there < here:
        return request.moved(to, at)
    for status in _FORWARD[here + 1 : there + 1]:
        request = request.moved(status, at)
    return request


@dataclass(frozen=True)
class Case:
    """All documents of one request that move together, as they were read."""

    request: Request
    plan: WorkflowOutput | None
    tasks: dict[str, Task]
    users: dict[str, User]
    stocks: dict[str, Resource]


@dataclass(frozen=True)
class Cases:
    """Reads and writes a request with its plan, tasks, people and stocks inside one unit."""

    requests: RequestRepository
    outputs: OutputRepository
    tasks: TaskRepository
    users: UserRepository
    resources: ResourceRepository

    async def read(
        self, unit: Unit, request_id: str, *, more_users: Iterable[str] = (), more_stocks: Iterable[str] = ()
    ) -> Case:
        request = await unit.get(self.requests, request_id)
        plan = await unit.find(self.outputs, request_id)
        tasks = await unit.find_many(self.tasks, [task.id for task in plan.tasks] if plan else [])
        uids = {uid for task in tasks.values() for uid in task.holders} | set(more_users)
        users = await unit.find_many(self.users, sorted(uids))
        stocks = await unit.find_many(self.resources, sorted(stock_ids(plan) | set(more_stocks)))
        return Case(request, plan, tasks, users, stocks)

    def end(self, unit: Unit, case: Case, request: Request, act: Act, at: datetime, *, used: bool) -> None:
        """Write a request that ended, cancel what still runs, free its people, give back or use up its stock."""
        for task in case.tasks.values():
            if task.status not in (TaskStatus.COMPLETED, TaskStatus.CANCELLED):
                unit.put(self.tasks, task.cancelled(at), act)
        self.free(unit, case, [(uid, task.id) for task in case.tasks.values() for uid in task.holders], act, at)
        self.settle(unit, case, act, at, used=used)
        unit.put(self.requests, request, act)

    def free(self, unit: Unit, case: Case, held: Iterable[tuple[str, str]], act: Act, at: datetime) -> None:
        """Release people from tasks; each person is written once."""
        freed: dict[str, User] = {}
        for uid, task_id in held:
            user = freed.get(uid) or case.users.get(uid)
            if user is not None:
                freed[uid] = user.released(task_id, at)
        for user in freed.values():
            unit.put(self.users, user, act)

    def settle(self, unit: Unit, case: Case, act: Act, at: datetime, *, used: bool, keep_plan: bool = True) -> None:
        """End the reservations of a plan: `used` up by the work, or given back. Each ends once."""
        changed: dict[str, Resource] = {}
        if case.plan is None:
            return
        for owner, share in reservations(case.plan):
            stock = changed.get(share.stock_id) or case.stocks.get(share.stock_id)
            if stock is None:
                continue
            changed[stock.id] = stock.using(share.quantity, at) if used else stock.releasing(share.quantity, at)
            kind = LedgerKind.CONSUMED if used else LedgerKind.RELEASED
            self._enter(unit, stock.id, owner, share, kind, case.request, act, at)
        for stock in changed.values():
            unit.put(self.resources, stock, act)
        if changed and keep_plan:
            unit.put(self.outputs, case.plan.settled(), act)

    def reserve(self, unit: Unit, case: Case, shares: Iterable[tuple[str, StockShare]], act: Act, at: datetime) -> None:
        """Promise stock to a plan: all of it, or `Conflict` that names what is short."""
        changed: dict[str, Resource] = {}
        for owner, share in shares:
            stock = changed.get(share.stock_id) or case.stocks.get(share.stock_id)
            if stock is None:
                continue
            changed[stock.id] = stock.reserving(share.quantity, at)
            self._enter(unit, stock.id, owner, share, LedgerKind.RESERVED, case.request, act, at)
        for stock in changed.values():
            unit.put(self.resources, stock, act)

    def _enter(
        self,
        unit: Unit,
        stock_id: str,
        owner: str,
        share: StockShare,
        kind: LedgerKind,
        request: Request,
        act: Act,
        at: datetime,
    ) -> None:
        entry = LedgerEntry(
            id=f"{owner}.{share.item}.{kind}.{request.version}",
            kind=kind,
            quantity=share.quantity,
            request_id=request.id,
            by=act.by,
            created_at=at,
            updated_at=at,
        )
        unit.add(self.resources.ledger(stock_id), entry, None)


def stock_ids(plan: WorkflowOutput | None) -> set[str]:
    if plan is None:
        return set()
    return {share.stock_id for resource in plan.resource_suggestions for share in resource.allocations}


def reservations(plan: WorkflowOutput) -> list[tuple[str, StockShare]]:
    """What is promised to a plan: the shares of its approved supplies, with the supply's id."""
    return [
        (resource.id, share)
        for resource in plan.resource_suggestions
        if resource.approval_status is Approval.APPROVED and not resource.settled
        for share in resource.allocations
    ]
