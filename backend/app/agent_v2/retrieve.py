"""Finding the cards that a question is about: by words, by fired rules, and by meaning where there is a model."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.agent_v2.retrieving.language import glossed, is_foreign
from app.agent_v2.retrieving.meaning import Floats, Meaning
from app.agent_v2.retrieving.terms import stem
from app.agent_v2.retrieving.words import WordIndex
from app.agent_v2.rules.patterns import Lexicon
from app.schemas.knowledge import Card

BY_WORDS = "words"
_EXACT_SIGN, _FURTHER_SIGN, _NEED_SIGN = 6.0, 1.0, 1.0
"""What it adds to a card's score that a rule calls for it: a danger is shown before what only has the same words."""
_LEAST_SCORE, _LEAST_COVER, _LEAST_COVER_OF_NEED = 5.0, 0.5, 0.3
"""Below either a question is out of scope; of one that speaks of a need of the card, less has to be
known. Set on the questions marked `tune` in `tests/answering/questions.jsonl`."""
_VAGUE = frozenset({"danger.emergency"})
"""A danger that does not say which: it calls for a card only if nothing more exact does."""
_SURE_SCORE = 9.0
"""Above it, a long story may hold any number of words that no card has."""
_FOLLOW_UP_TERMS, _BEFORE = 4, 0.4
"""A prompt of fewer terms, all of them known, may be the second half of a question; the first half counts so much."""
_NEAR = 0.55
"""A further card is shown if it scores so much of the best one."""

_WORDS, _FULL_SCORE = 2.0, 5.0
"""What words and rules count beside one deviation of meaning: the best card so much, unless it scores little."""
ENOUGH_GLOSSES = 2
"""From so many English words on, what they say counts as much as the question itself."""
_BELONGS, _COVER, _GLOSS, _DANGER = 1.5, 1.0, 0.3, 0.5
"""A question belongs to the cards if it is so many deviations nearer to them than others are; a share of it
that stands in the best card, each word of the glossary and a danger that was recognised make up for some of them. Set
on the questions marked `dev` in `app/evaluation/retrieval.jsonl`."""
_MOST_GLOSSES = 3
_UNKNOWN = 0.1
"""What a word counts that no English card can have."""
_BEYOND_DOUBT = 2.3
"""With so much evidence a second model would only cost time."""


