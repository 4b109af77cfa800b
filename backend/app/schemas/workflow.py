"""The plan of one request: tasks, supplies and people, each proposed by the machine and decided by a human."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Self, TypeVar

from pydantic import Field, field_validator

from app.core.clock import Instant
from app.core.errors import Conflict, NotFound
from app.schemas.base import Document, Id, Model, Note, Whole, Words
from app.schemas.moves import Moves
from app.schemas.plan import Manpower, PlanDraft, PlannedSupply, PlannedTask, TaskKind
from app.schemas.vocabulary import Item, RoleId, Skill


class Approval(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


APPROVAL_MOVES = Moves("A plan item", {Approval.PENDING: frozenset({Approval.APPROVED, Approval.REJECTED})})


class Gap(Model):
    """What a plan item lacks: how many, why (a code), and what would cure it."""

    missing: int = Field(ge=1)
    code: str
    cure: str


class Candidate(Model):
    """A person the matcher proposes for a task, and why."""

    uid: str
    distance_km: float | None = None
    travel_minutes: float | None = None
    reason: str


class StockShare(Model):
    """What the matcher would take from one stock, and why."""

    stock_id: str
    item: Item
    quantity: int = Field(ge=1)
    distance_km: float | None = None
    travel_minutes: float | None = None
    reason: str
    substitution_for: Item | None = None


class ItemShare(Model):
    task_id: str
    quantity: int = Field(ge=0)


class VolunteersShare(Model):
    task_id: str
    volunteers: int = Field(ge=0)


class ManpowerNeed(Model):
    total_volunteers: int = Field(ge=0)
    breakdown: tuple[VolunteersShare, ...] = ()
    notes: str = ""


class PlanItem(Model):
    """What tasks and supplies of a plan share."""

    id: str
    approval_status: Approval = Approval.PENDING
    decided_by: str | None = None
    decided_at: Instant | None = None
    created_at: Instant
    updated_at: Instant

    @property
    def undecided(self) -> bool:
        return self.approval_status is Approval.PENDING

    def decided(self, approval: Approval, by: str, at: datetime) -> Self:
        """As a human decided; the same decision again changes nothing."""
        if approval is self.approval_status:
            return self
        APPROVAL_MOVES.check(self.approval_status, approval)
        return self.model_copy(
            update={"approval_status": approval, "decided_by": by, "decided_at": at, "updated_at": at}
        )


AnyItem = TypeVar("AnyItem", bound=PlanItem)


class PlanTask(PlanItem):
    kind: TaskKind
    step: str
    priority: str
    role: RoleId
    skills_all: tuple[Skill, ...] = ()
    skills_any: tuple[Skill, ...] = ()
    people: int = Field(ge=1)
    min_people: int = Field(ge=1)
    verified_only: bool = False
    gear: tuple[Item, ...] = ()
    safety: tuple[str, ...] = ()
    reason: str = ""
    source: str = ""
    candidates: tuple[Candidate, ...] = ()
    shortfall: Gap | None = None

    @classmethod
    def of(cls, planned: PlannedTask, id: str, at: datetime) -> Self:
        fields = planned.model_dump(exclude={"ref"})
        return cls(id=id, created_at=at, updated_at=at, **{k: v for k, v in fields.items() if k in cls.model_fields})


class ResourceSuggestion(PlanItem):
    resource_id: str = Field(description="The same as `id`; older clients read this one.")
    type: Item
    total_quantity: int = Field(ge=1)
    quantity: str | None = Field(default=None, description="The unit, as a text.")
    breakdown: tuple[ItemShare, ...] = ()
    substitution_for: str | None = None
    formula: str = ""
    inputs: dict[str, int | float] = Field(default_factory=dict)
    people: int = 0
    days: int = 0
    source: str = ""
    lifesaving: bool = False
    substitutes: tuple[Item, ...] = ()
    reason: str = ""
    allocations: tuple[StockShare, ...] = ()
    settled: bool = Field(default=False, description="Whether what was reserved for it is used up or given back.")
    shortfall: Gap | None = None

    @classmethod
    def of(cls, supply: PlannedSupply, id: str, task_ids: Mapping[str, str], at: datetime) -> Self:
        same = supply.model_dump(exclude={"ref", "item", "quantity", "unit", "breakdown"})
        return cls(
            id=id,
            resource_id=id,
            type=supply.item,
            total_quantity=supply.quantity,
            quantity=supply.unit,
            breakdown=tuple(
                ItemShare(task_id=task_ids[share.task_ref], quantity=share.quantity) for share in supply.breakdown
            ),
            created_at=at,
            updated_at=at,
            **{k: v for k, v in same.items() if k in cls.model_fields},
        )

    def resized(self, total: int, at: datetime) -> Self:
        """With another quantity by a human; what was proposed for it is cut to fit, shares are scaled down."""
        if not self.undecided:
            raise Conflict(f"The supply is {self.approval_status} already; its quantity stands.")
        return self.model_copy(
            update={
                "total_quantity": total,
                "breakdown": tuple(_scaled(self.breakdown, total)),
                "allocations": tuple(_first(self.allocations, total)),
                "formula": "set by a coordinator",
                "updated_at": at,
            }
        )


def _scaled(shares: tuple[ItemShare, ...], total: int) -> Iterator[ItemShare]:
    """The shares in about the same proportions, adding up to `total`."""
    whole, given, seen = sum(share.quantity for share in shares), 0, 0
    for share in shares:
        seen += share.quantity
        upto = total * seen // whole if whole else 0
        yield share.model_copy(update={"quantity": upto - given})
        given = upto


def _first(shares: tuple[StockShare, ...], total: int) -> Iterator[StockShare]:
    """The first shares, as many as make `total` units."""
    for share in shares:
        taken = min(share.quantity, total)
        if taken:
            yield share.model_copy(update={"quantity": taken})
        total -= taken


class TaskDecision(Model):
    """A change of a plan's task by a human; a field left out stays as it is."""

    approval_status: Approval | None = None
    step: Words | None = None
    priority: Note | None = None


