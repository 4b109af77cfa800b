from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, status

from app.api.deps import Caller, Coordinator, IdempotencyKey, ServicesDep
from app.api.filters import AreaFilter, Since
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Conflict, Forbidden, Gone, Invalid, NotFound, Unauthorized
from app.schemas.base import Id, Tombstone
from app.schemas.observation import ObservationFilter
from app.schemas.observation_bodies import ObservationCreate, ObservationEdit, ObservationStatusChange
from app.schemas.observation_kinds import ObservationKind
from app.schemas.observation_states import ObservationStatus
from app.schemas.observation_views import ObservationView, PublicObservation

router = APIRouter(tags=["observations"], responses=problems(Invalid))

StatusFilter = Annotated[ObservationStatus | None, Query(alias="status")]


async def observation_filter(
    area: AreaFilter, wanted: StatusFilter = None, kind: ObservationKind | None = None
) -> ObservationFilter:
    return ObservationFilter(status=wanted, kind=kind, area=area)


Wanted = Annotated[ObservationFilter, Depends(observation_filter)]


@router.post(
    "/observations", status_code=status.HTTP_201_CREATED, responses=problems(Unauthorized, NotFound, Conflict, Gone)
)
async def report_observation(
    body: ObservationCreate,
    caller: Caller,
    services: ServicesDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> ObservationView:
    """Report what one sees in a disaster that one takes part in: a blocked road, rising water, an open shelter.

    Another person's report of the same kind within 300 m and 6 h is linked as corroboration.
    """
    observation, new = await services.observations.report(caller, body, idempotency_key=idempotency_key)
    response.headers["Idempotency-Replayed"] = "false" if new else "true"
    return await services.observations.view(caller, observation)


@router.get("/observations", responses=problems(BadRequest, Unauthorized, NotFound, Gone))
async def list_observations(
    disaster_id: Annotated[Id, Query()],
    caller: Caller,
    services: ServicesDep,
    paging: Paging,
    wanted: Wanted,
    since: Since = None,
) -> list[ObservationView | Tombstone]:
    """Observations of a disaster that the caller takes part in, seen last first; with `since` what has changed.

    Places are exact; who reported is told to coordinators only. A page may be shorter than `limit` and still have a
    next one.
    """
    if since is not None:
        changes = services.observations.changed(caller, disaster_id, since, limit=paging.limit, cursor=paging.cursor)
        return await services.observations.told(caller, await paging.changed(changes))
    page = services.observations.listed(caller, disaster_id, wanted, limit=paging.limit, cursor=paging.cursor)
    return [*await services.observations.views(caller, await paging.linked(page))]


@router.get("/observations/{observation_id}", responses=problems(Unauthorized, NotFound))
async def get_observation(observation_id: Id, caller: Caller, services: ServicesDep) -> ObservationView:
    """One observation, for its author and for those who take part in the disaster."""
    return await services.observations.view(caller, await services.observations.get(caller, observation_id))


@router.patch("/observations/{observation_id}", responses=problems(Unauthorized, Forbidden, NotFound, Conflict))
async def edit_observation(
    observation_id: Id, body: ObservationEdit, caller: Caller, services: ServicesDep
) -> ObservationView:
    """Correct one's own report while nobody has judged it. Kind and place stay once others have reported the same."""
    edited = await services.observations.edit(caller, observation_id, body)
    return await services.observations.view(caller, edited)


@router.patch("/observations/{observation_id}/status", responses=problems(Unauthorized, Forbidden, NotFound, Conflict))
async def judge_observation(
    observation_id: Id, body: ObservationStatusChange, coordinator: Coordinator, services: ServicesDep
) -> ObservationView:
    """Verify an observation (and let it hold for longer), dispute it with a note, or say that it is over.

    An illegal move is 409 and names the legal ones.
    """
    judged = await services.observations.judge(coordinator, observation_id, body)
    return await services.observations.view(coordinator, judged)


@router.delete(
    "/observations/{observation_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(Unauthorized, Forbidden, NotFound),
)
async def delete_observation(observation_id: Id, caller: Caller, services: ServicesDep) -> None:
    """Take one's own report back; a coordinator may remove any."""
    await services.observations.delete(caller, observation_id)


@router.get("/disasters/{disaster_id}/observations", responses=problems(BadRequest, NotFound))
async def list_public_observations(
    disaster_id: Id, services: ServicesDep, paging: Paging, area: AreaFilter, kind: ObservationKind | None = None
) -> list[PublicObservation]:
    """What is verified in a registered disaster and still holds. Public: kind, title, place and until when, no more."""
    page = services.observations.public(disaster_id, kind=kind, area=area, limit=paging.limit, cursor=paging.cursor)
    return services.observations.public_views(await paging.linked(page))
