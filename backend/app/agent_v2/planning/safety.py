"""Safety lines that go with a task, by kind of work and by danger reported."""

from collections.abc import Mapping

from app.agent_v2.planning.cues import Cue
from app.agent_v2.planning.facts import Facts
from app.agent_v2.planning.grouping import Group
from app.schemas.plan import RESCUE_KINDS, TaskKind

_PAIRS = "Work in pairs; nobody goes alone, shifts of 12 hours at most."
_CONFIDENTIAL = "Share names, numbers and positions only with those who act on this request."
_NO_PROMISE = "Promise no arrival time and no outcome."
_NO_PHOTOS = "Take no photos and post nothing about the people you meet."

_BY_DANGER: Mapping[Cue, str] = {
    Cue.FLOOD: "Do not walk, drive or swim through moving water: 15 cm fells an adult, 30 cm carries a small car.",
    Cue.COLLAPSE: "Stay out from under slopes and damaged walls; go back in only after an engineer has cleared them.",
    Cue.FIRE: "Keep upwind and out of smoke; only firefighters enter.",
}
_BY_KIND: Mapping[TaskKind, tuple[str, ...]] = {
    TaskKind.WATER_RESCUE: (
        "Life jackets on before launching, on rescuers and evacuees; never more people than seats.",
        "Stay clear of power lines; every line in or near water counts as live.",
    ),
    TaskKind.COLLAPSE_RESCUE: (
        "An engineer or the team leader clears the site first; set a lookout and an alarm signal.",
        "Volunteers stay outside the cordon.",
    ),
    TaskKind.FIRE_RESCUE: ("Two pairs, one ready outside; cut gas and power before going in.",),
    TaskKind.SEARCH_RESCUE: (
        "Find out what the danger is before anyone goes near; turn back if the gear does not fit it.",
    ),
    TaskKind.MEDICAL_CARE: (
        "Treat only where the place is safe, with gloves; do not move a spinal casualty unless in danger.",
    ),
    TaskKind.FIRST_AID: ("First aid only: no diagnosis, no doses; hand over to the ambulance if it gets worse.",),
    TaskKind.EVACUATION: ("Never more people than seats; if the road is under water, stop and ask for a boat team.",),
    TaskKind.TRANSPORT: ("Clear nothing under an unstable slope or near a fallen power line.",),
    TaskKind.DISTRIBUTION: ("Keep the queue calm and short; serve those who cannot stand in it at their place.",),
    TaskKind.SHELTER_SETUP: ("Build on high ground, away from slopes, trees and the water line.",),
    TaskKind.INFANT_SUPPORT: (
        "Formula only for infants who are not breastfed, made with safe water; never be alone with a child.",
    ),
    TaskKind.POWER_COMMS: ("Generators run outdoors only (carbon monoxide); touch nothing wet that is connected.",),
    TaskKind.TRACING: (_CONFIDENTIAL,),
    TaskKind.PROTECTION: (_CONFIDENTIAL, "Do not question or confront anyone; leave that to trained staff."),
    TaskKind.INFORMATION: (_NO_PROMISE,),
    TaskKind.CONTACT: (_NO_PROMISE, _CONFIDENTIAL),
    TaskKind.FOLLOW_UP: (_NO_PHOTOS,),
}
_AT_A_DESK = frozenset({TaskKind.CONTACT, TaskKind.INFORMATION, TaskKind.TRACING, TaskKind.PROTECTION})


def safety_for(group: Group, facts: Facts) -> tuple[str, ...]:
    """The lines for every kind of work in the group, then for the dangers that its team will meet."""
    lines = [line for kind in group.kinds for line in _BY_KIND.get(kind, ())]
    if group.kind not in _AT_A_DESK:
        dangers = facts.dangers if group.kind in RESCUE_KINDS else (*facts.dangers, *_flood(facts))
        lines += [_BY_DANGER[danger] for danger in dangers if not _own(group.kind, danger)]
        lines.append(_PAIRS)
    return tuple(dict.fromkeys(lines))


def _flood(facts: Facts) -> tuple[Cue, ...]:
    return (Cue.FLOOD,) if facts.near_flood else ()


def _own(kind: TaskKind, danger: Cue) -> bool:
    """A crew in a boat is not told to keep off the water."""
    return (kind, danger) in ((TaskKind.WATER_RESCUE, Cue.FLOOD), (TaskKind.FIRE_RESCUE, Cue.FIRE))


def safety_words() -> tuple[str, ...]:
    """Every line there is."""
    return (*_BY_DANGER.values(), *(line for lines in _BY_KIND.values() for line in lines), _PAIRS)
