from typing import Annotated

from fastapi import APIRouter, Query, status

from app.api.deps import Coordinator, Responder, ServicesDep
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, Unauthorized
from app.schemas.base import Id
from app.schemas.resource import ResourceCreate, ResourceEdit, ResourceView
from app.schemas.vocabulary import Item

router = APIRouter(prefix="/resources", tags=["resources"], responses=problems(Unauthorized, Forbidden, Invalid))

ItemFilter = Annotated[Item | None, Query(alias="resource_type")]


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_resource(body: ResourceCreate, coordinator: Coordinator, services: ServicesDep) -> ResourceView:
    """Enter a stock: how many of one item lie at one place."""
    return ResourceView.of(await services.resources.create(coordinator, body))


@router.get("", responses=problems(BadRequest))
async def list_resources(
    responder: Responder, services: ServicesDep, paging: Paging, item: ItemFilter = None
) -> list[ResourceView]:
    """All stocks, newest first."""
    page = services.resources.listed(item=item, limit=paging.limit, cursor=paging.cursor)
    return await paging.views(ResourceView, page)


@router.get("/{resource_id}", responses=problems(NotFound))
async def get_resource(resource_id: Id, responder: Responder, services: ServicesDep) -> ResourceView:
    """One stock: what lies where, and how much of it is promised."""
    return ResourceView.of(await services.resources.get(resource_id))


@router.patch("/{resource_id}", responses=problems(NotFound, Conflict))
async def edit_resource(
    resource_id: Id, body: ResourceEdit, coordinator: Coordinator, services: ServicesDep
) -> ResourceView:
    """Correct a stock; not below what is reserved of it."""
    return ResourceView.of(await services.resources.edit(coordinator, resource_id, body))
