"""The sentences of a plan: what to do and why."""

from collections.abc import Iterable, Mapping

from app.agent_v2.planning.cues import Cue
from app.agent_v2.planning.facts import Facts
from app.agent_v2.planning.grouping import Group
from app.agent_v2.planning.steps import ALSO, STEPS
from app.agent_v2.planning.teams import Team
from app.schemas.assessment import FoundNeed, PeopleSource
from app.schemas.plan import TaskKind
from app.schemas.vocabulary import Item, NeedCategory, VulnerableGroup

MAX_STEP = 400
_MAX_QUOTE = 80
_MAX_TAG = 12

NEED_NAMES: Mapping[NeedCategory, str] = {
    NeedCategory.RESCUE: "rescue",
    NeedCategory.MEDICAL: "medical help",
    NeedCategory.WATER: "drinking water",
    NeedCategory.FOOD: "food",
    NeedCategory.SHELTER: "shelter",
    NeedCategory.EVACUATION: "evacuation",
    NeedCategory.SANITATION_HYGIENE: "sanitation and hygiene",
    NeedCategory.CLOTHING_BEDDING: "clothing and bedding",
    NeedCategory.INFANT_CARE: "infant care",
    NeedCategory.POWER_COMMS: "power and communication",
    NeedCategory.TRANSPORT_ACCESS: "transport and access",
    NeedCategory.MISSING_PERSON: "a missing person",
    NeedCategory.PROTECTION: "protection",
    NeedCategory.INFORMATION: "information",
    NeedCategory.OTHER: "something else",
}
_GROUP_NAMES: Mapping[VulnerableGroup, str] = {
    VulnerableGroup.INFANT: "infants",
    VulnerableGroup.CHILD: "children",
    VulnerableGroup.OLDER_PERSON: "older people",
    VulnerableGroup.PREGNANT: "pregnant women",
    VulnerableGroup.DISABLED: "disabled people",
    VulnerableGroup.CHRONIC_ILLNESS: "the chronically ill",
}
_PLURALS: Mapping[Item, str] = {
    Item.DRINKING_WATER: "drinking water",
    Item.INFANT_FORMULA: "infant formula",
    Item.MEDICINES: "medicines",
    Item.OTHER: "other supplies",
}
_MAX_GOODS = 5

_NAMES_NOBODY = frozenset(
    {TaskKind.CONTACT, TaskKind.INFORMATION, TaskKind.TRACING, TaskKind.PROTECTION, TaskKind.INFANT_SUPPORT}
)
_LANGUAGES: Mapping[str, str] = {"si": "Sinhala", "ta": "Tamil", "en": "English"}
_CERTAINTY: Mapping[PeopleSource, str] = {
    PeopleSource.STATED: "as stated",
    PeopleSource.HOUSEHOLDS: "from the number of households",
    PeopleSource.ASSUMED: "assumed, to be confirmed",
}


def step_for(group: Group, team: Team, facts: Facts, goods: Iterable[Item], *, language: str = "und") -> str:
    """One instruction of at most `MAX_STEP` characters; who comes first is left out before anything else."""
    text = STEPS[group.kind].format(
        team=count(team.people, "person", "people"),
        people=count(facts.people, "person", "people"),
        days=count(facts.days, "day", "days"),
        goods=_listed([item_name(item) for item in goods]),
        patients=f" for about {facts.injured} hurt" if facts.hurt else "",
        language=_language(language),
    )
    text += "".join(ALSO.get(kind, "") for kind in group.kinds[1:])
    if group.kind is TaskKind.MEDICAL_CARE and Cue.BIRTH in facts.cues:
        text += " For labour send a midwife if there is one."
    first = f" First: {', '.join(_GROUP_NAMES[one] for one in facts.vulnerable)}."
    if (
        facts.vulnerable
        and group.kind not in (TaskKind.CONTACT, TaskKind.INFORMATION)
        and len(text + first) <= MAX_STEP
    ):
        text += first
    return text


def reason_for(needs: Iterable[FoundNeed], otherwise: str) -> str:
    """Each need with its first quoted words, or else the name of the rule that found it."""
    return "; ".join(_because(need) for need in needs) or otherwise


def people_note(facts: Facts, source: PeopleSource) -> str:
    return f"{count(facts.people, 'person', 'people')} ({_CERTAINTY[source]})"


def item_name(item: Item) -> str:
    """In the plural, as in a list of goods."""
    return _PLURALS.get(item) or f"{item.value.replace('_', ' ')}s"


def count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _language(tag: str) -> str:
    if tag == "und":
        return " (language unknown: have an interpreter ready)"
    return f" in {_LANGUAGES.get(tag.partition('-')[0], f'their own language ({quote(tag)[:_MAX_TAG]})')}"


def _because(need: FoundNeed) -> str:
    quoted = next((shown for found in need.evidence if (shown := quote(found.quote))), "")
    return f"{NEED_NAMES[need.category]} ({f'“{quoted}”' if quoted else f'rule {quote(need.evidence[0].rule)}'})"


def quote(words: str) -> str:
    """The words on one line, without control characters, cut at 80."""
    shown = words if words.isprintable() else "".join(char if char.isprintable() else " " for char in words)
    line = " ".join(shown.split())
    return line if len(line) <= _MAX_QUOTE else line[: _MAX_QUOTE - 1].rstrip() + "…"


def _listed(names: list[str]) -> str:
    """A list for a sentence; a long one is cut, since the supplies have it in full."""
    if not names:
        return "what is needed"
    if len(names) > _MAX_GOODS:
        names = [*names[:_MAX_GOODS], "the other supplies of this plan"]
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
