"""Cards in one space of meaning: how near a question is to each, and whether it is nearer to them than to other things.

Every score is relative: to the other cards, and to what questions about something else reach with these very cards. So
it does not matter how a model spreads its similarities, nor what the collection is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.schemas.knowledge import Card

Floats = NDArray[np.float32]

_LEAST_SPREAD = 0.01
_MOST_LINES = 10


class Part(StrEnum):
    """What of a card has a vector of its own."""

    WHOLE = "whole"
    LINE = "line"
    TITLE = "title"
    KEYWORDS = "keywords"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a space is good for."""

    parts: frozenset[Part]
    translations: bool


ENGLISH = Shape(frozenset({Part.LINE, Part.KEYWORDS}), translations=False)
ANY_LANGUAGE = Shape(frozenset({Part.TITLE, Part.KEYWORDS}), translations=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A text that stands for a card."""

    card: int
    part: Part
    text: str


def rows(cards: Sequence[Card], shape: Shape) -> list[Row]:
    """What is embedded of these cards; a translation counts as a whole of its own."""
    found: list[Row] = []
    parts = shape.parts
    for i, card in enumerate(cards):
        others = card.translations.values() if shape.translations else ()
        wholes = [(card.title, card.text), *((one.title, one.text) for one in others)]
        found += [Row(i, Part.WHOLE, f"{title}. {text}") for title, text in wholes]
        if Part.LINE in parts:
            lines = [line for line in card.text.splitlines() if line.strip()]
            found += [Row(i, Part.LINE, f"{card.title}: {line}") for line in lines[:_MOST_LINES]]
        if Part.TITLE in parts:
            found.append(Row(i, Part.TITLE, card.title))
        if Part.KEYWORDS in parts and (keywords := ", ".join(card.keywords)) != card.title:
            found.append(Row(i, Part.KEYWORDS, keywords))
    return found


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the cards are not about, as vectors of one space: topics, and questions that are known to be about them."""

    topics: Floats
    questions: Floats


class Meaning:
    """The cards in one space."""

    def __init__(self, space: str, cards: int, embedded: Sequence[tuple[Row, Floats]], elsewhere: Elsewhere) -> None:
        self.space = space
        self._cards = cards
        self._topics = elsewhere.topics
        self._by_part = _by_part(embedded)
        nearest = np.array([self._lead(question) for question in elsewhere.questions])
        self._middle = float(np.median(nearest)) if len(nearest) else 0.0
        spread = float(np.median(np.abs(nearest - self._middle))) * 1.4826 if len(nearest) else 1.0
        self._spread = max(spread, _LEAST_SPREAD)

    def scores(self, question: Floats) -> NDArray[np.float64]:
        """How near each card is, as standard deviations from the mean of all."""
        found = self._near(question)
        found -= found.mean()
        found /= max(float(found.std()), 1e-9)
        return found

    def belonging(self, question: Floats) -> float:
        """How much nearer than a question about something else usually is, in its standard deviations."""
        return (self._lead(question) - self._middle) / self._spread

    def _near(self, question: Floats) -> NDArray[np.float64]:
        """The mean over a card's parts of the nearest of each; a part that it lacks counts as its whole."""
        wholes = self._nearest(Part.WHOLE, question)
        found = wholes.copy()
        for part in self._by_part.keys() - {Part.WHOLE}:
            nearest = self._nearest(part, question)
            found += np.where(np.isfinite(nearest), nearest, wholes)
        return found / len(self._by_part)

    def _nearest(self, part: Part, question: Floats) -> NDArray[np.float64]:
        matrix, owners = self._by_part[part]
        found = np.full(self._cards, -np.inf)
        np.maximum.at(found, owners, (matrix @ question).astype(np.float64))
        return found

    def _lead(self, question: Floats) -> float:
        """By how much the nearest part of any card is nearer than the nearest topic of another kind."""
        here = max(float((matrix @ question).max()) for matrix, _ in self._by_part.values())
        return here - float((self._topics @ question).max())


def _by_part(embedded: Sequence[tuple[Row, Floats]]) -> Mapping[Part, tuple[Floats, NDArray[np.intp]]]:
    found = {}
    for part in Part:
        mine = [(row.card, vector) for row, vector in embedded if row.part is part]
        if mine:
            found[part] = (np.stack([vector for _, vector in mine]), np.array([card for card, _ in mine], np.intp))
    return found
