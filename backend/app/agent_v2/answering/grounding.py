"""Whether a sentence that a model wrote rests on the cards it names: its figures, names, sense and language."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.agent_v2.answering.guard import allowed, legible, sentences_of
from app.agent_v2.answering.guard_words import DISEASES
from app.agent_v2.answering.knowledge import ENGLISH
from app.agent_v2.retrieving.terms import STOP, stem
from app.agent_v2.rules.injection import INJECTION
from app.agent_v2.rules.language import detect
from app.agent_v2.rules.text import END, read
from app.agent_v2.rules.word_classes import NUMBER_WORDS
from app.schemas.chatbot import Passage, Sentence

MOST_SENTENCES, MOST_CHARS = 14, 400
_SHORT = 12
_LEAST_SHARED = 0.5
"""Of the words that mean something, so many stand in the card: less is about something else."""
_NEGATORS = frozenset({
    "not", "no", "never", "dont", "doesnt", "cant", "wont", "isnt", "arent", "without", "avoid", "nothing",
    "neither", "nor", "useless", "unnecessary", "needless", "pointless", "skip", "ignore", "forget", "instead",
})  # fmt: skip
_JUDGING = frozenset({"useless", "unnecessary", "needless", "pointless"})
"""Negations that stand after what they deny."""
_REACH = 4
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_LIST_MARK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_NAME = re.compile(r"(?<![.!?:\n\"“(\-–] )(?<!^)\b[A-Z][a-z]{2,}\b")
_DRUGS = re.compile(
    r"\b(?:paracetamol|panadol|acetaminophen|ibuprofen|aspirin|amoxicillin|antibiotics?|morphine|loperamide|diclofenac"
    r"|metronidazole|ciprofloxacin|prednisolone|diazepam|doxycycline|insulin|adrenaline|epinephrine|salbutamol"
    r"|chloroquine|ivermectin|codeine|tramadol)\b",
    re.IGNORECASE,
)
_ILLNESS = re.compile(rf"\b(?:{DISEASES})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence as stems: all, those near a negation, and those that a negation is about."""

    stems: frozenset[str]
    denied: frozenset[str]
    forbidden: frozenset[str]
    first: str
    """What it tells to do, where it tells to do something."""
    figures: frozenset[str]
    negated: bool
    hollow: bool
    """Whether a negation in it is about common words alone: `do not go on`."""

    @classmethod
    def of(cls, sentence: str) -> "Statement":
        stems = _stems(sentence)
        words = _words(sentence)
        denied = list(_denied(words))
        return cls(
            frozenset(stems),
            frozenset(one for one, _ in denied),
            frozenset(one for one, first in denied if first),
            next(iter(stems), ""),
            frozenset(_figures(sentence)),
            negated=not _NEGATORS.isdisjoint(words),
            hollow=_hollow(words),
        )

    def borne_out_by(self, other: "Statement") -> bool:
        """Whether it forbids nothing that the other does not forbid, tells to do nothing that the other forbids, and
        names no figure that the other does not."""
        agree = self.forbidden <= other.denied and not other.forbidden & (self.stems - self.denied)
        return agree and self.figures <= other.figures and (other.negated or not self.hollow)


@dataclass(frozen=True)
class Ground:
    """What a sentence may rest on: some passages, and the numbers that may be dialled."""

    passages: tuple[Passage, ...]
    numbers: frozenset[str]
    names: frozenset[str] = frozenset()
    """Proper names that may be said: of the country, of who answers there."""

    @cached_property
    def text(self) -> str:
        return legible("\n".join(f"{one.title}\n{one.text}" for one in self.passages))

    @cached_property
    def figures(self) -> frozenset[str]:
        return frozenset(_figures(self.text)) | self.numbers

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(_stems(self.text))

    @cached_property
    def statements(self) -> "tuple[Statement, ...]":
        return tuple(Statement.of(one) for one in sentences_of(self.text))

    def only(self, ids: Iterable[str]) -> "Ground":
        wanted = frozenset(ids)
        return Ground(tuple(one for one in self.passages if one.id in wanted), self.numbers, self.names)


def kept(
    sentences: Sequence[Sentence], ground: Ground, asked_in: str, *, heard: Sequence[str] = ()
) -> tuple[Sentence, ...]:
    """Those sentences of a model that may be said, each with the cards that do say so.

    A sentence that names only cards which do not bear it out is dropped: it would lend their name to something else.
    One that names none is general advice, and then holds no figure, no medicine, no illness and no name. What was only
    `heard`, in the question or before it, is not said after anybody.
    """
    echo = [" ".join(_words(text)) for text in heard]
    held = (_checked(one, ground, asked_in, echo) for one in sentences[: 2 * MOST_SENTENCES])
    return tuple(one for one in held if one is not None)[:MOST_SENTENCES]


