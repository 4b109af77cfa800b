"""Who goes: role, skills, size and gear of the team for each kind of work."""

from dataclasses import dataclass

from app.agent_v2.planning.facts import Facts, ceil
from app.agent_v2.planning.grouping import Group
from app.agent_v2.planning.settings import PlanningSettings
from app.schemas.plan import RESCUE_KINDS, TaskKind
from app.schemas.vocabulary import Item, RoleId, Severity, Skill

PAIR = 2
"""CERT Unit 6: you look after your own safety and your buddy's."""

_CERT = "CERT Unit 6: nobody goes alone"
_LICENSED = (Skill.DOCTOR, Skill.NURSE, Skill.PARAMEDIC, Skill.MIDWIFE)
_ON_WATER = (Skill.SWIFTWATER_RESCUE, Skill.BOAT_OPERATOR)
_LANGUAGES = {"si": Skill.LANGUAGE_SI, "ta": Skill.LANGUAGE_TA}


@dataclass(frozen=True)
class Team:
    role: RoleId
    skills_all: tuple[Skill, ...]
    skills_any: tuple[Skill, ...]
    people: int
    min_people: int
    verified_only: bool
    gear: tuple[Item, ...]
    source: str
    capped: bool


@dataclass(frozen=True)
class _Gate:
    """What a kind of work asks of each of its people: all of `skills_all`, and one of `skills_any` if there are any."""

    source: str = ""
    role: RoleId = RoleId.VOLUNTEER
    skills_all: tuple[Skill, ...] = ()
    skills_any: tuple[Skill, ...] = ()
    vetted: bool = False
    gear: tuple[Item, ...] = ()


_GATES: dict[TaskKind, _Gate] = {
    TaskKind.WATER_RESCUE: _Gate(
        role=RoleId.FIRST_RESPONDER,
        skills_all=(Skill.SAR,),
        skills_any=_ON_WATER,
        vetted=True,
        gear=(Item.BOAT, Item.LIFE_JACKET, Item.ROPE),
        source="Boat crew of commander, driver and co-driver; everyone aboard trained on water (operating assumption)",
    ),
    TaskKind.COLLAPSE_RESCUE: _Gate(
        role=RoleId.FIRST_RESPONDER,
        skills_all=(Skill.SAR,),
        vetted=True,
        gear=(Item.RESCUE_KIT, Item.ROPE),
        source="At least four on rubble or a slide (operating assumption); volunteers stay outside the cordon",
    ),
    TaskKind.FIRE_RESCUE: _Gate(
        role=RoleId.FIRST_RESPONDER,
        skills_all=(Skill.FIREFIGHTING,),
        vetted=True,
        gear=(Item.RESCUE_KIT,),
        source="Two pairs, one inside and one outside (operating assumption)",
    ),
    TaskKind.SEARCH_RESCUE: _Gate(
        role=RoleId.FIRST_RESPONDER,
        skills_all=(Skill.SAR,),
        vetted=True,
        gear=(Item.RESCUE_KIT, Item.ROPE),
        source="The danger is unknown, so the larger of the least rescue teams (operating assumption)",
    ),
    TaskKind.MEDICAL_CARE: _Gate(
        skills_any=_LICENSED,
        vetted=True,
        gear=(Item.MEDIKIT, Item.STRETCHER),
        source="A licence for anything urgent, a pair for every ten injured (operating assumption)",
    ),
    TaskKind.FIRST_AID: _Gate(
        skills_any=(Skill.FIRST_AID, *_LICENSED),
        vetted=True,
        source="First aid for what is not urgent, a pair for every ten injured (operating assumption)",
    ),
    TaskKind.EVACUATION: _Gate(
        skills_all=(Skill.DRIVER,),
        gear=(Item.VEHICLE,),
        source="Driver and helper in each vehicle (operating assumption)",
    ),
    TaskKind.TRANSPORT: _Gate(
        skills_all=(Skill.DRIVER,),
        gear=(Item.VEHICLE,),
        source="Driver and helper in each vehicle (operating assumption)",
    ),
    TaskKind.DISTRIBUTION: _Gate(
        skills_any=(Skill.LOGISTICS,), source="Two, and one more for every 50 people served (operating assumption)"
    ),
    TaskKind.SHELTER_SETUP: _Gate(
        skills_any=(Skill.SHELTER,), source="Two, and one more for every 50 people housed (operating assumption)"
    ),
    TaskKind.INFANT_SUPPORT: _Gate(
        skills_any=(Skill.CHILD_CARE, Skill.NURSE, Skill.MIDWIFE, Skill.DOCTOR),
        vetted=True,
        source="Vetted people only near infants",
    ),
    TaskKind.POWER_COMMS: _Gate(),
    TaskKind.TRACING: _Gate(vetted=True, source="Vetted people only, for the data of the missing"),
    TaskKind.PROTECTION: _Gate(skills_any=(Skill.PSYCHOSOCIAL,), vetted=True, source="Trained and vetted people only"),
    TaskKind.INFORMATION: _Gate(source="One answers, one checks the sources"),
    TaskKind.NEEDS_VISIT: _Gate(),
    TaskKind.CONTACT: _Gate(source="One speaks, one writes and checks"),
    TaskKind.FOLLOW_UP: _Gate(),
    TaskKind.OTHER: _Gate(vetted=True, source="Trusted people only, for nobody has said what kind of work it is"),
}
_SPEAKS = frozenset({TaskKind.CONTACT, TaskKind.INFORMATION, TaskKind.FOLLOW_UP})


