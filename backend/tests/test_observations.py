"""Field reports: who files and sees them, what corroborates what, who judges them, and when they run out."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.clock import rfc3339, utc_now
from app.core.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from app.core.geo import Circle
from app.core.settings import Misconfigured, Settings
from app.crud.store.port import Store
from app.schemas.base import Location, Tombstone
from app.schemas.disaster import Phase
from app.schemas.observation import Observation, ObservationFilter
from app.schemas.observation_bodies import ObservationCreate, ObservationEdit, ObservationStatusChange
from app.schemas.observation_kinds import HOURS, Lifetimes
from app.schemas.observation_kinds import ObservationKind as Kind
from app.schemas.observation_states import ObservationStatus as Stand
from app.schemas.observation_views import ObservationView
from app.schemas.participant import Join
from app.schemas.user import User
from app.schemas.vocabulary import RoleId, Severity
from app.services import build
from tests.hands import Hands
from tests.serving import client
from tests.world import HERE, SEED, FakeAssessor, UidVerifier, World

BLOCKED = ObservationCreate(
    disaster_id="flood", kind=Kind.ROAD_BLOCKED, title="A4 blocked", description="A tree.", location=HERE
)


def north(metres: float) -> Location:
    """So many metres north of `HERE`."""
    return Location(lat=HERE.lat + metres / 111_195, lng=HERE.lng)


def change(status: Stand, **more: Any) -> ObservationStatusChange:
    return ObservationStatusChange(status=status, **more)


@dataclass
class Field:
    """A disaster with an admin, a responder who coordinates there, and four members; a clock that is moved."""

    world: World
    hands: Hands
    admin: User
    responder: User
    members: list[User]

    async def report(self, who: int | User = 0, **more: Any) -> Observation:
        """What somebody reports, a second after whatever was before."""
        self.hands.forward(seconds=1)
        caller = self.members[who] if isinstance(who, int) else who
        kept, _ = await self.world.services.observations.report(caller, BLOCKED.model_copy(update=more))
        return kept

    async def view(self, id: str, caller: User | None = None) -> ObservationView:
        caller = caller or self.admin
        observations = self.world.services.observations
        return await observations.view(caller, await observations.get(caller, id))

    async def listed(self, wanted: ObservationFilter, *, limit: int = 100) -> list[str]:
        """The titles of all pages, as a member sees the list."""
        found: list[str] = []
        cursor: str | None = None
        while True:
            page = await self.world.services.observations.listed(
                self.members[0], "flood", wanted, limit=limit, cursor=cursor
            )
            found += [one.title for one in page.items]
            cursor = page.next
            if cursor is None:
                return found


@pytest.fixture
async def field(store: Store) -> Field:
    hands = Hands()
    world = World.over(store, clock=hands)
    await world.disaster("flood")
    admin = await world.person("admin", RoleId.ADMIN)
    people = [await world.person("responder", RoleId.FIRST_RESPONDER)]
    people += [await world.person(f"member{n}") for n in range(4)]
    for one in people:
        await world.services.participants.join(one, "flood", Join())
    fresh = await world.services.users.users.get_many(one.id for one in people)
    return Field(world, hands, admin, fresh["responder"], [fresh[f"member{n}"] for n in range(4)])


async def test_a_member_reports_and_all_members_see_the_exact_place(field: Field) -> None:
    kept = await field.report()

    assert (kept.status, kept.observed_at) == (Stand.REPORTED, field.hands.now)
    assert kept.expires_at == field.hands.now + timedelta(hours=HOURS[Kind.ROAD_BLOCKED])
    for caller, mine, reporter in (
        (field.members[0], True, None),
        (field.members[1], False, None),
        (field.responder, False, "Member0"),
        (field.admin, False, "Member0"),
    ):
        seen = await field.view(kept.id, caller)
        assert (seen.location, seen.mine, seen.reporter, seen.corroborated_by) == (HERE, mine, reporter, 0)
        assert "member0" not in seen.model_dump_json().lower() or reporter


async def test_for_an_outsider_there_is_nothing(field: Field) -> None:
    kept = await field.report()
    stranger = await field.world.person("stranger", RoleId.FIRST_RESPONDER, joined=("storm",))
    observations = field.world.services.observations

    for refused in (
        observations.get(stranger, kept.id),
        observations.listed(stranger, "flood", ObservationFilter(), limit=10, cursor=None),
        observations.changed(stranger, "flood", field.hands.now, limit=10, cursor=None),
        observations.report(stranger, BLOCKED),
        observations.edit(stranger, kept.id, ObservationEdit(title="x")),
        observations.judge(stranger, kept.id, change(Stand.VERIFIED)),
        observations.delete(stranger, kept.id),
        observations.report(field.admin, BLOCKED.model_copy(update={"disaster_id": "nowhere"})),
    ):
        with pytest.raises(NotFound):
            await refused
    assert await observations.observations.get(kept.id) == kept


async def test_its_author_sees_it_still_after_leaving(field: Field) -> None:
    kept = await field.report()
    await field.world.services.participants.leave(field.members[0], "flood")
    author = await field.world.services.users.users.get("member0")

    assert (await field.view(kept.id, author)).mine
    await field.world.services.observations.delete(author, kept.id)


@pytest.mark.parametrize(
    ("ago", "taken"),
    [
        (timedelta(days=7), True),
        (timedelta(days=7, seconds=1), False),
        (-timedelta(minutes=10), True),
        (-timedelta(minutes=10, seconds=1), False),
    ],
)
async def test_what_was_seen_in_the_future_or_long_ago_is_refused(field: Field, ago: timedelta, taken: bool) -> None:
    body = BLOCKED.model_copy(update={"observed_at": field.hands.now - ago})
    reporting = field.world.services.observations.report(field.members[0], body)
    if taken:
        kept, _ = await reporting
        assert kept.observed_at == field.hands.now - ago
        return
    with pytest.raises(Invalid) as refused:
        await reporting
    assert refused.value.field == "observed_at"
    assert await field.listed(ObservationFilter()) == []


async def test_nobody_reports_in_a_disaster_that_is_closed(field: Field) -> None:
    disasters = field.world.services.disasters.disasters
    await disasters.change("flood", lambda latest: latest.model_copy(update={"phase": Phase.CLOSED}), SEED)

    with pytest.raises(Conflict):
        await field.report()


async def test_the_same_key_sent_many_times_at_once_makes_one_report(field: Field) -> None:
    observations, member = field.world.services.observations, field.members[0]

    sent = await asyncio.gather(*(observations.report(member, BLOCKED, idempotency_key="k") for _ in range(8)))

    assert len({one.id for one, _ in sent}) == sum(new for _, new in sent) == 1
    with pytest.raises(Invalid):
        await observations.report(member, BLOCKED.model_copy(update={"title": "Other"}), idempotency_key="k")
    await observations.delete(member, sent[0][0].id)
    with pytest.raises(Gone):
        await observations.report(member, BLOCKED, idempotency_key="k")


async def test_another_persons_report_of_the_same_corroborates_the_first(field: Field) -> None:
    first = await field.report(0)
    field.hands.forward(hours=5)
    second, third = await field.report(1, location=north(200)), await field.report(2, location=north(-200))

    assert (first.corroborates, second.corroborates, third.corroborates) == (None, first.id, first.id)
    assert (await field.view(first.id)).corroborated_by == 2
    assert (await field.view(second.id)).corroborated_by == 0


@pytest.mark.parametrize(
    "odd",
    [
        {"location": north(310)},
        {"kind": Kind.LANDSLIDE},
        {"observed_at": utc_now() - timedelta(hours=6, minutes=5)},
    ],
    ids=["310 m away", "another kind", "six hours before"],
)
async def test_what_is_elsewhere_of_another_kind_or_time_corroborates_nothing(
    field: Field, odd: dict[str, Any]
) -> None:
    first, other = await field.report(0), await field.report(1, **odd)

    assert (first.corroborates, other.corroborates) == (None, None)
    assert (await field.view(first.id)).corroborated_by == 0


async def test_ones_own_repeat_corroborates_nothing_and_one_person_counts_once(field: Field) -> None:
    first = await field.report(0)
    own, other, again = await field.report(0), await field.report(1), await field.report(1)

    assert own.corroborates is None
    assert (other.corroborates, again.corroborates) == (first.id, None)
    assert (await field.view(first.id)).corroborated_by == 1


async def test_two_reports_at_the_same_moment_find_each_other(field: Field) -> None:
    observations = field.world.services.observations
    for n in range(8):
        body = BLOCKED.model_copy(update={"location": north(1_000 * (n + 1))})
        pair = await asyncio.gather(*(observations.report(field.members[who], body) for who in (0, 1)))

        kept = await observations.observations.get_many(one.id for one, _ in pair)
        [first] = [one for one in kept.values() if one.corroborates is None]
        assert (await field.view(first.id)).corroborated_by == 1


async def test_of_many_at_once_none_stands_behind_one_that_stands_behind_another(field: Field) -> None:
    observations = field.world.services.observations
    people = [*field.members, field.responder, field.admin]
    for n in range(4):
        body = BLOCKED.model_copy(update={"location": north(1_000 * (n + 1))})
        sent = await asyncio.gather(*(observations.report(one, body) for one in people))

        kept = await observations.observations.get_many(one.id for one, _ in sent)
        behind = [one for one in kept.values() if one.corroborates is not None]
        firsts = {one.id for one in kept.values() if one.corroborates is None}
        assert behind
        assert {one.corroborates for one in behind} <= firsts
        assert all(kept[one].followed for one in {one.corroborates for one in behind} if one)


async def test_a_link_decided_on_too_late_is_not_made(field: Field) -> None:
    alone, first = await field.report(0, location=north(5_000)), await field.report(1)
    second = await field.report(2)
    link = field.world.services.observations.link

    await link(first.id, alone.id)
    await link(alone.id, second.id)

    kept = await field.world.services.observations.observations.get_many([alone.id, first.id, second.id])
    assert [kept[one.id].corroborates for one in (alone, first, second)] == [None, None, first.id]


async def test_a_disputed_report_neither_gives_nor_gets_corroboration(field: Field) -> None:
    first, second = await field.report(0), await field.report(1)
    judge = field.world.services.observations.judge
    await judge(field.responder, second.id, change(Stand.DISPUTED, note="Not there."))
    assert (await field.view(first.id)).corroborated_by == 0

    await judge(field.responder, first.id, change(Stand.DISPUTED, note="Not there either."))

    assert (await field.report(2)).corroborates is None


async def test_what_stood_behind_a_deleted_report_stands_on_its_own(field: Field) -> None:
    first, second, third = await field.report(0), await field.report(1), await field.report(2)

    await field.world.services.observations.delete(field.members[0], first.id)

    kept = await field.world.services.observations.observations.get_many([second.id, third.id])
    assert (kept[second.id].corroborates, kept[third.id].corroborates) == (None, second.id)
    assert (await field.view(second.id)).corroborated_by == 1


async def test_a_coordinator_verifies_for_longer_and_disputes_with_a_note(field: Field) -> None:
    kept = await field.report()
    judge = field.world.services.observations.judge
    until = field.hands.now + timedelta(days=3)

    verified = await judge(field.responder, kept.id, change(Stand.VERIFIED, note="Seen.", expires_at=until))
    assert (verified.status, verified.status_note, verified.expires_at) == (Stand.VERIFIED, "Seen.", until)
    longer = await judge(field.admin, kept.id, change(Stand.VERIFIED, expires_at=until + timedelta(days=1)))
    assert (longer.expires_at, longer.decided_by) == (until + timedelta(days=1), "admin")
    with pytest.raises(Invalid) as refused:
        await judge(field.responder, kept.id, change(Stand.DISPUTED))
    assert refused.value.field == "note"
    disputed = await judge(field.responder, kept.id, change(Stand.DISPUTED, note="It is open."))
    assert disputed.status is Stand.DISPUTED
    over = await judge(field.responder, kept.id, change(Stand.EXPIRED))
    with pytest.raises(Conflict) as final:
        await judge(field.responder, kept.id, change(Stand.VERIFIED, expires_at=until))
    assert (over.status, final.value.extra["allowed"]) == (Stand.EXPIRED, [])
    entries = await field.world.services.requests.audit.of(f"observations/{kept.id}")
    assert [(one.event, one.by) for one in entries] == [
        ("observation.reported", "member0"),
        ("observation.verified", "responder"),
        ("observation.verified", "admin"),
        ("observation.disputed", "responder"),
        ("observation.expired", "responder"),
    ]


@pytest.mark.parametrize(
    ("status", "after"),
    [
        (Stand.VERIFIED, timedelta(0)),
        (Stand.VERIFIED, timedelta(days=30, seconds=1)),
        (Stand.DISPUTED, timedelta(days=1)),
    ],
)
async def test_only_what_is_verified_is_extended_and_not_without_end(
    field: Field, status: Stand, after: timedelta
) -> None:
    kept = await field.report()

    with pytest.raises(Invalid) as refused:
        await field.world.services.observations.judge(
            field.responder, kept.id, change(status, note="x", expires_at=field.hands.now + after)
        )

    assert refused.value.field == "expires_at"
    assert (await field.view(kept.id)).status is Stand.REPORTED


async def test_members_do_not_judge_change_or_delete_what_others_reported(field: Field) -> None:
    kept = await field.report(0)
    other, observations = field.members[1], field.world.services.observations

    for refused in (
        observations.judge(other, kept.id, change(Stand.VERIFIED)),
        observations.edit(other, kept.id, ObservationEdit(title="Mine")),
        observations.delete(other, kept.id),
        observations.edit(field.admin, kept.id, ObservationEdit(title="Mine")),
    ):
        with pytest.raises(Forbidden):
            await refused
    assert await observations.observations.get(kept.id) == kept


async def test_an_author_corrects_a_report_until_it_is_judged(field: Field) -> None:
    kept = await field.report()
    edit = field.world.services.observations.edit
    body = ObservationEdit(kind=Kind.BRIDGE_OUT, location=north(5_000), description=None, severity=Severity.CRITICAL)

    edited = await edit(field.members[0], kept.id, body)

    assert (edited.kind, edited.location, edited.severity) == (Kind.BRIDGE_OUT, north(5_000), Severity.CRITICAL)
    assert edited.description is None, "null clears it"
    assert edited.expires_at == kept.observed_at + timedelta(hours=HOURS[Kind.BRIDGE_OUT])
    there = ObservationFilter(area=Circle(*north(5_000).point, 0.5))
    assert await field.listed(there) == ["A4 blocked"], "it is found where it is now"
    await field.world.services.observations.judge(field.responder, kept.id, change(Stand.VERIFIED))
    with pytest.raises(Conflict) as refused:
        await edit(field.members[0], kept.id, ObservationEdit(title="Later"))
    assert refused.value.extra["allowed"] == ["reported"]


async def test_an_edit_links_a_report_anew_and_never_moves_what_others_confirmed(field: Field) -> None:
    first, second = await field.report(0), await field.report(1)
    edit = field.world.services.observations.edit

    moved = await edit(field.members[1], second.id, ObservationEdit(location=north(2_000)))
    assert moved.corroborates is None
    back = await edit(field.members[1], second.id, ObservationEdit(location=north(10)))
    assert back.corroborates == first.id
    with pytest.raises(Conflict):
        await edit(field.members[0], first.id, ObservationEdit(location=north(2_000)))
    assert (await edit(field.members[0], first.id, ObservationEdit(title="Tree down"))).title == "Tree down"


async def test_the_sweeper_lets_go_of_what_has_run_out_and_of_nothing_else(field: Field) -> None:
    short = await field.report(kind=Kind.FIRE, title="short")
    long = await field.report(kind=Kind.SHELTER_OPEN, title="long", location=north(900))
    extended = await field.report(kind=Kind.FIRE, title="extended", location=north(1_800))
    disputed = await field.report(kind=Kind.FIRE, title="disputed", location=north(2_700))
    judge = field.world.services.observations.judge
    until = field.hands.now + timedelta(days=2)
    await judge(field.responder, extended.id, change(Stand.VERIFIED, expires_at=until))
    await judge(field.responder, disputed.id, change(Stand.DISPUTED, note="?"))

    field.hands.forward(hours=HOURS[Kind.FIRE])
    assert await field.world.services.sweeper.once() == 2
    await field.world.worked()

    kept = await field.world.services.observations.observations.get_many([short.id, long.id, extended.id, disputed.id])
    assert [kept[one.id].status for one in (short, long, extended, disputed)] == [
        Stand.EXPIRED,
        Stand.REPORTED,
        Stand.VERIFIED,
        Stand.EXPIRED,
    ]
    entries = await field.world.services.requests.audit.of(f"observations/{short.id}")
    assert [(one.event, one.by, one.actor) for one in entries][-1] == ("observation.expired", "system", "system")
    await field.world.services.observations.expire(short.id)
    assert await field.world.services.requests.audit.of(f"observations/{short.id}") == entries


async def test_what_is_extended_while_the_sweeper_rings_stays(field: Field) -> None:
    kept = await field.report(kind=Kind.FIRE)
    field.hands.forward(hours=7)
    assert await field.world.services.observations.sweep() == 1
    until = field.hands.now + timedelta(hours=5)
    await field.world.services.observations.judge(field.responder, kept.id, change(Stand.VERIFIED, expires_at=until))

    await field.world.worked()

    assert (await field.view(kept.id)).status is Stand.VERIFIED
    await field.world.services.observations.delete(field.admin, kept.id)
    await field.world.services.observations.expire(kept.id)  # rung for, and gone since


async def test_a_list_is_filtered_by_state_kind_and_place_in_pages(field: Field) -> None:
    for n in range(5):
        field.hands.forward(minutes=1)
        await field.report(n % 4, title=f"road {n}", location=north(n * 2_000))
    field.hands.forward(minutes=1)
    fire = await field.report(kind=Kind.FIRE, title="fire", location=north(50))
    await field.world.services.observations.judge(field.responder, fire.id, change(Stand.VERIFIED))

    assert await field.listed(ObservationFilter(), limit=2) == ["fire", *(f"road {n}" for n in (4, 3, 2, 1, 0))]
    assert await field.listed(ObservationFilter(kind=Kind.ROAD_BLOCKED), limit=3) == [
        f"road {n}" for n in (4, 3, 2, 1, 0)
    ]
    assert await field.listed(ObservationFilter(status=Stand.VERIFIED)) == ["fire"]
    near = Circle(*HERE.point, 3.0)
    assert await field.listed(ObservationFilter(area=near), limit=1) == ["fire", "road 1", "road 0"]
    assert await field.listed(ObservationFilter(area=near, kind=Kind.FIRE)) == ["fire"]
    assert await field.listed(ObservationFilter(area=Circle(*HERE.point, 450.0)), limit=4) == [
        "fire",
        *(f"road {n}" for n in (4, 3, 2, 1, 0)),
    ]


async def test_changes_since_a_moment_tell_what_is_new_judged_and_gone(field: Field) -> None:
    old, gone = await field.report(title="old"), await field.report(title="gone", location=north(900))
    field.hands.forward(minutes=5)
    since = field.hands.now
    await field.world.services.observations.judge(field.responder, old.id, change(Stand.VERIFIED))
    field.hands.forward(minutes=1)
    await field.world.services.observations.delete(field.members[0], gone.id)
    member = field.members[1]

    found = await field.world.services.observations.changed(member, "flood", since, limit=10, cursor=None)
    told = await field.world.services.observations.told(member, found.items)

    assert [one.id for one in told] == [old.id, gone.id]
    assert [isinstance(one, Tombstone) for one in told] == [False, True]


async def test_the_public_sees_what_is_verified_and_holds_without_who_or_what_was_said(field: Field) -> None:
    address = HERE.model_copy(update={"address": "House of the Pereras"})
    kept = await field.report(location=address, radius_m=30)
    await field.report(1, title="not verified", location=north(900))
    observations = field.world.services.observations
    await observations.judge(field.responder, kept.id, change(Stand.VERIFIED, note="By team 4."))

    async def public() -> list[dict[str, Any]]:
        page = await observations.public("flood", kind=None, area=None, limit=10, cursor=None)
        return [one.model_dump() for one in observations.public_views(page.items)]

    [shown] = await public()
    assert set(shown) == {"id", "kind", "title", "location", "radius_m", "expires_at"}
    assert (shown["title"], shown["location"]["lat"], shown["location"]["address"]) == ("A4 blocked", HERE.lat, None)
    field.hands.forward(hours=HOURS[Kind.ROAD_BLOCKED])
    assert await public() == [], "its time has run out, swept or not"
    with pytest.raises(NotFound):
        await observations.public("nowhere", kind=None, area=None, limit=10, cursor=None)


async def test_the_settings_say_how_long_each_kind_holds(store: Store) -> None:
    settings = Settings(observation_hours={"fire": 1.5})
    assessor = FakeAssessor()
    hands = Hands()
    services = build(settings, store=store, verifier=UidVerifier(), assessor=assessor, clock=hands)
    world = World(services, assessor)
    await world.disaster("flood")
    admin = await world.person("admin", RoleId.ADMIN)

    kept, _ = await services.observations.report(admin, BLOCKED.model_copy(update={"kind": Kind.FIRE}))

    assert kept.expires_at == hands.now + timedelta(hours=1.5)


def test_hours_are_read_from_the_environment_and_nonsense_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESQ_OBSERVATION_HOURS", "flooding=6, fire=2.5")
    lifetimes = Lifetimes.changed(Settings().observation_hours)
    assert (lifetimes.of(Kind.FLOODING), lifetimes.of(Kind.FIRE)) == (timedelta(hours=6), timedelta(hours=2.5))
    assert lifetimes.of(Kind.OTHER) == timedelta(hours=HOURS[Kind.OTHER])
    assert set(HOURS) == set(Kind)
    for wrong in ({"flod": 3.0}, {"fire": 0.0}, {"fire": -1.0}, {"fire": 1e9}):
        with pytest.raises(Misconfigured, match="RESQ_OBSERVATION_HOURS"):
            Lifetimes.changed(wrong)


BODY = {"disaster_id": "flood", "kind": "flooding", "location": {"lat": 6.68, "lng": 80.4}}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no place": ({"location": None}, "location"),
    "another kind": ({"kind": "aliens"}, "kind"),
    "another severity": ({"severity": "High"}, "severity"),
    "no disaster": ({"disaster_id": None}, "disaster_id"),
    "a radius of the moon": ({"radius_m": 1e9}, "radius_m"),
    "a time without zone": ({"observed_at": "2026-11-24T08:00:00"}, "observed_at"),
    "tomorrow": ({"observed_at": rfc3339(utc_now() + timedelta(days=1))}, "observed_at"),
    "media from nowhere": ({"media": [{"url": "file:///etc/passwd"}]}, "media"),
    "too many words": ({"description": "x" * 8_001}, "description"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_bad_input_is_422_and_names_its_field(api: FastAPI, bad: tuple[dict[str, Any], str]) -> None:
    services = api.state.services
    world = World(services, services.assessment.assessor)
    await world.disaster("flood")
    admin = await world.person("admin", RoleId.ADMIN)
    async with client(api, "admin") as http:
        answer = await http.post("/observations", json={**BODY, **bad[0]})

    assert answer.status_code == 422
    assert bad[1] in answer.json()["message"]
    page = await services.observations.listed(admin, "flood", ObservationFilter(), limit=5, cursor=None)
    assert page.items == ()


async def test_the_addresses_of_observations(api: FastAPI) -> None:
    services = api.state.services
    world = World(services, services.assessment.assessor)
    await world.disaster("flood")
    await world.person("admin", RoleId.ADMIN)
    await services.participants.join(await world.person("member"), "flood", Join())
    async with client(api, "member") as http:
        made = await http.post("/observations", json=BODY, headers={"Idempotency-Key": "k"})
        again = await http.post("/observations/", json=BODY, headers={"Idempotency-Key": "k"})
        id = made.json()["id"]
        assert (made.status_code, again.json()["id"], made.json()["title"]) == (201, id, "Flooding")
        assert [one.headers["Idempotency-Replayed"] for one in (made, again)] == ["false", "true"]
        assert (await http.get("/observations")).status_code == 422
        listed = await http.get("/observations?disaster_id=flood&kind=flooding&near=6.68,80.4&radius_km=1")
        assert [one["id"] for one in listed.json()] == [id]
        edited = await http.patch(f"/observations/{id}", json={"radius_m": 40, "mood": 1})
        assert (edited.status_code, edited.json()["radius_m"]) == (200, 40)
        assert (await http.patch(f"/observations/{id}/status", json={"status": "verified"})).status_code == 403
    async with client(api, "admin") as http:
        judged = await http.patch(f"/observations/{id}/status", json={"status": "verified"})
        assert (judged.status_code, judged.json()["reporter"]) == (200, "Member")
        illegal = await http.patch(f"/observations/{id}/status", json={"status": "reported"})
        assert (illegal.status_code, illegal.json()["allowed"]) == (409, ["disputed", "expired"])
    async with client(api) as http:
        assert [one["id"] for one in (await http.get("/disasters/flood/observations?near=6.68,80.4")).json()] == [id]
        assert (await http.get("/disasters/nowhere/observations")).status_code == 404
    async with client(api, "member") as http:
        since = rfc3339(utc_now() - timedelta(minutes=1))
        assert (await http.delete(f"/observations/{id}")).status_code == 204
        changes = await http.get("/observations", params={"disaster_id": "flood", "since": since})
        assert [one.get("deleted") for one in changes.json()] == [True]
        assert changes.headers["X-Next-Since"]
        assert (await http.get(f"/observations/{id}")).status_code == 404
