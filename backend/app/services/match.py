"""Finding people and stocks for all open work of a disaster together, and writing down what was found."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from app.core.clock import Clock, rfc3339
from app.core.errors import Conflict, NotFound
from app.crud.base import Unit, together
from app.crud.clusters import ClusterRepository
from app.schemas.audit import Act
from app.schemas.base import Location
from app.schemas.plan import TaskKind
from app.schemas.request import ENDED, NOT_LISTED, Request, Stage
from app.schemas.resource import Resource
from app.schemas.task import Task
from app.schemas.user import User
from app.schemas.vocabulary import Item, Severity
from app.schemas.workflow import Candidate, Gap, PlanTask, ResourceSuggestion, StockShare, WorkflowOutput
from app.services.matching import (
    Allocation,
    Assignment,
    Limits,
    Matching,
    Point,
    Problem,
    Shortfall,
    ShortfallCode,
    Stock,
    SupplyNeed,
    TaskNeed,
    Worker,
    solve,
)
from app.services.notifications import Notifications, offer
from app.services.progress import Cases

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """All open work of a group, and who and what there is for it."""

    requests: dict[str, Request]
    plans: dict[str, WorkflowOutput]
    vacant: tuple[Task, ...]
    people: tuple[User, ...]
    stocks: tuple[Resource, ...]
    lifted: Mapping[str, int] = field(default_factory=dict)
    """Levels that a request is more urgent by, for it speaks for others."""


@dataclass(frozen=True)
class Matchmaking:
    cases: Cases
    clusters: ClusterRepository
    notifications: Notifications
    clock: Clock
    limits: Limits
    rest_ratio: float
    rest_max_seconds: float

    async def run(self, group: str) -> float:
        """Match a disaster's open work. The queue runs it once at a time, and once more if somebody rang meanwhile.

        After a run it rests for a multiple of the time that took, so that a flood of requests is matched in ever
        larger batches instead of ever more often.
        """
        began = time.monotonic()
        await self._once(group)
        return min(self.rest_max_seconds, self.rest_ratio * (time.monotonic() - began))

    async def _once(self, group: str) -> None:
        snapshot = await self._snapshot(group)
        if not snapshot.plans and not snapshot.vacant:
            return
        problem = posed(snapshot, self.clock(), self.limits)
        matching = await asyncio.to_thread(solve, problem)
        found = _Found.of(matching)
        for request_id, plan in snapshot.plans.items():
            if snapshot.requests[request_id].stage is Stage.MATCHED and found.proposed(plan, self.clock()) is plan:
                continue
            await self._write(plan, found)
        for task in snapshot.vacant:
            await self._offer(task, found)
        log.info(
            "group.matched",
            group=group,
            requests=len(snapshot.plans),
            assignments=len(matching.assignments),
            allocations=len(matching.allocations),
            shortfalls=len(matching.shortfalls),
        )

    async def _snapshot(self, group: str) -> Snapshot:
        disaster_id = None if group == NOT_LISTED else group
        requests = {one.id: one for one in await self.cases.requests.to_match(group) if one.status not in ENDED}
        vacant = tuple(await self.cases.tasks.with_vacancies(group))
        plans: dict[str, WorkflowOutput] = {}
        for ids in _chunks(list(requests), 200):
            plans |= await self.cases.outputs.get_many(ids)
        return Snapshot(
            requests=requests,
            plans=plans,
            vacant=vacant,
            lifted=await self._lifted(requests, vacant),
            people=tuple(await self.cases.users.on_call(disaster_id)),
            stocks=tuple(await self.cases.resources.in_reach(disaster_id)),
        )

    async def _lifted(self, requests: Mapping[str, Request], vacant: Sequence[Task]) -> dict[str, int]:
        """By how many levels the leads of clusters are more urgent than they say themselves. The others stay as they
        are: one event that many tell of takes the people of one.
        """
        known = dict(requests)
        for ids in _chunks(sorted({task.request_id for task in vacant} - known.keys()), 200):
            known |= await self.cases.requests.get_many(ids)
        lifted: dict[str, int] = {}
        for ids in _chunks(sorted({one.cluster_id for one in known.values() if one.cluster_id is not None}), 200):
            for cluster in (await self.clusters.get_many(ids)).values():
                lead = known.get(cluster.lead or "")
                if lead is not None and cluster.severity is not None:
                    lifted[lead.id] = max(0, lead.urgency - cluster.severity.rank)
        return lifted

    async def _write(self, seen: WorkflowOutput, found: "_Found") -> None:
        """Put the proposals into what is still pending of a plan; whatever a human decided stays."""
        request_id = seen.id

        async def step(unit: Unit) -> None:
            request = await unit.get(self.cases.requests, request_id)
            plan = await unit.get(self.cases.outputs, request_id)
            if plan.version != seen.version:
                raise Conflict("The plan asks for something else by now.")
            at = self.clock()
            proposed = found.proposed(plan, at)
            matched = request.matched(at)
            open_still = bool(plan.pending_tasks or plan.pending_resources)
            unit.put(self.cases.requests, matched.model_copy(update={"wants_match": open_still}), _MATCHED)
            if proposed is not plan:
                unit.put(self.cases.outputs, proposed, None)

        try:
            await together(self.cases.requests.store, self.clock, step, keys=[self.cases.requests.key(request_id)])
        except (Conflict, NotFound):
            # Edited, cancelled or deleted while the matcher was thinking: the next run sees it as it is then.
            log.info("match.outdated", id=request_id)

    async def _offer(self, task: Task, found: "_Found") -> None:
        """Ask the people found for an approved task whose team is not complete."""
        candidates = found.candidates.get(task.id, ())
        sent: list[str] = []

        async def step(unit: Unit) -> None:
            sent.clear()
            latest = await unit.get(self.cases.tasks, task.id)
            users = await unit.find_many(self.cases.users, [one.uid for one in candidates])
            at = self.clock()
            free = tuple(one for one in candidates if one.uid in users and users[one.uid].free)
            offered = latest.offered(free, at)
            gap = found.gaps.get(task.id)
            new = [uid for uid in offered.holders if uid not in latest.holders]
            unit.put(self.cases.tasks, offered.model_copy(update={"shortfall": gap}), _OFFERED)
            for uid in new:
                unit.put(self.cases.users, users[uid].committed(task.id, at), _OFFERED)
            told = [offer(offered, uid, at) for uid in new]
            self.notifications.record(unit, told)
            sent.extend(one.id for one in told)

        try:
            await together(self.cases.tasks.store, self.clock, step, keys=[self.cases.tasks.key(task.id)])
        except (Conflict, NotFound):
            log.info("offer.outdated", id=task.id)
            return
        await self.notifications.ring(sent)


_MATCHED = Act(event="request.matched")
_OFFERED = Act(event="task.offered")


def posed(snapshot: Snapshot, now: datetime, limits: Limits) -> Problem:
    """The snapshot as the matcher's plain data."""
    tasks: list[TaskNeed] = []
    supplies: list[SupplyNeed] = []
    previous: dict[str, tuple[str, ...]] = {}
    for id, plan in snapshot.plans.items():
        request, lift = snapshot.requests[id], snapshot.lifted.get(id, 0)
        for task in plan.pending_tasks:
            tasks.append(_task_need(task, request, lift))
            previous[task.id] = tuple(one.uid for one in task.candidates)
        wanted = (one for one in plan.pending_resources if one.item is not Item.OTHER)
        supplies.extend(_supply_need(one, request, lift) for one in wanted)
    tasks.extend(_vacancy(task, snapshot.lifted.get(task.request_id, 0)) for task in snapshot.vacant)
    return Problem(
        workers=tuple(_worker(user, now) for user in snapshot.people),
        tasks=tuple(tasks),
        stocks=tuple(_stock(stock) for stock in snapshot.stocks),
        supplies=tuple(supplies),
        limits=limits,
        previous=previous,
    )


