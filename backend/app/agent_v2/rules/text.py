"""Turning what a frightened person typed into comparable words that still know where they stood."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from app.agent_v2.rules.spelling import known, respelled

MAX_CHARS = 10_000
"""Only so much of a message is read: of a longer one the beginning and the end, where a plea may be."""
_TAIL_CHARS = 2_000
MAX_WORDS = 6_000
MAX_WORD_CHARS = 40
QUOTE_CHARS = 160

END = "."
"""The token that stands for the end of a sentence; no rule reads across it."""

_MARKS = "\u0300-\u036f\u064b-\u0655\u0900-\u0dff\u200c\u200d"
_TOKEN = re.compile(rf"(?:[^\W_]|[{_MARKS}])(?:[^\W_]|[{_MARKS}]|['’`´ʼ])*|[.!?;\n\u0964\u06d4\u2026]+|[,:()|]+|[-–—]+")
_DROP = dict.fromkeys(map(ord, "'’`´ʼ\u200c\u200d\u200b\u00ad\ufeff"))
_REPEAT = re.compile(r"(.)\1{2,}")

_SHORTHAND = {
    "pls": "please", "plz": "please", "plse": "please", "pleas": "please", "pleae": "please", "plss": "please",
    "plzz": "please", "pliz": "please", "u": "you", "ur": "your", "r": "are", "thx": "thanks", "tks": "thanks",
    "thanx": "thanks", "hlp": "help", "halp": "help", "hepl": "help", "hel": "help", "amb": "ambulance",
    "preg": "pregnant", "prego": "pregnant", "meds": "medicine", "med": "medicine", "doc": "doctor", "pple": "people",
    "ppl": "people", "peolple": "people", "w": "with", "bc": "because", "cuz": "because", "cos": "because",
    "coz": "because", "rn": "now", "abt": "about", "smth": "something", "sumthing": "something", "sum1": "someone",
    "some1": "someone", "hse": "house", "b4": "before", "4": "4", "diapers": "diapers", "nappies": "diapers",
    "hubby": "husband", "gonna": "going", "wat": "what", "wut": "what", "watr": "water", "waters": "water",
    "foods": "food", "foof": "food", "fud": "food", "tentes": "tents", "tente": "tent", "dr": "doctor",
    "xq": "porque", "k": "que",
}  # fmt: skip

_JOINED = {
    ("can", "not"): "cant", ("can", "t"): "cant", ("ca", "nt"): "cant", ("could", "not"): "couldnt",
    ("couldn", "t"): "couldnt", ("do", "not"): "dont", ("don", "t"): "dont", ("do", "nt"): "dont",
    ("does", "not"): "doesnt", ("doesn", "t"): "doesnt", ("does", "nt"): "doesnt", ("did", "not"): "didnt",
    ("didn", "t"): "didnt", ("did", "nt"): "didnt", ("is", "not"): "isnt", ("isn", "t"): "isnt", ("is", "nt"): "isnt",
    ("are", "not"): "arent", ("aren", "t"): "arent", ("are", "nt"): "arent", ("was", "not"): "wasnt",
    ("wasn", "t"): "wasnt", ("were", "not"): "werent", ("weren", "t"): "werent", ("has", "not"): "hasnt",
    ("hasn", "t"): "hasnt", ("have", "not"): "havent", ("haven", "t"): "havent", ("have", "nt"): "havent",
    ("had", "not"): "hadnt", ("will", "not"): "wont", ("won", "t"): "wont", ("wo", "nt"): "wont",
    ("would", "not"): "wouldnt", ("wouldn", "t"): "wouldnt", ("i", "m"): "im", ("i", "am"): "im", ("he", "s"): "hes",
    ("she", "s"): "shes", ("it", "s"): "its", ("no", "one"): "noone", ("no", "body"): "nobody",
    ("any", "more"): "anymore",
    ("in", "side"): "inside", ("un", "conscious"): "unconscious", ("we", "re"): "were", ("some", "one"): "someone",
    ("grand", "mother"): "grandmother", ("grand", "father"): "grandfather", ("grand", "ma"): "grandma",
    ("wheel", "chair"): "wheelchair", ("air", "way"): "airway", ("over", "dose"): "overdose", ("need", "s"): "needs",
    ("over", "dosed"): "overdosed", ("i", "ve"): "ive", ("we", "ve"): "weve", ("there", "s"): "theres",
    ("what", "s"): "whats", ("flash", "light"): "flashlight", ("tooth", "paste"): "toothpaste",
}  # fmt: skip
_CLIPPED = re.compile(r"^(i|we|he|she|you|they|it)['’`´ʼ](ll|d|re)$", re.IGNORECASE)
_CANON = {
    "cannot": "cant", "cantt": "cant", "canot": "cant", "cnt": "cant", "dnt": "dont", "arnt": "arent", "aint": "isnt",
    "nobodys": "nobody", "noones": "noone", "hasent": "hasnt", "cudnt": "couldnt", "isint": "isnt", "wnt": "wont",
    "babby": "baby", "bby": "baby", "babys": "baby", "bleading": "bleeding",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """A message as words. `spans[i]` is where `words[i]` stands in `original`; sentence ends are the word `END`."""

    original: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    commas: frozenset[int]
    """Indices of words that a comma, colon or bracket stands before."""
    cut: bool = False
    """Whether the message was longer than what is read."""

    def quote(self, start: int, end: int) -> str:
        """The original wording of words `start` up to but not including `end`."""
        if start >= end:
            return ""
        begin, stop = self.spans[start][0], self.spans[end - 1][1]
        return self.original[begin : min(stop, begin + QUOTE_CHARS)]


def read(message: str) -> Text:
    """The words of a message, lower case, without accents and apostrophes, respelled where a danger word is meant."""
    cut = len(message) > MAX_CHARS
    original = f"{message[: MAX_CHARS - _TAIL_CHARS]}\n{message[-_TAIL_CHARS:]}" if cut else message
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    commas: set[int] = set()
    for found in _TOKEN.finditer(original):
        if len(words) >= MAX_WORDS:
            break
        raw, span = found.group(), found.span()
        if raw[0] in ".!?;\n\u0964\u06d4\u2026":
            if words and words[-1] != END:
                words.append(END)
                spans.append(span)
        elif raw[0] in ",:()|-–—":
            commas.add(len(words))
        else:
            _push(words, spans, commas, _word(raw[:MAX_WORD_CHARS]), span)
    return Text(original, tuple(words), tuple(spans), frozenset(commas), cut=cut)


def _push(words: list[str], spans: list[tuple[int, int]], commas: set[int], word: str, span: tuple[int, int]) -> None:
    if not word:
        return
    if words and len(words) not in commas and (joined := _JOINED.get((words[-1], word))):
        words[-1], spans[-1] = joined, (spans[-1][0], span[1])
        return
    words.append(word)
    spans.append(span)


@lru_cache(maxsize=8192)
def _word(raw: str) -> str:
    if clipped := _CLIPPED.match(raw):
        return clipped[1].lower() + {"ll": "will", "d": "would", "re": "are"}[clipped[2].lower()]
    if raw.lower() in {"od'd", "od’d"}:
        return "overdosed"
    word = fold(raw)
    if len(word) > 3 and _REPEAT.search(word):
        word = _squeezed(word)
    word = _CANON.get(word, word)
    word = _SHORTHAND.get(word, word)
    return respelled(word)


def _squeezed(word: str) -> str:
    """`heeelp` as `help`, `neeeed` as `need`: the first form that is a word."""
    doubled, single = _REPEAT.sub(r"\1\1", word), _REPEAT.sub(r"\1", word)
    forms = (doubled, single)
    return next((form for form in forms if known(form) or respelled(form) != form), doubled)


def fold(raw: str) -> str:
    """Lower case without accents, apostrophes and invisible joiners; Sinhala, Tamil, Arabic vowels are kept."""
    word = unicodedata.normalize("NFKC", raw).casefold().translate(_DROP)
    if word.isascii():
        return word
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", plain)


def without(text: Text, places: Iterable[int]) -> str:
    """The original wording without the sentences that the words at `places` stand in."""
    bounds = [-1, *(i for i, word in enumerate(text.words) if word == END), len(text.words)]
    told = set(places)
    kept = [
        text.original[text.spans[first + 1][0] : text.spans[end - 1][1]]
        for first, end in pairwise(bounds)
        if first + 1 < end and told.isdisjoint(range(first + 1, end))
    ]
    return "\n".join(kept)
