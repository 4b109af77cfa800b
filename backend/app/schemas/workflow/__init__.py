"""The plan of one request: tasks, supplies and people, proposed by the machine or a human, decided by a human."""

from app.schemas.workflow.bodies import (
    ManpowerCreate,
    PlanCreate,
    PlanDecision,
    ResourceDecision,
    SupplyCreate,
    TaskCreate,
    TaskDecision,
)
from app.schemas.workflow.items import PlanItem, PlanTask, ResourceSuggestion
from app.schemas.workflow.output import MOST_SUPPLIES, MOST_TASKS, WorkflowOutput
from app.schemas.workflow.parts import (
    APPROVAL_MOVES,
    Approval,
    Candidate,
    Gap,
    ItemShare,
    MadeBy,
    ManpowerNeed,
    StockShare,
    TeamNeed,
    VolunteersShare,
)

__all__ = [
    "APPROVAL_MOVES",
    "MOST_SUPPLIES",
    "MOST_TASKS",
    "Approval",
    "Candidate",
    "Gap",
    "ItemShare",
    "MadeBy",
    "ManpowerCreate",
    "ManpowerNeed",
    "PlanCreate",
    "PlanDecision",
    "PlanItem",
    "PlanTask",
    "ResourceDecision",
    "ResourceSuggestion",
    "StockShare",
    "SupplyCreate",
    "TaskCreate",
    "TaskDecision",
    "TeamNeed",
    "VolunteersShare",
    "WorkflowOutput",
]
