"""A document's text cut into passages short enough to be read on a screen, at the ends of sentences."""

import re
from collections.abc import Iterable, Iterator, Sequence

from app.agent_v2.rules.injection import INJECTION
from app.agent_v2.rules.text import read
from app.schemas.knowledge import MOST_WORDS
from app.schemas.knowledge_source import Chunk

_MOST_WORDS, _OVERLAP_WORDS = MOST_WORDS - 10, 25
_MOST_CHARACTERS = 900
"""For scripts without spaces between words."""
_END = re.compile(r"(?<=[.!?।۔。！？])\s+|\n+")
_HEADING_CHARACTERS = 120
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Section = tuple[str, str]
"""A heading (or nothing) and what stands under it."""


def chunks(sections: Iterable[Section]) -> list[Chunk]:
    """Passages under their headings; what gives orders to a machine is marked."""
    return [
        Chunk(heading=_line(heading), text=text, instructs=bool(INJECTION.hits(read(f"{heading}. {text}"))))
        for heading, body in sections
        for text in passages(body)
    ]


def passages(text: str) -> Iterator[str]:
    """Parts of fewer than 120 words; each begins with the last sentence of the one before, unless that is long."""
    part: list[str] = []
    fresh = False
    for sentence in _sentences(text):
        if fresh and not _fits([*part, sentence]):
            yield "\n".join(part)
            last = part[-1]
            part = [last] if len(last.split()) <= _OVERLAP_WORDS and _fits([last, sentence]) else []
        part.append(sentence)
        fresh = True
    if fresh:
        yield "\n".join(part)


def _fits(sentences: Sequence[str]) -> bool:
    whole = "\n".join(sentences)
    return len(whole.split()) <= _MOST_WORDS and len(whole) <= _MOST_CHARACTERS


def _sentences(text: str) -> Iterator[str]:
    for found in _END.split(_CONTROL.sub(" ", text)):
        rest = " ".join(found.split())
        while rest and not _fits([rest]):
            head, rest = _broken(rest)
            yield head
        if any(letter.isalnum() for letter in rest):
            yield rest


def _broken(sentence: str) -> tuple[str, str]:
    """A sentence without an end, in two."""
    words = sentence[:_MOST_CHARACTERS].split(" ")
    head = " ".join(words[:_MOST_WORDS] if len(words) > _MOST_WORDS else words[:-1] or words)
    return head, sentence[len(head) :].lstrip()


def _line(heading: str) -> str:
    return " ".join(_CONTROL.sub(" ", heading).split())[:_HEADING_CHARACTERS]
