"""Recognising danger and need words that were typed with shaking hands."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from app.agent_v2.rules.danger_words import DANGERS_EN
from app.agent_v2.rules.danger_words_world import DANGERS_WORLD
from app.agent_v2.rules.need_words import NEEDS
from app.agent_v2.rules.spelling_words import MEANT, REAL


def _literals() -> Iterator[str]:
    """Every word that a phrase of the tables spells out, whatever its language."""
    for rule in (*DANGERS_EN, *DANGERS_WORLD, *NEEDS):
        for phrase in rule.phrases:
            for element in phrase.split():
                yield from (word for word in element.strip("[]").split("|") if word.isalpha())


_KNOWN = MEANT | REAL | frozenset(_literals())
_LONG = 9
_SHORT = 5


def _cuts(word: str, depth: int) -> set[str]:
    """The word with up to `depth` letters left out, itself among them."""
    return {
        "".join(c for i, c in enumerate(word) if i not in gone)
        for n in range(depth + 1)
        for gone in combinations(range(len(word)), n)
    }


def _index() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word in sorted(MEANT):
        if len(word) >= _SHORT:
            for cut in _cuts(word, _depth(word)):
                found.setdefault(cut, []).append(word)
    return {cut: tuple(words) for cut, words in found.items()}


def _depth(word: str) -> int:
    return 2 if len(word) >= _LONG else 1


_INDEX = _index()


def known(word: str) -> bool:
    """Whether the word is one that is never respelled."""
    return word in _KNOWN


@lru_cache(maxsize=8192)
def respelled(word: str) -> str:
    """The danger or need word that was meant, or the word itself.

    One slip is forgiven in words of five letters and more, two in those of nine and more; the first letter has to be
    right or swapped with the second, and a real English word is never turned into another one.
    """
    if word in _KNOWN or not _SHORT - 1 <= len(word) <= 16 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("s") and word[:-1] in _KNOWN:
        return word
    best: tuple[int, int, str] | None = None
    for cut in _cuts(word, _depth(word)):
        for meant in _INDEX.get(cut, ()):
            slips = _slips(word, meant)
            if (
                slips <= (_depth(meant) if len(word) >= _LONG - 1 else 1)
                and word[0] in meant[:2]
                and meant[0] in word[:2]
            ):
                candidate = (slips, abs(len(word) - len(meant)), meant)
                best = candidate if best is None else min(best, candidate)
    return best[2] if best else word


def _slips(a: str, b: str) -> int:
    """Optimal string alignment distance: letters added, lost, changed, or swapped with their neighbour."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
