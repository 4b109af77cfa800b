"""The numbers and circumstances that every part of a plan is worked out from."""

import math
from dataclasses import dataclass

from app.agent_v2.planning.cues import Cue, cues_in, dangers_in, need_words, words_of
from app.agent_v2.planning.settings import PlanningSettings
from app.schemas.assessment import Finding, PeopleSource
from app.schemas.vocabulary import NeedCategory, Severity, VulnerableGroup

_MOST_WORDS = 4_000
_DANGER_NEEDS = (NeedCategory.RESCUE, NeedCategory.EVACUATION)

_ACUTE_NEEDS = (
    NeedCategory.RESCUE,
    NeedCategory.MEDICAL,
    NeedCategory.EVACUATION,
    NeedCategory.INFANT_CARE,
    NeedCategory.MISSING_PERSON,
    NeedCategory.PROTECTION,
)


@dataclass(frozen=True)
class Facts:
    """One finding, counted. Shares stand in only for people who are reported but not counted."""

    severity: Severity
    people: int
    households: int
    days: int
    infants: int
    injured: int
    hurt: bool
    on_medicine: int
    displaced: bool
    categories: frozenset[NeedCategory]
    cues: frozenset[Cue]
    dangers: tuple[Cue, ...]
    near_flood: bool
    vulnerable: tuple[VulnerableGroup, ...]

    def has(self, *categories: NeedCategory) -> bool:
        return not self.categories.isdisjoint(categories)

    @property
    def urgent(self) -> bool:
        return self.severity in (Severity.CRITICAL, Severity.HIGH)

    @property
    def acute(self) -> bool:
        """Something else than relief is needed, so relief can wait its turn."""
        return self.has(*_ACUTE_NEEDS)

    @property
    def only_medicine(self) -> bool:
        """A lost medicine to replace, and nobody reported hurt."""
        return Cue.MEDICINE in self.cues and Cue.INJURY not in self.cues and not self.hurt and not self.urgent

    @property
    def afloat(self) -> bool:
        """To be fetched over water: no vehicle gets there."""
        return self.urgent and Cue.STRANDED in self.cues and self.dangers[:1] == (Cue.FLOOD,)

    @property
    def needs_current(self) -> bool:
        """Someone's life hangs on a machine that runs at home."""
        return Cue.DIALYSIS not in self.cues and not self.cues.isdisjoint((Cue.MACHINE, Cue.OXYGEN))


def ceil(value: float) -> int:
    """Rounded up, without letting binary fractions add one: 100 × 0.07 is 7."""
    return math.ceil(round(value, 6))


def facts_of(finding: Finding, settings: PlanningSettings, words: str = "") -> Facts:
    """The `words` of the request tell of a danger where the evidence names none."""
    people = _people(finding, settings)
    needs = [word for need in finding.needs for word in need_words(need)]
    cues = cues_in([*needs, *words_of(finding.severity_evidence)])
    dangers = _dangers(finding) or dangers_in((words[:_MOST_WORDS],), plain_water=False)
    households = finding.people.households or ceil(people / settings.household_size)
    return Facts(
        severity=finding.severity,
        people=people,
        households=min(households, people),
        days=settings.horizon_days,
        infants=max(1, ceil(people * settings.infant_share)),
        injured=max(1, finding.people.injured or 0),
        hurt=bool(finding.people.injured),
        on_medicine=max(1, ceil(people * settings.medicine_share)),
        displaced=finding.displaced,
        categories=frozenset(need.category for need in finding.needs),
        cues=cues,
        dangers=dangers,
        near_flood=Cue.FLOOD in cues or Cue.FLOOD in dangers,
        vulnerable=tuple(group for group in VulnerableGroup if group in finding.vulnerable),
    )


def _people(finding: Finding, settings: PlanningSettings) -> int:
    """Never fewer than the injured, and a mere assumption never counts fewer than one household."""
    least = settings.household_size if finding.people.source is PeopleSource.ASSUMED else 1
    return max(finding.people.count, finding.people.injured or 0, least)


def _dangers(finding: Finding) -> tuple[Cue, ...]:
    """What people are to be got out of: from the rescue's own words first, then from what made it urgent."""
    own = [word for need in finding.needs if need.category in _DANGER_NEEDS for word in need_words(need)]
    named = dangers_in(own, plain_water=True) + dangers_in(words_of(finding.severity_evidence), plain_water=False)
    return tuple(dict.fromkeys(named))
