"""How many people a message speaks for, and how many of them are hurt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from app.agent_v2.rules import people_words as w
from app.agent_v2.rules.patterns import Hit
from app.agent_v2.rules.text import END, Text
from app.agent_v2.rules.word_classes import CLASSES, NUMBER_WORDS
from app.schemas.assessment import People, PeopleSource

MOST_PEOPLE = 100_000
_TENS = 20
_BETWEEN_GROUPS = 2
_MOST_QUOTED_WORDS = 20
_MOST_DIGITS = 6
_SUFFIXED = re.compile(r"^(\d{1,6})(?:k|kta|ක්|කට|ක|යි|ග|பேர்|பேருக்கு)$")
"""Numbers as Sinhala and Tamil write them, the ending joined on."""


def _number(word: str) -> int:
    """The number that a word stands for, or 0. Long digit runs are phone numbers, not people."""
    if suffixed := _SUFFIXED.match(word):
        word = suffixed[1]
    if word.isdecimal():
        return int(word) if len(word) <= _MOST_DIGITS else 0
    return NUMBER_WORDS.get(word, w.LOCAL_NUMBERS.get(word, 0))


def count(text: Text, *, household: int, one_victim: bool) -> People:
    """How many people the message speaks for, and how that is known.

    Where it says nothing, one household of `household` people is assumed, unless `one_victim` says that the need is
    that of a sick or hurt person and the words speak of one.
    """
    injured = _injured(text)
    if stated := _stated(text):
        return _people(stated.number, PeopleSource.STATED, text.quote(stated.start, stated.end), injured)
    if families := _families(text):
        return People(
            count=min(MOST_PEOPLE, families.number * household),
            source=PeopleSource.HOUSEHOLDS,
            households=families.number,
            injured=injured,
            quote=text.quote(families.start, families.end),
        )
    if one_victim and (single := _single(text)):
        return _people(1, PeopleSource.STATED, text.quote(single.start, single.end), injured)
    return _people(household, PeopleSource.ASSUMED, "", injured)


def _people(number: int, source: PeopleSource, quote: str, injured: int | None) -> People:
    number = min(MOST_PEOPLE, max(1, number))
    return People(count=number, source=source, quote=quote, injured=None if injured is None else min(injured, number))


def _single(text: Text) -> Hit | None:
    hits = w.ONE.hits(text)
    if any(hit.rule == "many" for hit in hits) and not _victim_is_one(text):
        return None
    return next((hit for hit in hits if hit.rule == "one"), None)


def _victim_is_one(text: Text) -> bool:
    return bool(w.VICTIM.hits(text))


@dataclass(frozen=True, slots=True)
class _Group:
    """A counted group of people and where it stands."""

    start: int
    end: int
    number: int


def _stated(text: Text) -> _Group | None:
    """The number that the message gives for all it speaks for, with the words from the first group to the last."""
    groups = list(_groups(text))
    if not groups:
        hit = next(iter(w.SETS.hits(text)), None)
        return _Group(hit.start, hit.end, int(hit.rule)) if hit else None
    first, last = groups[0], groups[-1]
    near = last.end - first.start < _MOST_QUOTED_WORDS
    return _Group(first.start, last.end if near else first.end, _total(text.words, groups))


def _total(words: tuple[str, ...], groups: list[_Group]) -> int:
    """The largest group said to be all of us, else those counted side by side, plus the parents who speak."""
    if whole := [group.number for group in groups if _is_whole(words, group)]:
        return max(whole)
    numbers = [group.number for group in groups]
    total = sum(numbers) if len(groups) > 1 and _side_by_side(words, groups) else max(numbers)
    if not all(words[group.end - 1] in w.KIDS for group in groups):
        return total
    first, last = groups[0], groups[-1]
    before = words[max(0, first.start - 5) : first.start]
    if not (any(word in w.SPEAKER for word in before) or (before[-1:] and before[-1] in w.OWN)):
        return total
    around = words[max(0, first.start - 6) : last.end + 6]
    return total + 1 + any(word in w.SPOUSE for word in around)


def _is_whole(words: tuple[str, ...], group: _Group) -> bool:
    """Whether the group is said to be everybody: `6 of us`, `12 in all`, `we are a family of 5`."""
    after = words[group.end : group.end + 2]
    before = words[max(0, group.start - 3) : group.start]
    if words[group.end - 1] == "us" or after in {("in", "all"), ("of", "us")} or "total" in (*before, *after):
        return True
    return before[-1:] in {("were",), ("weare",), ("somos",)} or (before[-1:] == ("of",) and bool(w.BODIES & {*before}))


def _side_by_side(words: tuple[str, ...], groups: list[_Group]) -> bool:
    return all(
        0 <= later.start - earlier.end <= _BETWEEN_GROUPS and END not in words[earlier.end : later.start]
        for earlier, later in pairwise(groups)
    )


def _groups(text: Text) -> Iterator[_Group]:
    """Each `number … people-word`, `N of us`, `family of N`, `we are N`."""
    i = 0
    while i < len(text.words):
        found = _group_at(text, i)
        if found:
            yield found
        i = found.end if found else i + 1


def _group_at(text: Text, i: int) -> _Group | None:
    words = text.words
    if words[i] in w.SMALLS:
        return _Group(i, i + 1, w.SMALLS[words[i]])
    number, end = _spelt(words, i)
    if not 0 < number <= MOST_PEOPLE:
        return _numbered_after(words, i)
    if words[end : end + 2] in {("of", "us"), ("of", "them"), ("de", "nosotros")}:
        return _Group(i, end + 2, number)
    if (last := _people_word(text, i, end)) is not None:
        return _Group(i, last + 1, number)
    return _Group(i, end, number) if _introduced(words, i, end) else None


def _spelt(words: tuple[str, ...], i: int) -> tuple[int, int]:
    """The number at word `i`, `two hundred` and `twenty five` included, and where it ends."""
    number = _number(words[i])
    tail = _number(words[i + 1]) if number and words[i].isalpha() and i + 1 < len(words) else 0
    if not tail or not words[i + 1].isalpha():
        return number, i + 1
    if tail in {12, 100}:
        return number * tail, i + 2
    return (number + tail, i + 2) if number >= _TENS > tail else (number, i + 1)


def _people_word(text: Text, i: int, end: int) -> int | None:
    """Where the word for people is that the number at `i` counts, adjectives between."""
    for at in range(end, min(end + 3, len(text.words))):
        word = text.words[at]
        if word in w.PEOPLE:
            # `Delmas 33, people need …` is an address; `de` is two only in Creole
            address = at in text.commas
            return None if address or (text.words[i] == "de" and word not in w.CREOLE_PEOPLE) else at
        if word not in w.ADJECTIVES or at in text.commas:
            return None
    return None


def _introduced(words: tuple[str, ...], i: int, end: int) -> bool:
    """Whether the words before the number say that it counts people: `family of 5`, `we are 7`."""
    before = words[max(0, i - 2) : i]
    if before in w.FAMILY_OF:
        return True
    if before not in w.WE_ARE and before[-1:] not in {("somos",), ("were",), ("weare",)}:
        return False
    return end >= len(words) or words[end] in w.AFTER_WE_ARE


def _numbered_after(words: tuple[str, ...], i: int) -> _Group | None:
    """Sinhala and Tamil put the number behind the word: `lamai 3`, `දෙනා 5`."""
    if words[i] in w.BEFORE_NUMBER and i + 1 < len(words):
        number = _number(words[i + 1])
        after = words[i + 2 : i + 3]
        if number and not (after and after[0] in w.NOT_PEOPLE):
            return _Group(i, i + 2, number)
    return None


def _families(text: Text) -> _Group | None:
    words = text.words
    for i, word in enumerate(words):
        number = _number(word)
        if not number or number > MOST_PEOPLE:
            continue
        for skipped, after in enumerate(words[i + 1 : i + 3]):
            if after in w.FAMILIES and (number == 1 or after in w.HOUSEHOLD or after in {"houses", "homes"}):
                return _Group(i, i + skipped + 2, number)
            if after not in w.ADJECTIVES:
                break
        if i and words[i - 1] in w.FAMILY_BEFORE:
            return _Group(i - 1, i + 1, number)
    return None


def _injured(text: Text) -> int | None:
    """How many are said to be hurt; none said is not zero, `nobody hurt` is."""
    words = text.words
    for i, word in enumerate(words):
        if word not in w.HURT:
            continue
        near = words[max(0, i - 4) : i]
        if any(one in {"nobody", "noone", "none", "no"} for one in near):
            return 0
        for one in (*reversed(near), *words[i + 1 : i + 2]):
            if one == END or one in w.NOT_PEOPLE:
                break
            if (number := _number(one)) and number <= MOST_PEOPLE:
                return number
        if any(one in CLASSES["kin"] for one in near):
            return 1
    return None
