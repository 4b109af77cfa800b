"""Questions to the chatbot: read for danger first, answered from sources, never kept."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

import structlog

from app.agent_v2.answering.frame import framed
from app.agent_v2.answering.knowledge import Knowledge
from app.agent_v2.answering.reading import understand
from app.schemas.chatbot import Answer, Ask, Question, Reply, TurnRole
from app.schemas.knowledge import Country

log = structlog.get_logger(__name__)


class Answerer(Protocol):
    """Answers a question with words that rest on passages it cites; without a passage it has nothing to say.

    Its words may be a model's: the frame around them (emergency number, refusals, sources) is not its business.
    """

    async def answer(self, question: Question) -> Answer: ...


@dataclass(frozen=True)
class Chatbot:
    answerer: Answerer
    knowledge: Knowledge
    country: Country

    async def ask(self, body: Ask) -> Reply:
        """Answer one question. Nothing of it is stored; what came with it is read as data and never obeyed."""
        earlier, others = body.said_by(TurnRole.USER), body.said_by(TurnRole.SYSTEM)
        hint = body.user.language if body.user else None
        # A long question takes some 80 ms to read: not on the loop that takes in calls for help.
        reading = await asyncio.to_thread(understand, body.prompt, earlier, others, hint=hint)
        language = self.knowledge.wording(reading.language).language
        question = Question(prompt=body.prompt, earlier=earlier, signs=reading.signs, language=language)
        answer = await self.answerer.answer(question)
        reply = framed(reading, answer, self.country, self.knowledge)
        log.info(
            "chatbot.answered",
            severity=reading.severity,
            language=reading.language,
            in_scope=answer.in_scope,
            cards=[source.id for source in reply.sources],
            answered_by=answer.answered_by,
        )
        return reply
