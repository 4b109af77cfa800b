"""Clusters when what was told changes later: urgency, words, places, ends."""

from app.schemas.request import Request
from app.schemas.request_bodies import Judgement
from app.schemas.request_states import Status
from app.schemas.vocabulary import NeedCategory, RoleId, Severity, Skill
from tests.telling import CRY, NORTH, OTHER, asked, cluster_of, edited, moved
from tests.world import World, finding


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
