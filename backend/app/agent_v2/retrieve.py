"""Finding the cards that a question is about: words weighed by BM25, phrases that mean the same, and fired rules."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.agent_v2.rules.patterns import Hit as Phrase
from app.agent_v2.rules.patterns import Lexicon
from app.agent_v2.rules.table import words
from app.agent_v2.rules.text import END, Text, read
from app.schemas.knowledge import Card

_K1, _B = 1.2, 0.5
"""BM25 (Robertson and Zaragoza 2009): how soon a repeated word counts no more, and how much length counts against."""
_TITLE, _KEYWORD, _TEXT = 3.0, 2.0, 0.5
_EXACT_SIGN, _FURTHER_SIGN, _NEED_SIGN = 6.0, 1.0, 1.0
"""What it adds to a card's score that a rule calls for it: a danger is shown before what only has the same words."""
_LEAST_SCORE, _LEAST_COVER, _LEAST_COVER_OF_NEED = 5.0, 0.4, 0.3
"""Below either a question is out of scope; of one that speaks of a need of the card, less has to be
known. Set on the questions marked `tune` in `tests/answering/questions.jsonl`."""
_VAGUE = frozenset({"danger.emergency"})
"""A danger that does not say which: it calls for a card only if nothing more exact does."""
_SURE_SCORE = 9.0
"""Above it, a long story may hold any number of words that no card has."""
_FOREIGN = 1.0
"""What an unknown word in another script weighs: the cards are in English, so that it tells little."""
_FOLLOW_UP_TERMS, _BEFORE = 4, 0.4
"""A prompt of fewer terms, all of them known, may be the second half of a question; the first half counts so much."""
_NEAR = 0.55
"""A further card is shown if it scores so much of the best one."""

STOP = words("""
    a about all also am an and any anymore are as at be because been before being best but by can cant come comes
    coming could do does doing dont during ever far for from get gets getting give go going good got had happen
    happened happens has have having he her here hers hes him his how i if im in into is it its ive just keep keeps
    know let like long make makes many may me mine more most much must my need needed needs new no not now of off ok
    okay on one or our out over own please put really said say see she shes should so some somebody someone
    something start still such tell than thank thanks that the their them then there theres these they thing things
    this those to too up us use used very want wants was we went were weve what whats when where which while who
    whom whose why will with without wont would yes yet you your yours
""")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hit:
    card: Card
    score: float


@dataclass(frozen=True, slots=True)
class _Filed:
    """A card as terms."""

    card: Card
    counts: Mapping[str, float]
    length: float


