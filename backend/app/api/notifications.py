from fastapi import APIRouter

from app.api.deps import Caller, ServicesDep
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Invalid, NotFound, Unauthorized
from app.schemas.base import Id
from app.schemas.notification import NotificationView

router = APIRouter(prefix="/notifications", tags=["notifications"], responses=problems(Unauthorized, Invalid))


@router.get("", responses=problems(BadRequest))
async def list_notifications(caller: Caller, services: ServicesDep, paging: Paging) -> list[NotificationView]:
    """The caller's inbox, newest first."""
    page = services.notifications.inbox(caller, limit=paging.limit, cursor=paging.cursor)
    return await paging.views(NotificationView, page)


@router.post("/{notification_id}/read", responses=problems(NotFound))
async def read_notification(notification_id: Id, caller: Caller, services: ServicesDep) -> NotificationView:
    """Mark one as read."""
    return NotificationView.of(await services.notifications.read(caller, notification_id))


@router.post("/{notification_id}/received", responses=problems(NotFound))
async def receive_notification(notification_id: Id, caller: Caller, services: ServicesDep) -> NotificationView:
    """Say that a push has arrived on this device, as the app does when it gets one; twice is as good as once."""
    return NotificationView.of(await services.notifications.received(caller, notification_id))
