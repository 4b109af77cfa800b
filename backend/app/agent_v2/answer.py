"""Answering by rules alone: what the cards say, word for word, with the card's id and date."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from app.agent_v2.answering.knowledge import Knowledge, knowledge
from app.agent_v2.retrieve import Library
from app.schemas.chatbot import Answer, Passage, Question
from app.schemas.knowledge import Card, CardKind

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
            f"{says[kind]}\n{_told(chosen)}"
            for kind in CardKind
            if (chosen := [card for card in cards if card.kind is kind])
        ]
        return Answer(words="\n\n".join(parts), passages=tuple(_passage(card) for card in cards), answered_by=VERSION)


def _told(cards: Iterable[Card]) -> str:
    return "\n\n".join(f"{card.title} [{card.id}, {card.date}]\n{_steps(card)}" for card in cards)


def _steps(card: Card) -> str:
    return "\n".join(f"- {step}" for step in card.text.splitlines())


def _passage(card: Card) -> Passage:
    return Passage(id=card.id, title=card.title, text=card.text, kind=card.kind, source=card.source, date=card.date)
