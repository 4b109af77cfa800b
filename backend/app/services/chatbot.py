"""Questions to the chatbot: read for danger first, answered from sources, never kept."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import structlog

from app.agent_v2.answering.asker import Asker
from app.agent_v2.answering.frame import Frame
from app.agent_v2.answering.knowledge import Knowledge
from app.agent_v2.answering.offers import Said, offered
from app.agent_v2.answering.own import asks_of_own
from app.agent_v2.answering.own_words import DISASTERS
from app.agent_v2.answering.reading import Reading, understand
from app.core.clock import Clock, utc_now
from app.schemas.chatbot import Answer, Ask, Done, Offer, Opening, Part, Question, Reply, Sources, TurnRole
from app.schemas.knowledge import Country
from app.schemas.user import User
from app.services.askers import Askers, NoAskers, Whoever

log = structlog.get_logger(__name__)

Event: TypeAlias = Opening | Part | Sources | Offer | Done
"""A piece of a reply, in the order in which they are sent."""


class Answerer(Protocol):
    """Answers a question with words that rest on passages it cites; without a passage it has nothing to say.

    Its words may be a model's: the frame around them (emergency number, refusals, sources) is not its business.
    """

    async def answer(self, question: Question) -> Answer: ...


async def nobody() -> User | None:
    return None


@dataclass(frozen=True)
class Chatbot:
    """Reads a question, knows from the store who asks, and frames what the answerer finds. Keeps nothing."""

    answerer: Answerer
    knowledge: Knowledge
    country: Country
    askers: Askers = field(default_factory=NoAskers)
    clock: Clock = utc_now

    async def ask(self, body: Ask, who: Whoever = nobody) -> Reply:
        """Answer one question. Nothing of it is stored; what came with it is read as data and never obeyed."""
        question, frame = await self._framed(body, who)
        answer = await self.answerer.answer(question)
        reply = frame.reply(answer)
        self._log(frame, answer, len(reply.sources))
        return reply

    async def stream(self, body: Ask, who: Whoever = nobody) -> AsyncIterator[Event]:
        """The same answer piece by piece: what stands first is sent before anything is looked for, and no piece is
        sent that has not passed the same guard."""
        question, frame = await self._framed(body, who)
        yield frame.opening
        answer = await self.answerer.answer(question)
        parts = frame.parts(answer)
        for part in parts:
            yield part
        sources = frame.sources(answer, parts)
        yield sources
        if frame.offer is not None:
            yield frame.offer
        self._log(frame, answer, len(sources.sources))
        yield Done(parts=len(parts), answered_by=answer.answered_by)

    async def _framed(self, body: Ask, who: Whoever) -> tuple[Question, Frame]:
        earlier, others = body.said_by(TurnRole.USER), body.said_by(TurnRole.SYSTEM)
        hint = body.user.language if body.user else None
        # A long question takes some 80 ms to read: not on the loop that takes in calls for help.
        reading = await asyncio.to_thread(understand, body.prompt, earlier, others, hint=hint)
        asker = await self.askers.known(who, around=DISASTERS in reading.asked)
        offer = await asyncio.to_thread(offered, reading, Said(body.prompt, earlier), asker, self.clock())
        country = self.knowledge.country(asker.country) if asker.country else self.country
        return self._question(body, reading, asker), Frame(reading, asker, offer, country, self.knowledge)

    def _question(self, body: Ask, reading: Reading, asker: Asker) -> Question:
        return Question(
            prompt=body.prompt,
            earlier=body.said_by(TurnRole.USER),
            signs=reading.signs,
            language=self.knowledge.wording(reading.language).language,
            asked_in=reading.language,
            facts=asker.facts(),
            plain=asks_of_own(reading),
            alarm=reading.alarm,
        )

    def _log(self, frame: Frame, answer: Answer, sources: int) -> None:
        log.info(
            "chatbot.answered",
            severity=frame.reading.severity,
            language=frame.reading.language,
            in_scope=answer.in_scope,
            sources=sources,
            answered_by=answer.answered_by,
            signed_in=frame.asker.signed_in,
            offered=frame.offer.kind if frame.offer else None,
        )
