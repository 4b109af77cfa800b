"""What humans write into plans: names made into ids, and safe answers where nothing was said."""

import re
from collections.abc import Mapping
from datetime import datetime

from app.agent_v2.planning.settings import PlanningSettings
from app.agent_v2.planning.teams import Team, usual_team
from app.core.errors import Conflict, Invalid
from app.core.ids import derived_id
from app.schemas.base import body_hash
from app.schemas.item_words import item_called
from app.schemas.plan import RESCUE_KINDS, TaskKind
from app.schemas.request import Priority, Request
from app.schemas.vocabulary import RoleId, Severity
from app.schemas.workflow import (
    Approval,
    ItemShare,
    MadeBy,
    ManpowerNeed,
    PlanCreate,
    PlanTask,
    ResourceSuggestion,
    SupplyCreate,
    TaskCreate,
    VolunteersShare,
    WorkflowOutput,
)
from app.schemas.workflow.items import BY_HAND

HUMAN = "human"
MOST_PEOPLE = 60
_NAME_LENGTH = 60


def item_id(plan: WorkflowOutput, name: str) -> str:
    """The id, unique over all plans, of what a client calls `name` in this one."""
    return f"{plan.request_id}.{plan.plan_version}.{_ref(plan.request_id, name)}"


def task_added(plan: WorkflowOutput, body: TaskCreate, request: Request, by: str, at: datetime) -> WorkflowOutput:
    _check_unnamed(plan, body.id)
    return plan.adding_task(_task(body, item_id(plan, body.id), request, by, at), at)


def supply_added(plan: WorkflowOutput, body: SupplyCreate, name: str, by: str, at: datetime) -> WorkflowOutput:
    _check_unnamed(plan, name)
    return plan.adding_resource(_supply(body, item_id(plan, name), body.breakdown, by, at), at)


def planned(body: PlanCreate, request: Request, before: WorkflowOutput | None, by: str, at: datetime) -> WorkflowOutput:
    """The plan as written, as the next version of the one before; itself where this very body was sent before."""
    sent = derived_id(by, body_hash(body))
    if before is not None and before.body_hash == sent:
        return before
    version = request.next_plan(before.plan_version if before else 0)
    prefix = f"{request.id}.{version}"
    ids = _task_ids(body, prefix)
    volunteers = {ids.get(s.task_id): s.volunteers for s in body.manpower.breakdown} if body.manpower else {}
    tasks = tuple(
        _task(task, id, request, by, at, people=volunteers.get(id), place=f"tasks.{n}.")
        for n, (task, id) in enumerate(zip(body.tasks, ids.values(), strict=True))
    )
    kept = {task.id: task.id for task in before.tasks if task.outlives(by)} if before else {}
    plan = WorkflowOutput(
        id=request.id,
        request_id=request.id,
        disaster_id=request.disaster_id,
        group=request.group,
        workflow_run_id=body.workflow_run_id or prefix,
        plan_version=version,
        planner=HUMAN,
        tasks=tasks,
        resource_suggestions=_supplies(body, kept | ids, request.id, prefix, by, at),
        manpower=_manpower(body, tasks, ids),
        people=_people(request, before),
        days=before.days if before else PlanningSettings().horizon_days,
        body_hash=sent,
        created_at=at,
        updated_at=at,
    )
    return (before.superseded(plan, at, by=by) if before else plan).checked()


def _task(
    body: TaskCreate, id: str, request: Request, by: str, at: datetime, *, people: int | None = None, place: str = ""
) -> PlanTask:
    """The task as written. Who goes where that was not said: the least team of its kind, and trusted people only.

    `people` is what the manpower says of it, `place` where the body stands in a larger one.
    """
    team = usual_team(body.kind, request.severity or Severity.HIGH)
    wanted = body.people or min(MOST_PEOPLE, max(team.people, people or 0, body.min_people or 0))
    least = body.min_people or min(team.min_people, wanted)
    if body.kind in RESCUE_KINDS and least < team.min_people:
        field = f"{place}{'min_people' if body.min_people else 'people'}"
        raise Invalid(f"A team for this kind of rescue is at least {team.min_people} people.", field=field)
    task = PlanTask(
        id=id,
        kind=body.kind,
        step=body.step,
        priority=body.priority,
        role=body.role or _role(body, team),
        skills_all=body.skills_all or team.skills_all,
        skills_any=body.skills_any or team.skills_any,
        people=wanted,
        min_people=least,
        verified_only=team.verified_only if body.verified_only is None else body.verified_only,
        gear=body.gear or team.gear,
        safety=body.safety,
        reason=body.reason,
        source=BY_HAND,
        made_by=MadeBy.HUMAN,
        author=by,
        created_at=at,
        updated_at=at,
    )
    return task if body.approval_status is Approval.PENDING else task.decided(body.approval_status, by, at)


