"""Seeing a disaster in calls for help that belong to none, and suggesting it to people."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agent_v2.scout import Sighting, Threshold, sightings
from app.core.clock import utc_now
from app.core.geo import kilometres
from app.core.settings import Settings
from app.crud.store.port import Store
from app.schemas.base import Location
from app.schemas.disaster import DisasterDetails, DisasterSeverity, DisasterStatus, Discard, Phase, SuggestedBy
from app.schemas.notification import NotificationKind
from app.schemas.request import Request
from app.schemas.request_bodies import RequestCreate
from app.schemas.request_states import Stage, Status
from app.schemas.vocabulary import NeedCategory, RoleId, Severity
from app.services import build
from app.services.scout import AGENT
from tests.hands import Hands
from tests.world import HERE, SEED, FakeAssessor, UidVerifier, World, finding

AT = utc_now()
THRESHOLD = Threshold()
_NO_CHANGE = DisasterDetails()


def call(n: int, words: str = "We need help", **more: Any) -> Request:
    """One of many calls: about 100 m from the one before, of one of five people."""
    fields: dict[str, Any] = {
        "id": f"r{n:03}",
        "title": "",
        "description": words,
        "location": Location(lat=6.68 + n * 0.001, lng=80.40, address=f"{n} River Road"),
        "created_by": f"sender{n % 5}",
        "stage_since": AT,
        "created_at": AT,
        "updated_at": AT,
    }
    return Request(**{**fields, **more})


def seen(*requests: Request) -> list[Sighting]:
    return sightings(requests, THRESHOLD)


def test_ten_calls_of_five_people_near_one_another_are_a_disaster_and_nine_are_none() -> None:
    [found] = seen(*(call(n) for n in range(10)))

    assert found.request_ids == tuple(f"r{n:03}" for n in range(10))
    assert seen(*(call(n) for n in range(9))) == []
    assert seen(*(call(n, created_by=f"sender{n % 4}") for n in range(40))) == []


@pytest.mark.parametrize(
    "odd",
    [
        {"location": None},
        {"location": Location(lat=6.68, lng=80.40, accuracy_m=30_000)},
        {"location": Location(lat=6.68, lng=80.51)},
        {"status": Status.CANCELLED},
        {"status": Status.COMPLETED},
        {"stage": Stage.NOT_A_REQUEST},
    ],
)
def test_a_call_that_is_over_far_away_nowhere_or_none_does_not_count(odd: dict[str, Any]) -> None:
    # The odd one lies where it would make ten within 10 km, if it counted; 80.51 is 12 km away.
    assert seen(*(call(n) for n in range(9)), call(9, **odd)) == []


def test_two_places_are_two_sightings_the_larger_first_and_no_call_is_in_both() -> None:
    here = [call(n) for n in range(12)]
    there = [call(100 + n, location=Location(lat=9.66, lng=80.02)) for n in range(15)]

    first, second = seen(*here, *there)

    assert first.request_ids == tuple(one.id for one in there)
    assert second.request_ids == tuple(one.id for one in here)


WORDS = {
    "Flood": ("The river is rising and our house is flooded", "ගංවතුර ඇවිල්ලා", "வெள்ளம் வந்துவிட்டது", "wathura gala yanawa"),
    "Landslide": ("A landslide came down on the village", "නායයෑමක් උනා", "மண்சரிவு ஏற்பட்டது", "kanda kadan watuna"),
    "Fire": ("The whole street is burning", "ගින්නක්", "நெருப்பு"),
    "Cyclone": ("Strong wind has taken the roofs", "සුළි කුණාටුව", "புயல் வருகிறது"),
    "Earthquake": ("Earthquake, the building is shaking", "භූමිකම්පාවක්", "நிலநடுக்கம்"),
    "Building collapse": ("The school wall has collapsed",),
    "Epidemic": ("Dengue in every house here",),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "words"), [(kind, one) for kind, some in WORDS.items() for one in some])
def test_it_is_named_after_what_the_calls_tell_of(kind: str, words: str) -> None:
    [found] = seen(*(call(n, words if n < 4 else "Please help us") for n in range(12)))

    assert found.type == kind
    assert found.name == f"{kind} near 6.69, 80.40"


def test_a_single_mention_names_nothing() -> None:
    [found] = seen(*(call(n, "fire" if n == 0 else "Please help us") for n in range(12)))

    assert (found.type, found.name) == (None, "Emergency near 6.69, 80.40")


def test_without_a_hazard_it_is_named_after_what_most_of_them_need() -> None:
    food, water = finding(NeedCategory.FOOD), finding(NeedCategory.WATER, NeedCategory.INFORMATION)

    [found] = seen(*(call(n, "Help", finding=food if n < 4 else water) for n in range(10)))

    assert found.type == "Water shortage"


@pytest.mark.parametrize(
    ("grave", "rest", "expected"),
    [
        (3, Severity.LOW, DisasterSeverity.HIGH),
        (2, Severity.LOW, DisasterSeverity.MEDIUM),
        (0, Severity.LOW, DisasterSeverity.LOW),
        (0, Severity.MEDIUM, DisasterSeverity.MEDIUM),
    ],
)
def test_it_is_high_when_a_quarter_of_the_calls_is_grave(
    grave: int, rest: Severity, expected: DisasterSeverity
) -> None:
    [found] = seen(*(call(n, severity=Severity.CRITICAL if n < grave else rest) for n in range(10)))

    assert found.severity is expected


def test_the_evidence_is_in_numbers_and_repeats_nobodys_words_name_or_place() -> None:
    calls = [call(n, f"Flooded, I am Kamala{n}, phone 077123456{n}") for n in range(10)]

    [found] = seen(*calls)

    told = f"{found.name} {found.evidence}"
    assert "10 open requests of 5 people" in found.evidence
    assert "Flood (10)" in found.evidence
    for private in ("Kamala", "0771", "River Road", "sender"):
        assert private not in told
    assert found.location.address is None
    assert found.location.lat == round(found.location.lat, 2)


def test_the_middle_of_calls_on_both_sides_of_the_date_line_lies_between_them() -> None:
    calls = [call(n, location=Location(lat=0.0, lng=179.98 if n % 2 else -179.98)) for n in range(10)]

    [found] = seen(*calls)

    assert kilometres(0.0, 180.0, *found.location.point) < 2


@given(
    places=st.lists(st.tuples(st.floats(6.0, 6.6), st.floats(80.0, 80.6), st.integers(0, 7)), max_size=60),
    order=st.randoms(use_true_random=False),
)
def test_a_sighting_keeps_the_thresholds_and_the_order_of_the_calls_does_not_matter(
    places: list[tuple[float, float, int]], order: Any
) -> None:
    threshold = Threshold(requests=4, senders=3, radius_km=12)
    calls = {
        f"r{n:03}": call(n, location=Location(lat=lat, lng=lng), created_by=f"u{sender}")
        for n, (lat, lng, sender) in enumerate(places)
    }
    shuffled = list(calls.values())
    order.shuffle(shuffled)

    found = sightings(calls.values(), threshold)

    assert sightings(shuffled, threshold) == found
    used = [id for one in found for id in one.request_ids]
    assert len(used) == len(set(used))
    for one in found:
        members = [calls[id] for id in one.request_ids]
        assert len(members) >= threshold.requests
        assert len({member.created_by for member in members}) >= threshold.senders
        points = [member.location.point for member in members if member.location]
        assert any(all(kilometres(*here, *there) <= 12.0001 for there in points) for here in points)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def moving(store: Store, hands: Hands) -> World:
    """A world whose clock the test moves."""
    return World.over(store, clock=hands)


async def flooded(world: World, *, calls: int = 10, senders: int = 5, place: Location = HERE) -> None:
    """So many calls of so many people from one village, in no disaster."""
    for n in range(calls):
        sender = await world.services.users.users.find(f"sender{n % senders}")
        sender = sender or await world.person(f"sender{n % senders}")
        near = place.model_copy(update={"lat": place.lat + n * 0.001})
        body = RequestCreate(description="The water is rising, our house is flooded", location=near)
        await world.services.requests.submit(sender, body)


async def test_it_suggests_what_it_sees_once_and_tells_the_admins(moving: World) -> None:
    admin = await moving.person("admin", RoleId.ADMIN)
    await flooded(moving)

    [made] = await moving.services.scout.look()
    assert await moving.services.scout.look() == []

    assert (made.status, made.phase, made.suggested_by) == (DisasterStatus.PENDING, None, SuggestedBy.AGENT)
    assert (made.type, made.created_by) == ("Flood", AGENT)
    page = await moving.services.suggestions.pending(limit=10, cursor=None)
    assert [one.id for one in page.items] == [made.id]
    inbox = await moving.services.notifications.inbox(admin, limit=10, cursor=None)
    assert [(one.kind, one.disaster_id) for one in inbox.items] == [(NotificationKind.NEEDS_DECISION, made.id)]
    approved = await moving.services.suggestions.approve(admin, made.id, _NO_CHANGE)
    assert approved.status is DisasterStatus.REGISTERED


@pytest.mark.parametrize(("calls", "senders"), [(9, 5), (12, 4), (0, 1)])
async def test_too_few_calls_or_people_are_no_disaster(moving: World, calls: int, senders: int) -> None:
    await flooded(moving, calls=calls, senders=senders)

    assert await moving.services.scout.look() == []


async def test_calls_of_a_disaster_or_of_yesterday_are_not_looked_at(moving: World, hands: Hands) -> None:
    await flooded(moving)
    await moving.services.requests.cases.requests.change(
        (await moving.services.requests.cases.requests.unlisted(since=hands.now, most=10))[0].id,
        lambda latest: latest.model_copy(update={"disaster_id": "flood", "group": "flood"}),
        SEED,
    )
    assert await moving.services.scout.look() == []

    hands.forward(hours=25)
    await flooded(moving, calls=1)
    assert await moving.services.scout.look() == [], "one call of today and nine of yesterday"


@pytest.mark.parametrize(
    ("km", "phase", "suggested"),
    [
        (5, Phase.ACTIVE, False),
        (24, Phase.RECOVERY, False),
        (27, Phase.ACTIVE, True),
        (5, Phase.CLOSED, True),
        (5, Phase.ARCHIVED, True),
    ],
)
async def test_nothing_is_suggested_near_a_disaster_that_goes_on(
    moving: World, km: float, phase: Phase, suggested: bool
) -> None:
    known = await moving.disaster()
    await moving.services.disasters.disasters.change(
        known.id, lambda latest: latest.model_copy(update={"phase": phase}), SEED
    )
    await flooded(moving, place=Location(lat=HERE.lat + km / 111.2, lng=HERE.lng))

    assert bool(await moving.services.scout.look()) is suggested


async def test_what_a_human_discarded_is_not_suggested_there_for_48_hours(moving: World, hands: Hands) -> None:
    admin = await moving.person("admin", RoleId.ADMIN)
    await flooded(moving)
    [made] = await moving.services.scout.look()
    await moving.services.suggestions.discard(admin, made.id, Discard(reason="A drill."))

    assert await moving.services.scout.look() == []
    hands.forward(hours=47)
    await flooded(moving)
    assert await moving.services.scout.look() == []
    hands.forward(hours=2)
    assert len(await moving.services.scout.look()) == 1


async def test_of_several_processes_one_looks_at_a_time(store: Store, hands: Hands) -> None:
    worlds = [World.over(store, clock=hands) for _ in range(4)]
    await flooded(worlds[0])

    await asyncio.gather(*(world.services.scout.run("not-listed") for world in worlds))

    page = await worlds[0].services.suggestions.pending(limit=10, cursor=None)
    assert len(page.items) == 1


async def test_the_sweeper_has_it_look_now_and_then(moving: World, hands: Hands) -> None:
    await flooded(moving)
    for _ in range(3):
        await moving.services.sweeper.once(older_than=timedelta(days=1))
    assert moving.services.queue.depth == 11, "ten calls to assess, and one look"

    await moving.worked()

    page = await moving.services.suggestions.pending(limit=10, cursor=None)
    assert len(page.items) == 1


async def test_the_settings_decide_what_is_a_disaster(store: Store) -> None:
    settings = Settings(suggest_requests=2, suggest_senders=2, suggest_radius_km=1)
    assessor = FakeAssessor()
    world = World(build(settings, store=store, verifier=UidVerifier(), assessor=assessor), assessor)
    await flooded(world, calls=2, senders=2)

    assert len(await world.services.scout.look()) == 1
