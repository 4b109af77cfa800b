"""Answering by rules alone: what the cards say, word for word, with the card's id and date."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from app.agent_v2.answering.knowledge import Knowledge, knowledge
from app.agent_v2.retrieve import Library
from app.schemas.chatbot import Answer, Passage, Question
from app.schemas.knowledge import Card, CardKind, Telling

VERSION = "rules"
_SHOWN = 2
"""Cards in one answer: somebody in trouble reads a screen, not a book."""


@cache
def library() -> Library:
    """The package's own cards; filing them takes a tenth of a second."""
    known = knowledge()
    return Library(known.cards, known.synonyms)


@dataclass(frozen=True)
class RulesAnswerer:
    """The answerer that needs no model and no network."""

    knowledge: Knowledge = field(default_factory=knowledge)
    library: Library = field(default_factory=library)

    async def answer(self, question: Question) -> Answer:
        """The cards that the question is about; no words of its own, so that there is nothing to invent."""
        hits = self.library.find(question.prompt, earlier=question.earlier, signs=question.signs, limit=_SHOWN)
        if not hits:
            return Answer(in_scope=False, answered_by=VERSION)
        cards = [hit.card for hit in hits]
        says = self.knowledge.wording(question.language).texts
        parts = [
            f"{says[kind]}\n{_told(chosen, question.language, says['unchecked'])}"
            for kind in CardKind
            if (chosen := [card for card in cards if card.kind is kind])
        ]
        passages = tuple(_passage(card, question.language) for card in cards)
        return Answer(words="\n\n".join(parts), passages=passages, answered_by=VERSION)


def _told(cards: Iterable[Card], language: str, unchecked: str) -> str:
    return "\n\n".join(_one(card, card.told_in(language), unchecked) for card in cards)


def _one(card: Card, told: Telling, unchecked: str) -> str:
    mark = "" if told.reviewed else f"{unchecked}\n"
    return f"{told.title} [{card.id}, {card.date}]\n{mark}{_steps(told.text)}"


def _steps(text: str) -> str:
    return "\n".join(f"- {step}" for step in text.splitlines())


def _passage(card: Card, language: str) -> Passage:
    told = card.told_in(language)
    return Passage(id=card.id, title=told.title, text=told.text, kind=card.kind, source=card.source, date=card.date)