def comparable(sentences: Iterable[Sentence], asked_in: str) -> bool:
    """Whether all of them are in the language of the cards, in which their sense could be compared."""
    return all(_english(legible(one.text), asked_in) for one in sentences)


def _checked(sentence: Sentence, ground: Ground, asked_in: str, echo: Sequence[str]) -> Sentence | None:
    said = " ".join(_LIST_MARK.sub("", sentence.text).split())
    if not said or len(said) > MOST_CHARS or not allowed(said, ground.numbers) or INJECTION.hits(read(said)):
        return None
    if not _readable_to(asked_in, said):
        return None
    plain = legible(said)
    if _echoes(plain, ground, echo):
        return None
    named = [one.id for one in ground.passages if one.id in sentence.cards]
    if not named:
        return Sentence(text=said) if _vouched(plain, ground.only(())) else None
    english = _english(plain, asked_in)
    bases = {id: ground.only((id,)) for id in named}
    ids = [id for id, base in bases.items() if _vouched(plain, base) and (not english or _borne_out(plain, base))]
    return Sentence(text=said, cards=tuple(ids)) if ids else None


def _echoes(said: str, ground: Ground, heard: Sequence[str]) -> bool:
    words = " ".join(_words(said))
    if len(words) < _SHORT or words in " ".join(_words(ground.text)):
        return False
    return any(words in one for one in heard)


def _vouched(said: str, ground: Ground) -> bool:
    """Whether every figure, medicine, illness and name in it stands in the cards that it names."""
    if not set(_figures(said)) <= ground.figures:
        return False
    held = ground.text.casefold()
    named = [*_DRUGS.findall(said), *_ILLNESS.findall(said)]
    if any(one.casefold() not in held for one in named):
        return False
    return all(name.casefold() in held or name.casefold() in ground.names for name in _NAME.findall(said))


def _borne_out(said: str, ground: Ground) -> bool:
    """Whether the cards speak of it, and the sentence of theirs that is nearest does not say the opposite."""
    mine = Statement.of(said)
    if len(mine.stems & ground.stems) < _LEAST_SHARED * len(mine.stems) or (
        mine.first and mine.first not in ground.stems
    ):
        return False
    shared = [len(mine.stems & one.stems) for one in ground.statements]
    nearest = max(shared, default=0)
    return not nearest or any(
        mine.borne_out_by(one) for one, count in zip(ground.statements, shared, strict=True) if count == nearest
    )


def _figures(text: str) -> list[str]:
    digits = [number.replace(",", ".").rstrip("0").rstrip(".") if "." in number or "," in number else number
              for number in _NUMBER.findall(text)]  # fmt: skip
    spelled = [str(NUMBER_WORDS[word]) for word in _words(text) if word in NUMBER_WORDS and word not in _LIKE_WORDS]
    return [*digits, *spelled]


_LIKE_WORDS = frozenset({"one", "de", "set", "sis", "dis", "cent", "sept", "once"})
"""Numbers that are more often something else."""


def _words(text: str) -> list[str]:
    return [word for word in read(text).words if word != END]


def _stems(text: str) -> list[str]:
    return [stem(word) for word in _words(text) if word not in STOP and not word.isdigit()]


def _denied(words: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The words near a negation, each with whether it is the first after it: `walk` in `do not walk through water`."""
    for at, word in enumerate(words):
        if word not in _NEGATORS:
            continue
        after = [near for near in words[at + 1 : at + 1 + _REACH] if near not in STOP and near not in _NEGATORS]
        yield from ((stem(near), first) for near, first in zip(after, (True, *[False] * len(after)), strict=False))
        if word in _JUDGING:
            yield from ((stem(near), True) for near in words[max(0, at - _REACH) : at] if near not in STOP)


def _hollow(words: Sequence[str]) -> bool:
    return any(
        word in _NEGATORS and all(near in STOP or near == END for near in words[at + 1 : at + 1 + _REACH])
        for at, word in enumerate(words)
    )


def _english(text: str, asked_in: str) -> bool:
    """Whether the sentence is in the language of the cards, where its sense can be compared."""
    plain = all(char.isascii() for char in text if char.isalpha())
    return plain and (asked_in == ENGLISH or detect(read(text)) == ENGLISH)


def _readable_to(asked_in: str, said: str) -> bool:
    """Not in another script than that of the question, unless in English."""
    script = _SCRIPTS.get(asked_in.split("-")[0]) if "-" not in asked_in else None
    others = [one for tag, one in _SCRIPTS.items() if script is None or one != script]
    letters = sum(char.isalpha() for char in said) or 1
    return asked_in == "und" or all(len(one.findall(said)) * 2 < letters for one in others)


_SCRIPTS = {
    "si": re.compile("[\u0d80-\u0dff]"),
    "ta": re.compile("[\u0b80-\u0bff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "ur": re.compile("[\u0600-\u06ff]"),
}
