"""How much of what: one entry for each item that a need calls for, with formula and source."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from app.agent_v2.planning.cues import Cue
from app.agent_v2.planning.facts import Facts, ceil
from app.agent_v2.planning.gear import gear_ask
from app.agent_v2.planning.grouping import Group
from app.agent_v2.planning.items import ASSUMED, Ask
from app.agent_v2.planning.settings import PlanningSettings
from app.agent_v2.planning.teams import Team
from app.schemas.vocabulary import Item, NeedCategory


def asks_for(group: Group, team: Team, facts: Facts, settings: PlanningSettings) -> tuple[Ask, ...]:
    """The team's gear first, then what the needs call for; each item once."""
    found: dict[Item, Ask] = {item: gear_ask(item, team, facts, settings) for item in team.gear}
    for category in group.categories:
        for ask in _BY_NEED.get(category, _nothing)(facts, settings):
            found.setdefault(ask.item, replace(ask, need=category))
    return tuple(found.values())


def ask_for(item: Item, facts: Facts, settings: PlanningSettings) -> Ask | None:
    """What the formulas say of an item that no rule called for; None where no need calls for such a thing."""
    for told in (facts, replace(facts, displaced=True, cues=frozenset(Cue))):
        for category, asks in _BY_NEED.items():
            for ask in asks(told, settings):
                if ask.item is item:
                    return replace(ask, need=category)
    return None


def _nothing(_facts: Facts, _settings: PlanningSettings) -> Iterator[Ask]:
    yield from ()


def _per_household(item: Item, facts: Facts, source: str, times: int = 1) -> Ask:
    formula = "households" if times == 1 else f"households × {times}"
    return Ask(item, facts.households * times, formula, {"households": facts.households}, source)


def _water(facts: Facts, settings: PlanningSettings) -> Iterator[Ask]:
    days = min(facts.days, settings.survival_days)
    later = f"; from day {days + 1} in bulk, {settings.bulk_litres:g} L" if facts.days > days else ""
    yield Ask(
        Item.DRINKING_WATER,
        ceil(facts.people * days * settings.water_litres),
        f"people × days × {settings.water_litres:g} L",
        {"people": facts.people, "days": days, "litres": settings.water_litres},
        f"Sphere: 2.5–3 L per person and day to survive on{later}",
    )
    if facts.displaced or later:
        source = "Sphere: one container to carry and one to store, per household"
        yield _per_household(Item.WATER_CONTAINER, facts, source, settings.containers_per_household)


def _food(facts: Facts, settings: PlanningSettings) -> Iterator[Ask]:
    yield Ask(
        Item.FOOD_PACK,
        facts.people * ceil(facts.days / settings.pack_days),
        f"people × (days ÷ {settings.pack_days}, rounded up)",
        {"people": facts.people, "days": facts.days},
        "WFP/UNHCR: 2,100 kcal per person and day; the pack is made up for 1 person and 3 days",
    )
    if Cue.COOKING in facts.cues:
        yield _per_household(Item.COOKING_SET, facts, "Sphere: one set per household")


def _hygiene(facts: Facts, settings: PlanningSettings) -> Iterator[Ask]:
    yield _per_household(Item.HYGIENE_KIT, facts, "Sphere: soap per person and month, made up as one kit per household")
    if facts.people >= settings.household_size or Cue.MENSTRUAL in facts.cues:
        yield Ask(
            Item.MENSTRUAL_KIT,
            ceil(facts.people * settings.menstrual_share),
            "people × share, rounded up",
            {"people": facts.people, "share": settings.menstrual_share},
            f"Sphere: one kit per woman of reproductive age; their share of the people is an {ASSUMED}",
        )
    yield from _latrines(facts, settings)


def _latrines(facts: Facts, settings: PlanningSettings) -> Iterator[Ask]:
    """Only for a displaced group large enough to need its own; a household is sent to those that exist."""
    if not facts.displaced or facts.people < settings.latrine_min_group:
        return
    at_once = facts.days < settings.latrine_days
    per_cubicle = settings.latrine_people_first if at_once else settings.latrine_people_later
    yield Ask(
        Item.LATRINE,
        ceil(facts.people / per_cubicle),
        "people ÷ per_cubicle, rounded up",
        {"people": facts.people, "per_cubicle": per_cubicle},
        "Sphere: one cubicle for 50 people at once, for 20 later; three for women to one for men",
    )


def _shelter(facts: Facts, settings: PlanningSettings) -> Iterator[Ask]:
    if facts.displaced:
        source = f"Sphere shelter minimum; one kit and one sheet per small family ({ASSUMED})"
        yield _families(Item.SHELTER_KIT, facts, settings, source)
        yield _families(Item.TARPAULIN, facts, settings, source)
        yield from _bedding(facts, settings)
        yield from _nets(facts, settings)
        if not facts.has(NeedCategory.SANITATION_HYGIENE):
            yield from _latrines(facts, settings)
    else:
        yield _families(Item.TARPAULIN, facts, settings, f"One sheet to mend the roof of each home ({ASSUMED})")


