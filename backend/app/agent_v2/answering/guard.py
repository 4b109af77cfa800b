"""What no answer may say, whoever wrote it: promises of help, times, doses, diagnoses, ways to find or reach people,
and numbers that nobody vouches for."""

import re
import unicodedata
from functools import lru_cache

from app.agent_v2.answering.guard_words import COMING_ABROAD, DISEASES, PIECES, UNITS

_SENTENCE = re.compile(r"(?:[^.!?\n।۔。！？]|\.(?=\w))*(?:[.!?।۔。！？]+|\n|$)")
"""Up to its end; a point inside a number ends none."""
_COMING = r"(?:on (?:the|its|their|his|her) way|coming|en route|arriving|dispatched|underway)"
_HELPERS = (
    r"(?:help|rescue(?:rs)?|(?:an? |the |your )?(?:ambulance|team|boat|helicopter|crew)s?|responders?|volunteers?|they"
    r"|someone|somebody|(?:the |a )?(?:convoy|truck|vehicle|army|navy|police|soldiers?|medics?|officers?|doctors?))"
)
_COUNT = r"(?:\d+(?:[.,]\d+)?|one|two|three|four|five|six|eight|ten|half an?|a)"
_FORBIDDEN = re.compile(
    "|".join(
        (
            rf"\b{_HELPERS}\b[^.!?\n]{{0,30}}\b(?:is|are|will be|has been|have been|being|'s|'re)\b[^.!?\n]{{0,20}}"
            rf"\b{_COMING}\b",
            rf"\b{_HELPERS}\b[^.!?\n]{{0,20}}\b(?:will|shall|'ll)\b[^.!?\n]{{0,20}}"
            r"\b(?:arrive|come|reach|be there|be with you|pick you up|get to you|rescue you)\b",
            r"\b(?:arrive|arrives|reach|reaches|there|with you|here)\b[^.!?\n]{0,15}"
            r"\b(?:in|within)\b[^.!?\n]{0,15}\b(?:minutes?|mins?|hours?|hrs?)\b",
            r"\barriv(?:e|es|ing|al)\b[^.!?\n]{0,10}\b(?:at|by|before|around)\s\d",
            r"\bE\.?T\.?A\b",
            r"\bI\b[^.!?\n]{0,12}\b(?:promise|guarantee|swear)\b",
            r"\byou(?:'ll| will| are going to) (?:soon )?be (?:rescued|saved|picked up|fine|okay|ok|alright)\b",
            r"\b(?:I|we)(?:'ve| have| just| already)+ (?:called|alerted|notified|sent|dispatched|informed|approved"
            r"|assigned|cancelled|canceled|closed|changed|updated|escalated|booked|reserved|deleted|filed|submitted|lowered)\b",
            r"\b(?:your|the|this|that|all) (?:requests?|reports?|tasks?|plans?|severity|priority)\b[^.!?\n]{0,20}"
            r"\b(?:(?:is|are|has been|have been|was|were|will be) (?:now )?(?:approved|cancelled|canceled|closed"
            r"|deleted|lowered|resolved|set|marked|changed)|approved)\b",
            r"^\W*(?:system|assistant|developer|tool|user)\s*:|<\||\[/?INST\]|<</?SYS|#{3}",
            r"\b(?:system prompt|developer mode|my instructions|previous instructions|jailbreak|as an AI)\b",
            rf"\b{_COUNT}\s?(?:mg|mcg|µg|milligrams?|micrograms?|ml|millilitres?|milliliters?|cc|iu)\b",
            rf"\b(?:{_COUNT})\s(?:tablets?|pills?|capsules?|teaspoons? of (?:paracetamol|ibuprofen|syrup))\b",
            r"\b(?:every \d+ hours|(?:once|twice|three times|four times|\d+ times) (?:a|per) day|twice daily)\b"
            r"[^.!?\n]{0,40}\b(?:take|give|dose|tablet|medicine)",
            r"\b(?:take|give|dose|tablet|medicine)[^.!?\n]{0,40}"
            r"\b(?:every \d+ hours|(?:once|twice|three times|four times|\d+ times) (?:a|per) day|twice daily)\b",
            rf"\b(?:you|he|she|they|it)(?:'s|'re| is| are| has| have| is having)?\s(?:an? |probably |likely |surely )*"
            rf"(?:has |have |having |got )?(?:{DISEASES})\b",
            rf"\bthis is (?:probably |likely |surely )?(?:{DISEASES})\b",
            # the same in other languages: a number beside a unit or a piece, in either order
            rf"\d+(?:[.,]\d+)?\s?(?:{UNITS})",
            rf"(?:\d+|{PIECES.counts})\s?(?:{PIECES.words})",
            rf"(?:{PIECES.words})\s?(?:\d+|{PIECES.counts})",
            COMING_ABROAD,
        )
    ),
    re.IGNORECASE,
)
_TELEPHONE = re.compile(r"(?<![\w.])\+?\d[\d ()/-]{5,}\d(?![\w])")
_SPELLED = re.compile(r"(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b[ ,-]*){6,}", re.IGNORECASE)
_DIAL = re.compile(
    r"(?:\b(?:call|dial|ring|phone|text|whatsapp|llame?|marque|appelez|composez)\s(?:the\s|al?\s|le\s)?(?:number\s)?"
    r"|அழை\S*\s|අමතන්න\s)(\d[\d ]*\d)",
    re.IGNORECASE,
)
_DIALLED = re.compile(r"(\d[\d ]*\d)\s?(?:අමතන්න|ට කතා|ஐ அழை|-ஐ அழை|पर कॉल|पर फ़ोन|پر کال)")
_DATE = re.compile(r"^\d{4}-\d{2}(?:-\d{2})?$")
_RANGE = re.compile(r"^\d{1,3}\s?-\s?\d{1,3}$")
_PLACE = re.compile(
    r"-?\d{1,3}[.,]\d{3,}\s*°?\s*[NSEW]?\s*[,;/ ]\s*-?\d{1,3}[.,]\d{3,}|\d{1,3}\s?°\s?\d{1,2}\s?['′]"
    r"|\b[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}\b|///\w+\.\w+\.\w+",
)
_LINK = re.compile(r"https?://|www\.|\b\S+@\S+\.\w+|!?\[[^\]]*\]\(|<[a-z/!]", re.IGNORECASE)
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")


