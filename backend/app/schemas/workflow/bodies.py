"""What a human writes about a plan. Unknown fields are ignored, so a plan that was read can be sent back."""

import math
from typing import Annotated, Self

from pydantic import AliasChoices, Field, ValidationInfo, field_validator, model_validator

from app.schemas.base import Flag, Id, Line, Model, Note, Whole, Word, Words, example
from app.schemas.plan import RESCUE_KINDS, TaskKind
from app.schemas.request import Priority
from app.schemas.vocabulary import Item, RoleId, Skill
from app.schemas.workflow.parts import Approval, ItemShare, PriorityWord, VolunteersShare

Step = Annotated[Words, Field(min_length=1, max_length=2_000)]
Total = Annotated[Whole, Field(ge=1, le=1_000_000)]
TypeWords = Annotated[Line, Field(min_length=1)]
Shares = tuple[ItemShare, ...]
SHARES = 30
_TYPE = AliasChoices("type", "resource_type")
_TYPE_TEXT = "The supply in your own words; `item` in the answer tells what they were understood as."


class TaskDecision(Model):
    """A change of a plan's task by a human; a field left out stays as it is."""

    model_config = example(priority="high", approval_status="approved")

    approval_status: Approval | None = None
    step: Step | None = None
    priority: PriorityWord | None = None


class ResourceDecision(Model):
    """A change of a plan's supply by a human; a field left out stays as it is.

    `quantity` and `substitution_for` are cleared by null. Without a `breakdown` a new total is shared out in the
    proportions of the old one.
    """

    model_config = example(total_quantity=40, quantity=None, approval_status="approved")

    approval_status: Approval | None = None
    type: TypeWords | None = Field(default=None, validation_alias=_TYPE, description=_TYPE_TEXT)
    total_quantity: Total | None = None
    breakdown: Shares | None = Field(default=None, max_length=SHARES)
    quantity: Word | None = Field(default=None, description="The unit, as a text; null for none.")
    substitution_for: Word | None = None


class PlanDecision(Model):
    model_config = example(approval_status="approved")

    approval_status: Approval

    @field_validator("approval_status")
    @classmethod
    def _decides(cls, value: Approval) -> Approval:
        if value is Approval.PENDING:
            raise ValueError("A decision is `approved` or `rejected`.")
        return value


class TaskCreate(Model):
    """A task by hand. Who does it may be left out: then the usual team of its kind, and trusted people only."""

    model_config = example(id="Task1", step="Bring drinking water to the school", priority="high")

    id: Annotated[Word, Field(min_length=1, description="Your name for it; the answer tells its id.")]
    step: Step
    priority: PriorityWord = Priority.MEDIUM
    approval_status: Approval = Approval.PENDING
    kind: TaskKind = TaskKind.OTHER
    role: RoleId | None = None
    skills_all: tuple[Skill, ...] = Field(default=(), max_length=len(Skill))
    skills_any: tuple[Skill, ...] = Field(default=(), max_length=len(Skill))
    people: Whole | None = Field(default=None, ge=2, le=60, description="Nobody goes alone.")
    min_people: Whole | None = Field(default=None, ge=2, le=60)
    verified_only: Flag | None = None
    gear: tuple[Item, ...] = Field(default=(), max_length=len(Item))
    safety: tuple[Note, ...] = Field(default=(), max_length=20)
    reason: Note = ""

    @field_validator("role")
    @classmethod
    def _is_dispatched(cls, role: RoleId | None) -> RoleId | None:
        if role in (RoleId.AFFECTED_INDIVIDUAL, RoleId.ADMIN):
            raise ValueError("Tasks are done by volunteers and first responders.")
        return role

    @model_validator(mode="after")
    def _team_is_safe(self) -> Self:
        if self.kind in RESCUE_KINDS and self.role is RoleId.VOLUNTEER:
            raise ValueError("A rescue is done by first responders.")
        if self.people is not None and self.min_people is not None and self.min_people > self.people:
            raise ValueError("`min_people` is more than `people`.")
        return self


class SupplyCreate(Model):
    """A supply by hand. `breakdown` says what part of the total each task takes; it may leave some over."""

    model_config = example(type="Drinking water", total_quantity=36, breakdown=[], quantity="bottles")

    id: Word | None = Field(
        default=None,
        validation_alias=AliasChoices("id", "resource_id"),
        description="Your name for it; the answer tells its id.",
    )
    type: TypeWords = Field(validation_alias=_TYPE, description=_TYPE_TEXT)
    total_quantity: Total
    breakdown: Shares = Field(default=(), max_length=SHARES)
    quantity: Word | None = Field(default=None, description="The unit, as a text.")
    substitution_for: Word | None = None
    approval_status: Approval = Approval.PENDING
    lifesaving: Flag = False
    reason: Note = ""

    @field_validator("breakdown")
    @classmethod
    def _within_total(cls, shares: Shares, info: ValidationInfo) -> Shares:
        if sum(share.quantity for share in shares) > info.data.get("total_quantity", math.inf):
            raise ValueError("The shares are more than `total_quantity`.")
        return shares


class ManpowerCreate(Model):
    total_volunteers: Whole = Field(ge=0, le=10_000)
    breakdown: tuple[VolunteersShare, ...] = Field(default=(), max_length=SHARES)
    notes: Note = ""


class PlanCreate(Model):
    """A plan by hand. Ids in it are your own names; the answer tells the ids that are unique over all plans."""

    model_config = example(
        workflow_run_id="run-1",
        request_id="4kx2m5q7n3vd6yht8w9z",
        tasks=[{"id": "Task1", "step": "Bring drinking water to the school", "priority": "high"}],
        resource_suggestions=[
            {
                "type": "Drinking water",
                "total_quantity": 36,
                "breakdown": [{"task_id": "Task1", "quantity": 36}],
                "quantity": "bottles",
            }
        ],
        manpower={"total_volunteers": 2, "breakdown": [{"task_id": "Task1", "volunteers": 2}], "notes": ""},
    )

    workflow_run_id: Word = ""
    request_id: Id
    tasks: tuple[TaskCreate, ...] = Field(default=(), max_length=SHARES)
    resource_suggestions: tuple[SupplyCreate, ...] = Field(default=(), max_length=60)
    manpower: ManpowerCreate | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.tasks and not self.resource_suggestions:
            raise ValueError("A plan has at least one task or supply.")
        return self
