from fastapi import APIRouter

from app.api.deps import ServicesDep
from app.api.problems import problems
from app.core.errors import Invalid, Transient
from app.schemas.chatbot import Ask, Reply

router = APIRouter(prefix="/chatbot", tags=["chatbot"], responses=problems(Invalid))


@router.post("/ask", responses=problems(Transient))
async def ask_chatbot(body: Ask, services: ServicesDep) -> Reply:
    """Ask what to do; nobody has to be signed in.

    `response` is the whole answer. In danger its first line is the emergency number of the country. It says which
    procedure it rests on, or that none was found. It alerts nobody, promises nothing, gives no doses and tells nothing
    about other people. Nothing of the question is stored.
    """
    return await services.chatbot.ask(body)
