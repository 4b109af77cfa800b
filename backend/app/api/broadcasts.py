from fastapi import APIRouter, status

from app.api.deps import ConfirmedAdmin, IdempotencyKey, ServicesDep
from app.api.problems import problems
from app.core.errors import Forbidden, Gone, Invalid, NotFound, RateLimited, Transient, Unauthorized
from app.schemas.base import Id
from app.schemas.broadcast import BroadcastCreate, BroadcastReport, BroadcastView

router = APIRouter(
    prefix="/disasters/{disaster_id}/broadcast",
    tags=["broadcasts"],
    responses=problems(Unauthorized, Forbidden, NotFound, Invalid, Transient),
)


@router.post("", status_code=status.HTTP_202_ACCEPTED, responses=problems(Gone, RateLimited))
async def send_broadcast(
    disaster_id: Id,
    body: BroadcastCreate,
    admin: ConfirmedAdmin,
    services: ServicesDep,
    idempotency_key: IdempotencyKey = None,
) -> BroadcastView:
    """Tell all who take part in a disaster something, in their inbox and as a push.

    It is safe once this returns, and told within moments. One disaster takes one in a minute: 429 before that. A
    critical one is pushed at any hour and to those off duty, so it is for danger to life.
    """
    return BroadcastView.of(await services.broadcasts.send(admin, disaster_id, body, idempotency_key=idempotency_key))


@router.get("/{broadcast_id}")
async def get_broadcast(
    disaster_id: Id, broadcast_id: Id, admin: ConfirmedAdmin, services: ServicesDep
) -> BroadcastReport:
    """One broadcast, and how many of those it was for it has reached: by the status of their notifications."""
    return await services.broadcasts.report(disaster_id, broadcast_id)
