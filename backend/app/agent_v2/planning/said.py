"""What a model may say to a team: plain English sentences without numbers, names, orders or anything dangerous.

A text is kept whole or dropped whole, and it is dropped when in doubt: the rules' own step, which stands beside it,
says all that has to be said. So a denied danger (`do not wade`) goes as well; the safety lines have it already.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Self

from app.agent_v2.answering.guard import guarded
from app.agent_v2.planning.forbidden import FAULTS, NOT_IN_A_RESCUE, SMALL, Fault
from app.agent_v2.planning.safety import safety_words
from app.agent_v2.planning.steps import ALSO, STEPS
from app.agent_v2.retrieve import stem
from app.agent_v2.rules.injection import INJECTION
from app.agent_v2.rules.text import read
from app.schemas.plan import RESCUE_KINDS, TaskKind

MOST_CHARS = 240
"""Of one text; a longer one is no instruction."""
MOST_TEXTS = 40
"""Of one task are looked at."""
_KNOWN_SHARE = 0.6
"""Of the words of an English sentence at least so many are words of the cards or small words."""
_REPEATED = 4
"""So many words in a row from the request are the request's words, not the model's."""


_SENTENCE = re.compile(r"(?:[^.!?;\n]|\.(?=\w))+")
_CODE = re.compile(r"[(){}\[\]<>=\\_|~^$%&*+]")
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_ANY_WORD = re.compile(r"[^\W_]+(?:'\w+)?")
_NUMBER = re.compile(r"\d[\d ()+./-]*")
_TYPOGRAPHIC = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "."})


@dataclass(frozen=True, slots=True)
class Speech:
    """What may be said in the plan of one request."""

    known: frozenset[str]
    """Stems of the words that cards and steps are written in."""
    telephones: frozenset[str]
    """Numbers that may be named, as digits: those of the country's services, and no other."""
    odd: frozenset[str]
    """Words of the request that no card has: names, places, another language."""
    names: frozenset[str]
    """Words that the request writes like names."""
    runs: frozenset[tuple[str, ...]]

    @classmethod
    def about(cls, request: str, *, known: frozenset[str], telephones: frozenset[str]) -> Self:
        words = [one.lower() for one in _ANY_WORD.findall(_plain(request))]
        return cls(
            known=known,
            telephones=telephones,
            odd=frozenset(one for one in words if len(one) > 2 and not _is_known(one, known)),
            names=frozenset(one.lower() for one in _capitals(_plain(request))),
            runs=frozenset(_runs(words)),
        )

    def kept(self, texts: Iterable[str], kind: TaskKind) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
        """The texts that may be said to a team of this kind, each once, and what was wrong with the others.

        A text with one bad sentence in it is dropped as a whole.
        """
        kept: dict[str, None] = {}
        faults: list[Fault] = []
        for text in islice(texts, MOST_TEXTS):
            sentences = list(_sentences(text))
            fault = next((found for one in sentences if (found := self.fault(one, kind))), None)
            if fault is not None or len(text) > MOST_CHARS:
                faults.append(fault or Fault.LONG)
            elif sentences:
                kept[" ".join(f"{one[0].upper()}{one[1:]}." for one in sentences)] = None
        return tuple(kept), tuple(faults)

    def fault(self, sentence: str, kind: TaskKind) -> Fault | None:
        words = [one.lower() for one in _WORD.findall(sentence)]
        if not sentence.isascii() or _CODE.search(sentence) or not self._english(words):
            return Fault.FOREIGN
        for fault, pattern in FAULTS.items():
            if pattern.search(sentence):
                return fault
        if any(_digits(one) not in self.telephones for one in _NUMBER.findall(sentence)):
            return Fault.NUMBER
        if kind in RESCUE_KINDS and NOT_IN_A_RESCUE.search(sentence):
            return Fault.UNTRAINED
        if self._of_strangers(sentence, words):
            return Fault.STRANGER
        if guarded(sentence, self.telephones) != sentence.strip():
            return Fault.PROMISE
        return Fault.ORDER if INJECTION.hits(read(sentence)) else None

    def _english(self, words: list[str]) -> bool:
        return len(words) > 1 and sum(_is_known(one, self.known) for one in words) >= _KNOWN_SHARE * len(words)

    def _of_strangers(self, sentence: str, words: list[str]) -> bool:
        """Whether it names somebody or some place, or says again what the request says."""
        if not self.odd.isdisjoint(words) or not self.runs.isdisjoint(_runs(words)):
            return True
        if words and not _is_known(words[0], self.known):
            return True
        return any(one.lower() in self.names or not _is_known(one.lower(), self.known) for one in _capitals(sentence))


def words_known(texts: Iterable[str]) -> frozenset[str]:
    """The stems of the words of these texts and of all that the rules say themselves."""
    own = (*STEPS.values(), *ALSO.values(), *safety_words())
    found = {stem(word.lower()) for text in (*texts, *own) for word in _WORD.findall(_plain(text))}
    return frozenset(found | {stem(word) for word in SMALL})


def _is_known(word: str, known: frozenset[str]) -> bool:
    return stem(word) in known or stem(word.split("'")[0]) in known


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHIC)


def _sentences(text: str) -> Iterator[str]:
    for part in _SENTENCE.findall(_plain(text[: MOST_CHARS + 1])):
        if sentence := " ".join(part.split()).strip(" -*•\"'`#>"):
            yield sentence


def _capitals(text: str) -> list[str]:
    """Words in capitals that do not begin a sentence."""
    return [
        word
        for part in _SENTENCE.findall(text)
        for word in _WORD.findall(part)[1:]
        if word[0].isupper() and word != "I"
    ]


def _runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    for start in range(len(words) - _REPEATED + 1):
        yield tuple(words[start : start + _REPEATED])


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isdigit())
