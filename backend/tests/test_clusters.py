"""Requests that tell of the same: linked and never hidden, led by the most urgent, put together by their sender."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.core.errors import Transient
from app.crud.store.port import Key, Query, Snapshot, Store
from app.crud.store.sqlite import SqliteStore
from app.schemas.request_search import RequestFilter
from app.schemas.request_states import Stage, Status
from app.schemas.vocabulary import RoleId, Severity
from tests.telling import CRY, NORTH, OTHER, asked, call, cluster_of, metres_away, moved, offers, wanting_links
from tests.world import SEED, World


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