def _task_need(task: PlanTask, request: Request, lift: int) -> TaskNeed:
    return TaskNeed(
        id=task.id,
        request_id=request.id,
        severity=urgency(task, request.severity, lift=lift),
        since=rfc3339(request.created_at),
        position=_point(request.location),
        role=task.role,
        skills_all=frozenset(task.skills_all),
        skills_any=frozenset(task.skills_any),
        people=task.people,
        min_people=task.min_people,
        verified_only=task.verified_only,
        excluded=frozenset({request.created_by}),
        kept=(),
    )


def urgency(task: PlanTask | Task, severity: Severity | None, *, lift: int = 0) -> Severity:
    """How urgent one task is: as its request, but no call or visit takes people from another's rescue.

    `lift` is by how many levels the request is more urgent than it says itself.
    """
    level = severity or Severity.HIGH
    most = _MOST_URGENT.get(task.priority.strip().lower(), Severity.CRITICAL)
    found = max(most, level, key=_rank)
    if task.kind is TaskKind.FOLLOW_UP:
        return found
    found = _raised(found, lift)
    return max(found, Severity.MEDIUM, key=_rank) if task.kind is TaskKind.CONTACT else found


def _raised(level: Severity, lift: int) -> Severity:
    return next(one for one in Severity if one.rank == max(0, level.rank - lift))


_MOST_URGENT = {"high": Severity.CRITICAL, "medium": Severity.MEDIUM, "low": Severity.LOW}


def _rank(level: Severity) -> int:
    return level.rank


