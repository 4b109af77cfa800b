from typing import Annotated

from fastapi import APIRouter, Query, status

from app.api.deps import Admin, Caller, ServicesDep
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, Unauthorized
from app.schemas.base import Id
from app.schemas.disaster import DisasterCreate, DisasterStatus, DisasterView, Join, Joined

router = APIRouter(prefix="/disasters", tags=["disasters"], responses=problems(Invalid))

StatusFilter = Annotated[DisasterStatus | None, Query(alias="status", description="Only those in this state.")]


@router.get("", responses=problems(BadRequest))
async def list_disasters(services: ServicesDep, paging: Paging, wanted: StatusFilter = None) -> list[DisasterView]:
    """All disasters, newest first. Public; no people in it."""
    page = services.disasters.listed(status=wanted, limit=paging.limit, cursor=paging.cursor)
    return await paging.views(DisasterView, page)


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(Unauthorized, Forbidden))
async def create_disaster(body: DisasterCreate, admin: Admin, services: ServicesDep) -> DisasterView:
    """Register a disaster that people can join."""
    return DisasterView.of(await services.disasters.create(admin, body))


@router.get("/{disaster_id}", responses=problems(NotFound))
async def get_disaster(disaster_id: Id, services: ServicesDep) -> DisasterView:
    """One disaster. Public; no people in it."""
    return DisasterView.of(await services.disasters.get(disaster_id))


@router.get("/{disaster_id}/joined", responses=problems(Unauthorized, NotFound))
async def get_joined(disaster_id: Id, caller: Caller, services: ServicesDep) -> Joined:
    """Whether the caller takes part, and as what."""
    return await services.disasters.joined(caller, disaster_id)


@router.post("/{disaster_id}/join", responses=problems(Unauthorized, NotFound, Conflict))
async def join_disaster(disaster_id: Id, body: Join, caller: Caller, services: ServicesDep) -> DisasterView:
    """Take part. A role above the caller's own is not given by joining."""
    return DisasterView.of(await services.disasters.join(caller, disaster_id, body))


@router.delete("/{disaster_id}/leave", responses=problems(Unauthorized, NotFound))
async def leave_disaster(disaster_id: Id, caller: Caller, services: ServicesDep) -> DisasterView:
    """Take part no longer. Tasks already taken stay."""
    return DisasterView.of(await services.disasters.leave(caller, disaster_id))
