"""Whether a question is in English, and in English words what one in another language speaks of."""

from collections.abc import Container, Iterable, Sequence

from app.agent_v2.retrieving.terms import STOP, stem
from app.agent_v2.rules.language import detect
from app.agent_v2.rules.patterns import Lexicon
from app.agent_v2.rules.text import END, read

_LEAST_ENGLISH = 0.5
"""A question of which fewer words are known as English ones is read as another language's."""
_TOLD_BY_SIGNS = ("danger.", "hazard.", "need.")


def is_foreign(question: str, known: Container[str]) -> bool:
    """Any letter that English has not; else by the words, of which `known` are the terms of the cards."""
    if any(letter.isalpha() and not letter.isascii() for letter in question):
        return True
    text = read(question)
    words = [word for word in text.words if word != END and not word.isdigit()]
    if not words:
        return False
    english = sum(word in STOP or stem(word) in known for word in words) / len(words)
    return english < _LEAST_ENGLISH and detect(text) != "en"


def glossed(question: str, signs: Iterable[str], glossary: Lexicon) -> Sequence[str]:
    """English words for what a question in any language speaks of: those of the glossary, and of rules that fired."""
    said = [hit.rule for hit in glossary.hits(read(question))]
    told = [sign.partition(".")[2].replace("_", " ") for sign in signs if sign.startswith(_TOLD_BY_SIGNS)]
    return list(dict.fromkeys([*said, *told]))
