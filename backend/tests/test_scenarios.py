"""The demo scenario is whole: real places, enough variety, and stocks that are short where they should be."""

from collections import Counter, defaultdict
from itertools import combinations
from math import ceil, cos, hypot, radians

import pytest
from pydantic import ValidationError

from app.core.errors import NotFound
from app.scenarios import Scenario, load, names
from app.scenarios.scenario import ScenarioRequest, Trait
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Severity, Skill

HOUSEHOLD = 4  # people, where the text does not tell (DOMAIN.md §3)
DAYS = 3
BOAT_CREW = 3
STALE_MINUTES = 30
IN_REACH_METRES = 10_000


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("flood_ratnapura")


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance on a flat map: good to a few metres within one district."""
    north = (a[0] - b[0]) * 111_195
    east = (a[1] - b[1]) * 111_195 * cos(radians(a[0]))
    return hypot(north, east)


def incidents(scenario: Scenario) -> list[ScenarioRequest]:
    """The true requests, each incident once: its first teller stands for the others."""
    first: dict[str, ScenarioRequest] = {}
    for request in scenario.requests:
        if request.expect.is_request:
            first.setdefault(request.expect.incident or request.ref, request)
    return list(first.values())


def people_in_need(scenario: Scenario, *needs: NeedCategory) -> int:
    return sum(
        request.expect.people or HOUSEHOLD for request in incidents(scenario) if set(needs) & set(request.expect.needs)
    )


def script_of(request: ScenarioRequest) -> str:
    if any("\u0d80" <= letter <= "\u0dff" for letter in request.description):
        return "si"
    if any("\u0b80" <= letter <= "\u0bff" for letter in request.description):
        return "ta"
    return "other"


def test_the_shelf_names_what_can_be_loaded() -> None:
    assert "flood_ratnapura" in names()


@pytest.mark.parametrize("name", ["no_such_flood", "", "..", "../scenarios", "__pycache__"])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(NotFound) as refusal:
        load(name)

    assert refusal.value.extra["known"] == list(names())


def test_a_scenario_with_the_same_ref_twice_does_not_load(scenario: Scenario) -> None:
    with pytest.raises(ValidationError, match="ref stands twice: r01"):
        Scenario(
            disaster=scenario.disaster,
            requests=(*scenario.requests, scenario.requests[0]),
            people=scenario.people,
            depots=scenario.depots,
        )


def test_a_scenario_without_a_request_to_follow_does_not_load(scenario: Scenario) -> None:
    others = tuple(request for request in scenario.requests if not request.follow)
    with pytest.raises(ValidationError, match="the one to follow"):
        Scenario(disaster=scenario.disaster, requests=others, people=scenario.people, depots=scenario.depots)


def test_every_coordinate_lies_in_the_district(scenario: Scenario) -> None:
    box = scenario.disaster.bounding_box
    points = [(scenario.disaster.location.lat, scenario.disaster.location.lng)]
    points += [(request.lat, request.lng) for request in scenario.requests]
    points += [(person.lat, person.lng) for person in scenario.people]
    points += [(depot.lat, depot.lng) for depot in scenario.depots]

    assert [point for point in points if not box.holds(*point)] == []


def test_the_requests_come_in_order_of_time_and_within_the_four_hours(scenario: Scenario) -> None:
    minutes = [request.minutes for request in scenario.requests]

    assert minutes == sorted(minutes)
    assert max(minutes) <= scenario.disaster.duration_minutes == 240


def test_no_two_requests_use_the_same_words(scenario: Scenario) -> None:
    assert len({request.description for request in scenario.requests}) == len(scenario.requests) >= 64
    assert all(request.title and request.description and request.sender for request in scenario.requests)


def test_every_need_is_asked_for_by_somebody(scenario: Scenario) -> None:
    asked = {need for request in scenario.requests for need in request.expect.needs}

    assert asked == set(NeedCategory)


def test_urgency_is_spread_like_in_a_real_flood(scenario: Scenario) -> None:
    severity = Counter(request.expect.severity for request in incidents(scenario))

    assert 10 <= severity[Severity.CRITICAL] <= 16
    assert 16 <= severity[Severity.HIGH] <= 24
    assert 22 <= severity[Severity.MEDIUM] <= 30
    assert severity[Severity.LOW] >= 5


def test_people_write_in_three_languages_and_three_scripts(scenario: Scenario) -> None:
    languages = Counter(request.expect.language for request in scenario.requests)

    assert languages["si"] >= 7
    assert languages["ta"] >= 5
    assert languages["si-Latn"] + languages["ta-Latn"] >= 4
    for request in scenario.requests:
        script = script_of(request)
        assert script == (request.expect.language if request.expect.language in {"si", "ta"} else "other"), request.ref


def test_three_incidents_are_told_twice_or_thrice_from_nearby_within_the_hour(scenario: Scenario) -> None:
    told: defaultdict[str, list[ScenarioRequest]] = defaultdict(list)
    for request in scenario.requests:
        if request.expect.incident:
            told[request.expect.incident].append(request)

    assert len(told) == 3
    for tellers in told.values():
        assert 2 <= len(tellers) <= 3
        assert len({teller.sender for teller in tellers}) == len(tellers)
        for one, other in combinations(tellers, 2):
            assert metres((one.lat, one.lng), (other.lat, other.lng)) <= 300
            assert abs(one.minutes - other.minutes) <= 60


def test_every_kind_of_awkward_message_is_there_once(scenario: Scenario) -> None:
    traits = Counter(request.expect.trait for request in scenario.requests if request.expect.trait)

    assert traits == dict.fromkeys(Trait, 1)


def test_only_what_asks_for_nothing_has_no_needs(scenario: Scenario) -> None:
    asks_for_nothing = {Trait.TEST_MESSAGE, Trait.JOKE, Trait.NEWS, Trait.OFFER}
    for request in scenario.requests:
        assert request.expect.is_request is (request.expect.trait not in asks_for_nothing), request.ref
        assert bool(request.expect.needs) is request.expect.is_request, request.ref


def test_words_that_cannot_be_read_are_urgent_until_a_human_has_looked(scenario: Scenario) -> None:
    unclear = [r for r in scenario.requests if r.expect.trait in {Trait.UNREADABLE, Trait.VOICE_GARBLE}]

    assert [r.expect.severity for r in unclear] == [Severity.HIGH, Severity.HIGH]


def test_there_are_forty_helpers_and_most_of_them_can_come(scenario: Scenario) -> None:
    roles = Counter(helper.role_id for helper in scenario.helpers)

    assert roles == {RoleId.VOLUNTEER: 26, RoleId.FIRST_RESPONDER: 14}
    assert sum(h.verified for h in scenario.helpers if h.role_id is RoleId.VOLUNTEER) == 18
    assert all(h.verified and h.skills for h in scenario.helpers if h.role_id is RoleId.FIRST_RESPONDER)
    assert sum(not helper.available for helper in scenario.helpers) == 4
    assert any(helper.position_age_minutes > STALE_MINUTES for helper in scenario.helpers if helper.available)


def test_every_skill_is_held_by_somebody(scenario: Scenario) -> None:
    assert {skill for helper in scenario.helpers for skill in helper.skills} == set(Skill)


def test_every_role_has_an_account_and_each_affected_person_a_request(scenario: Scenario) -> None:
    owners = {owner.email for request in scenario.requests if (owner := scenario.owner_of(request))}
    affected = {person.email for person in scenario.people if person.role_id is RoleId.AFFECTED_INDIVIDUAL}

    assert {person.role_id for person in scenario.people} == set(RoleId)
    assert owners == affected


def test_water_and_food_are_short_by_about_a_third(scenario: Scenario) -> None:
    bottles = people_in_need(scenario, NeedCategory.WATER) * DAYS * 3
    packs = people_in_need(scenario, NeedCategory.FOOD) * ceil(DAYS / 3)

    assert 0.65 <= scenario.stock_of(Item.DRINKING_WATER) / bottles <= 0.75
    assert 0.65 <= scenario.stock_of(Item.FOOD_PACK) / packs <= 0.75


def test_blankets_are_enough_for_all_who_lost_a_dry_bed(scenario: Scenario) -> None:
    without = people_in_need(
        scenario,
        NeedCategory.RESCUE,
        NeedCategory.EVACUATION,
        NeedCategory.SHELTER,
        NeedCategory.CLOTHING_BEDDING,
    )

    assert scenario.stock_of(Item.BLANKET) >= without


def test_boats_and_life_jackets_are_short(scenario: Scenario) -> None:
    rescues = [request for request in incidents(scenario) if NeedCategory.RESCUE in request.expect.needs]
    jackets = sum((rescue.expect.people or HOUSEHOLD) + BOAT_CREW for rescue in rescues)

    assert 0 < scenario.stock_of(Item.BOAT) < len(rescues)
    assert 0 < scenario.stock_of(Item.LIFE_JACKET) < jackets


def test_medicines_lie_in_one_depot_and_some_items_nowhere(scenario: Scenario) -> None:
    assert len(scenario.depots) == 8
    assert sum(Item.MEDICINES in depot.stocks for depot in scenario.depots) == 1
    for item in (Item.OXYGEN_CYLINDER, Item.GENERATOR, Item.LATRINE, Item.INFANT_KIT):
        assert scenario.stock_of(item) == 0


def test_the_followed_rescue_can_be_manned_and_supplied_from_nearby(scenario: Scenario) -> None:
    story = scenario.followed
    here = (story.lat, story.lng)
    people = story.expect.people
    assert people == 6
    crew = [
        helper
        for helper in scenario.helpers
        if helper.role_id is RoleId.FIRST_RESPONDER
        and helper.available
        and helper.position_age_minutes <= STALE_MINUTES
        and {Skill.SWIFTWATER_RESCUE, Skill.SAR} <= set(helper.skills)
        and metres(here, (helper.lat, helper.lng)) <= IN_REACH_METRES
    ]
    near: Counter[Item] = Counter()
    for depot in scenario.depots:
        if metres(here, (depot.lat, depot.lng)) <= IN_REACH_METRES:
            near.update(depot.stocks)

    assert story.expect.severity is Severity.CRITICAL
    assert scenario.owner_of(story) is not None
    assert len(crew) >= BOAT_CREW
    assert any(Skill.BOAT_OPERATOR in helper.skills for helper in crew)
    assert near[Item.BOAT] >= 1
    assert near[Item.LIFE_JACKET] >= BOAT_CREW + people
    assert near[Item.ROPE] >= 1
    assert near[Item.DRINKING_WATER] >= people * DAYS * 3
    assert near[Item.FOOD_PACK] >= people
    assert near[Item.INFANT_FORMULA] >= 1
    assert near[Item.BLANKET] >= people