class ResourceDecision(Model):
    """A change of a plan's supply by a human; a field left out stays as it is."""

    approval_status: Approval | None = None
    total_quantity: Whole | None = Field(default=None, ge=1, le=1_000_000)


class PlanDecision(Model):
    approval_status: Approval

    @field_validator("approval_status")
    @classmethod
    def _decides(cls, value: Approval) -> Approval:
        if value is Approval.PENDING:
            raise ValueError("A decision is `approved` or `rejected`.")
        return value


class WorkflowOutput(Document):
    """The id is the request's: one plan a request, with a version of its own."""

    request_id: Id
    disaster_id: str | None = None
    group: str
    workflow_run_id: str
    plan_version: int = Field(default=1, ge=1)
    planner: str
    planner_version: str = ""
    tasks: tuple[PlanTask, ...] = ()
    resource_suggestions: tuple[ResourceSuggestion, ...] = ()
    manpower: ManpowerNeed | None = None
    people: int
    days: int
    matched_at: Instant | None = None

    @property
    def pending_tasks(self) -> tuple[PlanTask, ...]:
        return tuple(task for task in self.tasks if task.undecided)

    @property
    def approved_tasks(self) -> tuple[PlanTask, ...]:
        return tuple(task for task in self.tasks if task.approval_status is Approval.APPROVED)

    @property
    def pending_resources(self) -> tuple[ResourceSuggestion, ...]:
        return tuple(one for one in self.resource_suggestions if one.undecided)

    def task(self, id: str) -> PlanTask:
        return _found(self.tasks, id, "task")

    def resource(self, id: str) -> ResourceSuggestion:
        return _found(self.resource_suggestions, id, "resource")

    def with_task(self, task: PlanTask, at: datetime) -> Self:
        tasks = tuple(task if one.id == task.id else one for one in self.tasks)
        return self.model_copy(update={"tasks": tasks, "updated_at": at})

    def with_resource(self, resource: ResourceSuggestion, at: datetime) -> Self:
        resources = tuple(resource if one.id == resource.id else one for one in self.resource_suggestions)
        return self.model_copy(update={"resource_suggestions": resources, "updated_at": at})

    def settled(self) -> Self:
        """With every reservation ended, so that none ends twice."""
        resources = tuple(
            one.model_copy(update={"settled": True}) if one.approval_status is Approval.APPROVED else one
            for one in self.resource_suggestions
        )
        return self.model_copy(update={"resource_suggestions": resources})

    def superseded(self, newer: Self, at: datetime) -> Self:
        """The newer plan, with everything that a human has decided in this one kept as it was."""
        tasks = tuple(one for one in self.tasks if not one.undecided)
        resources = tuple(one for one in self.resource_suggestions if not one.undecided)
        return newer.model_copy(
            update={
                "tasks": (*tasks, *newer.tasks),
                "resource_suggestions": (*resources, *newer.resource_suggestions),
                "created_at": self.created_at,
                "version": self.version,
                "updated_at": at,
            }
        )

    @classmethod
    def of(
        cls, draft: PlanDraft, *, request_id: str, disaster_id: str | None, group: str, plan_version: int, at: datetime
    ) -> Self:
        """The draft as a plan to be decided on; its ids are unique over all plans."""
        prefix = f"{request_id}.{plan_version}"
        task_ids = {task.ref: f"{prefix}.{task.ref}" for task in draft.tasks}
        return cls(
            id=request_id,
            request_id=request_id,
            disaster_id=disaster_id,
            group=group,
            workflow_run_id=prefix,
            plan_version=plan_version,
            planner=draft.planner,
            planner_version=draft.planner_version,
            tasks=tuple(PlanTask.of(task, task_ids[task.ref], at) for task in draft.tasks),
            resource_suggestions=tuple(
                ResourceSuggestion.of(supply, f"{prefix}.{supply.ref}", task_ids, at) for supply in draft.supplies
            ),
            manpower=_manpower(draft.manpower, task_ids),
            people=draft.people,
            days=draft.days,
            created_at=at,
            updated_at=at,
        )


def _manpower(manpower: Manpower, task_ids: Mapping[str, str]) -> ManpowerNeed:
    return ManpowerNeed(
        total_volunteers=manpower.total_volunteers,
        breakdown=tuple(
            VolunteersShare(task_id=task_ids[share.task_ref], volunteers=share.volunteers)
            for share in manpower.breakdown
        ),
        notes=manpower.notes,
    )


def _found(items: tuple[AnyItem, ...], id: str, what: str) -> AnyItem:
    for item in items:
        if item.id == id:
            return item
    raise NotFound(f"The plan has no such {what}.")
