from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.api.deps import Asking, ServicesDep
from app.api.problems import problems
from app.core.errors import Invalid, Transient
from app.schemas.chatbot import Ask, Done, Offer, Opening, Part, Reply, Sources

router = APIRouter(prefix="/chatbot", tags=["chatbot"], responses=problems(Invalid))

_NAMES = {Opening: "frame", Part: "part", Sources: "sources", Offer: "offer", Done: "done"}


@router.post("/ask", responses=problems(Transient))
async def ask_chatbot(body: Ask, asking: Asking, services: ServicesDep) -> Reply:
    """Ask what to do; nobody has to be signed in.

    `response` is the whole answer. In danger its first line is the emergency number of the country. It says which
    procedure it rests on, or that none was found, and `sentences` says it for each sentence. Whoever is signed in hears
    how their own requests and tasks stand, from what is stored, whatever the body says of them. It alerts nobody,
    promises nothing, gives no doses and tells nothing about other people. Nothing of the question is stored.

    `offer` is a request filled in from the conversation: it is sent only if the asker sends its `body` to
    `POST /requests` with its `idempotency_key`.
    """
    return await services.chatbot.ask(body, asking)


@router.post("/stream", response_class=EventSourceResponse, responses=problems(Transient))
async def stream_chatbot(body: Ask, asking: Asking, services: ServicesDep) -> AsyncIterator[ServerSentEvent]:
    """Ask, and be answered piece by piece, as server-sent events.

    `frame` comes at once: what stands first, in danger the emergency number. Then `part` after `part`, `sources`,
    `offer` where there is one, and `done`. The texts of `frame` and all parts, one after the other, are the `response`
    of `POST /chatbot/ask`; each event's data is JSON. Comments keep the connection open meanwhile. Whoever hangs up is
    not answered any further; a stream that ends without `done` was cut off: ask again.
    """
    async for event in services.chatbot.stream(body, asking):
        yield ServerSentEvent(event=_NAMES[type(event)], data=event)
