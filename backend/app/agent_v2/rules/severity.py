"""From the rules that fired to one level of urgency (DOMAIN.md §2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.agent_v2.rules.patterns import Hit, Lexicon
from app.agent_v2.rules.rule import Rule
from app.agent_v2.rules.table import words
from app.agent_v2.rules.text import Text
from app.schemas.assessment import Evidence
from app.schemas.vocabulary import NeedCategory, Severity, VulnerableGroup

_CALM = Lexicon({"calm": """
    not urgent|emergency|serious|bad|deep|critical
    no rush|hurry|emergency|urgency
    isnt|wasnt urgent|emergency|serious|deep|bad|critical
    we|were|weare|im|i|hes|shes|theyre|everyone|everybody|all [are|is] [all|both|doing] ok|okay|fine|safe|alright
    she|he|they is|are ok|okay|fine|safe|alright
    everyone|everybody|all [is|are] ok|okay|fine|safe
    when you can|get|have
    whenever
    just uncomfortable|cold|wondering|asking|curious|minor
    could|can use [some|a|more|any|extra]
    if you|possible have
    if possible
    if you have
    enough ~6 today|tomorrow|now|days|week
    for now
    tomorrow
    next week|month
    minor
    nobody|noone|none ~4 hurt|injured
    no es urgente
    estamos bien
    would be nice|great
    nice to have
    low on
    running low
    routine
    refill
    prefer
    small cut|burn|scratch|wound|leak
    scratch*
""".strip().splitlines()})  # fmt: skip

_DEMOTABLE = words("""
    danger.injury danger.acute danger.emergency danger.stranded danger.unsafe_building danger.bleeding_some
    danger.security
""")  # fmt: skip
_COUNTED_ALREADY = frozenset({"danger.infant_unfed", "danger.missing_child"})
_SURVIVAL = frozenset({
    NeedCategory.WATER, NeedCategory.FOOD, NeedCategory.SHELTER, NeedCategory.MEDICAL, NeedCategory.CLOTHING_BEDDING,
    NeedCategory.EVACUATION, NeedCategory.RESCUE, NeedCategory.SANITATION_HYGIENE, NeedCategory.INFANT_CARE,
    NeedCategory.POWER_COMMS, NeedCategory.PROTECTION,
})  # fmt: skip
_RANK_OF_NEED = {category: rank for rank, category in enumerate(NeedCategory)}

Fired = tuple[Rule, Hit, bool]


@dataclass(frozen=True, slots=True)
class Judged:
    """A level, the words it rests on, doubts for a human, and how the needs rank."""

    severity: Severity
    evidence: tuple[Evidence, ...]
    reasons: tuple[str, ...]
    order: Mapping[NeedCategory, tuple[int, int]]


def judge(text: Text, fired: Iterable[Fired], groups: tuple[VulnerableGroup, ...], *, injected: bool) -> Judged:
    """How urgent a message is, from the rules that fired and the groups at risk.

    A danger floor is never lowered. Words of calm ("not urgent", "we are ok") take back only what is not life threat:
    the lift for vulnerable people, and a high level that rests on an injury or a worry. In a text with
    instructions to the machine (`injected`) they take nothing back.
    """
    rows = list(fired)
    calm = bool(_CALM.hits(text)) and not injected
    levels = [(rule, hit, _level(rule, remote=remote, calm=calm)) for rule, hit, remote in rows]
    severity = min((level for _, _, level in levels), key=lambda level: level.rank, default=Severity.MEDIUM)
    evidence = [
        Evidence(rule=rule.name, quote=text.quote(hit.start, hit.end))
        for rule, hit, level in levels
        if level is severity
    ]
    lifted = _lifted(severity, [rule for rule, _, _ in rows], groups, calm=calm)
    if lifted is not severity:
        evidence.append(Evidence(rule="vulnerable." + groups[0].value))
    reasons = ("a danger is told of as past or only feared",) if any(remote for _, _, remote in rows) else ()
    return Judged(lifted, tuple(evidence), reasons, _order(levels))


def _level(rule: Rule, *, remote: bool, calm: bool) -> Severity:
    if remote:
        return Severity.MEDIUM if rule.severity is Severity.CRITICAL else Severity.LOW
    if calm and rule.name in _DEMOTABLE:
        return Severity.MEDIUM
    return rule.severity


def _lifted(severity: Severity, rules: list[Rule], groups: tuple[VulnerableGroup, ...], *, calm: bool) -> Severity:
    """One level more for people whom it hits harder, never to critical and never twice."""
    lacks = any(rule.category in _SURVIVAL for rule in rules)
    counted = any(rule.name in _COUNTED_ALREADY for rule in rules)
    if not groups or calm or counted or not lacks or severity.rank <= Severity.HIGH.rank:
        return severity
    return Severity.HIGH if severity is Severity.MEDIUM else Severity.MEDIUM


def _order(levels: list[tuple[Rule, Hit, Severity]]) -> dict[NeedCategory, tuple[int, int]]:
    order: dict[NeedCategory, tuple[int, int]] = {}
    for rule, _, level in levels:
        rank = (level.rank, _RANK_OF_NEED[rule.category])
        order[rule.category] = min(rank, order.get(rule.category, rank))
    return order