def _families(item: Item, facts: Facts, settings: PlanningSettings, source: str) -> Ask:
    return Ask(
        item,
        ceil(facts.people / settings.household_size),
        "people ÷ household_size, rounded up",
        {"people": facts.people, "household_size": settings.household_size},
        source,
    )


def _bedding(facts: Facts, settings: PlanningSettings) -> Iterator[Ask]:
    for item in (Item.BLANKET, Item.SLEEPING_MAT):
        yield Ask(
            item,
            ceil(facts.people * settings.blanket_factor),
            "people" if settings.blanket_factor == 1 else "people × factor, rounded up",
            {"people": facts.people, "factor": settings.blanket_factor},
            "Sphere: one per person, more in the cold",
        )


def _nets(facts: Facts, settings: PlanningSettings) -> Iterator[Ask]:
    yield Ask(
        Item.MOSQUITO_NET,
        ceil(facts.people / settings.people_per_net),
        "people ÷ per_net, rounded up",
        {"people": facts.people, "per_net": settings.people_per_net},
        f"One net for two people ({ASSUMED})",
    )


def _clothing(facts: Facts, settings: PlanningSettings) -> Iterator[Ask]:
    """Bedding, clothes, or both where the words do not tell."""
    wants_clothes, wants_bedding = Cue.CLOTHING in facts.cues, Cue.BEDDING in facts.cues
    if wants_clothes or not wants_bedding:
        source = "Sphere: at least one full set per person"
        yield Ask(Item.CLOTHING_SET, facts.people, "people", {"people": facts.people}, source)
    if wants_bedding or not wants_clothes:
        yield from _bedding(facts, settings)


def _infants(facts: Facts, settings: PlanningSettings) -> Iterator[Ask]:
    source = f"Infants as a share of the people, at least one ({ASSUMED})"
    inputs = {"people": facts.people, "share": settings.infant_share, "infants": facts.infants}
    if Cue.FORMULA in facts.cues or Cue.DIAPER not in facts.cues:
        yield Ask(
            Item.INFANT_FORMULA,
            facts.infants * ceil(facts.days / settings.pack_days),
            f"infants × (days ÷ {settings.pack_days}, rounded up)",
            {**inputs, "days": facts.days},
            f"{source}; the tin is made up for 1 infant and 3 days",
        )
    yield Ask(Item.INFANT_KIT, facts.infants, "infants", inputs, source)


def _medical(facts: Facts, settings: PlanningSettings) -> Iterator[Ask]:
    """A medicine replaces what a doctor has prescribed and was lost; nothing new is chosen here."""
    if Cue.MEDICINE in facts.cues:
        yield Ask(
            Item.MEDICINES,
            facts.on_medicine * ceil(facts.days / settings.pack_days),
            f"patients × (days ÷ {settings.pack_days}, rounded up)",
            {
                "people": facts.people,
                "share": settings.medicine_share,
                "patients": facts.on_medicine,
                "days": facts.days,
            },
            f"Patients as a share of the people, at least one ({ASSUMED}); a course is for 1 person and 3 days",
        )
    if Cue.OXYGEN in facts.cues:
        yield Ask(Item.OXYGEN_CYLINDER, 1, "1", {}, f"One to bridge the way to a hospital ({ASSUMED})")
    if facts.needs_current and not facts.has(NeedCategory.POWER_COMMS):
        yield _generator()


def _generator() -> Ask:
    return Ask(Item.GENERATOR, 1, "1", {}, f"Someone depends on a machine ({ASSUMED})")


def _power(facts: Facts, settings: PlanningSettings) -> Iterator[Ask]:
    yield _per_household(Item.POWER_BANK, facts, f"One per household to stay reachable ({ASSUMED})")
    if Cue.LIGHT in facts.cues:
        yield _per_household(Item.FLASHLIGHT, facts, f"One per household ({ASSUMED})")
        yield _per_household(Item.BATTERY_PACK, facts, "A flashlight comes with its batteries")
    if facts.needs_current:
        yield _generator()


_BY_NEED: Mapping[NeedCategory, Callable[[Facts, PlanningSettings], Iterator[Ask]]] = {
    NeedCategory.MEDICAL: _medical,
    NeedCategory.WATER: _water,
    NeedCategory.FOOD: _food,
    NeedCategory.SHELTER: _shelter,
    NeedCategory.SANITATION_HYGIENE: _hygiene,
    NeedCategory.CLOTHING_BEDDING: _clothing,
    NeedCategory.INFANT_CARE: _infants,
    NeedCategory.POWER_COMMS: _power,
}
