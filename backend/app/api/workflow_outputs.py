from fastapi import APIRouter

from app.api.deps import Coordinator, ServicesDep
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, Unauthorized
from app.schemas.base import Id
from app.schemas.workflow import (
    PlanDecision,
    PlanTask,
    ResourceDecision,
    ResourceSuggestion,
    TaskDecision,
    WorkflowOutput,
)

router = APIRouter(prefix="/workflow-outputs", tags=["plans"], responses=problems(Unauthorized, Forbidden, Invalid))


@router.get("", responses=problems(BadRequest))
async def list_plans(coordinator: Coordinator, services: ServicesDep, paging: Paging) -> list[WorkflowOutput]:
    """The plans that the caller may decide on, newest first."""
    page = services.plans.listed(coordinator, limit=paging.limit, cursor=paging.cursor)
    return list(await paging.linked(page))


@router.get("/{request_id}", responses=problems(NotFound))
async def get_plan(request_id: Id, coordinator: Coordinator, services: ServicesDep) -> WorkflowOutput:
    """The plan of one request: tasks, supplies and people, with the reason for each."""
    return await services.plans.get(coordinator, request_id)


@router.patch("/{request_id}", responses=problems(NotFound, Conflict))
async def decide_plan(
    request_id: Id, body: PlanDecision, coordinator: Coordinator, services: ServicesDep
) -> WorkflowOutput:
    """Approve or reject all of a plan that is still pending. All of it happens, or nothing does."""
    return await services.plans.decide_plan(coordinator, request_id, body)


@router.patch("/{request_id}/tasks/{task_id}", responses=problems(NotFound, Conflict))
async def decide_task(
    request_id: Id, task_id: Id, body: TaskDecision, coordinator: Coordinator, services: ServicesDep
) -> PlanTask:
    """Change, approve or reject one task. Approving offers it to the people proposed for it."""
    return await services.plans.decide_task(coordinator, request_id, task_id, body)


@router.patch("/{request_id}/resources/{resource_id}", responses=problems(NotFound, Conflict))
async def decide_resource(
    request_id: Id, resource_id: Id, body: ResourceDecision, coordinator: Coordinator, services: ServicesDep
) -> ResourceSuggestion:
    """Change, approve or reject one supply.

    Approving reserves the stock proposed for it; 409 if that is not there any more, and nothing is reserved then.
    """
    return await services.plans.decide_resource(coordinator, request_id, resource_id, body)
