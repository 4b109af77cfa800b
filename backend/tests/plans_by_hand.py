"""Plans, tasks and supplies as a coordinator writes them."""

from typing import Any

from app.schemas.request import Request
from app.schemas.request_bodies import RequestEdit
from app.schemas.user import User
from app.schemas.vocabulary import Item, RoleId
from app.schemas.workflow import (
    Approval,
    PlanCreate,
    ResourceDecision,
    ResourceSuggestion,
    SupplyCreate,
    TaskCreate,
    TaskDecision,
    WorkflowOutput,
)
from tests.world import World

APPROVE_TASK = TaskDecision(approval_status=Approval.APPROVED)
REJECT_TASK = TaskDecision(approval_status=Approval.REJECTED)
APPROVE_RESOURCE = ResourceDecision(approval_status=Approval.APPROVED)
BY_HAND: dict[str, Any] = {
    "workflow_run_id": "run-7",
    "tasks": [
        {"id": "Task1", "step": "Bring water to the school", "priority": "High"},
        {"id": "Task2", "step": "Bring blankets to the temple", "priority": "low"},
    ],
    "resource_suggestions": [
        {
            "type": "Water bottles",
            "total_quantity": 30,
            "breakdown": [{"task_id": "Task1", "quantity": 20}, {"task_id": "Task2", "quantity": 10}],
            "quantity": "bottles",
        },
        {"type": "Blankets", "total_quantity": 8, "breakdown": [{"task_id": "Task2", "quantity": 8}], "quantity": None},
    ],
}
TASKS: list[dict[str, Any]] = BY_HAND["tasks"]


def by_hand(request_id: str, **changes: Any) -> PlanCreate:
    return PlanCreate.model_validate({**BY_HAND, "request_id": request_id, **changes})


def task(id: str = "Extra", **more: Any) -> TaskCreate:
    return TaskCreate.model_validate({"id": id, "step": "Call the family", "priority": "medium", **more})


def supply(type: str = "Drinking water", total: int = 12, **more: Any) -> SupplyCreate:
    return SupplyCreate.model_validate({"type": type, "total_quantity": total, **more})


async def admin_of(world: World, uid: str = "admin") -> User:
    return await world.person(uid, RoleId.ADMIN)


async def planned(world: World) -> tuple[User, Request, WorkflowOutput]:
    """A coordinator, a request that the machine has planned, and that plan."""
    admin = await admin_of(world)
    request = await world.asked(await world.person("owner"))
    return admin, request, await world.services.plans.get(admin, request.id)


async def replanned(world: World, request: Request) -> WorkflowOutput:
    """The plan after its owner has changed the request and the machine has planned anew."""
    owner = await world.services.users.users.get("owner")
    await world.services.requests.edit(owner, request.id, RequestEdit(description="And now the roof is gone"))
    await world.worked()
    return await world.services.requests.cases.outputs.get(request.id)


def of_item(plan: WorkflowOutput, item: Item) -> ResourceSuggestion:
    return next(one for one in plan.resource_suggestions if one.item is item)
