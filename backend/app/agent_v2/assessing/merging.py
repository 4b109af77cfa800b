"""A model's reading added to the rules' own: it adds, raises and translates, and takes nothing away.

What it quotes must stand in the message, outside of sentences that instruct the machine. Where such sentences are
suspected, its numbers count for nothing at all.
"""

import re
from dataclasses import dataclass, field

from app.agent_v2.assessing.prompt import INSTRUCTIONS, NAME, VERSION, ModelReading
from app.agent_v2.fencing import clean, repeats
from app.agent_v2.rules import language, people
from app.agent_v2.rules.injection import INJECTION
from app.agent_v2.rules.text import QUOTE_CHARS, Text, read, without
from app.core.model import Told
from app.schemas.assessment import Evidence, Finding, FoundNeed, People, PeopleSource
from app.schemas.model_use import ModelUse
from app.schemas.vocabulary import NeedCategory, Severity, VulnerableGroup

RULE = "model"
"""The name of the rule in evidence that a model has quoted."""
MOST_EVIDENCE = 5
MOST_ENGLISH = 4_000

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST_TAG = 35
_ENGLISH_SHARE = 0.1
_DIGITS = re.compile(r"\d{1,6}")
_GUESSED = frozenset({"unstated", "plea"})
"""Rules under which a need stands that nobody has named."""


class Quotes:
    """The words of a message that may be quoted: all but those of sentences that instruct the machine."""

    def __init__(self, message: Text) -> None:
        hits = INJECTION.hits(message)
        self.injected = bool(hits)
        honest = without(message, (hit.start for hit in hits)) if hits else message.original
        self._words = _plain(clean(honest, most=len(honest) + 1))

    def standing(self, quote: str | None) -> str | None:
        """The quote, if its words stand in the message just so; of a long one the beginning."""
        said = (quote or "").strip().strip("\"'“”«»").strip()[:QUOTE_CHARS]
        plain = _plain(said)
        return said if len(plain) > 1 and plain in self._words else None


@dataclass
class _Merging:
    finding: Finding
    reading: ModelReading
    message: Text
    quotes: Quotes
    household: int
    reasons: list[str] = field(default_factory=list)

    def is_request(self) -> bool:
        if not self.finding.is_request and self.reading.is_request:
            self.reasons.append("the rules saw no request in it, the model does")
        if self.finding.is_request and not self.reading.is_request:
            self.reasons.append("the model sees no request in it")
        return self.finding.is_request or self.reading.is_request

    def needs(self, *, is_request: bool) -> tuple[FoundNeed, ...]:
        found = {need.category: need for need in self.finding.needs}
        for one in self.reading.needs:
            quote = self.quotes.standing(one.quote)
            if quote and one.category not in found:
                found[one.category] = FoundNeed(category=one.category, evidence=(Evidence(rule=RULE, quote=quote),))
        if is_request and not found:
            found[NeedCategory.OTHER] = FoundNeed(category=NeedCategory.OTHER, evidence=(Evidence(rule="unstated"),))
        return tuple(sorted(found.values(), key=_is_guessed))  # sorting keeps the order of the others

    def severity(self) -> tuple[Severity, tuple[Evidence, ...]]:
        before, evidence = self.finding.severity, self.finding.severity_evidence
        after = before.raised(self.reading.severity) if self.reading.is_request else before
        if after is before:
            return before, evidence
        quote = self.quotes.standing(self.reading.severity_quote)
        if quote is None:
            self.reasons.append("the model finds it more urgent, and does not say by which words")
            return after, evidence
        return after, (Evidence(rule=RULE, quote=quote), *evidence)[:MOST_EVIDENCE]

    def people(self) -> People:
        """What the rules read in words stays, and a human looks where the model read another number; that of the model
        is taken for a number that the rules had to assume, or to reckon from households.
        """
        known, told = self.finding.people, self.reading.people
        if told is None or told.count == known.count or not 1 <= told.count <= people.MOST_PEOPLE:
            return known
        if known.source is PeopleSource.STATED:
            self.reasons.append(f"the rules read {known.count} people, the model {told.count}")
            return known
        quote = self.quotes.standing(told.quote)
        if quote is None or self.suspected or not self._says(quote, told.count):
            return known
        injured = known.injured and min(known.injured, told.count)
        return People(count=told.count, source=PeopleSource.STATED, injured=injured, quote=quote)

    def _says(self, quote: str, count: int) -> bool:
        """Whether a quote gives this number of people; in a language that the rules do not count in, its digits do."""
        found = people.count(read(quote), household=self.household, one_victim=False)
        if found.source is PeopleSource.STATED:
            return found.count == count
        return not self.english_inside and count in {int(one) for one in _DIGITS.findall(quote)}

    @property
    def english_inside(self) -> bool:
        """Whether so much of it is English that the rules would have found the number if it were one of people."""
        return language.share(self.message, "en") > _ENGLISH_SHARE

    @property
    def suspected(self) -> bool:
        return self.quotes.injected or self.reading.instructs

    def vulnerable(self) -> tuple[VulnerableGroup, ...]:
        quoted = (one.group for one in self.reading.vulnerable if self.quotes.standing(one.quote))
        return tuple(dict.fromkeys((*self.finding.vulnerable, *quoted)))

    @property
    def language(self) -> str:
        """The rules know few languages, and take many others for English."""
        said, known = self.reading.language or "", self.finding.language
        unsure = known == "und" or (known == "en" and self.english is not None)
        return said if unsure and len(said) <= _LONGEST_TAG and _LANGUAGE.fullmatch(said) else known

    @property
    def english(self) -> str | None:
        if not self.reading.english or (self.reading.language or "und").lower().partition("-")[0] == "en":
            return None
        english = clean(self.reading.english, most=MOST_ENGLISH)
        translated = _plain(english) != _plain(self.message.original) and not repeats(english, INSTRUCTIONS)
        return english if english and translated else None


def merged(finding: Finding, told: Told[ModelReading], message: Text, *, household: int) -> Finding:
    """The rules' finding with what a model has read in the same message."""
    merging = _Merging(finding, told.answer, message, Quotes(message), household)
    is_request = merging.is_request()
    severity, evidence = merging.severity()
    if told.answer.instructs and not merging.quotes.injected:
        merging.reasons.append("suspected instructions to the machine in the text; they were not followed")
    counted = merging.people()
    reasons = tuple(dict.fromkeys((*finding.review_reasons, *merging.reasons)))
    prompt = f"{NAME}-{VERSION}"
    return finding.model_copy(
        update={
            "is_request": is_request,
            "not_a_request_reason": None if is_request else finding.not_a_request_reason,
            "needs": merging.needs(is_request=is_request),
            "severity": severity,
            "severity_evidence": evidence,
            "people": counted,
            "vulnerable": merging.vulnerable(),
            "language": merging.language,
            "translation": merging.english,
            "needs_review": bool(reasons),
            "review_reasons": reasons,
            "assessor": told.model,
            "assessor_version": f"{finding.assessor_version} {prompt} {told.model}",
            "used": ModelUse(
                model=told.model,
                prompt=prompt,
                input_tokens=told.usage.input_tokens,
                output_tokens=told.usage.output_tokens,
            ),
        }
    )


def _is_guessed(need: FoundNeed) -> bool:
    return all(one.rule in _GUESSED for one in need.evidence)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
