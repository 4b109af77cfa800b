"""Requests that tell of the same: linked and never hidden, led by the most urgent, put together by their sender."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.errors import Conflict, Forbidden, NotFound, Transient
from app.crud.store.port import Key, Query, Snapshot, Store
from app.crud.store.sqlite import SqliteStore
from app.schemas.base import Location
from app.schemas.cluster import Cluster, Unlink
from app.schemas.notification import NotificationKind
from app.schemas.request import Request
from app.schemas.request_bodies import Judgement, RequestCreate, RequestEdit, StatusChange
from app.schemas.request_parts import MediaGiven
from app.schemas.request_search import RequestFilter
from app.schemas.request_states import Stage, Status
from app.schemas.vocabulary import NeedCategory, RoleId, Severity, Skill
from app.schemas.workflow import Approval, PlanDecision
from tests.serving import client
from tests.uploads import EXTERNAL, by_id, kept, uploaded
from tests.world import HERE, SEED, World, finding

CRY = "We are trapped on the roof at Temple Road with two small children, water is rising, please send a boat"
OTHER = "Our well smells and eight families have nothing to drink, we need chlorine and a bowser tomorrow"
NORTH = Location(lat=9.66, lng=80.02)
_METRES = 1 / 111_195


def metres_away(metres: float) -> Location:
    return Location(lat=HERE.lat + metres * _METRES, lng=HERE.lng)


def call(words: str = CRY, location: Location | None = HERE) -> RequestCreate:
    return RequestCreate(description=words, location=location)


def wanting_links(request: Request) -> Request:
    return request.model_copy(update={"wants_link": True})


async def offers(world: World, uid: str) -> list[str | None]:
    """The requests that somebody was offered to add to an earlier one, the latest first."""
    page = await world.services.notifications.notifications.inbox(uid, limit=50)
    return [one.request_id for one in page.items if one.kind is NotificationKind.REPEAT_OFFERED]


async def asked(world: World, uid: str, words: str = CRY, *, level: Severity = Severity.MEDIUM, **more: Any) -> Request:
    """Somebody new asks, and the machine does its part."""
    world.assessor.finding = finding(NeedCategory.WATER, severity=level)
    users = world.services.users.users
    return await world.asked(await users.find(uid) or await world.person(uid), words, **more)


async def cluster_of(world: World, request: Request) -> Cluster:
    found = (await world.request(request.id)).cluster_id
    assert found is not None
    return await world.services.clusters.clusters.get(found)


async def moved(world: World, uid: str, request: Request, status: Status, reason: str | None = None) -> None:
    caller = await world.services.users.users.get(uid)
    await world.services.requests.change_status(caller, request.id, StatusChange(status=status, reason=reason))
    await world.worked()


async def edited(world: World, request: Request, **changes: Any) -> Request:
    owner = await world.services.users.users.get(request.created_by)
    await world.services.requests.edit(owner, request.id, RequestEdit(**changes))
    await world.worked()
    return await world.request(request.id)


# --- linking


async def test_two_people_telling_of_the_same_are_linked_and_both_are_planned(world: World) -> None:
    first = await asked(world, "one")
    second = await asked(world, "two", f"RT @news: {CRY.upper()}!!", location=metres_away(800))
    far = await asked(world, "three", location=NORTH)
    other = await asked(world, "four", OTHER)

    first = await world.request(first.id)
    assert first.cluster_id == second.cluster_id == first.id
    assert far.cluster_id is other.cluster_id is None
    assert [(link.request_id, link.similarity, link.metres) for link in second.links] == [(first.id, 1.0, 800)]
    assert [link.request_id for link in first.links] == [second.id]
    for request in (first, second, far, other):
        assert request.stage is Stage.MATCHED
        assert await world.services.requests.cases.outputs.find(request.id)
    page = await world.services.requests.listed(
        await world.person("boss", RoleId.ADMIN), disaster_id=None, wanted=RequestFilter(), limit=10, cursor=None
    )
    assert len(page.items) == 4


async def test_a_request_without_a_position_is_linked_by_long_equal_words_within_its_disaster(world: World) -> None:
    await world.disaster("flood")
    await world.disaster("slide")
    first = await asked(world, "one", disaster_id="flood")
    second = await asked(world, "two", disaster_id="flood", location=None)
    elsewhere = await asked(world, "three", disaster_id="slide", location=None)
    short = [await asked(world, uid, "please help", disaster_id="flood", location=None) for uid in ("four", "five")]

    assert second.cluster_id == first.id
    assert elsewhere.cluster_id is None
    assert [one.cluster_id for one in short] == [None, None]


async def test_looking_again_changes_nothing(world: World) -> None:
    first, second = await asked(world, "one"), await asked(world, "one")
    before = [await world.request(one.id) for one in (first, second)], await cluster_of(world, first)

    for one in (first, second):
        await world.services.requests.cases.requests.change(one.id, wanting_links, SEED)
    await world.services.linking.run("")

    after = [await world.request(one.id) for one in (first, second)], await cluster_of(world, first)
    assert [(one.cluster_id, one.links, one.repeats, one.wants_link) for one in after[0]] == [
        (one.cluster_id, one.links, one.repeats, False) for one in before[0]
    ]
    assert after[1] == before[1]
    assert await offers(world, "one") == [second.id]


async def test_what_the_queue_lost_is_linked_by_the_sweeper(world: World) -> None:
    first = await asked(world, "one")
    second, _ = await world.services.requests.submit(await world.person("two"), call())
    await world.services.assessment.run(second.id)  # and here the process ends
    later = World.over(world.services.store)

    await later.services.sweeper.once(older_than=timedelta(0))
    await later.worked()

    assert (await later.request(second.id)).cluster_id == first.id


@pytest.mark.story
async def test_200_who_tell_of_the_same_at_once_to_two_sets_of_services_end_in_one_cluster(world: World) -> None:
    people = [await world.person(f"p{n}") for n in range(50)]
    other = World.over(world.services.store)
    spread = [call(f"{CRY} {n % 3 or ''}", metres_away(n * 5)) for n in range(200)]
    sent = await asyncio.gather(
        *((world, other)[n % 2].services.requests.submit(people[n % 50], body) for n, body in enumerate(spread))
    )
    both, requests = (world, other), world.services.requests.cases.requests
    await asyncio.gather(*(world.services.assessment.run(request.id) for request, _ in sent[::2]))
    await asyncio.gather(
        *(one.services.linking.run("") for one in both),
        *(other.services.assessment.run(request.id) for request, _ in sent[1::2]),
    )
    while await requests.to_link(limit=1) or await world.services.clusters.clusters.joining(limit=1):
        await asyncio.gather(*(one.services.linking.run("") for one in both))

    found = await requests.get_many([request.id for request, _ in sent])
    assert len({one.cluster_id for one in found.values()}) == 1
    cluster = await cluster_of(world, sent[0][0])
    assert await requests.count_in(cluster.id) == 200
    earliest = min(found.values(), key=lambda one: (one.created_at, one.id))
    assert cluster.first == cluster.lead == earliest.id


async def test_one_that_is_like_two_clusters_joins_them_and_the_older_stays(world: World) -> None:
    """A shares 8 of 12 shingles with C and C with B, and A only 6 of 14 with B."""
    words = "kanda udin pasa kadagena wetenawa gedarawal deka yata wela minissu ho gala innawa ikmanata enna puluwanda"
    a, b, c = (" ".join(words.split()[start : start + 12]) for start in (0, 4, 2))
    older = [await asked(world, f"a{n}", a) for n in range(2)]
    younger = [await asked(world, f"b{n}", b, level=Severity.CRITICAL) for n in range(3)]
    assert (await cluster_of(world, older[0])).id != (await cluster_of(world, younger[0])).id

    bridge = await asked(world, "c", c)

    found = [await world.request(one.id) for one in (*older, *younger, bridge)]
    assert {one.cluster_id for one in found} == {older[0].id}
    cluster = await cluster_of(world, bridge)
    assert (cluster.severity, cluster.lead) == (Severity.CRITICAL, older[0].id)
    given_up = await world.services.clusters.clusters.get(younger[0].id)
    assert (given_up.joined_into, given_up.joining, given_up.severity) == (older[0].id, False, None)
    boss = await world.person("boss", RoleId.ADMIN)
    assert (await world.services.clusters.one(boss, younger[0].id)).id == older[0].id


async def test_a_cluster_half_moved_into_another_is_moved_by_the_sweeper(world: World) -> None:
    older = [await asked(world, f"a{n}") for n in range(2)]
    younger = [await asked(world, f"b{n}", OTHER) for n in range(2)]

    await world.services.linking.clustering.join(younger[0].id, older[0].id)  # and here the process ends
    later = World.over(world.services.store)
    await later.services.sweeper.once()
    await later.worked()

    assert [(await later.request(one.id)).cluster_id for one in younger] == [older[0].id] * 2


async def test_every_process_sees_what_the_others_have_taken_in_ended_and_linked(world: World) -> None:
    other = World.over(world.services.store)
    first = await asked(world, "one")
    ended = await asked(other, "two", OTHER)
    await moved(world, "two", ended, Status.CANCELLED)

    second = await asked(other, "three")
    third = await asked(world, "four", OTHER)
    fourth = await asked(world, "five")

    assert second.cluster_id == fourth.cluster_id == first.id
    assert third.cluster_id is None


async def test_what_was_told_more_than_two_days_ago_is_another_event(store: Store) -> None:
    now = datetime(2026, 11, 24, 8, tzinfo=UTC)
    world = World.over(store, clock=lambda: now)
    first = await asked(world, "one")
    now += timedelta(hours=47)
    second = await asked(world, "two")
    now += timedelta(hours=48, seconds=1)
    third = await asked(world, "three")

    assert second.cluster_id == first.id
    assert third.cluster_id is None


class Ailing(SqliteStore):
    """A store that does not answer about clusters."""

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        if any(key.collection == "clusters" for key in keys):
            raise Transient("The store is away.")
        return await super().get_many(keys)

    async def query(self, query: Query) -> list[Snapshot]:
        if query.collection == "clusters":
            raise Transient("The store is away.")
        return await super().query(query)


async def test_a_search_that_fails_keeps_no_request_from_being_planned(tmp_path: Path) -> None:
    store = Ailing(tmp_path / "ailing.db")
    world = World.over(store)
    first, second = await asked(world, "one"), await asked(world, "two")

    assert [first.stage, second.stage] == [Stage.MATCHED, Stage.MATCHED]
    assert first.cluster_id is second.cluster_id is None
    assert second.wants_link
    await store.close()


# --- what changes later


async def test_a_cluster_is_as_urgent_as_its_most_urgent_open_request(world: World) -> None:
    first = await asked(world, "one", level=Severity.LOW)
    second = await asked(world, "two", level=Severity.MEDIUM)
    worst = await asked(world, "three", level=Severity.CRITICAL)
    cluster = await cluster_of(world, first)
    assert (cluster.severity, cluster.lead) == (Severity.CRITICAL, first.id)
    assert [(await world.request(one.id)).severity for one in (first, second)] == [Severity.LOW, Severity.MEDIUM]

    await moved(world, "three", worst, Status.CANCELLED)
    assert (await cluster_of(world, first)).severity is Severity.MEDIUM

    await moved(world, "one", first, Status.CANCELLED)
    cluster = await cluster_of(world, second)
    assert (cluster.id, cluster.severity, cluster.lead) == (first.id, Severity.MEDIUM, second.id)

    await moved(world, "two", second, Status.CANCELLED)
    cluster = await cluster_of(world, second)
    assert (cluster.severity, cluster.lead) == (None, None)


async def test_a_surge_writes_the_cluster_only_when_what_it_says_changes(world: World) -> None:
    first = await asked(world, "one", level=Severity.HIGH)
    await asked(world, "two")
    version = (await cluster_of(world, first)).version
    for n in range(5):
        await asked(world, f"p{n}")

    assert (await cluster_of(world, first)).version == version


async def test_a_request_follows_its_words_when_they_change(world: World) -> None:
    first, second = await asked(world, "one"), await asked(world, "two", level=Severity.HIGH)
    third = await asked(world, "three", OTHER)

    second = await edited(world, second, description=f"{CRY}. My father has no medicine, we have been here since noon")
    assert second.cluster_id == first.id, "more words about the same"

    world.assessor.finding = finding(NeedCategory.WATER, severity=Severity.LOW)
    second = await edited(world, second, description=OTHER)
    assert second.cluster_id == (await world.request(third.id)).cluster_id == second.id
    assert (await cluster_of(world, third)).severity is Severity.MEDIUM
    assert (await cluster_of(world, first)).severity is Severity.MEDIUM

    second = await edited(world, second, description="A tree has fallen on the van of the baker, nobody is hurt")
    assert (second.cluster_id, second.links) == (None, ())

    second = await edited(world, second, description=CRY)
    assert second.cluster_id == first.id


async def test_the_first_of_a_cluster_that_turns_out_to_be_another_story_leaves_it_to_the_others(world: World) -> None:
    first, second, third = [await asked(world, uid) for uid in ("one", "two", "three")]

    first = await edited(world, first, description=OTHER)
    fourth = await asked(world, "four", OTHER)

    assert (await cluster_of(world, third)).lead == second.id
    assert (await world.request(first.id)).cluster_id == fourth.cluster_id == fourth.id


async def test_moving_away_is_leaving(world: World) -> None:
    first, second = await asked(world, "one"), await asked(world, "two")

    second = await edited(world, second, location=NORTH)

    assert second.cluster_id is None
    assert (await world.request(first.id)).cluster_id == first.id


async def test_what_is_no_call_for_help_is_in_no_cluster(world: World) -> None:
    boss = await world.person("boss", RoleId.ADMIN)
    first, second = await asked(world, "one"), await asked(world, "two", level=Severity.CRITICAL)

    await world.services.requests.judge(boss, second.id, Judgement(is_request=False, reason="a drill"))
    await world.worked()
    third = await asked(world, "three")

    assert (await world.request(second.id)).cluster_id is None
    assert [link.request_id for link in third.links] == [first.id]
    assert (await cluster_of(world, first)).severity is Severity.MEDIUM


async def test_what_was_deleted_is_linked_with_nothing(world: World) -> None:
    first = await asked(world, "one")
    await world.services.requests.delete(await world.services.users.users.get("one"), first.id)

    assert (await asked(world, "two")).cluster_id is None


# --- priority


async def people_for(world: World, request: Request) -> set[str]:
    """Who is proposed for a request."""
    plan = await world.services.requests.cases.outputs.get(request.id)
    return {one.uid for task in plan.tasks for one in task.candidates}


async def test_the_lead_is_matched_for_all_and_the_others_for_themselves(world: World) -> None:
    """Four helpers make two teams. The request that stands alone is more urgent than the lead and its copy are."""
    for n in range(4):
        await world.person(f"helper{n}", RoleId.VOLUNTEER, Skill.LOGISTICS)
    alone = await asked(world, "alone", OTHER, level=Severity.HIGH)
    lead = await asked(world, "one", level=Severity.LOW)
    copy = await asked(world, "two", level=Severity.LOW)
    assert len(await people_for(world, alone)) == 4

    worst = await asked(world, "three", level=Severity.CRITICAL)

    assert [len(await people_for(world, one)) for one in (lead, worst, alone, copy)] == [2, 2, 0, 0]
    assert [(await world.request(one.id)).severity for one in (lead, copy)] == [Severity.LOW, Severity.LOW]


# --- the sender


async def test_who_says_it_again_is_offered_to_add_it_to_the_first_once(world: World) -> None:
    first = await asked(world, "one")
    await asked(world, "two")
    again = await asked(world, "one", f"{CRY}. Nobody came yet")
    third = await asked(world, "one", f"{CRY}!!!")
    await edited(world, again, description=f"{CRY}. Still nobody came")

    assert (await world.request(first.id)).repeats is None
    assert [(await world.request(one.id)).repeats for one in (again, third)] == [first.id, first.id]
    assert await offers(world, "one") == [third.id, again.id]
    assert await offers(world, "two") == []


async def test_two_needs_of_one_sender_are_no_repeat(world: World) -> None:
    await asked(world, "one", "House 12 Temple Road, family of four needs drinking water")
    second = await asked(world, "one", "House 31 Temple Road, family of six needs rice and dhal")

    assert (second.repeats, second.cluster_id) == (None, None)


async def test_what_repeats_a_request_that_ended_repeats_it_no_more(world: World) -> None:
    first, again = await asked(world, "one"), await asked(world, "one")
    await moved(world, "one", first, Status.CANCELLED)

    assert (await world.request(again.id)).repeats is None


async def test_merging_moves_words_photos_and_place_into_the_first_and_ends_the_repeat(world: World) -> None:
    caller = await world.person("one")
    photo, elsewhere = await uploaded(world, caller), MediaGiven(url=EXTERNAL)
    first = await asked(world, "one", media=(elsewhere,))
    said_again = (elsewhere, by_id(photo))
    again = await asked(world, "one", f"{CRY}. Now we are five", media=said_again, location=metres_away(50))

    merged = await world.services.clusters.merge(caller, again.id)
    await world.worked()
    once_more = await world.services.clusters.merge(caller, again.id)

    merged, again = await world.request(merged.id), await world.request(again.id)
    assert once_more == merged
    assert merged.id == first.id
    assert merged.description == f"{CRY}\n{CRY}. Now we are five"
    assert merged.media == again.media
    assert (await kept(world, photo)).request_ids == (again.id, first.id)
    assert merged.location == metres_away(50)
    assert merged.stage is Stage.MATCHED, "assessed and planned anew"
    assert (again.status, again.status_reason) == (Status.CANCELLED, f"merged into {first.id}")
    assert again.repeats == first.id


async def test_merging_is_the_owners_and_only_while_nobody_has_decided(world: World) -> None:
    boss = await world.person("boss", RoleId.ADMIN)
    first, again = await asked(world, "one"), await asked(world, "one")
    one, stranger = await world.services.users.users.get("one"), await world.person("stranger")
    merge = world.services.clusters.merge

    for caller, request, error in ((stranger, again, NotFound), (boss, again, Forbidden), (one, first, Conflict)):
        with pytest.raises(error):
            await merge(caller, request.id)
    await world.services.plans.decide_plan(boss, first.id, PlanDecision(approval_status=Approval.APPROVED))
    with pytest.raises(Conflict, match="Leave this one as it is"):
        await merge(one, again.id)

    assert (await world.request(again.id)).status is Status.PENDING


# --- coordinators


async def test_what_a_coordinator_takes_out_of_a_cluster_is_never_linked_there_again(world: World) -> None:
    boss = await world.person("boss", RoleId.ADMIN)
    first, second = await asked(world, "one"), await asked(world, "two")
    wrong = await asked(world, "three", level=Severity.CRITICAL)

    await world.services.clusters.unlink(boss, wrong.id, Unlink(reason="two doors on"))
    await world.worked()
    assert (await cluster_of(world, first)).severity is Severity.MEDIUM

    twice = await world.services.clusters.unlink(boss, wrong.id, Unlink())
    assert (twice.cluster_id, twice.links, twice.apart) == (None, (), (first.id,))
    await edited(world, wrong, description=f"{CRY}. Please hurry")
    fourth = await asked(world, "four", f"{CRY}. Please hurry")

    assert (await world.request(wrong.id)).cluster_id is None
    assert (await world.request(second.id)).cluster_id == fourth.cluster_id == first.id


async def test_taking_out_the_first_leaves_the_cluster_to_the_others(world: World) -> None:
    boss = await world.person("boss", RoleId.ADMIN)
    first, second, third = [await asked(world, uid) for uid in ("one", "two", "three")]

    await world.services.clusters.unlink(boss, first.id, Unlink())
    await world.worked()
    fourth = await asked(world, "four")

    assert (await world.request(first.id)).cluster_id is None
    cluster = await cluster_of(world, fourth)
    assert cluster == await cluster_of(world, third)
    assert cluster.lead == second.id


async def test_a_word_of_a_coordinator_holds_when_its_cluster_is_joined_with_an_older_one(world: World) -> None:
    boss = await world.person("boss", RoleId.ADMIN)
    older = [await asked(world, f"a{n}", OTHER) for n in range(2)]
    younger = [await asked(world, f"b{n}") for n in range(3)]
    await world.services.clusters.unlink(boss, younger[2].id, Unlink())
    await world.services.linking.clustering.join(older[0].id, younger[0].id)
    await world.worked()

    late = await asked(world, "late")

    assert late.cluster_id == (await world.request(younger[0].id)).cluster_id == older[0].id
    assert (await world.request(younger[2].id)).cluster_id is None


async def test_what_is_in_no_cluster_cannot_be_taken_out(world: World) -> None:
    boss = await world.person("boss", RoleId.ADMIN)
    alone = await asked(world, "one")

    with pytest.raises(Conflict):
        await world.services.clusters.unlink(boss, alone.id, Unlink())
    with pytest.raises(NotFound):
        await world.services.clusters.unlink(await world.person("stranger"), alone.id, Unlink())


async def test_clusters_are_listed_most_urgent_first_with_their_sizes(world: World) -> None:
    await world.disaster("flood")
    boss = await world.person("boss", RoleId.ADMIN)
    local = await world.person("local", RoleId.FIRST_RESPONDER, joined=("flood",))
    wet = [await asked(world, f"a{n}", OTHER, disaster_id="flood") for n in range(3)]
    dry = [await asked(world, f"b{n}", level=Severity.CRITICAL) for n in range(2)]
    await moved(world, "a0", wet[0], Status.CANCELLED)
    await asked(world, "lonely", "A tree has fallen on the van of the baker, nobody is hurt")

    clusters = world.services.clusters
    page = await clusters.listed(boss, disaster_id=None, limit=10, cursor=None)
    seen = await clusters.views(page.items)
    mine = await clusters.listed(local, disaster_id="flood", limit=10, cursor=None)

    assert [(one.id, one.severity, one.size, one.open, one.disaster_id) for one in seen] == [
        (dry[0].id, Severity.CRITICAL, 2, 2, None),
        (wet[0].id, Severity.MEDIUM, 3, 2, "flood"),
    ]
    assert (seen[1].first_request_id, seen[1].lead_request_id) == (wet[0].id, wet[1].id)
    assert [one.id for one in mine.items] == [wet[0].id]
    with pytest.raises(NotFound):
        await clusters.one(local, dry[0].id)
    listed = await world.services.requests.listed(
        local, disaster_id=None, wanted=RequestFilter(cluster_id=wet[0].id), limit=10, cursor=None
    )
    assert {one.id for one in listed.items} == {one.id for one in wet}


async def test_coordinators_see_the_cluster_and_the_sender_only_what_is_their_own(api: FastAPI) -> None:
    services = api.state.services
    world = World(services, services.assessment.assessor)
    await world.person("boss", RoleId.ADMIN)
    body = {"description": CRY, "location": {"lat": HERE.lat, "lng": HERE.lng}}
    ids = []
    for uid in ("one", "two", "one"):
        async with client(api, uid) as http:
            ids.append((await http.post("/requests", json=body)).json()["id"])
        await services.queue.drained()
    first, second, again = ids

    async with client(api, "boss") as http:
        seen = (await http.get(f"/requests/{second}")).json()
        assert seen["cluster"] | {"links": None} == {
            "id": first, "first_request_id": first, "severity": "medium", "size": 3, "links": None
        }  # fmt: skip
        assert {link["request_id"] for link in seen["cluster"]["links"]} <= {first, again}
        listed = (await http.get("/requests", params={"cluster_id": first})).json()
        assert [one["cluster"]["size"] for one in listed] == [3, 3, 3]
        since = (await http.get("/requests", params={"since": seen["created_at"]})).json()
        assert {one["cluster"]["id"] for one in since if one["id"] in ids} == {first}
        assert [one["size"] for one in (await http.get("/clusters")).json()] == [3]
        assert (await http.get(f"/clusters/{first}")).json()["lead_request_id"] == first
        assert (await http.get("/clusters/nothing")).status_code == 404
        assert (await http.post(f"/requests/{second}/unlink", json={"reason": "No"})).json()["cluster"] is None
        assert (await http.post(f"/requests/{again}/merge")).status_code == 403
    async with client(api, "two") as http:
        mine = await http.get(f"/requests/{second}")
        told = await http.get(f"/requests/{second}/timeline")
        assert mine.json()["cluster"] is mine.json()["repeats"] is None
        assert not any(other in text for other in (first, again) for text in (mine.text, told.text))
        assert "request.linked" not in told.text
        assert (await http.post(f"/requests/{again}/merge")).status_code == 404
        assert (await http.get("/clusters")).status_code == 403
        assert (await http.post(f"/requests/{second}/unlink")).status_code == 403
    async with client(api, "one") as http:
        mine_again = await http.get("/requests/me")
        assert {one["id"]: one["repeats"] for one in mine_again.json()} == {first: None, again: first}
        assert second not in mine_again.text
        assert (await http.post(f"/requests/{again}/merge")).json()["id"] == first
