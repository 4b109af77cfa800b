from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response, status

from app.api.deps import Caller, IdempotencyKey, ServicesDep
from app.api.filters import Since
from app.api.paging import Paged
from app.api.problems import problems
from app.core.clock import Moment
from app.core.errors import BadRequest, Conflict, Forbidden, Gone, Invalid, NotFound, Transient, Unauthorized
from app.schemas.base import Id, Tombstone
from app.schemas.message import MessageCreate, MessageView

router = APIRouter(
    prefix="/disasters/{disaster_id}/chat/messages",
    tags=["chat"],
    responses=problems(Unauthorized, Forbidden, NotFound, Invalid),
)

Before = Annotated[
    Moment | None, Query(description="Only messages older than this.", examples=["2026-11-24T08:00:00Z"])
]


async def chat_paged(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at the most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000, description="From the `Link` of the page before.")] = None,
) -> Paged:
    return Paged(limit, cursor, request, response)


ChatPaging = Annotated[Paged, Depends(chat_paged)]


@router.get("", responses=problems(BadRequest, Gone))
async def list_messages(
    disaster_id: Id,
    caller: Caller,
    services: ServicesDep,
    paging: ChatPaging,
    before: Before = None,
    since: Since = None,
) -> list[MessageView | Tombstone]:
    """The newest messages of a disaster's chat, oldest first, for those who take part in it.

    `rel="next"` of the `Link` header leads to older ones. With `since` what has changed comes instead, for a phone that
    was offline, and `next` leads to newer changes.
    """
    if since is not None:
        changes = services.messages.changed(caller, disaster_id, since, limit=paging.limit, cursor=paging.cursor)
        return await services.messages.told(await paging.changed(changes))
    page = services.messages.listed(caller, disaster_id, before=before, limit=paging.limit, cursor=paging.cursor)
    return [*await paging.linked(page)]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(Conflict, Gone, Transient))
async def send_message(
    disaster_id: Id,
    body: MessageCreate,
    caller: Caller,
    services: ServicesDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> MessageView:
    """Say something to all who take part in a disaster, while it is Registered."""
    message, new = await services.messages.say(caller, disaster_id, body, idempotency_key=idempotency_key)
    response.headers["Idempotency-Replayed"] = "false" if new else "true"
    return message


@router.delete("/{message_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_message(disaster_id: Id, message_id: Id, caller: Caller, services: ServicesDep) -> None:
    """Remove a message for good: its author, or a coordinator of the disaster. That it was there is remembered."""
    await services.messages.delete(caller, disaster_id, message_id)


@router.post("/{message_id}/report", status_code=status.HTTP_204_NO_CONTENT)
async def report_message(disaster_id: Id, message_id: Id, caller: Caller, services: ServicesDep) -> None:
    """Ask the coordinators to look at a message. They are told once; reporting again does nothing more."""
    await services.messages.report(caller, disaster_id, message_id)
