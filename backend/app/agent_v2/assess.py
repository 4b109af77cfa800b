"""Assessing a call for help: needs, urgency and people, each with the words it rests on.

By rules alone (`RulesAssessor`); or by rules and a model, whose reading is added to theirs (`ModelAssessor`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.agent_v2.assessing.merging import merged
from app.agent_v2.assessing.prompt import ModelReading, prompt
from app.agent_v2.learned.reader import LearnedReader
from app.agent_v2.rules import intent, language, people
from app.agent_v2.rules.asides import asides, lacked
from app.agent_v2.rules.danger_words import DANGERS_EN
from app.agent_v2.rules.danger_words_world import DANGERS_WORLD
from app.agent_v2.rules.injection import INJECTION
from app.agent_v2.rules.need_words import NEEDS
from app.agent_v2.rules.negation import Context
from app.agent_v2.rules.patterns import Hit, Lexicon
from app.agent_v2.rules.rule import Rule, by_name
from app.agent_v2.rules.severity import Judged, judge
from app.agent_v2.rules.text import END, Text, read, without
from app.agent_v2.rules.vulnerable import vulnerable
from app.core.model import Model, NoAnswer
from app.schemas.assessment import Evidence, Finding, FoundNeed, People
from app.schemas.vocabulary import NeedCategory, Severity

VERSION = "rules-2"
HOUSEHOLD_SIZE = 4
"""People in a household whose size is not stated (DOMAIN.md §3: Census 2012 mean 3.80, rounded up)."""

_RULES = by_name((*DANGERS_EN, *DANGERS_WORLD, *NEEDS))
_DANGER_NAMES = frozenset(one.name for one in (*DANGERS_EN, *DANGERS_WORLD))
_LEXICON = Lexicon({name: one.phrases for name, one in _RULES.items()})
_MOST_EVIDENCE = 5
_UNREADABLE = "the text could not be read"


@dataclass(frozen=True, slots=True)
class Found:
    """A rule that fired, with the words."""

    rule: Rule
    hit: Hit
    remote: bool = False

    @property
    def danger(self) -> bool:
        """Whether the rule is about danger and not only about a lack."""
        return self.rule.name in _DANGER_NAMES


@dataclass(frozen=True)
class RulesAssessor:
    """The assessor that needs no model and no network."""

    household_size: int = HOUSEHOLD_SIZE
    learned: LearnedReader | None = None
    """What was learned from labelled messages, if that is to be added."""

    async def read(self, text: str, *, title: str = "", type_of_need: str = "", language: str | None = None) -> Finding:
        """What is understood of the request; never raises, whatever the text."""
        return self.finding(text, title=title, type_of_need=type_of_need, language=language)

    def finding(self, text: str, *, title: str = "", type_of_need: str = "", language: str | None = None) -> Finding:
        """As `read`, where nothing is awaited."""
        found = assess_text(
            text, title=title, type_of_need=type_of_need, language=language, household_size=self.household_size
        )
        message = _whole(text, title)
        return self.learned.added(message, found, signs(message)) if self.learned else found


@dataclass(frozen=True)
class ModelAssessor:
    """The rules, and a model beside them; what it does not answer the rules say alone."""

    model: Model
    rules: RulesAssessor
    urgent_seconds: float = 5.0
    """Patience with the model for whoever is in danger by the rules already."""

    async def read(self, text: str, *, title: str = "", type_of_need: str = "", language: str | None = None) -> Finding:
        """What is understood of the request; never raises, whatever the text and whatever the model."""
        finding = await self.rules.read(text, title=title, type_of_need=type_of_need, language=language)
        message = _whole(text, title)
        if not message:
            return finding
        try:
            urgent = self.urgent_seconds if finding.severity is Severity.CRITICAL else None
            told = await self.model.ask(prompt(message, seconds=urgent), ModelReading)
        except NoAnswer:
            return finding
        return merged(finding, told, read(message), household=self.rules.household_size)


def assess_text(
    text: str,
    *,
    title: str = "",
    type_of_need: str = "",
    language: str | None = None,
    household_size: int = HOUSEHOLD_SIZE,
) -> Finding:
    """What is understood of a call for help; the same words always give the same finding.

    `type_of_need` is what the person ticked in the client (`food`, `medical`, `rescue`, `other`); it adds a need and is
    never evidence of danger. `language` is a hint for text that does not tell its own.
    """
    return _Reading(read(_whole(text, title)), type_of_need, language, household_size).finding()


def _whole(text: str, title: str) -> str:
    return f"{title.strip()}\n{text.strip()}".strip() if title.strip() else text.strip()


def signs(message: str) -> tuple[str, ...]:
    """Names of all the rules that fire on a message, `danger.*` and `need.*`, also where it asks for nothing; what it
    denies (`nobody is hurt`) does not count."""
    return tuple(dict.fromkeys(one.rule.name for one in _found(read(message))))


class _Reading:
    """One message on its way to a finding."""

    def __init__(self, text: Text, type_of_need: str, hint: str | None, household: int) -> None:
        self.text = text
        self.ticked = _ticked(type_of_need)
        self.hint = hint
        self.household = household
        self.found = _found(text)
        self.needs = _needs(text, self.found)
        self.language = language.detect(text, hint)
        self.vulnerable = vulnerable(text)
        self.injected = INJECTION.hits(text)
        self.asking = intent.asks(text)

    def finding(self) -> Finding:
        reason = self._asks_nothing()
        readable = self._readable()
        judged = judge(
            self.text,
            [(one.rule, one.hit, one.remote) for one in self.found],
            self.vulnerable,
            injected=bool(self.injected),
        )
        severity, evidence, reasons = judged.severity, list(judged.evidence), list(judged.reasons)
        if reason:
            severity, evidence, reasons = Severity.LOW, [], []
        elif not readable:
            severity = severity.raised(Severity.HIGH)
            reasons.append(_UNREADABLE if self._has_words() else "no text")
        elif not self.needs and self.asking:
            severity = severity.raised(Severity.HIGH)
            evidence.append(self._evidence("plea", self.asking[0]))
            reasons.append("help is asked for without saying what for")
        elif not self.needs:
            reasons.append("no need was recognised")
        if self.injected:
            severity = severity.raised(self._honest_severity())
            reasons.append("suspected instructions to the machine in the text; they were not followed")
        if self.language == language.UNKNOWN and readable and not reason:
            reasons.append("the language was not recognised")
        if self.text.cut:
            reasons.append("only the beginning and the end of a very long text were read")
        return Finding(
            is_request=reason is None,
            not_a_request_reason=reason,
            needs=self._ordered(judged) if reason in {None, "offer"} else (),
            severity=severity,
            severity_evidence=tuple(evidence[:_MOST_EVIDENCE]),
            people=self._people(),
            vulnerable=self.vulnerable,
            language=self.language,
            displaced=not reason and self._displaced(),
            needs_review=bool(reasons),
            review_reasons=tuple(dict.fromkeys(reasons)),
            assessor_version=VERSION,
        )

    def _honest_severity(self) -> Severity:
        """The severity of what is left of the text without the sentences that instruct the machine."""
        rest = self._honest_text()
        if INJECTION.hits(rest):
            return Severity.HIGH
        return _Reading(rest, "", self.hint, self.household).finding().severity

    def _honest_text(self) -> Text:
        """The text without the sentences that instruct the machine: nobody is counted who stands in those alone."""
        return read(without(self.text, (hit.start for hit in self.injected))) if self.injected else self.text

    def _has_words(self) -> bool:
        return any(word != END for word in self.text.words)

    def _readable(self) -> bool:
        """English is read; of other languages only what known words were found in."""
        known = bool(self.found) or bool(self.asking) or self.ticked is not None
        return self._has_words() and (known or (self.language == "en" and len(self.text.words) > 1))

    def _asks_nothing(self) -> str | None:
        if self.ticked or self.injected:
            return None
        dangers = any(one.danger and not one.remote for one in self.found)
        names = frozenset(one.rule.name for one in self.found if not one.danger)
        return intent.asks_nothing(self.text, intent.Signs(dangers, names, self.language in {"en", "und"}))

    def _people(self) -> People:
        medical = any(need.category is NeedCategory.MEDICAL for need in self.needs)
        danger = any(one.danger and one.rule.severity is Severity.CRITICAL for one in self.found)
        return people.count(self._honest_text(), household=self.household, one_victim=medical or danger)

    def _displaced(self) -> bool:
        return any(one.rule.name == "need.shelter" for one in self.found)

    def _evidence(self, name: str, hit: Hit) -> Evidence:
        return Evidence(rule=name, quote=self.text.quote(hit.start, hit.end))

    def _ordered(self, judged: Judged) -> tuple[FoundNeed, ...]:
        """Most urgent first; what the person ticked last if the words do not speak of it."""
        needs = dict(self.needs_by_category(judged))
        if self.ticked and self.ticked not in needs:
            needs[self.ticked] = FoundNeed(category=self.ticked, evidence=(Evidence(rule="ticked"),))
        if not needs:
            quote = self._evidence("plea", self.asking[0]) if self.asking else Evidence(rule="unstated")
            return (FoundNeed(category=NeedCategory.OTHER, evidence=(quote,)),)
        return tuple(needs.values())

    def needs_by_category(self, judged: Judged) -> dict[NeedCategory, FoundNeed]:
        by_category = {need.category: need for need in self.needs}
        return {c: by_category[c] for c in sorted(by_category, key=lambda c: judged.order.get(c, (9, 9)))}


def _found(text: Text) -> list[Found]:
    context = Context(text)
    found: dict[tuple[str, int], Found] = {}
    for hit in _LEXICON.hits(text):
        rule = _RULES[hit.rule]
        danger = hit.rule in _DANGER_NAMES
        if (danger or rule.category is NeedCategory.MEDICAL) and context.denied(hit):
            continue
        found.setdefault((hit.rule, hit.start), Found(rule, hit, remote=danger and context.remote(hit)))
    return list(found.values())


def _needs(text: Text, found: Iterable[Found]) -> tuple[FoundNeed, ...]:
    groups: dict[NeedCategory, list[Found]] = {}
    for one in found:
        if not (one.rule.category is NeedCategory.OTHER and one.danger):
            groups.setdefault(one.rule.category, []).append(one)
    groups = _lacking(groups, asides(text))
    return tuple(
        FoundNeed(
            category=category,
            evidence=tuple(
                Evidence(rule=one.rule.name, quote=text.quote(one.hit.start, one.hit.end))
                for one in group[:_MOST_EVIDENCE]
            ),
            details=tuple(dict.fromkeys(one.rule.detail for one in group)),
        )
        for category, group in groups.items()
    )


def _lacking(
    groups: dict[NeedCategory, list[Found]], places: frozenset[tuple[str, int]]
) -> dict[NeedCategory, list[Found]]:
    """The needs without those that are only named aside, as long as another one is left."""
    left = {c: group for c, group in groups.items() if lacked((one.hit for one in group), places)}
    return left or groups


_TICKED = {
    "food": NeedCategory.FOOD,
    "medical": NeedCategory.MEDICAL,
    "med": NeedCategory.MEDICAL,
    "rescue": NeedCategory.RESCUE,
    "water": NeedCategory.WATER,
    "shelter": NeedCategory.SHELTER,
    "cloth": NeedCategory.CLOTHING_BEDDING,
    "clothing": NeedCategory.CLOTHING_BEDDING,
    "toilet": NeedCategory.SANITATION_HYGIENE,
}


def _ticked(type_of_need: str) -> NeedCategory | None:
    word = type_of_need.strip().lower()
    return _TICKED.get(word)
