"""Which needs one team serves together, so that any number of needs fits the few tasks of a plan."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.agent_v2.planning.cues import Cue
from app.agent_v2.planning.facts import Facts
from app.schemas.assessment import FoundNeed
from app.schemas.plan import RESCUE_KINDS, TaskKind
from app.schemas.vocabulary import NeedCategory

MAX_GROUPS = 4
"""Five tasks at most, one of which talks to the requester."""

_RESCUE_BY_DANGER = {
    Cue.FLOOD: TaskKind.WATER_RESCUE,
    Cue.COLLAPSE: TaskKind.COLLAPSE_RESCUE,
    Cue.FIRE: TaskKind.FIRE_RESCUE,
}
_KIND_BY_NEED = {
    NeedCategory.EVACUATION: TaskKind.EVACUATION,
    NeedCategory.TRANSPORT_ACCESS: TaskKind.TRANSPORT,
    NeedCategory.WATER: TaskKind.DISTRIBUTION,
    NeedCategory.FOOD: TaskKind.DISTRIBUTION,
    NeedCategory.SANITATION_HYGIENE: TaskKind.DISTRIBUTION,
    NeedCategory.SHELTER: TaskKind.SHELTER_SETUP,
    NeedCategory.INFANT_CARE: TaskKind.INFANT_SUPPORT,
    NeedCategory.POWER_COMMS: TaskKind.POWER_COMMS,
    NeedCategory.MISSING_PERSON: TaskKind.TRACING,
    NeedCategory.PROTECTION: TaskKind.PROTECTION,
    NeedCategory.INFORMATION: TaskKind.INFORMATION,
    NeedCategory.OTHER: TaskKind.NEEDS_VISIT,
}
_RELIEF = (TaskKind.DISTRIBUTION, TaskKind.SHELTER_SETUP, TaskKind.INFANT_SUPPORT, TaskKind.POWER_COMMS)
_CARE = (TaskKind.PROTECTION, TaskKind.TRACING)
ACUTE = RESCUE_KINDS | {
    TaskKind.MEDICAL_CARE,
    TaskKind.FIRST_AID,
    TaskKind.EVACUATION,
    TaskKind.PROTECTION,
    TaskKind.TRACING,
    TaskKind.INFANT_SUPPORT,
}


@dataclass(frozen=True)
class Group:
    """The needs of one task. `kinds` are all the kinds of work merged into it, `kind` the one that leads."""

    kind: TaskKind
    kinds: tuple[TaskKind, ...]
    needs: tuple[FoundNeed, ...]

    @property
    def categories(self) -> tuple[NeedCategory, ...]:
        return tuple(dict.fromkeys(need.category for need in self.needs))

    def with_(self, other: "Group") -> "Group":
        kinds = tuple(dict.fromkeys((*self.kinds, *other.kinds)))
        return replace(self, kinds=kinds, needs=(*self.needs, *other.needs))


def grouped(needs: Iterable[FoundNeed], facts: Facts) -> tuple[tuple[Group, ...], Group]:
    """At most `MAX_GROUPS` groups, life-saving first, and the contact with whatever was left to it.

    No need is lost: each stands in exactly one group or in the contact.
    """
    groups: dict[TaskKind, Group] = {}
    for need in needs:
        kind = _kind(need, facts)
        group = Group(kind, (kind,), (need,))
        groups[kind] = groups[kind].with_(group) if kind in groups else group
    _fold(groups, (TaskKind.EVACUATION, TaskKind.TRANSPORT), at_most=1)
    contact = Group(TaskKind.CONTACT, (TaskKind.CONTACT,), ())
    if len(groups) > 1 and TaskKind.NEEDS_VISIT in groups:
        contact = contact.with_(groups.pop(TaskKind.NEEDS_VISIT))
    if len(groups) > MAX_GROUPS and TaskKind.INFORMATION in groups:
        contact = contact.with_(groups.pop(TaskKind.INFORMATION))
    _fold(groups, _RELIEF, at_most=MAX_GROUPS)
    _fold(groups, _CARE, at_most=MAX_GROUPS)
    for kind in _CARE:
        if len(groups) > MAX_GROUPS and kind in groups:
            contact = contact.with_(groups.pop(kind))
    ordered = sorted(groups.values(), key=_urgency)
    return tuple(ordered), contact


def _kind(need: FoundNeed, facts: Facts) -> TaskKind:
    if need.category is NeedCategory.RESCUE:
        return _RESCUE_BY_DANGER[facts.dangers[0]] if facts.dangers else TaskKind.SEARCH_RESCUE
    if need.category is NeedCategory.EVACUATION and facts.afloat:
        return TaskKind.WATER_RESCUE
    if need.category is NeedCategory.MEDICAL:
        return TaskKind.MEDICAL_CARE if facts.urgent else TaskKind.FIRST_AID
    if need.category is NeedCategory.CLOTHING_BEDDING:
        return TaskKind.SHELTER_SETUP if facts.has(NeedCategory.SHELTER) else TaskKind.DISTRIBUTION
    return _KIND_BY_NEED[need.category]


def _fold(groups: dict[TaskKind, Group], family: tuple[TaskKind, ...], *, at_most: int) -> None:
    """Merge the last of the family into its first until there are `at_most` groups or one member is left.

    With `at_most=1` the family itself always ends up as one.
    """
    while len(groups) > at_most:
        present = [kind for kind in family if kind in groups]
        if len(present) < 2:
            return
        groups[present[0]] = groups[present[0]].with_(groups.pop(present[-1]))


def _urgency(group: Group) -> int:
    """Rescue, then treatment, then other acute work; the rest keeps the order of the finding (sorting is stable)."""
    if group.kind in RESCUE_KINDS:
        return 0
    if group.kind in (TaskKind.MEDICAL_CARE, TaskKind.FIRST_AID):
        return 1
    return 2 if ACUTE.intersection(group.kinds) else 3
