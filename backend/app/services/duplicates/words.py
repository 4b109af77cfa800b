"""What messages are compared by: their words, told from spelling, case, punctuation and forwarding marks.

A word is made of letters, combining marks and digits of any script; of scripts written without spaces each letter is
one. Features of words are 64-bit digests, so that an index holds numbers instead of texts.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from app.agent_v2.rules.text import fold

SHINGLE = 3
"""Words in a shingle: the measure that duplicates are accepted by."""
MAX_CHARS = 8_000
"""Only so much of a message is read; more than a request holds in one field."""

_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x9FFF),  # Han
    (0x20000, 0x3FFFF),  # Han
)


class _Letters(dict[int, str]):
    """What each character becomes, looked up once: itself, nothing, a space, or the start of a word."""

    def __missing__(self, code: int) -> str:
        self[code] = kept = _kept(chr(code), code)
        return kept


def _kept(character: str, code: int) -> str:
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    if kind == "Cf":
        return ""
    if kind[0] == "L" and any(first <= code <= last for first, last in _UNSPACED):
        return f" {character}"
    return character if kind[0] in "LMN" else " "


_LETTERS = _Letters()
_FORWARDED = re.compile(
    r"https?://\S+|\bwww\.\S+|\b(?:rt|via)\s+@\w+:?|^\s*(?:@\w+[\s:,]+)+|^\s*(?:fwd?|forwarded(?: as received)?)\s*:",
    re.IGNORECASE,
)
_REPEATED = re.compile(r"([^\W\d_])\1+")
_FAINT = frozenset("aeiouhwy")
_DOOR = re.compile(r"\d{1,5}[a-z]?")
_STREETS = (
    "house no number flat lot room block building apartment apt unit door ward gate hotel road rd street st lane view "
    "place avenue ave mawatha mw",
    "gedara ge anka para vidiya veedu vidu theru kay nimewo ri lari rue numero casa calle piso puerta rua bahay kalye "
    "gali makan nambar",
    "ගෙදර නිවස අංක අංකය පාර වීදිය මාවත වත්ත வீடு வீட்டு எண் தெரு வீதி சாலை गली मकान नंबर सड़क বাড়ি রোড گلی مکان نمبر",
)
"""Words that a number belongs to as the number of a door."""


def words(text: str) -> tuple[str, ...]:
    """The words of a message in order: folded, no letter twice in a row, without links and forwarding marks.

    A message of nothing else keeps those.
    """
    cut = text[:MAX_CHARS]
    return _split(_FORWARDED.sub(" ", cut)) or _split(cut)


def _split(text: str) -> tuple[str, ...]:
    return tuple(_REPEATED.sub(r"\1", fold(text).translate(_LETTERS)).split())


def shingles(words: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """All runs of three words. A shorter message is one shingle, an empty one the empty shingle."""
    return frozenset(words[start : start + SHINGLE] for start in range(max(1, len(words) - SHINGLE + 1)))


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """What is left of a word typed in a hurry: its first letter and the consonants after it; numbers as they are."""
    if len(word) < 4 or word[0].isdigit():
        return word
    rest = (c for c in unicodedata.normalize("NFD", word[1:]) if c not in _FAINT and unicodedata.category(c)[0] != "M")
    return _REPEATED.sub(r"\1", word[0] + "".join(rest))


def doors(words: tuple[str, ...]) -> frozenset[str]:
    """The house, flat and room numbers: those at most two words from a word for a house or a street."""
    return frozenset(
        word
        for place, word in enumerate(words)
        if _DOOR.fullmatch(word) and not _beside_a_door().isdisjoint(words[max(0, place - 2) : place + 3])
    )


@lru_cache(maxsize=1)
def _beside_a_door() -> frozenset[str]:
    return frozenset(word for line in _STREETS for word in words(line))


@dataclass(frozen=True, slots=True)
class Wording:
    """One message as what it is compared by. Equal `digest`s are equal words."""

    digest: bytes
    length: int
    shingles: "array[int]"
    sounds: "array[int]"
    numbers: frozenset[str]
    doors: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Wording":
        read = words(text)
        return cls(
            digest=blake2b(" ".join(read).encode(), digest_size=16).digest(),
            length=len(read),
            shingles=_digests(" ".join(run) for run in shingles(read)),
            sounds=_digests(map(sound, read)),
            numbers=frozenset(word for word in read if word.isdigit()),
            doors=doors(read),
        )

    def contradicts_doors(self, other: "Wording") -> bool:
        """Whether both name doors, and no door is named by both."""
        return bool(self.doors and other.doors) and self.doors.isdisjoint(other.doors)

    def contradicts_numbers(self, other: "Wording") -> bool:
        """Whether each of them has a number that the other has not."""
        return not (self.numbers <= other.numbers or self.numbers >= other.numbers)


def _digests(parts: Iterable[str]) -> "array[int]":
    found = {int.from_bytes(blake2b(part.encode(), digest_size=8).digest()) for part in parts}
    return array("Q", sorted(found))
