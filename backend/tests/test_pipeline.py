"""What the machine does with a request, and what it leaves to people."""

import asyncio
from datetime import timedelta

import pytest

from app.core.errors import Conflict, Forbidden, Invalid, Transient
from app.core.queue import Job
from app.schemas.base import Location
from app.schemas.request_bodies import Judgement, RequestCreate, RequestEdit, StatusChange
from app.schemas.request_states import Stage, Status
from app.schemas.vocabulary import NeedCategory, RoleId
from tests.world import World, finding

CALL = RequestCreate(description="We need water")


async def test_a_request_goes_from_received_to_matched(world: World) -> None:
    request = await world.asked(await world.person("owner"))

    assert request.stage is Stage.MATCHED
    plan = await world.services.requests.cases.outputs.get(request.id)
    assert 3 <= len(plan.tasks) <= 5
    assert all(task.shortfall for task in plan.tasks), "nobody is there to help, and the plan says so"


async def test_words_alone_are_enough(world: World) -> None:
    owner = await world.person("owner")
    request, new = await world.services.requests.submit(owner, RequestCreate(description="help"))

    assert new
    assert request.location is None
    await world.worked()
    assert (await world.request(request.id)).stage is Stage.MATCHED


async def test_an_unknown_disaster_never_refuses_a_call_for_help(world: World) -> None:
    owner = await world.person("owner")
    body = CALL.model_copy(update={"disaster_id": "gone"})
    request, _ = await world.services.requests.submit(owner, body)

    assert request.disaster_id is None


async def test_the_same_key_sent_20_times_at_once_makes_one_request(world: World) -> None:
    owner = await world.person("owner")

    sent = await asyncio.gather(*(world.services.requests.submit(owner, CALL, idempotency_key="k1") for _ in range(20)))

    assert len({request.id for request, _ in sent}) == 1
    assert sum(new for _, new in sent) == 1
    with pytest.raises(Invalid) as refused:
        await world.services.requests.submit(owner, RequestCreate(description="Other"), idempotency_key="k1")
    assert refused.value.field == "Idempotency-Key"


async def test_the_key_of_one_person_is_not_that_of_another(world: World) -> None:
    first, _ = await world.services.requests.submit(await world.person("one"), CALL, idempotency_key="k")
    second, _ = await world.services.requests.submit(await world.person("two"), CALL, idempotency_key="k")

    assert first.id != second.id


async def test_a_job_delivered_twice_is_done_once(world: World) -> None:
    request = await world.asked(await world.person("owner"))
    before = await world.services.requests.cases.outputs.get(request.id)

    await world.services.assessment.run(request.id)
    await world.services.planning.run(request.id)
    await world.services.matchmaking.run(request.group)

    assert world.assessor.calls == 1
    assert await world.services.requests.cases.outputs.get(request.id) == before
    assert await world.request(request.id) == request


async def test_what_the_queue_lost_the_sweeper_finds(world: World) -> None:
    request, _ = await world.services.requests.submit(await world.person("owner"), CALL)
    lost = World.over(world.services.store)  # another process, whose queue knows of nothing

    assert await lost.services.sweeper.once(older_than=timedelta(0)) == 1
    await lost.worked()

    assert (await lost.request(request.id)).stage is Stage.MATCHED


@pytest.mark.parametrize(("error", "tries"), [(Transient("The model is away."), 3), (ZeroDivisionError(), 1)])
async def test_what_keeps_failing_ends_before_a_human_and_only_what_may_heal_is_tried_again(
    world: World, error: Exception, tries: int
) -> None:
    world.assessor.error = error
    request = await world.asked(await world.person("owner"))

    assert request.stage is Stage.NEEDS_HUMAN
    assert request.attempts == world.assessor.calls == tries
    assert request.stage_reason


async def test_what_asks_for_nothing_is_kept_and_a_human_may_see_it_otherwise(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    world.assessor.finding = finding(NeedCategory.WATER, is_request=False)
    request = await world.asked(await world.person("owner"), "test test")
    assert (request.stage, request.stage_reason) == (Stage.NOT_A_REQUEST, "a test")

    await world.services.requests.judge(admin, request.id, Judgement(is_request=True))
    await world.worked()

    assert (await world.request(request.id)).stage is Stage.MATCHED, "the machine keeps to the human's word"


async def test_what_a_human_set_aside_stays_aside(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    owner = await world.person("owner")
    request = await world.asked(owner)
    await world.services.requests.judge(admin, request.id, Judgement(is_request=False, reason="spam"))

    await world.services.requests.edit(owner, request.id, RequestEdit(description="More spam"))
    await world.worked()

    assert (await world.request(request.id)).stage is Stage.NOT_A_REQUEST


async def test_an_edit_is_assessed_anew(world: World) -> None:
    owner = await world.person("owner")
    request = await world.asked(owner)
    world.assessor.finding = finding(NeedCategory.SHELTER)

    await world.services.requests.edit(owner, request.id, RequestEdit(description="The roof is gone"))
    await world.worked()

    edited = await world.request(request.id)
    assert edited.stage is Stage.MATCHED
    assert edited.auto_extract is not None
    assert edited.auto_extract.needs == ("shelter",)


async def test_a_request_cancelled_meanwhile_is_left_alone(world: World) -> None:
    owner = await world.person("owner")
    request, _ = await world.services.requests.submit(owner, CALL)

    await world.services.requests.change_status(owner, request.id, StatusChange(status=Status.CANCELLED))
    await world.worked()
    await world.services.queue.put(Job.ASSESS, request.id)
    await world.worked()

    cancelled = await world.request(request.id)
    assert cancelled.status is Status.CANCELLED
    assert await world.services.requests.cases.outputs.find(request.id) is None


async def test_the_owner_cancels_but_does_not_complete(world: World) -> None:
    owner = await world.person("owner")
    request = await world.asked(owner)

    with pytest.raises(Forbidden):
        await world.services.requests.change_status(owner, request.id, StatusChange(status=Status.COMPLETED))


async def test_rejecting_needs_a_reason_and_an_illegal_move_names_the_legal_ones(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    request = await world.asked(await world.person("owner"))
    reject = StatusChange(status=Status.REJECTED)

    with pytest.raises(Invalid):
        await world.services.requests.change_status(admin, request.id, reject)
    with pytest.raises(Conflict) as refused:
        await world.services.requests.change_status(admin, request.id, StatusChange(status=Status.CLOSED))

    assert refused.value.extra["allowed"] == ["approved", "cancelled", "rejected"]


async def test_the_timeline_tells_what_happened_and_names_nobody(world: World) -> None:
    owner = await world.person("owner")
    request = await world.asked(owner, location=Location(lat=6.7, lng=80.4))

    told = await world.services.requests.timeline(owner, request.id)

    assert [entry.event for entry in told] == [
        "request.received",
        "request.assessed",
        "request.planned",
        "request.matched",
    ]
    assert not any("owner" in (entry.note or "") for entry in told)


async def test_pages_of_a_list_lose_and_repeat_nothing(world: World) -> None:
    owner = await world.person("owner")
    ids = {
        (await world.services.requests.submit(owner, RequestCreate(description=f"Call {n}")))[0].id for n in range(25)
    }
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await world.services.requests.mine(owner, limit=7, cursor=cursor)
        seen += [request.id for request in page.items]
        cursor = page.next
        if cursor is None:
            break

    assert len(seen) == 25
    assert set(seen) == ids