def team_for(group: Group, facts: Facts, settings: PlanningSettings, *, language: str = "und") -> Team:
    """The team of a group of needs.

    Merged work takes the largest size, the vetting of any part, and people who can do at least one part.
    """
    gates = [_GATES[kind] for kind in group.kinds]
    size = _size(group, facts, settings)
    vetted = any(gate.vetted for gate in gates) or facts.severity.rank < settings.unverified_from.rank
    return Team(
        role=gates[0].role,
        skills_all=_skills_all(group, gates, language),
        skills_any=_skills_any(group, gates, facts),
        people=size.allowed,
        min_people=size.least,
        verified_only=vetted,
        gear=_gear(group, facts),
        source="; ".join(dict.fromkeys([*(gate.source for gate in gates if gate.source), _CERT])),
        capped=size.allowed < size.wanted,
    )


def usual_team(kind: TaskKind, severity: Severity, settings: PlanningSettings | None = None) -> Team:
    """The least team of one kind of work, where a human has not said who goes."""
    settings = settings or PlanningSettings()
    gate = _GATES[kind]
    least = _least_rescue_team(kind, settings) if kind in RESCUE_KINDS else PAIR
    return Team(
        role=gate.role,
        skills_all=gate.skills_all,
        skills_any=gate.skills_any,
        people=least,
        min_people=least,
        verified_only=gate.vetted or severity.rank < settings.unverified_from.rank,
        gear=gate.gear,
        source="; ".join(part for part in (gate.source, _CERT) if part),
        capped=False,
    )


def units(people: int, per_unit: int, settings: PlanningSettings) -> int:
    """Boats, vehicles or teams for so many people: at least one, at most what one lead can command."""
    return max(1, min(ceil(people / per_unit), settings.max_units))


def _skills_all(group: Group, gates: list[_Gate], language: str) -> tuple[Skill, ...]:
    skills = [skill for gate in gates for skill in gate.skills_all]
    spoken = _LANGUAGES.get(language.partition("-")[0])
    if spoken and group.kind in _SPEAKS:
        skills.append(spoken)
    return tuple(dict.fromkeys(skills))


def _skills_any(group: Group, gates: list[_Gate], facts: Facts) -> tuple[Skill, ...]:
    skills = [skill for gate in gates for skill in gate.skills_any]
    if group.kind is TaskKind.SEARCH_RESCUE and facts.near_flood:
        skills += _ON_WATER
    if TaskKind.POWER_COMMS in group.kinds and facts.needs_current:
        skills += (Skill.ELECTRICIAN, Skill.COMMUNICATIONS)
    return tuple(dict.fromkeys(skills))


def _gear(group: Group, facts: Facts) -> tuple[Item, ...]:
    gear = [item for kind in group.kinds for item in _GATES[kind].gear]
    if group.kind is TaskKind.SEARCH_RESCUE and facts.near_flood:
        gear += [Item.BOAT, Item.LIFE_JACKET]
    if group.kind is TaskKind.FIRST_AID and not facts.only_medicine:
        gear.append(Item.MEDIKIT)
    return tuple(dict.fromkeys(gear))


@dataclass(frozen=True)
class _Size:
    """People for all units that the numbers call for, for as many as one lead commands, and for the least team."""

    wanted: int
    allowed: int
    least: int


def _size(group: Group, facts: Facts, settings: PlanningSettings) -> _Size:
    """Of merged kinds the largest, since the same people do all of it."""
    sizes = [_size_of_kind(kind, facts, settings) for kind in group.kinds]
    return max(sizes, key=lambda size: (size.wanted, size.allowed))


def _size_of_kind(kind: TaskKind, facts: Facts, settings: PlanningSettings) -> _Size:
    if kind in (TaskKind.DISTRIBUTION, TaskKind.SHELTER_SETUP):
        wanted = settings.distribution_base + facts.people // settings.people_per_distributor
        return _Size(wanted, min(wanted, settings.max_team), settings.distribution_base)
    least = _least_rescue_team(kind, settings) if kind in RESCUE_KINDS else PAIR
    served, per_unit = _load(kind, facts, settings)
    return _Size(least * ceil(served / per_unit), least * units(served, per_unit, settings), least)


def _least_rescue_team(kind: TaskKind, settings: PlanningSettings) -> int:
    return {
        TaskKind.WATER_RESCUE: settings.boat_crew,
        TaskKind.COLLAPSE_RESCUE: settings.collapse_team,
        TaskKind.FIRE_RESCUE: settings.fire_team,
    }.get(kind, settings.search_team)


def _load(kind: TaskKind, facts: Facts, settings: PlanningSettings) -> tuple[int, int]:
    """People whom the work is for, and how many of them one boat, vehicle or team takes."""
    if kind is TaskKind.WATER_RESCUE:
        return facts.people, settings.boat_places
    if kind in RESCUE_KINDS:
        return facts.people, settings.people_per_rescue_team
    if kind in (TaskKind.MEDICAL_CARE, TaskKind.FIRST_AID):
        return facts.injured, settings.injured_per_medikit
    if kind in (TaskKind.EVACUATION, TaskKind.TRANSPORT):
        return facts.people, settings.vehicle_places
    return 1, 1
