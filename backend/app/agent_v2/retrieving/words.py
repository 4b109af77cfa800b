"""Cards found by the words they share with a question: BM25 over title, key words and text."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.agent_v2.retrieving.terms import stem, stems
from app.agent_v2.rules.patterns import Lexicon
from app.agent_v2.rules.text import read
from app.schemas.knowledge import Card

Scores = NDArray[np.float64]

_K1, _B = 1.2, 0.5
"""BM25 (Robertson and Zaragoza 2009): how soon a repeated word counts no more, and how much length counts against."""
_TITLE, _KEYWORD, _TEXT = 3.0, 2.0, 0.5
_FOREIGN = 1.0
"""What an unknown word in another script weighs: the cards are in English, so that it tells little."""


@dataclass(frozen=True, slots=True)
class _Posting:
    """Where a term stands, and what it adds to the score of each of these cards."""

    rows: NDArray[np.intp]
    gains: Scores


class WordIndex:
    def __init__(self, cards: Sequence[Card], synonyms: Lexicon) -> None:
        self._synonyms = synonyms
        english = [_weighed(card, synonyms) for card in cards]
        lengths = [sum(counts.values()) for counts in english]
        self._counts = [_told(card, counts) for card, counts in zip(cards, english, strict=True)]
        self._size = len(cards)
        mean = (sum(lengths) / len(lengths) if lengths else 0.0) or 1.0
        norms = [_K1 * (1 - _B + _B * length / mean) for length in lengths]
        holding = Counter(term for counts in self._counts for term in counts)
        self._idf = {term: math.log(1 + (self._size - n + 0.5) / (n + 0.5)) for term, n in holding.items()}
        self._unknown = math.log(1 + (self._size + 0.5) / 0.5)
        self._postings = self._posted(norms)

    def __contains__(self, term: object) -> bool:
        return term in self._idf

    def asked(self, words: str) -> list[str]:
        """The terms of a question; a word that no card has does not count where a phrase says what it means."""
        text = read(words)
        meant = self._synonyms.hits(text)
        said = [
            term for i, term in stems(text) if term in self._idf or not any(hit.start <= i < hit.end for hit in meant)
        ]
        return list(dict.fromkeys([*(stem(hit.rule) for hit in meant), *said]))

    def scores(self, asked: Mapping[str, float]) -> Scores:
        """One for each card, in their order; `asked` is how much each term counts."""
        found: Scores = np.zeros(self._size)
        for term, weight in asked.items():
            if posting := self._postings.get(term):
                found[posting.rows] += weight * posting.gains
        return found

    def cover(self, row: int, asked: Mapping[str, float]) -> float:
        """Which share of the question, weighed, stands in a card."""
        counts = self._counts[row]
        whole = sum(
            weight * self._idf.get(term, self._unknown if term.isascii() else _FOREIGN)
            for term, weight in asked.items()
        )
        known = sum(weight * self._idf[term] for term, weight in asked.items() if term in counts)
        return known / whole if whole else 0.0

    def _posted(self, norms: Sequence[float]) -> Mapping[str, _Posting]:
        rows: defaultdict[str, list[int]] = defaultdict(list)
        gains: defaultdict[str, list[float]] = defaultdict(list)
        for row, counts in enumerate(self._counts):
            for term, count in counts.items():
                rows[term].append(row)
                gains[term].append(self._idf[term] * count * (_K1 + 1) / (count + norms[row]))
        return {term: _Posting(np.array(rows[term], dtype=np.intp), np.array(gains[term])) for term in rows}


def _weighed(card: Card, synonyms: Lexicon) -> dict[str, float]:
    counts: defaultdict[str, float] = defaultdict(float)
    for source, weight in ((card.title, _TITLE), (". ".join(card.keywords), _KEYWORD), (card.text, _TEXT)):
        text = read(source)
        for term in [*(stem(hit.rule) for hit in synonyms.hits(text)), *(term for _, term in stems(text))]:
            counts[term] += weight
    return dict(counts)


def _told(card: Card, counts: Mapping[str, float]) -> Mapping[str, float]:
    """With the words of its translations, which do not make it longer."""
    found = dict(counts)
    for one in card.translations.values():
        for _, term in stems(read(f"{one.title}. {one.text}")):
            if not term.isascii():
                found[term] = found.get(term, 0.0) + _TEXT
    return found
