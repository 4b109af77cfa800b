"""What of a message the learned likelihoods rest on: which rules fired, its shape, and pieces of its words."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from app.agent_v2.rules import intent
from app.agent_v2.rules import intent_words as w
from app.agent_v2.rules.text import END, Text
from app.schemas.assessment import Finding

_INTENTS = {
    "asking": w.ASKING,
    "offer": w.OFFER,
    "lack": w.OWN_LACK,
    "thanks": w.THANKS,
    "chatter": w.CHATTER,
    "greeting": w.GREETING,
    "report": w.REPORT,
    "past": w.PAST,
    "now": w.NOW,
    "topic": w.AID_TOPIC,
    "note": w.NOTE,
}
_PLACE = re.compile(r"\b(?:in|at|of|from|near|to|for|on|a|rue|route|street)\b[^a-z]{0,3}[A-Z]\w+")
_ADDRESS = re.compile(
    r"\b(?:street|str|st|rue|route|road|rd|no|av|ave|avenue|impasse|lane|village|camp|zone|area|town|city|ward|blvd)\b|#",
    re.IGNORECASE,
)
_SHORT, _LONG = 6, 30
_PIECES = (3, 4, 5)
_MOST_WORDS = 400
"""Pieces are taken of so many words of a message; the rules have read all of it."""


@dataclass(frozen=True, slots=True)
class Features:
    """Named numbers of a message; of its pieces, how often each occurs."""

    rules: Mapping[str, float]
    pieces: Mapping[str, int]


def features(text: Text, finding: Finding, signs: tuple[str, ...]) -> Features:
    """Of a message as read, what the rules found in it, and the rules that fired (`assess.signs`)."""
    words = [word for word in text.words if word != END]
    rules = {**_found(finding, signs), **_shape(text, words)}
    return Features(rules, Counter(piece for word in words[:_MOST_WORDS] for piece in pieces(word)))


def _found(finding: Finding, signs: tuple[str, ...]) -> dict[str, float]:
    needs = len({name for name in signs if name.startswith("need.")} - {"need.information"})
    names = [
        *(f"rule:{name}" for name in signs),
        *(f"need:{need.category}" for need in finding.needs),
        *(f"detail:{detail}" for need in finding.needs for detail in need.details),
        *(f"vulnerable:{group}" for group in finding.vulnerable),
        *(f"needs>={n}" for n in (1, 2, 3) if needs >= n),
        f"idle:{finding.not_a_request_reason}",
        f"severity:{finding.severity}",
        f"people:{finding.people.source}",
        f"language:{finding.language}",
    ]
    flags = {"displaced": finding.displaced, "vulnerable": bool(finding.vulnerable)}
    return {**dict.fromkeys(names, 1.0), "needs": min(needs, 6) / 2, **_set(flags)}


def _shape(text: Text, words: list[str]) -> dict[str, float]:
    counts = {name: len({hit.start for hit in lexicon.hits(text)}) for name, lexicon in _INTENTS.items()}
    n = len(words)
    flags = {
        **{f"has:{name}": count >= 1 for name, count in counts.items()},
        **{f"more:{name}": count > 1 for name, count in counts.items()},
        "question": "?" in text.original,
        "first": not w.FIRST.isdisjoint(words),
        "second": not w.SECOND.isdisjoint(words),
        "opens_question": bool(words) and words[0] in w.OPENS_QUESTION,
        "number": any(word.isdigit() for word in words),
        "report": bool(words) and intent.is_report(text, words),
        "place": bool(_PLACE.search(text.original)),
        "address": bool(_ADDRESS.search(text.original)),
        "short": n < _SHORT,
        "long": n > _LONG,
    }
    return {**_set(flags), "length": min(n, 60) / 20, "log_length": float(np.log1p(n)) / 2}


def _set(flags: Mapping[str, bool]) -> dict[str, float]:
    return {name: 1.0 for name, is_so in flags.items() if is_so}


def pieces(word: str) -> Iterator[str]:
    """Every three, four and five letters in a row, where a space stands for the beginning and the end."""
    padded = f" {word} "
    for size in _PIECES:
        yield from (padded[i : i + size] for i in range(len(padded) - size + 1))
