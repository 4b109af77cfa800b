from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response, status

from app.api.deps import Caller, IdempotencyKey, ServicesDep
from app.api.paging import Paged
from app.api.problems import problems
from app.core.clock import Instant
from app.core.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, Transient, Unauthorized
from app.schemas.base import Id
from app.schemas.message import DeletedMessage, MessageCreate, MessageView

router = APIRouter(
    prefix="/disasters/{disaster_id}/chat/messages",
    tags=["chat"],
    responses=problems(Unauthorized, Forbidden, NotFound, Invalid),
)

Since = Annotated[
    Instant | None, Query(description="Only what has happened since: for a phone that was offline. RFC 3339.")
]
Before = Annotated[Instant | None, Query(description="Only messages older than this. RFC 3339.")]


async def chat_paged(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at the most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000, description="From the `Link` of the page before.")] = None,
) -> Paged:
    return Paged(limit, cursor, request, response)


ChatPaging = Annotated[Paged, Depends(chat_paged)]


@router.get("", responses=problems(BadRequest))
async def list_messages(
    disaster_id: Id,
    caller: Caller,
    services: ServicesDep,
    paging: ChatPaging,
    since: Since = None,
    before: Before = None,
) -> list[MessageView | DeletedMessage]:
    """The newest messages of a disaster's chat, oldest first, for those who take part in it.

    `rel="next"` of the `Link` header leads to older ones. With `since` come instead the messages that were made,
    changed or removed since then, in that order, removed ones as `{id, deleted: true, updated_at}`; there `next`
    leads to newer ones. A few seconds before `since` are told again: an id that is known already is the same message.
    """
    page = services.messages.listed(
        caller, disaster_id, since=since, before=before, limit=paging.limit, cursor=paging.cursor
    )
    return list(await paging.linked(page))


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(Conflict, Transient))
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
