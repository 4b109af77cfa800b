"""How many of what a team goes out with."""

from app.agent_v2.planning.facts import Facts, ceil
from app.agent_v2.planning.items import ASSUMED, Ask
from app.agent_v2.planning.settings import PlanningSettings
from app.agent_v2.planning.teams import Team, units
from app.schemas.vocabulary import Item


def gear_ask(item: Item, team: Team, facts: Facts, settings: PlanningSettings) -> Ask:
    boats = units(facts.people, settings.boat_places, settings)
    if item is Item.BOAT:
        return _transport(item, facts.people, settings.boat_seats, settings.boat_trips, settings)
    if item is Item.LIFE_JACKET:
        aboard = min(facts.people, boats * settings.boat_places)
        return Ask(
            item,
            team.people + aboard,
            "rescuers + evacuees",
            {"rescuers": team.people, "evacuees": aboard},
            f"One on everyone afloat, rescuer or evacuee ({ASSUMED})",
        )
    if item is Item.VEHICLE:
        return _transport(item, facts.people, settings.vehicle_seats, settings.vehicle_trips, settings)
    if item is Item.MEDIKIT:
        return _medikit(facts, settings)
    teams = max(1, team.people // team.min_people)
    return Ask(item, teams, "teams", {"teams": teams}, f"One for each team ({ASSUMED})")


def _transport(item: Item, people: int, seats: int, trips: int, settings: PlanningSettings) -> Ask:
    return Ask(
        item,
        units(people, seats * trips, settings),
        "people ÷ (seats × trips), rounded up, at most max_units",
        {"people": people, "seats": seats, "trips": trips, "max_units": settings.max_units},
        f"Seats and trips: {ASSUMED}; at most what one lead commands (ICS span of control)",
    )


def _medikit(facts: Facts, settings: PlanningSettings) -> Ask:
    return Ask(
        Item.MEDIKIT,
        max(1, ceil(facts.injured / settings.injured_per_medikit)),
        "injured ÷ per_kit, rounded up, at least 1",
        {"injured": facts.injured, "per_kit": settings.injured_per_medikit},
        f"One kit for ten injured ({ASSUMED}); one injured where the number is unknown",
    )
