"""A small language for phrases, and a matcher that reads a message once whatever the number of phrases.

A phrase is words with spaces between: `cant breathe`. `a|b` is one word or the other, `bleed*` any word that begins so,
`#` a number, `[the|my]` a word that may be there, `~3` up to three words of any kind inside the same sentence,
`{kin}` a named class of words. There is no backtracking over more than the few words of one phrase, so the time is
linear in the length of the message.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from app.agent_v2.rules.text import END, Text, fold
from app.agent_v2.rules.word_classes import CLASSES, NUMBER_WORDS

_PREFIX_KEY = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a phrase."""

    words: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    number: bool = False
    optional: bool = False
    gap: int = 0

    def takes(self, word: str) -> bool:
        """Whether this element can stand for the word."""
        if word in self.words or (self.prefixes and word.startswith(self.prefixes)):
            return True
        return self.number and (word.isdigit() or word in NUMBER_WORDS)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase and the name of the rule that it belongs to."""

    rule: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """Rule `rule` stands at words `start` up to, not including, `end`."""

    rule: str
    start: int
    end: int


@cache
def _step(source: str) -> Step:
    if source.startswith("~"):
        return Step(gap=int(source[1:]))
    optional = source.startswith("[")
    words: set[str] = set()
    prefixes: list[str] = []
    for word in source.strip("[]").split("|"):
        if word.startswith("{"):
            words |= CLASSES[word.strip("{}")]
        elif word.endswith("*"):
            prefixes.append(fold(word[:-1]))
        elif word != "#":
            words.add(fold(word))
    return Step(frozenset(words), tuple(prefixes), number="#" in source, optional=optional)


def phrase(rule: str, source: str) -> Phrase:
    """The phrase that `source` describes; it must begin with words, not with a gap, a number or an option."""
    steps = tuple(_step(element) for element in source.split())
    if not steps or steps[0].gap or steps[0].optional or steps[-1].gap:
        raise ValueError(f"A phrase begins and ends with a word: {source!r}")
    return Phrase(rule, steps)


class Lexicon:
    """Phrases by rule, ready to be looked for."""

    def __init__(self, table: Mapping[str, Iterable[str]]) -> None:
        self._words: dict[str, list[Phrase]] = {}
        self._prefixes: dict[str, list[Phrase]] = {}
        self._numbers: list[Phrase] = []
        for rule, sources in table.items():
            for source in sources:
                self._file(phrase(rule, source))

    def _file(self, one: Phrase) -> None:
        first = one.steps[0]
        for word in first.words:
            self._words.setdefault(word, []).append(one)
        for key in {prefix[:_PREFIX_KEY] for prefix in first.prefixes}:
            self._prefixes.setdefault(key, []).append(one)
        if first.number:
            self._numbers.append(one)

    def hits(self, text: Text) -> list[Hit]:
        """Every place where a phrase stands, in the order of the message; one phrase at most once a place."""
        return [Hit(one.rule, i, end) for i, one, end in self._found(text.words)]

    def _found(self, words: tuple[str, ...]) -> Iterator[tuple[int, Phrase, int]]:
        for i, word in enumerate(words):
            if word == END:
                continue
            for one in self._candidates(word):
                end = _end(one.steps, 0, words, i)
                if end:
                    yield i, one, end

    def _candidates(self, word: str) -> Iterator[Phrase]:
        yield from self._words.get(word, ())
        for size in (1, 2, _PREFIX_KEY):
            yield from self._prefixes.get(word[:size], ()) if len(word) >= size else ()
        if self._numbers and (word.isdigit() or word in NUMBER_WORDS):
            yield from self._numbers


def _end(steps: tuple[Step, ...], at: int, words: tuple[str, ...], i: int) -> int:
    """Where the phrase ends when element `at` stands at word `i`, or 0."""
    if at == len(steps):
        return i
    step = steps[at]
    if step.gap:
        for skipped in range(step.gap + 1):
            if i + skipped >= len(words) or (skipped and words[i + skipped - 1] == END):
                return 0
            if end := _end(steps, at + 1, words, i + skipped):
                return end
        return 0
    if i < len(words) and step.takes(words[i]):
        end = _end(steps, at + 1, words, i + 1)
        if end or not step.optional:
            return end
    return _end(steps, at + 1, words, i) if step.optional else 0
