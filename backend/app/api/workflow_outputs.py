from typing import Annotated

from fastapi import APIRouter, Query, status

from app.api.deps import ConfirmedCoordinator, Coordinator, ServicesDep
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, Transient, Unauthorized
from app.schemas.base import Id
from app.schemas.workflow import (
    PlanCreate,
    PlanDecision,
    PlanTask,
    ResourceDecision,
    ResourceSuggestion,
    SupplyCreate,
    TaskCreate,
    TaskDecision,
    WorkflowOutput,
)

router = APIRouter(prefix="/workflow-outputs", tags=["plans"], responses=problems(Unauthorized, Forbidden, Invalid))

DisasterFilter = Annotated[Id | None, Query(alias="disaster_id")]
PendingFilter = Annotated[
    bool | None, Query(alias="pending", description="Only those with (`true`) or without something to decide.")
]


@router.get("", responses=problems(BadRequest, NotFound))
async def list_plans(
    coordinator: Coordinator,
    services: ServicesDep,
    paging: Paging,
    disaster_id: DisasterFilter = None,
    pending: PendingFilter = None,
) -> list[WorkflowOutput]:
    """The plans that the caller may decide on, newest first."""
    page = services.plans.listed(
        coordinator, disaster_id=disaster_id, pending=pending, limit=paging.limit, cursor=paging.cursor
    )
    return list(await paging.linked(page))


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(NotFound, Conflict, Transient))
async def create_plan(body: PlanCreate, coordinator: ConfirmedCoordinator, services: ServicesDep) -> WorkflowOutput:
    """Write a plan by hand.

    Of an earlier plan it replaces what is pending, except what another human has written; what was decided stays.
    The ids in the body are names: the answer tells the ids that are unique over all plans. The same body sent again
    changes nothing.
    """
    return await services.plans.create(coordinator, body)


@router.get("/{request_id}", responses=problems(NotFound))
async def get_plan(request_id: Id, coordinator: Coordinator, services: ServicesDep) -> WorkflowOutput:
    """The plan of one request: tasks, supplies and people, with the reason for each."""
    return await services.plans.get(coordinator, request_id)


@router.patch("/{request_id}", responses=problems(NotFound, Conflict, Transient))
async def decide_plan(
    request_id: Id, body: PlanDecision, coordinator: ConfirmedCoordinator, services: ServicesDep
) -> WorkflowOutput:
    """Approve or reject all of a plan that is still pending. All of it happens, or nothing does."""
    return await services.plans.decide_plan(coordinator, request_id, body)


@router.delete(
    "/{request_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(NotFound, Conflict, Transient)
)
async def delete_plan(request_id: Id, coordinator: ConfirmedCoordinator, services: ServicesDep) -> None:
    """Take a plan away while nothing of it is approved; 409 afterwards.

    The request then waits for a human (`needs_human`): write a plan by hand, or judge it to have it planned again.
    """
    await services.plans.delete(coordinator, request_id)


@router.get("/{request_id}/tasks", responses=problems(NotFound))
async def list_plan_tasks(request_id: Id, coordinator: Coordinator, services: ServicesDep) -> list[PlanTask]:
    """The tasks of one plan, in the order to start them."""
    return list((await services.plans.get(coordinator, request_id)).tasks)


@router.post(
    "/{request_id}/tasks", status_code=status.HTTP_201_CREATED, responses=problems(NotFound, Conflict, Transient)
)
async def add_task(
    request_id: Id, body: TaskCreate, coordinator: ConfirmedCoordinator, services: ServicesDep
) -> PlanTask:
    """Add a task by hand; 409 where the plan has something of this name already.

    Sent as `approved` it is offered to people at once.
    """
    return await services.plans.add_task(coordinator, request_id, body)


@router.patch("/{request_id}/tasks/{task_id}", responses=problems(NotFound, Conflict, Transient))
async def decide_task(
    request_id: Id, task_id: Id, body: TaskDecision, coordinator: ConfirmedCoordinator, services: ServicesDep
) -> PlanTask:
    """Change, approve or reject one task. Approving offers it to the people proposed for it."""
    return await services.plans.decide_task(coordinator, request_id, task_id, body)


@router.delete(
    "/{request_id}/tasks/{task_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(NotFound, Conflict, Transient),
)
async def delete_task(request_id: Id, task_id: Id, coordinator: ConfirmedCoordinator, services: ServicesDep) -> None:
    """Take a task out of the plan, with its shares of the supplies and its people; 409 once it is approved.

    A pending supply then asks for the sum of the other shares, and goes where there are none.
    """
    await services.plans.delete_task(coordinator, request_id, task_id)


@router.get("/{request_id}/resources", responses=problems(NotFound))
async def list_plan_resources(
    request_id: Id, coordinator: Coordinator, services: ServicesDep
) -> list[ResourceSuggestion]:
    """The supplies of one plan."""
    return list((await services.plans.get(coordinator, request_id)).resource_suggestions)


@router.post(
    "/{request_id}/resources", status_code=status.HTTP_201_CREATED, responses=problems(NotFound, Conflict, Transient)
)
async def add_resource(
    request_id: Id, body: SupplyCreate, coordinator: ConfirmedCoordinator, services: ServicesDep
) -> ResourceSuggestion:
    """Add a supply by hand, in your own words; `item` in the answer tells what stocks are searched for.

    Sent as `approved` it takes at once what stocks can give.
    """
    return await services.plans.add_resource(coordinator, request_id, body)


@router.patch("/{request_id}/resources/{resource_id}", responses=problems(NotFound, Conflict, Transient))
async def decide_resource(
    request_id: Id, resource_id: Id, body: ResourceDecision, coordinator: ConfirmedCoordinator, services: ServicesDep
) -> ResourceSuggestion:
    """Change, approve or reject one supply.

    Approving reserves the stock proposed for it; 409 if that is not there any more, and nothing is reserved then.
    """
    return await services.plans.decide_resource(coordinator, request_id, resource_id, body)


@router.delete(
    "/{request_id}/resources/{resource_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(NotFound, Conflict, Transient),
)
async def delete_resource(
    request_id: Id, resource_id: Id, coordinator: ConfirmedCoordinator, services: ServicesDep
) -> None:
    """Take a supply out of the plan; 409 once it is approved."""
    await services.plans.delete_resource(coordinator, request_id, resource_id)
