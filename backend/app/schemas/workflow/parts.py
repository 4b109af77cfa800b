"""What the items of a plan are made of."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from app.schemas.base import Model, Note, Whole
from app.schemas.moves import Moves
from app.schemas.plan import TaskKind
from app.schemas.request import Priority
from app.schemas.vocabulary import Item, RoleId, Skill


class Approval(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


APPROVAL_MOVES = Moves("A plan item", {Approval.PENDING: frozenset({Approval.APPROVED, Approval.REJECTED})})


class MadeBy(StrEnum):
    """Whose words a plan item holds: a human's are never replaced by the machine."""

    MACHINE = "machine"
    HUMAN = "human"


_PRIORITY_WORDS = {
    "critical": Priority.HIGH,
    "urgent": Priority.HIGH,
    "moderate": Priority.MEDIUM,
    "normal": Priority.MEDIUM,
}


def _priority(value: object) -> object:
    if not isinstance(value, str):
        return value
    word = value.strip().lower()
    return _PRIORITY_WORDS.get(word, word)


PriorityWord = Annotated[Priority, BeforeValidator(_priority, json_schema_input_type=Priority)]
"""`high`, `medium` or `low`, written in any case."""


class TeamNeed(Model):
    """What is to be done, and by which team."""

    kind: TaskKind
    step: str
    steps: tuple[str, ...] = Field(default=(), description="How to go about it, in steps; none where `step` says all.")
    priority: str
    role: RoleId
    skills_all: tuple[Skill, ...] = ()
    skills_any: tuple[Skill, ...] = ()
    people: int = Field(ge=1)
    min_people: int = Field(ge=1)
    verified_only: bool = False


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
    task_id: Note
    quantity: Whole = Field(ge=0, le=1_000_000)


class VolunteersShare(Model):
    task_id: Note
    volunteers: Whole = Field(ge=0, le=1_000)


class ManpowerNeed(Model):
    total_volunteers: int = Field(ge=0)
    breakdown: tuple[VolunteersShare, ...] = ()
    notes: str = ""
