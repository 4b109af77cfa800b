from fastapi import APIRouter

from app.api.deps import Responder, ServicesDep
from app.api.filters import Since
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Conflict, Forbidden, Gone, Invalid, NotFound, Unauthorized
from app.schemas.base import Id, Tombstone
from app.schemas.task import Decline, TaskStatusChange
from app.schemas.task_views import TaskView

router = APIRouter(prefix="/tasks", tags=["tasks"], responses=problems(Unauthorized, Forbidden, Invalid))


@router.get("/me", responses=problems(BadRequest, Gone))
async def list_my_tasks(
    responder: Responder, services: ServicesDep, paging: Paging, since: Since = None
) -> list[TaskView | Tombstone]:
    """What the caller is offered or has taken, newest first.

    With `since` what has changed; a task that is the caller's no more comes as gone.
    """
    if since is not None:
        found = await paging.changed(
            services.tasks.my_changes(responder, since, limit=paging.limit, cursor=paging.cursor)
        )
        return await services.tasks.told(responder, found)
    tasks = await paging.linked(services.tasks.mine(responder, limit=paging.limit, cursor=paging.cursor))
    return [*await services.tasks.views(responder, tasks)]


@router.get("/{task_id}", responses=problems(NotFound))
async def get_task(task_id: Id, responder: Responder, services: ServicesDep) -> TaskView:
    """One task, for its team and its coordinators. The exact place is shown once it is accepted."""
    return await services.tasks.read(responder, task_id)


@router.post("/{task_id}/accept", responses=problems(NotFound, Conflict))
async def accept_task(task_id: Id, responder: Responder, services: ServicesDep) -> TaskView:
    """Take an offered task."""
    return await services.tasks.view(responder, await services.tasks.accept(responder, task_id))


@router.post("/{task_id}/decline", responses=problems(NotFound, Conflict))
async def decline_task(
    task_id: Id, responder: Responder, services: ServicesDep, body: Decline | None = None
) -> TaskView:
    """Turn an offered task down; the next best person is asked."""
    return await services.tasks.view(responder, await services.tasks.decline(responder, task_id, body or Decline()))


@router.patch("/{task_id}/status", responses=problems(NotFound, Conflict))
async def change_task_status(
    task_id: Id, body: TaskStatusChange, responder: Responder, services: ServicesDep
) -> TaskView:
    """Tell how far one is: `on_route`, `on_site`, `completed`, or `failed` and `handed_back`.

    Nobody sets out before the smallest safe team has accepted (409 until then).
    """
    return await services.tasks.view(responder, await services.tasks.change_status(responder, task_id, body))