def _vacancy(task: Task, lift: int) -> TaskNeed:
    return TaskNeed(
        id=task.id,
        request_id=task.request_id,
        severity=urgency(task, task.severity, lift=lift),
        since=rfc3339(task.created_at),
        position=_point(task.location),
        role=task.role,
        skills_all=frozenset(task.skills_all),
        skills_any=frozenset(task.skills_any),
        people=task.people,
        min_people=task.min_people,
        verified_only=task.verified_only,
        excluded=task.refused_by,
        kept=task.holders,
    )


def _supply_need(resource: ResourceSuggestion, request: Request, lift: int = 0) -> SupplyNeed:
    return SupplyNeed(
        id=resource.id,
        request_id=request.id,
        severity=_raised(request.severity or Severity.HIGH, lift),
        since=rfc3339(request.created_at),
        item=resource.item,
        quantity=resource.total_quantity,
        substitutes=resource.substitutes,
        position=_point(request.location),
    )


def _worker(user: User, now: datetime) -> Worker:
    age = (now - user.located_at).total_seconds() / 60 if user.located_at else None
    return Worker(
        id=user.id,
        role=user.role_id,
        verified=user.verified,
        skills=user.skills,
        position=_point(user.location),
        position_age_minutes=age,
        free=user.free,
        proven=user.verified_skills,
    )


def _stock(stock: Resource) -> Stock:
    return Stock(id=stock.id, item=stock.resource_type, available=stock.available, position=_point(stock.location))


def _point(location: Location | None) -> Point | None:
    return Point(location.lat, location.lng) if location else None


@dataclass(frozen=True)
class _Found:
    """A matching, sorted by plan item."""

    candidates: dict[str, tuple[Candidate, ...]]
    shares: dict[str, tuple[StockShare, ...]]
    gaps: dict[str, Gap]

    @classmethod
    def of(cls, matching: Matching) -> "_Found":
        candidates: defaultdict[str, list[Candidate]] = defaultdict(list)
        for one in matching.assignments:
            candidates[one.task_id].append(_candidate(one))
        shares: defaultdict[str, list[StockShare]] = defaultdict(list)
        for two in matching.allocations:
            shares[two.need_id].append(_share(two))
        return cls(
            candidates={id: tuple(found) for id, found in candidates.items()},
            shares={id: tuple(found) for id, found in shares.items()},
            gaps={gap.need_id: _gap(gap) for gap in matching.shortfalls},
        )

    def proposed(self, plan: WorkflowOutput, at: datetime) -> WorkflowOutput:
        """The plan with these proposals in what is still pending; the same plan where nothing differs."""
        tasks = tuple(self._task(one) if one.undecided else one for one in plan.tasks)
        resources = tuple(self.in_resource(one) if one.undecided else one for one in plan.resource_suggestions)
        if tasks == plan.tasks and resources == plan.resource_suggestions:
            return plan
        return plan.model_copy(
            update={"tasks": tasks, "resource_suggestions": resources, "matched_at": at, "updated_at": at}
        )

    def _task(self, task: PlanTask) -> PlanTask:
        return task.model_copy(
            update={"candidates": self.candidates.get(task.id, ()), "shortfall": self.gaps.get(task.id)}
        )

    def in_resource(self, resource: ResourceSuggestion) -> ResourceSuggestion:
        gap = _nameless(resource) if resource.item is Item.OTHER else self.gaps.get(resource.id)
        return resource.model_copy(update={"allocations": self.shares.get(resource.id, ()), "shortfall": gap})


def _nameless(resource: ResourceSuggestion) -> Gap:
    """Of two things that are both called `other` nobody knows whether they are the same."""
    return Gap(
        missing=resource.total_quantity,
        code=ShortfallCode.NO_STOCK_OF_ITEM,
        cure="No stock is kept under this name: find it by hand, or call it by the name of a known item.",
    )


def supplied(
    resources: Sequence[ResourceSuggestion], request: Request, stocks: Iterable[Resource], limits: Limits
) -> list[ResourceSuggestion]:
    """The supplies with what these stocks can give them now, and what they lack."""
    needs = tuple(_supply_need(one, request) for one in resources)
    found = _Found.of(solve(Problem(stocks=tuple(map(_stock, stocks)), supplies=needs, limits=limits)))
    return [found.in_resource(one) for one in resources]


def _candidate(one: Assignment) -> Candidate:
    return Candidate(
        uid=one.worker_id, distance_km=one.distance_km, travel_minutes=one.travel_minutes, reason=one.reason
    )


def _share(one: Allocation) -> StockShare:
    return StockShare(
        stock_id=one.stock_id,
        item=one.item,
        quantity=one.quantity,
        distance_km=one.distance_km,
        travel_minutes=one.travel_minutes,
        reason=one.reason,
        substitution_for=one.substitution_for,
    )


def _gap(gap: Shortfall) -> Gap:
    return Gap(missing=gap.missing, code=gap.code, cure=gap.cure)


def _chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
