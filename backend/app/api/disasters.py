from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response, status

from app.api.caching import Cached
from app.api.deps import Admin, IdempotencyKey, ServicesDep, Visitor
from app.api.filters import AreaFilter
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Conflict, Forbidden, Gone, Invalid, NotFound, Unauthorized
from app.schemas.base import Id, Word
from app.schemas.disaster import (
    DisasterCreate,
    DisasterEdit,
    DisasterFilter,
    DisasterOnMap,
    DisasterSeverity,
    DisasterStatus,
    DisasterView,
)

router = APIRouter(prefix="/disasters", tags=["disasters"], responses=problems(Invalid))

MAP_SECONDS = 60
SIGNED_IN_OR_NOT: dict[str, Any] = {"security": [{}]}
"""The description's word for it: a token is read where there is one, and needed by nobody."""


async def disaster_filter(
    area: AreaFilter,
    wanted: Annotated[
        DisasterStatus | None,
        Query(alias="status", description="Registered if left out; others show coordinators all, others their own."),
    ] = None,
    severity: DisasterSeverity | None = None,
    type: Annotated[Word | None, Query(description="As it is written, upper or lower case.")] = None,
    text: Annotated[Word | None, Query(alias="q", min_length=1, description="Part of the name.")] = None,
) -> DisasterFilter:
    return DisasterFilter(status=wanted, severity=severity, type=type, area=area, text=text)


Wanted = Annotated[DisasterFilter, Depends(disaster_filter)]


@router.get("", responses=problems(BadRequest), openapi_extra=SIGNED_IN_OR_NOT)
async def list_disasters(services: ServicesDep, paging: Paging, wanted: Wanted, visitor: Visitor) -> list[DisasterView]:
    """Registered disasters, newest first. Public; no people in it.

    With `status=Pending` or `Rejected`: what was suggested, all of it for coordinators, one's own for everybody else.
    A page may be shorter than `limit` and still have a next one.
    """
    page = services.disasters.listed(visitor, wanted, limit=paging.limit, cursor=paging.cursor)
    return await paging.views(DisasterView, page)


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(Unauthorized, Forbidden, Gone))
async def create_disaster(
    body: DisasterCreate,
    admin: Admin,
    services: ServicesDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> DisasterView:
    """Register a disaster that people can join."""
    disaster, new = await services.disasters.create(admin, body, idempotency_key=idempotency_key)
    response.headers["Idempotency-Replayed"] = "false" if new else "true"
    return DisasterView.of(disaster)


@router.get(
    "/location",
    response_model=list[DisasterOnMap],
    responses={status.HTTP_304_NOT_MODIFIED: {"description": "Nothing has changed."}},
)
async def list_locations(services: ServicesDep, cached: Cached) -> Response:
    """Registered disasters as points on a map, all but the archived ones. Public, and kept for a minute."""
    return cached.answer(await services.disasters.on_map(), max_age=MAP_SECONDS)


@router.get("/{disaster_id}", responses=problems(NotFound), openapi_extra=SIGNED_IN_OR_NOT)
async def get_disaster(disaster_id: Id, services: ServicesDep, visitor: Visitor) -> DisasterView:
    """One disaster. Public once it is registered; before, for coordinators and whoever suggested it."""
    return DisasterView.of(await services.disasters.get(visitor, disaster_id))


@router.patch("/{disaster_id}", responses=problems(Unauthorized, Forbidden, NotFound, Conflict))
async def edit_disaster(disaster_id: Id, body: DisasterEdit, admin: Admin, services: ServicesDep) -> DisasterView:
    """Correct a disaster, or take it to its next phase.

    Phases go `active`, `recovery`, `closed`, `archived`; recovery may go back to active. An illegal move is 409 and
    names the legal ones. Nobody joins a closed disaster or reports in it.
    """
    return DisasterView.of(await services.disasters.edit(admin, disaster_id, body))


@router.delete(
    "/{disaster_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(Unauthorized, Forbidden, NotFound, Conflict),
)
async def delete_disaster(disaster_id: Id, admin: Admin, services: ServicesDep) -> None:
    """Remove a disaster made by mistake. Only an empty one: 409 says in `holds` what belongs to it."""
    await services.disasters.delete(admin, disaster_id)
