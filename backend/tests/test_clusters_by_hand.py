"""Clusters as coordinators see and correct them."""

import pytest
from fastapi import FastAPI

from app.core.errors import Conflict, NotFound
from app.schemas.cluster import Unlink
from app.schemas.request_search import RequestFilter
from app.schemas.request_states import Status
from app.schemas.vocabulary import RoleId, Severity
from tests.serving import client
from tests.telling import CRY, OTHER, asked, cluster_of, edited, moved
from tests.world import HERE, World


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