def guarded(words: str, numbers: frozenset[str]) -> str:
    """The words without the sentences that must not be said; `numbers` (digits only) may be named."""
    kept = [
        sentence if not sentence.strip() or allowed(sentence, numbers) else "\n" * sentence.endswith("\n")
        for sentence in _SENTENCE.findall(words)
    ]
    return "".join(kept).strip()


@lru_cache(maxsize=8_192)
def allowed(sentence: str, numbers: frozenset[str]) -> bool:
    """Whether a sentence may be said, in whatever script its digits are."""
    plain = legible(sentence)
    if _FORBIDDEN.search(plain) or _PLACE.search(plain) or _LINK.search(plain) or _SPELLED.search(plain):
        return False
    named = [*_TELEPHONE.findall(plain), *_DIAL.findall(plain), *_DIALLED.findall(plain)]
    return all(_DATE.match(one) or _RANGE.match(one) or _digits(one) in numbers for one in named)


def legible(text: str) -> str:
    """The text as a reader sees it: compatibility forms, invisible characters and digits of all scripts made plain."""
    plain = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).replace("’", "'")
    return "".join(str(unicodedata.digit(char)) if not char.isascii() and char.isdigit() else char for char in plain)


def sentences_of(words: str) -> list[str]:
    """The sentences of a text, each without what surrounds it."""
    return [one for part in _SENTENCE.findall(words) if (one := part.strip())]


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isdigit())
