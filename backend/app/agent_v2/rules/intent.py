"""Whether a message asks for anything at all. In doubt it does."""

from dataclasses import dataclass

from app.agent_v2.rules import intent_words as w
from app.agent_v2.rules.patterns import Hit
from app.agent_v2.rules.text import END, Text

_LEAST_REPORT_WORDS = 7
_MOST_TOPICS = 1
_SHORT_REPORT = 20
_MOST_TEST_WORDS = 14
_MOST_GREETING_WORDS = 5


@dataclass(frozen=True, slots=True)
class Signs:
    """What the other rules found in the message."""

    dangers: bool
    needs: frozenset[str]
    """Names of the need rules that fired."""
    english: bool


def asks_nothing(text: Text, signs: Signs) -> str | None:
    """Why the message plainly asks for nothing (`test`, `joke`, `offer`, `thanks`, `chatter`, `news` …), or None."""
    words = [word for word in text.words if word != END]
    if not words or not signs.english:
        return _foreign(text, signs)
    first = any(word in w.FIRST for word in words)
    if not signs.dangers and (idle := _idle(text, words, signs, first=first)):
        return idle
    if first and signs.dangers:
        return None
    return "news" if _is_plain_news(text, words, dangers=signs.dangers) else None


def _idle(text: Text, words: list[str], signs: Signs, *, first: bool) -> str | None:
    """What a message without danger may be besides a request and a report."""
    real = _real(signs)
    if w.NOTE.hits(text) and not first:
        return "joke" if _is_joke(text) else "note"
    if not real and len(words) <= _MOST_TEST_WORDS and (w.TEST_WORDS.issuperset(words) or w.TEST.hits(text)):
        return "test"
    if _is_offer(text, first=first):
        return "offer"
    if w.ASKING.hits(text):
        return None
    if _is_thanks(text, signs):
        return "thanks"
    question = "?" in text.original or "need.information" in signs.needs
    greeting = len(words) <= _MOST_GREETING_WORDS and bool(w.GREETING.hits(text))
    return "chatter" if not real and not question and (greeting or w.CHATTER.hits(text)) else None


def _is_plain_news(text: Text, words: list[str], *, dangers: bool) -> bool:
    """A report that hardly touches on aid; one that tells of danger has to be plainly of the past and of others."""
    if not is_report(text, words):
        return False
    if len(words) < _SHORT_REPORT and w.NOW.hits(text):
        return False
    topics = {text.words[hit.start] for hit in w.AID_TOPIC.hits(text)}
    if dangers:
        return len(topics) <= _MOST_TOPICS and bool(w.PAST.hits(text)) and not w.NOW.hits(text)
    return not topics or (len(topics) <= _MOST_TOPICS and len({hit.start for hit in w.REPORT.hits(text)}) >= 1)


def _is_thanks(text: Text, signs: Signs) -> bool:
    """Thanks with no question after them, and no lack but of news, which is what most are thankful for."""
    return "?" not in text.original and signs.needs <= {"need.information", "need.comms"} and bool(w.THANKS.hits(text))


def _foreign(text: Text, signs: Signs) -> str | None:
    """Other languages: only thanks and tests of a few words are sure to ask for nothing."""
    few = len(text.words) <= 6 and not signs.dangers and not _real(signs) and bool(text.words)
    if few and not w.ASKING.hits(text):
        if w.THANKS.hits(text):
            return "thanks"
        if w.TEST.hits(text):
            return "test"
    return None


def _is_joke(text: Text) -> bool:
    return any(
        text.words[i].startswith(("jok", "haha", "lol", "kidding", "prank", "play"))
        for hit in w.NOTE.hits(text)
        for i in range(hit.start, hit.end)
    )


def _real(signs: Signs) -> bool:
    return bool(signs.needs - {"need.information", "need.money", "need.work", "need.comms"})


def _is_offer(text: Text, *, first: bool) -> bool:
    return (
        bool(w.OFFER.hits(text))
        and not w.OWN_LACK.hits(text)
        and (first or "donat" in text.original.lower() or "volunteer" in text.original.lower())
    )


def is_report(text: Text, words: list[str]) -> bool:
    """Whether it reads like a news item: full sentences about others, told to nobody, asking nobody."""
    if (
        any(word in w.FIRST or word in w.SECOND for word in words)
        or "?" in text.original
        or words[0] in w.OPENS_QUESTION
    ):
        return False
    marks = len({hit.start for hit in w.REPORT.hits(text)})
    return len(words) >= _LEAST_REPORT_WORDS and (marks >= 1 or len(words) >= 2 * _LEAST_REPORT_WORDS)


def asks(text: Text) -> list[Hit]:
    """Where the message asks for help without saying what for."""
    return w.ASKING.hits(text)