@dataclass(frozen=True, slots=True)
class Hit:
    card: Card
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """`hits` is empty where the question is about something else; `by` says what it was looked for with."""

    hits: tuple[Hit, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, read once."""

    text: str
    """With what was said before, where it is the second half of a question."""
    terms: Mapping[str, float]
    whole: Mapping[str, float]
    """The same with everything in it counting alike."""
    fired: frozenset[str]
    foreign: bool
    gloss: Sequence[str]


@dataclass(frozen=True, slots=True)
class View:
    """A question in one space. `weight`: how far to trust it; `own`: its own words, and not a gloss of them."""

    space: str
    vector: Floats
    weight: float = 1.0
    own: bool = True


class Library:
    """Cards, ready to be asked for."""

    def __init__(
        self,
        cards: Iterable[Card],
        synonyms: Mapping[str, Iterable[str]],
        glossary: Mapping[str, Iterable[str]] | None = None,
        meanings: Iterable[Meaning] = (),
    ) -> None:
        self.cards = tuple(cards)
        self._synonyms = Lexicon(synonyms)
        self._glossary = Lexicon(glossary or {})
        self._words = WordIndex(self.cards, self._synonyms)
        self._signs = {sign for card in self.cards for sign in card.signs}
        self._called_by = [frozenset(card.signs) for card in self.cards]
        self._meanings = {meaning.space: meaning for meaning in meanings}

    def within(self, meanings: Iterable[Meaning]) -> "Library":
        """The same cards, placed in these spaces as well."""
        found = copy(self)
        found._meanings = {meaning.space: meaning for meaning in meanings}
        return found

    @property
    def spaces(self) -> frozenset[str]:
        return frozenset(self._meanings)

    def find(self, prompt: str, *, earlier: Iterable[str] = (), signs: Iterable[str] = (), limit: int = 3) -> list[Hit]:
        """By words and rules alone: the cards that the prompt is about, best first; none where it is about something
        else.

        `signs` are rules that fired on it. A prompt of known words alone (`and for children?`) is read together with
        what was said just before.
        """
        return list(self.found(self.asked(prompt, earlier=earlier, signs=signs), limit=limit).hits)

    def asked(self, prompt: str, *, earlier: Iterable[str] = (), signs: Iterable[str] = ()) -> Asked:
        fired = frozenset(signs)
        said = [words for words in earlier if words.strip()]
        foreign = is_foreign(prompt, self._words)
        gloss = glossed(prompt, sorted(fired), self._glossary) if foreign else ()
        terms = self._words.asked(prompt)
        terms = list(dict.fromkeys([*self._words.asked(". ".join(gloss)), *terms])) if gloss else terms
        before = self._before(terms, said)
        return Asked(
            text=f"{said[-1]} {prompt}" if before else prompt,
            terms=dict.fromkeys(before, _BEFORE) | dict.fromkeys(terms, 1.0),
            whole={term: _UNKNOWN if foreign and term not in self._words else 1.0 for term in (*before, *terms)},
            fired=fired,
            foreign=foreign,
            gloss=gloss,
        )

    def found(self, asked: Asked, views: Sequence[View] = (), *, limit: int = 3) -> Found:
        """What an asked question finds, with its vectors in any of this library's spaces."""
        views = [view for view in views if view.space in self._meanings]
        if not self.cards:
            return Found((), BY_WORDS)
        if not views:
            return Found(self._by_words(asked, limit), BY_WORDS)
        by = "+".join([BY_WORDS, *dict.fromkeys(view.space for view in views)])
        return Found(self._by_meaning(asked, views, limit), by)

    def _by_words(self, asked: Asked, limit: int) -> tuple[Hit, ...]:
        ranked = self._ranked(self._scores(asked.whole, asked.fired))
        if not (self._calls(asked.fired) or self._speaks_of(ranked[0], asked)):
            return ()
        ranked = self._ranked(self._scores(asked.terms, asked.fired))
        best = ranked[0][1]
        return tuple(Hit(self.cards[row], score) for row, score in ranked[:limit] if score >= _NEAR * best)

    def _by_meaning(self, asked: Asked, views: Sequence[View], limit: int) -> tuple[Hit, ...]:
        said = self._scores(asked.terms, asked.fired)
        scores = _WORDS * said / max(float(said.max()), _FULL_SCORE)
        for view in views:
            scores = scores + view.weight * self._meanings[view.space].scores(view.vector)
        ranked = self._ranked(scores)
        if not self._belongs(ranked[0][0], asked, views):
            return ()
        return tuple(Hit(self.cards[row], score) for row, score in ranked[:limit])

    def _belongs(self, best: int, asked: Asked, views: Sequence[View]) -> bool:
        own = [self._meanings[view.space].belonging(view.vector) for view in views if view.own]
        if not own:
            best_by_words = self._ranked(self._scores(asked.whole, asked.fired))[0]
            return self._calls(asked.fired) or self._speaks_of(best_by_words, asked)
        return self.evidence(best, asked, max(own)) >= _BELONGS

    def in_doubt(self, asked: Asked, view: View) -> bool:
        """Whether another model's view of the question is worth its time."""
        said = self._scores(asked.terms, asked.fired) / _FULL_SCORE
        best = int(np.argmax(said + self._meanings[view.space].scores(view.vector)))
        return self.evidence(best, asked, self._meanings[view.space].belonging(view.vector)) < _BEYOND_DOUBT

    def evidence(self, best: int, asked: Asked, belonging: float) -> float:
        """How much speaks for a question to be about these cards, in deviations."""
        danger = any(sign.startswith("danger.") and sign not in _VAGUE for sign in asked.fired)
        return (
            belonging
            + _COVER * self._words.cover(best, asked.whole)
            + _GLOSS * min(len(asked.gloss), _MOST_GLOSSES)
            + _DANGER * danger
        )

    def _before(self, asked: Sequence[str], earlier: Sequence[str]) -> list[str]:
        """What the half of a question before this one adds to it, of the words that cards have."""
        if not earlier or len(asked) >= _FOLLOW_UP_TERMS or not all(term in self._words for term in asked):
            return []
        return [term for term in self._words.asked(earlier[-1]) if term in self._words]

    def _ranked(self, scores: NDArray[np.float64]) -> list[tuple[int, float]]:
        order = sorted(range(len(self.cards)), key=lambda row: (-scores[row], self.cards[row].id))
        return [(row, float(scores[row])) for row in order]

    def _calls(self, fired: frozenset[str]) -> bool:
        """Whether there is a card for what a rule has found: then something is shown, whatever else is said."""
        return any(_exact(sign) and sign in self._signs for sign in fired)

    def _speaks_of(self, best: tuple[int, float], asked: Asked) -> bool:
        row, score = best
        if score < _LEAST_SCORE:
            return False
        least = _LEAST_COVER if asked.fired.isdisjoint(self._called_by[row]) else _LEAST_COVER_OF_NEED
        return score >= _SURE_SCORE or self._words.cover(row, asked.whole) >= least

    def _scores(self, terms: Mapping[str, float], fired: frozenset[str]) -> NDArray[np.float64]:
        scores = self._words.scores(terms)
        if fired.isdisjoint(self._signs):
            return scores
        scores += np.array([_called(fired & signs) for signs in self._called_by])
        return scores


def _called(by: frozenset[str]) -> float:
    """What it adds to a card's score that these rules call for it."""
    exact = sum(_exact(sign) and sign not in _VAGUE for sign in by)
    if exact:
        return _EXACT_SIGN + _FURTHER_SIGN * (exact - 1)
    return _NEED_SIGN if by else 0.0


def _exact(sign: str) -> bool:
    """Whether a rule says what the question is about, and not only what is lacking."""
    return not sign.startswith("need.")


__all__ = ["Asked", "Found", "Hit", "Library", "View", "stem"]
