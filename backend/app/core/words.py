"""Words of a text as a store finds them: the same for what is kept and for what is asked."""

import re
import unicodedata

MOST_WORDS = 60
MOST_CHARS = 24

_MARKS = "\u0300-\u036f\u064b-\u0655\u0900-\u0dff\u200c\u200d"
_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
"""Vowel signs of Sinhala, Tamil and Devanagari belong to their word; Python's own classes leave them out."""


def search_words(text: str) -> tuple[str, ...]:
    """The different words of a text in order, case folded, each at most 24 characters, 60 of them at the most."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return tuple(dict.fromkeys(match[:MOST_CHARS] for match in _WORD.findall(folded)))[:MOST_WORDS]
