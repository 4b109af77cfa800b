"""What is left when the people are taken out: kinds, numbers, dates, and a place to about a kilometre."""

from datetime import datetime
from typing import TypeVar

from app.core.ids import new_id
from app.schemas.assessment import Evidence, Finding
from app.schemas.base import Model
from app.schemas.plan import TaskPriority
from app.schemas.request import Request
from app.schemas.task import Member, Task
from app.schemas.task_states import HOLDING
from app.schemas.user import DELETED
from app.schemas.vocabulary import NeedCategory
from app.schemas.workflow import PlanTask, ResourceSuggestion, StockShare, WorkflowOutput

TITLE = "Anonymised request"

M = TypeVar("M", bound=Model)

_REQUEST = frozenset(
    {"version", "disaster_id", "channel", "status", "ended_at", "assigned_task_id", "stage", "group"}
) | {
    "attempts",
    "severity",
    "judged_as_request",
    "cluster_id",
    "wants_link",
}
_PLAN_ITEM = frozenset({"approval_status", "decided_by", "decided_at"})
_PLAN_TASK = _PLAN_ITEM | {"skills_all", "skills_any", "verified_only", "gear"}
_SUPPLY = _PLAN_ITEM | {"quantity", "breakdown", "people", "days", "lifesaving", "substitutes", "settled"}
_TASK = frozenset({"version", "disaster_id", "skills_all", "skills_any", "verified_only", "status", "holders", "open"})
_FINDING = frozenset({"vulnerable", "language", "displaced", "needs_review", "assessor", "assessor_version"})


def tombstone_uid() -> str:
    """An id that leads to nobody, under which stays what somebody has left."""
    return f"{DELETED}{new_id()}"


def anonymous_request(request: Request, uid: str, at: datetime) -> Request:
    """A request without its person: `uid` leads to nobody."""
    known = {"general", *NeedCategory}
    return _bare(
        request,
        _REQUEST,
        created_by=uid,
        title=TITLE,
        type_of_need=request.type_of_need if request.type_of_need in known else "general",
        location=request.location and request.location.blurred(),
        finding=request.finding and _finding(request.finding),
        anonymised_at=at,
        updated_at=at,
    )


def anonymous_plan(plan: WorkflowOutput, at: datetime) -> WorkflowOutput:
    """A plan without words of people: who and what was approved, how many, of what."""
    manpower = plan.manpower and plan.manpower.model_copy(update={"notes": ""})
    return plan.model_copy(
        update={
            "tasks": tuple(_plan_task(task) for task in plan.tasks),
            "resource_suggestions": tuple(_supply(one) for one in plan.resource_suggestions),
            "manpower": manpower,
            "updated_at": at,
        }
    )


def anonymous_task(task: Task, at: datetime) -> Task:
    """A task without its words and its exact place. Who was in the team stays, without what they noted."""
    return _bare(
        task,
        _TASK,
        step=_words(task.kind),
        priority=_priority(task.priority),
        location=task.location and task.location.blurred(),
        members=tuple(_member(member, member.uid) for member in task.members),
        updated_at=at,
    )


def without_member(task: Task, uid: str, tombstone: str, at: datetime) -> Task:
    """A task in whose team somebody was who is deleted. While they hold it, it is as it is."""
    if any(member.uid == uid and member.status in HOLDING for member in task.members):
        return task
    members = tuple(_member(one, tombstone) if one.uid == uid else one for one in task.members)
    return task.model_copy(update={"members": members, "updated_at": at})


def _bare(model: M, kept: frozenset[str], **changes: object) -> M:
    """The model with its default in every field that is not kept, not changed here and not required.

    So a field that is added some day goes as well, until somebody says that it may stay.
    """
    fields = {
        name: getattr(model, name)
        for name, field in type(model).model_fields.items()
        if name in kept or field.is_required()
    }
    return type(model)(**{**fields, **changes})


def _finding(finding: Finding) -> Finding:
    needs = tuple(
        need.model_copy(update={"evidence": tuple(_evidence(one) for one in need.evidence), "details": ()})
        for need in finding.needs
    )
    people = finding.people.model_copy(update={"quote": ""})
    fields = {name: getattr(finding, name) for name in _FINDING}
    return Finding(is_request=finding.is_request, needs=needs, severity=finding.severity, people=people, **fields)


def _evidence(evidence: Evidence) -> Evidence:
    return Evidence(rule=evidence.rule)


def _plan_task(task: PlanTask) -> PlanTask:
    return _bare(task, _PLAN_TASK, step=_words(task.kind), priority=_priority(task.priority))


def _supply(supply: ResourceSuggestion) -> ResourceSuggestion:
    shares = tuple(
        StockShare(stock_id=one.stock_id, item=one.item, quantity=one.quantity, reason="") for one in supply.allocations
    )
    return _bare(supply, _SUPPLY, allocations=shares)


def _member(member: Member, uid: str) -> Member:
    return Member(uid=uid, status=member.status, offered_at=member.offered_at, changed_at=member.changed_at)


def _words(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


def _priority(said: str) -> str:
    """The priority where it is one of the product's words; a coordinator may have written anything."""
    known = {str(priority).lower(): str(priority) for priority in TaskPriority}
    return known.get(said.strip().lower(), str(TaskPriority.MEDIUM))
