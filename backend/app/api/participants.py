from typing import Annotated

from fastapi import APIRouter, Depends, Query, status

from app.api.deps import Caller, Coordinator, ServicesDep
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, Unauthorized
from app.schemas.base import Id, Note
from app.schemas.disaster import DisasterView
from app.schemas.participant import Join, Joined, ParticipantEdit, ParticipantFilter, ParticipantView
from app.schemas.vocabulary import RoleId, Skill

router = APIRouter(prefix="/disasters/{disaster_id}", tags=["disasters"], responses=problems(Unauthorized, Invalid))

Available = Annotated[bool | None, Query(description="Whether they say that they can be asked now.")]
HasSkill = Annotated[Skill | None, Query(alias="skill")]
Reason = Annotated[Note | None, Query(description="Told to the person, and kept.")]


async def participant_filter(
    role: Annotated[RoleId | None, Query(description="Their role in this disaster.")] = None,
    available: Available = None,
    skill: HasSkill = None,
) -> ParticipantFilter:
    return ParticipantFilter(role=role, available=available, skill=skill)


Wanted = Annotated[ParticipantFilter, Depends(participant_filter)]


@router.get("/joined", responses=problems(NotFound))
async def get_joined(disaster_id: Id, caller: Caller, services: ServicesDep) -> Joined:
    """Whether the caller takes part, and as what."""
    return await services.participants.joined(caller, disaster_id)


@router.post("/join", responses=problems(NotFound, Conflict))
async def join_disaster(disaster_id: Id, body: Join, caller: Caller, services: ServicesDep) -> DisasterView:
    """Take part. A role above the caller's own is not given by joining."""
    return DisasterView.of(await services.participants.join(caller, disaster_id, body))


@router.delete("/leave", responses=problems(NotFound))
async def leave_disaster(disaster_id: Id, caller: Caller, services: ServicesDep) -> DisasterView:
    """Take part no longer. Tasks already taken stay."""
    return DisasterView.of(await services.participants.leave(caller, disaster_id))


@router.get("/participants", responses=problems(BadRequest, Forbidden, NotFound))
async def list_participants(
    disaster_id: Id, coordinator: Coordinator, services: ServicesDep, paging: Paging, wanted: Wanted
) -> list[ParticipantView]:
    """Who takes part, who joined last first, for the coordinators there.

    Nobody's e-mail address or telephone number. The exact position only of volunteers and responders who are available.
    A page may be shorter than `limit` and still have a next one.
    """
    page = services.participants.listed(coordinator, disaster_id, wanted, limit=paging.limit, cursor=paging.cursor)
    return await services.participants.views(await paging.linked(page))


@router.get("/volunteers", responses=problems(BadRequest, Forbidden, NotFound))
async def list_volunteers(
    disaster_id: Id,
    coordinator: Coordinator,
    services: ServicesDep,
    paging: Paging,
    available: Available = None,
    skill: HasSkill = None,
) -> list[ParticipantView]:
    """Those of the participants who take part as volunteers."""
    wanted = ParticipantFilter(role=RoleId.VOLUNTEER, available=available, skill=skill)
    page = services.participants.listed(coordinator, disaster_id, wanted, limit=paging.limit, cursor=paging.cursor)
    return await services.participants.views(await paging.linked(page))


@router.patch("/participants/{uid}", responses=problems(Forbidden, NotFound))
async def edit_participant(
    disaster_id: Id, uid: Id, body: ParticipantEdit, coordinator: Coordinator, services: ServicesDep
) -> ParticipantView:
    """Give somebody another role in this disaster, not above their own. An admin does so for coordinators."""
    return await services.participants.edit(coordinator, disaster_id, uid, body)


@router.delete("/participants/{uid}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(Forbidden, NotFound))
async def remove_participant(
    disaster_id: Id, uid: Id, coordinator: Coordinator, services: ServicesDep, reason: Reason = None
) -> None:
    """Take somebody off the disaster and off its tasks. They are told; an admin does so for coordinators."""
    await services.participants.remove(coordinator, disaster_id, uid, reason=reason)