class Library:
    """Cards, ready to be asked for."""

    def __init__(self, cards: Iterable[Card], synonyms: Mapping[str, Iterable[str]]) -> None:
        self._synonyms = Lexicon(synonyms)
        self._filed = [self._file(card) for card in cards]
        self._counts = {one.card.id: one.counts for one in self._filed}
        self._signs = {sign for one in self._filed for sign in one.card.signs}
        self._mean = sum(one.length for one in self._filed) / len(self._filed)
        holding = Counter(term for one in self._filed for term in one.counts)
        self._idf = {term: math.log(1 + (len(self._filed) - n + 0.5) / (n + 0.5)) for term, n in holding.items()}
        self._unknown = math.log(1 + (len(self._filed) + 0.5) / 0.5)

    def find(self, prompt: str, *, earlier: Iterable[str] = (), signs: Iterable[str] = (), limit: int = 3) -> list[Hit]:
        """The cards that the prompt is about, best first; none where it is about something else.

        `signs` are rules that fired on it. A prompt of known words alone (`and for children?`) is read together with
        what was said just before.
        """
        asked = self._asked(prompt)
        fired = frozenset(signs)
        before = self._before(asked, [words for words in earlier if words.strip()])
        whole = dict.fromkeys([*before, *asked], 1.0)
        if not (self._calls(fired) or self._speaks_of(self._ranked(whole, fired)[0], whole, fired)):
            return []
        ranked = self._ranked(dict.fromkeys(before, _BEFORE) | dict.fromkeys(asked, 1.0), fired)
        return [hit for hit in ranked[:limit] if hit.score >= _NEAR * ranked[0].score]

    def _before(self, asked: Sequence[str], earlier: Sequence[str]) -> list[str]:
        """What the half of a question before this one adds to it, of the words that cards have."""
        if not earlier or len(asked) >= _FOLLOW_UP_TERMS or not all(term in self._idf for term in asked):
            return []
        return [term for term in self._asked(earlier[-1]) if term in self._idf]

    def _ranked(self, asked: Mapping[str, float], fired: frozenset[str]) -> list[Hit]:
        hits = [Hit(one.card, self._score(one, asked, fired)) for one in self._filed]
        return sorted(hits, key=lambda hit: (-hit.score, hit.card.id))

    def _calls(self, fired: frozenset[str]) -> bool:
        """Whether there is a card for what a rule has found: then something is shown, whatever else is said."""
        return any(_exact(sign) and sign in self._signs for sign in fired)

    def _speaks_of(self, best: Hit, asked: Mapping[str, float], fired: frozenset[str]) -> bool:
        if best.score < _LEAST_SCORE:
            return False
        least = _LEAST_COVER if fired.isdisjoint(best.card.signs) else _LEAST_COVER_OF_NEED
        return best.score >= _SURE_SCORE or self._cover(best.card, asked) >= least

    def _cover(self, card: Card, asked: Mapping[str, float]) -> float:
        """Which share of the question, weighed, stands in the card."""
        counts = self._counts[card.id]
        whole = sum(
            weight * self._idf.get(term, self._unknown if term.isascii() else _FOREIGN)
            for term, weight in asked.items()
        )
        known = sum(weight * self._idf[term] for term, weight in asked.items() if term in counts)
        return known / whole if whole else 0.0

    def _score(self, filed: _Filed, asked: Mapping[str, float], fired: frozenset[str]) -> float:
        norm = _K1 * (1 - _B + _B * filed.length / self._mean)
        score = sum(
            weight * self._idf[term] * filed.counts[term] * (_K1 + 1) / (filed.counts[term] + norm)
            for term, weight in asked.items()
            if term in filed.counts
        )
        called = fired.intersection(filed.card.signs)
        exact = sum(_exact(sign) and sign not in _VAGUE for sign in called)
        if exact:
            return score + _EXACT_SIGN + _FURTHER_SIGN * (exact - 1)
        return score + (_NEED_SIGN if called else 0.0)

    def _file(self, card: Card) -> _Filed:
        counts: defaultdict[str, float] = defaultdict(float)
        for source, weight in ((card.title, _TITLE), (". ".join(card.keywords), _KEYWORD), (card.text, _TEXT)):
            for term in self._terms(read(source)):
                counts[term] += weight
        return _Filed(card, counts, float(sum(counts.values())))

    def _asked(self, words: str) -> list[str]:
        """The terms of a question; a word that no card has does not count where a phrase says what it means."""
        text = read(words)
        meant = self._meant(text)
        said = [
            term for i, term in _stems(text) if term in self._idf or not any(hit.start <= i < hit.end for hit in meant)
        ]
        return list(dict.fromkeys([*(stem(hit.rule) for hit in meant), *said]))

    def _terms(self, text: Text) -> list[str]:
        return [stem(hit.rule) for hit in self._meant(text)] + [term for _, term in _stems(text)]

    def _meant(self, text: Text) -> list[Phrase]:
        return self._synonyms.hits(text)


def _exact(sign: str) -> bool:
    """Whether a rule says what the question is about, and not only what is lacking."""
    return not sign.startswith("need.")


def _stems(text: Text) -> list[tuple[int, str]]:
    """The words that mean something, with their places."""
    return [
        (i, stem(word)) for i, word in enumerate(text.words) if word != END and word not in STOP and not word.isdigit()
    ]


def stem(word: str) -> str:
    """An English word without its commonest endings, so that `drinks`, `drinking`, `drink` are one."""
    if not word.isascii() or len(word) <= 3:
        return word
    for ending, least in (("ies", 4), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4), ("e", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            return word[: -len(ending)] + ("i" if ending == "ies" else "")
    return word[:-1] + "i" if word.endswith("y") else word
