"""What no answer may say, whoever wrote it: promises of help, times, doses, and numbers that nobody vouches for."""

import re

_SENTENCE = re.compile(r"(?:[^.!?\n]|\.(?=\w))*(?:[.!?]+|\n|$)")
"""Up to its end; a point inside a number ends none."""
_COMING = r"(?:on (?:the|its|their|his|her) way|coming|en route|arriving|dispatched|underway)"
_HELPERS = (
    r"(?:help|rescue(?:rs)?|(?:an? |the |your )?(?:ambulance|team|boat|helicopter|crew)s?|responders?|volunteers?|they"
    r"|someone|somebody)"
)
_FORBIDDEN = re.compile(
    "|".join(
        (
            rf"\b{_HELPERS}\b[^.!?\n]{{0,30}}\b(?:is|are|will be|has been|have been|being|'s|'re)\b[^.!?\n]{{0,20}}"
            rf"\b{_COMING}\b",
            rf"\b{_HELPERS}\b[^.!?\n]{{0,20}}\b(?:will|shall|'ll)\b[^.!?\n]{{0,20}}"
            r"\b(?:arrive|come|reach|be there|be with you|pick you up|get to you|rescue you)\b",
            r"\b(?:arrive|arrives|reach|reaches|there|with you|here)\b[^.!?\n]{0,15}"
            r"\b(?:in|within)\b[^.!?\n]{0,15}\b(?:minutes?|mins?|hours?|hrs?)\b",
            r"\bE\.?T\.?A\b",
            r"\b\d+(?:[.,]\d+)?\s?(?:mg|mcg|µg|milligrams?|micrograms?|ml|millilitres?|iu)\b",
            r"\b(?:\d+|one|two|three|four|half an?)\s(?:tablets?|pills?|capsules?)\b",
            r"\b(?:you|he|she|they)\s(?:probably |likely |surely )?(?:have|has)\s"
            r"(?:dengue|cholera|malaria|covid|leptospirosis|pneumonia|sepsis|tetanus|typhoid|measles)\b",
        )
    ),
    re.IGNORECASE,
)
_TELEPHONE = re.compile(r"(?<![\w.])\+?\d[\d ()-]{5,}\d(?![\w])")
_DIAL = re.compile(r"\b(?:call|dial|ring|phone|text)\s(?:the\s)?(?:number\s)?(\d[\d ]*\d)", re.IGNORECASE)
_DATE = re.compile(r"^\d{4}-\d{2}(?:-\d{2})?$")
_PLACE = re.compile(r"-?\d{1,3}\.\d{3,}\s*,\s*-?\d{1,3}\.\d{3,}")


def guarded(words: str, numbers: frozenset[str]) -> str:
    """The words without the sentences that must not be said; `numbers` (digits only) may be named."""
    kept = [
        sentence if not sentence.strip() or _allowed(sentence, numbers) else "\n" * sentence.endswith("\n")
        for sentence in _SENTENCE.findall(words)
    ]
    return "".join(kept).strip()


def _allowed(sentence: str, numbers: frozenset[str]) -> bool:
    if _FORBIDDEN.search(sentence) or _PLACE.search(sentence):
        return False
    named = [*_TELEPHONE.findall(sentence), *_DIAL.findall(sentence)]
    return all(_DATE.match(one) or _digits(one) in numbers for one in named)


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isdigit())