def _role(body: TaskCreate, team: Team) -> RoleId:
    """Nobody has said what sort of work it is, only that it is urgent: so it may be a rescue."""
    unknown_danger = body.kind is TaskKind.OTHER and body.priority is Priority.HIGH
    return RoleId.FIRST_RESPONDER if unknown_danger else team.role


def _supply(body: SupplyCreate, id: str, shares: tuple[ItemShare, ...], by: str, at: datetime) -> ResourceSuggestion:
    supply = ResourceSuggestion(
        id=id,
        resource_id=id,
        type=body.type,
        item=item_called(body.type, unit=body.quantity),
        total_quantity=body.total_quantity,
        quantity=body.quantity,
        breakdown=shares,
        substitution_for=body.substitution_for,
        formula=BY_HAND,
        lifesaving=body.lifesaving,
        reason=body.reason,
        made_by=MadeBy.HUMAN,
        author=by,
        created_at=at,
        updated_at=at,
    )
    return supply if body.approval_status is Approval.PENDING else supply.decided(body.approval_status, by, at)


def _supplies(
    body: PlanCreate, task_ids: Mapping[str, str], request_id: str, prefix: str, by: str, at: datetime
) -> tuple[ResourceSuggestion, ...]:
    supplies = []
    for place, one in enumerate(body.resource_suggestions):
        shares = tuple(
            ItemShare(
                task_id=_known(task_ids, share.task_id, f"resource_suggestions.{place}.breakdown.{n}.task_id"),
                quantity=share.quantity,
            )
            for n, share in enumerate(one.breakdown)
        )
        name = _ref(request_id, one.id) if one.id else f"s{place + 1}"
        supplies.append(_supply(one, f"{prefix}.{name}", shares, by, at))
    return tuple(supplies)


def _manpower(body: PlanCreate, tasks: tuple[PlanTask, ...], task_ids: Mapping[str, str]) -> ManpowerNeed:
    """As written, with the ids of the tasks; else what the tasks ask for."""
    if body.manpower is None:
        shares = tuple(VolunteersShare(task_id=task.id, volunteers=task.people) for task in tasks)
        return ManpowerNeed(total_volunteers=sum(task.people for task in tasks), breakdown=shares)
    shares = tuple(
        VolunteersShare(
            task_id=_known(task_ids, share.task_id, f"manpower.breakdown.{n}.task_id"), volunteers=share.volunteers
        )
        for n, share in enumerate(body.manpower.breakdown)
    )
    return ManpowerNeed(total_volunteers=body.manpower.total_volunteers, breakdown=shares, notes=body.manpower.notes)


def _people(request: Request, before: WorkflowOutput | None) -> int:
    if before is not None:
        return before.people
    return request.finding.people.count if request.finding else PlanningSettings().household_size


def _task_ids(body: PlanCreate, prefix: str) -> dict[str, str]:
    """The id of each task by the name that the body gives it."""
    ids: dict[str, str] = {}
    for place, task in enumerate(body.tasks):
        id = f"{prefix}.{_ref(body.request_id, task.id)}"
        if id in ids.values():
            raise Invalid("Another task of this plan has this id.", field=f"tasks.{place}.id")
        ids[task.id] = id
    return ids


def _known(task_ids: Mapping[str, str], name: str, field: str) -> str:
    if name not in task_ids:
        raise Invalid("The plan has no such task.", field=field)
    return task_ids[name]


def _check_unnamed(plan: WorkflowOutput, name: str) -> None:
    """`Conflict` where something of the plan, of whatever version, has this name."""
    if _ref(plan.request_id, name) in {_ref(plan.request_id, item.id) for item in plan.items}:
        raise Conflict("The plan has something with this id already; choose another id.", allowed=[])


_ODD = re.compile(r"[^A-Za-z0-9_:@-]+")
_VERSION = re.compile(r"^\d+\.(?=.)")


def _ref(request_id: str, name: str) -> str:
    """The part of an id that a client's name becomes; an id that was given out already becomes its own last part."""
    own = f"{request_id}."
    plain = _VERSION.sub("", name.removeprefix(own)) if name.startswith(own) else name
    ref = _ODD.sub("-", plain).strip("-")[:_NAME_LENGTH]
    return ref if plain.isascii() and ref else f"{ref}-{derived_id(plain)[:6]}".strip("-")
