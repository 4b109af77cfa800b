"""All open work of a disaster as the matcher's plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core.clock import rfc3339
from app.schemas.base import Location
from app.schemas.plan import TaskKind
from app.schemas.request import Request
from app.schemas.resource import Resource
from app.schemas.task import Task
from app.schemas.user import User
from app.schemas.vocabulary import Item, Severity
from app.schemas.workflow import PlanTask, ResourceSuggestion, WorkflowOutput
from app.services.matching import Limits, Point, Problem, Stock, SupplyNeed, TaskNeed, Worker


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
        supplies.extend(supply_need(one, request, lift) for one in wanted)
    tasks.extend(_vacancy(task, snapshot.lifted.get(task.request_id, 0)) for task in snapshot.vacant)
    return Problem(
        workers=tuple(_worker(user, now) for user in snapshot.people),
        tasks=tuple(tasks),
        stocks=tuple(stock_of(stock) for stock in snapshot.stocks),
        supplies=tuple(supplies),
        limits=limits,
        previous=previous,
    )


def _task_need(task: PlanTask, request: Request, lift: int) -> TaskNeed:
    return _need(
        task,
        request_id=request.id,
        severity=urgency(task, request.severity, lift=lift),
        since=request.created_at,
        place=request.location,
        excluded=frozenset({request.created_by}),
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
    return _need(
        task,
        request_id=task.request_id,
        severity=urgency(task, task.severity, lift=lift),
        since=task.created_at,
        place=task.location,
        excluded=task.refused_by,
        kept=task.holders,
    )


def _need(
    task: PlanTask | Task,
    *,
    request_id: str,
    severity: Severity,
    since: datetime,
    place: Location | None,
    excluded: frozenset[str],
    kept: tuple[str, ...] = (),
) -> TaskNeed:
    return TaskNeed(
        id=task.id,
        request_id=request_id,
        severity=severity,
        since=rfc3339(since),
        position=_point(place),
        role=task.role,
        skills_all=frozenset(task.skills_all),
        skills_any=frozenset(task.skills_any),
        people=task.people,
        min_people=task.min_people,
        verified_only=task.verified_only,
        excluded=excluded,
        kept=kept,
    )


def supply_need(resource: ResourceSuggestion, request: Request, lift: int = 0) -> SupplyNeed:
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


def stock_of(stock: Resource) -> Stock:
    return Stock(id=stock.id, item=stock.resource_type, available=stock.available, position=_point(stock.location))


def _point(location: Location | None) -> Point | None:
    return Point(location.lat, location.lng) if location else None
