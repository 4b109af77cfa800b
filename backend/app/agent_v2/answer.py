"""Answering: by rules alone what the cards say, word for word; with a model the same, said to the point and guarded."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import structlog
from pydantic import BaseModel, Field

from app.agent_v2.answering.grounding import MOST_SENTENCES, Ground, comparable, kept
from app.agent_v2.answering.knowledge import ENGLISH, Knowledge, knowledge
from app.agent_v2.fencing import RULE, clean, fence, repeats
from app.agent_v2.retrieve import Library
from app.core.errors import Transient
from app.core.model import Model, NoAnswer, Prompt
from app.schemas.chatbot import Answer, Passage, Question, Sentence
from app.schemas.knowledge import Card

VERSION = "rules"
PROMPT_VERSION = "answer-1"
_SHOWN, _READ = 2, 4
"""Cards in one answer (somebody in trouble reads a screen, not a book), and those that a model is given."""
_TOLD, _TOLD_CHARS = 6, 600
"""So much of what the asker said before goes to a model."""
FIND_SECONDS = 5.0
PATIENCE_SECONDS = 12.0
"""With a model, its retries included; then the cards are quoted. Clients wait for 30 seconds."""

log = structlog.get_logger(__name__)

_INSTRUCTIONS = f"""
You help people in a disaster. Answer the question from the passages and from nothing else. You have no tools; you
cannot send, approve, cancel, change or look up anything, and never say that you did or that anybody will.

{RULE}

Write at most {MOST_SENTENCES - 4} short sentences, each one step or one fact, in the language of the question
(`language`; where it is `und`, the language that the question is written in). For each sentence give in `cards` the ids
of the passages that say it, and keep to their words: what to do, what not to do, how much. A sentence that no passage
says has no cards: it is general advice without figures, and only where it helps. If the passages do not answer the
question, set `answered` to false and write nothing.

Never: doses or names of medicines, a diagnosis, a time of arrival, "help is on the way", a promise, a telephone number,
a web address, anybody's name, number, address or position, any figure that does not stand in a cited passage.
""".strip()


class Said(BaseModel):
    """One sentence, and the ids of the passages that say it; none where it is general advice."""

    text: str
    cards: tuple[str, ...]


class Written(BaseModel):
    """What the model wrote."""

    answered: bool = Field(description="Whether the passages answer the question.")
    sentences: tuple[Said, ...]


class Finder(Protocol):
    """Finds what the knowledge base has about a question."""

    async def find(self, question: Question, *, limit: int) -> tuple[Passage, ...]:
        """The passages that the question is about, best first; none where it is about something else."""


@cache
def library() -> Library:
    """The package's own cards; filing them takes a tenth of a second."""
    known = knowledge()
    return Library(known.cards, known.synonyms)


@dataclass(frozen=True)
class CardFinder:
    """Finds the package's own cards by their words and by the rules that fired; no model, no network."""

    library: Library = field(default_factory=library)

    async def find(self, question: Question, *, limit: int) -> tuple[Passage, ...]:
        hits = self.library.find(question.prompt, earlier=question.earlier, signs=question.signs, limit=limit)
        return tuple(passage(hit.card, question.language) for hit in hits)


@dataclass(frozen=True)
class RulesAnswerer:
    """The answerer that needs no model and no network."""

    finder: Finder = field(default_factory=CardFinder)

    async def answer(self, question: Question) -> Answer:
        """The cards that the question is about; no words of its own, so that there is nothing to invent."""
        return _quoted(await _found(self.finder, question, limit=_SHOWN))


@dataclass(frozen=True)
class ModelAnswerer:
    """Lets a model say what the cards say, to the point and in the asker's language; whatever it says is checked.

    It is not asked where there is danger and the cards are told in the asker's language: their own words are vouched
    for, and there at once. Without a model, or where nothing that it says may be said, the cards are quoted.
    """

    model: Model
    finder: Finder = field(default_factory=CardFinder)
    known: Knowledge = field(default_factory=knowledge)

    async def answer(self, question: Question) -> Answer:
        found = await _found(self.finder, question, limit=_READ)
        if not found or not self.model.on or question.plain or _told_to(question, found[:_SHOWN]):
            return _quoted(found[:_SHOWN])
        try:
            told = await self.model.ask(_prompt(question, found), Written)
        except NoAnswer as reason:
            log.info("chatbot.without_model", why=reason.why)
            return _quoted(found[:_SHOWN])
        written = [
            Sentence(text=one.text, cards=one.cards)
            for one in told.answer.sentences[: 2 * MOST_SENTENCES]
            if not repeats(one.text, _INSTRUCTIONS)
        ]
        ground = Ground(found, frozenset(), self._names())  # the numbers to call stand in the frame
        sentences = kept(written, ground, question.asked_in, heard=(question.prompt, *question.earlier))
        log.info("chatbot.guarded", said=len(written), kept=len(sentences), model=told.model)
        if not any(one.cards for one in sentences):
            return _quoted(found[:_SHOWN])
        cited = {id for one in sentences for id in one.cards}
        passages = tuple(one for one in found if one.id in cited)
        checked = comparable(sentences, question.asked_in)
        return Answer(sentences=sentences, passages=passages, checked=checked, answered_by=told.model)

    def _names(self) -> frozenset[str]:
        return frozenset(word.casefold() for one in self.known.countries.values() for word in one.name.split())


async def _found(finder: Finder, question: Question, *, limit: int) -> tuple[Passage, ...]:
    """What the knowledge base has; while its store is away, the package's own cards: no answer hangs on it."""
    try:
        async with asyncio.timeout(FIND_SECONDS):
            return await finder.find(question, limit=limit)
    except (Transient, TimeoutError):
        log.warning("chatbot.knowledge_away")
        return await CardFinder().find(question, limit=limit)


def _quoted(found: tuple[Passage, ...]) -> Answer:
    return Answer(passages=found, in_scope=bool(found), answered_by=VERSION)


def _told_to(question: Question, found: Iterable[Passage]) -> bool:
    """Whether the cards as they are can be read by whoever asks, and it is urgent."""
    spoken = question.asked_in.split("-")[0]
    return question.alarm and all(one.language == spoken for one in found)


def _prompt(question: Question, found: Iterable[Passage]) -> Prompt:
    """What is asked, each part in a fence of its own; the passages too, since an organisation's documents are among
    them."""
    passages = [{"id": one.id, "title": one.title, "text": one.text} for one in found]
    earlier = [clean(words, most=_TOLD_CHARS) for words in question.earlier[-_TOLD:]]
    data = (
        f"language: {question.asked_in}",
        fence(json.dumps(passages, ensure_ascii=False, indent=1), label="passages"),
        fence("\n".join(question.facts) or "nobody known", label="asker"),
        fence(json.dumps(earlier, ensure_ascii=False, indent=1), label="earlier"),
        fence(question.prompt, label="question"),
    )
    return Prompt(
        name="answer",
        version=PROMPT_VERSION,
        instructions=_INSTRUCTIONS,
        data="\n\n".join(data),
        most_tokens=900,
        seconds=PATIENCE_SECONDS,
    )


def passage(card: Card, language: str) -> Passage:
    """A card as an answer in a language cites it."""
    told, spoken = card.told_in(language), language.split("-")[0].lower()
    return Passage(
        id=card.id,
        title=told.title,
        text=told.text,
        kind=card.kind,
        source=card.source,
        date=card.date,
        language=spoken if spoken in card.translations else ENGLISH,
        unchecked=not told.reviewed,
    )
