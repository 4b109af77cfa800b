from fastapi import APIRouter, Response, status

from app.api.deps import Caller, ConfirmedAdmin, Coordinator, IdempotencyKey, ServicesDep
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Conflict, Forbidden, Gone, Invalid, NotFound, Transient, Unauthorized
from app.schemas.base import Id
from app.schemas.disaster import DisasterDetails, DisasterSuggest, DisasterView, Discard, SuggestionView

router = APIRouter(prefix="/disasters", tags=["disasters"], responses=problems(Unauthorized, Invalid))


@router.post("/suggestions", status_code=status.HTTP_201_CREATED, responses=problems(Conflict, Gone))
async def suggest_disaster(
    body: DisasterSuggest,
    caller: Caller,
    services: ServicesDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> SuggestionView:
    """Say that there is a disaster nobody has registered. An admin decides; five of one's own wait at the most."""
    disaster, new = await services.suggestions.suggest(caller, body, idempotency_key=idempotency_key)
    response.headers["Idempotency-Replayed"] = "false" if new else "true"
    return SuggestionView.of(disaster)


@router.get("/suggestions", responses=problems(BadRequest, Forbidden))
async def list_suggestions(coordinator: Coordinator, services: ServicesDep, paging: Paging) -> list[SuggestionView]:
    """What people and the machine suggest and nobody has decided on, newest first."""
    page = services.suggestions.pending(limit=paging.limit, cursor=paging.cursor)
    return await paging.views(SuggestionView, page)


@router.get("/agent-suggested", responses=problems(BadRequest, Forbidden))
async def list_agent_suggested(coordinator: Coordinator, services: ServicesDep, paging: Paging) -> list[SuggestionView]:
    """The same list as `/disasters/suggestions`, where older clients look for it."""
    page = services.suggestions.pending(limit=paging.limit, cursor=paging.cursor)
    return await paging.views(SuggestionView, page)


@router.post("/{disaster_id}/approve", responses=problems(Forbidden, NotFound, Conflict, Transient))
async def approve_disaster(
    disaster_id: Id, admin: ConfirmedAdmin, services: ServicesDep, body: DisasterDetails | None = None
) -> DisasterView:
    """Register what was suggested, with corrections where the body has some. Whoever suggested it is told."""
    return DisasterView.of(await services.suggestions.approve(admin, disaster_id, body or DisasterDetails()))


@router.post("/{disaster_id}/discard", responses=problems(Forbidden, NotFound, Conflict, Transient))
async def discard_disaster(
    disaster_id: Id, body: Discard, admin: ConfirmedAdmin, services: ServicesDep
) -> SuggestionView:
    """Turn down what was suggested, with the reason that whoever suggested it is told."""
    return SuggestionView.of(await services.suggestions.discard(admin, disaster_id, body))
