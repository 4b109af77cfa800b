"""A plan written by hand, beside the machine's and beside other coordinators'."""

import asyncio
from typing import Any

import pytest

from app.core.errors import Conflict, Invalid, NotFound
from app.schemas.plan import TaskKind
from app.schemas.request_bodies import Judgement, RequestCreate
from app.schemas.request_states import Stage
from app.schemas.vocabulary import Item, NeedCategory
from app.schemas.workflow import (
    Approval,
    MadeBy,
    ResourceDecision,
    TaskDecision,
)
from tests.plans_by_hand import APPROVE_TASK, BY_HAND, REJECT_TASK, admin_of, by_hand, of_item, planned, replanned, task
from tests.world import World, finding


async def test_a_plan_by_hand_gets_ids_that_are_unique_over_all_plans(world: World) -> None:
    admin, request, _ = await planned(world)
    other = await world.asked(await world.person("other"))

    plan = await world.services.plans.create(admin, by_hand(request.id))
    second = await world.services.plans.create(admin, by_hand(other.id))

    assert [one.id for one in plan.tasks] == [f"{request.id}.2.Task1", f"{request.id}.2.Task2"]
    assert not {one.id for one in plan.items} & {one.id for one in second.items}
    water, blankets = plan.resource_suggestions
    assert [(share.task_id, share.quantity) for share in water.breakdown] == [
        (f"{request.id}.2.Task1", 20),
        (f"{request.id}.2.Task2", 10),
    ]
    assert (water.type, water.item, water.quantity) == ("Water bottles", Item.DRINKING_WATER, "bottles")
    assert (blankets.item, blankets.quantity, blankets.id) == (Item.BLANKET, None, blankets.resource_id)
    assert plan.planner == "human"
    assert {one.made_by for one in plan.items} == {MadeBy.HUMAN}
    assert plan.manpower is not None
    assert plan.manpower.total_volunteers == sum(one.people for one in plan.tasks)
    assert {share.task_id for share in plan.manpower.breakdown} == {one.id for one in plan.tasks}


async def test_a_plan_by_hand_replaces_only_what_is_pending_of_the_machines(world: World) -> None:
    admin, request, before = await planned(world)
    kept = before.tasks[0].id
    await world.services.plans.decide_task(admin, request.id, kept, REJECT_TASK)

    plan = await world.services.plans.create(admin, by_hand(request.id))

    assert plan.plan_version == before.plan_version + 1
    assert [one.id for one in plan.tasks] == [kept, f"{request.id}.2.Task1", f"{request.id}.2.Task2"]
    assert plan.task(kept).approval_status is Approval.REJECTED
    assert all(one.made_by is MadeBy.HUMAN for one in plan.resource_suggestions)


async def test_a_plan_can_be_written_before_the_machine_has_one(world: World) -> None:
    admin = await admin_of(world)
    world.assessor.error = ZeroDivisionError()
    request = await world.asked(await world.person("owner"))
    assert request.stage is Stage.NEEDS_HUMAN

    plan = await world.services.plans.create(admin, by_hand(request.id))
    await world.worked()

    assert plan.plan_version == 1
    assert (await world.request(request.id)).stage is Stage.MATCHED


async def test_the_machine_plans_anew_and_takes_nothing_of_a_humans_away(world: World) -> None:
    admin, request, before = await planned(world)
    edited = before.tasks[0].id
    await world.services.plans.decide_task(admin, request.id, edited, TaskDecision(step="Go by the upper road"))
    added = await world.services.plans.add_task(admin, request.id, task())
    water = of_item(before, Item.DRINKING_WATER)
    await world.services.plans.decide_resource(admin, request.id, water.id, ResourceDecision(total_quantity=99))
    world.assessor.finding = finding(NeedCategory.SHELTER)

    plan = await replanned(world, request)

    assert plan.plan_version == 2
    assert plan.task(edited).step == "Go by the upper road"
    assert plan.task(added.id).approval_status is Approval.PENDING
    assert plan.resource(water.id).total_quantity == 99
    assert {one.id for one in before.tasks} & {one.id for one in plan.tasks} == {edited}
    known = {one.id for one in plan.tasks}
    assert all(share.task_id in known for one in plan.resource_suggestions for share in one.breakdown)
    assert plan.manpower is not None
    assert {share.task_id for share in plan.manpower.breakdown} == known
    assert plan.manpower.total_volunteers == sum(share.volunteers for share in plan.manpower.breakdown)


async def test_writing_the_plan_anew_replaces_ones_own_and_keeps_another_coordinators(world: World) -> None:
    admin, request, _ = await planned(world)
    other = await admin_of(world, "other")
    await world.services.plans.create(other, by_hand(request.id))
    theirs = await world.services.plans.create(admin, by_hand(request.id))
    assert len(theirs.tasks) == 4

    plan = await world.services.plans.create(admin, by_hand(request.id, workflow_run_id="run-8"))

    assert [one.id.removeprefix(request.id) for one in plan.tasks] == [
        ".2.Task1",
        ".2.Task2",
        ".4.Task1",
        ".4.Task2",
    ]


async def test_the_same_plan_sent_twice_is_one_plan_with_one_set_of_offers(world: World) -> None:
    admin, request, _ = await planned(world)
    tasks = [{**BY_HAND["tasks"][0], "approval_status": "approved"}]
    body = by_hand(request.id, tasks=tasks, resource_suggestions=[])

    first = await world.services.plans.create(admin, body)
    again = await world.services.plans.create(admin, body)

    assert again == first
    assert len(await world.services.requests.cases.tasks.every([])) == 1


async def test_two_plans_written_at_once_lose_nothing_of_each_other(world: World) -> None:
    admin, request, _ = await planned(world)
    other = await admin_of(world, "other")

    await asyncio.gather(
        world.services.plans.create(admin, by_hand(request.id)), world.services.plans.create(other, by_hand(request.id))
    )

    plan = await world.services.plans.get(admin, request.id)
    assert plan.plan_version == 3
    assert len({one.id for one in plan.tasks}) == len(plan.tasks) == 4
    assert {one.author for one in plan.tasks} == {"admin", "other"}


async def test_a_plan_written_while_the_machine_is_planning_stands_beside_the_machines(world: World) -> None:
    admin, owner = await admin_of(world), await world.person("owner")
    sent = [await world.services.requests.submit(owner, RequestCreate(description=f"Water {n}")) for n in range(8)]

    async with world.services.working():
        await asyncio.gather(*(world.services.plans.create(admin, by_hand(one.id)) for one, _ in sent))
        await world.services.queue.drained()

    for request, _ in sent:
        plan = await world.services.plans.get(admin, request.id)
        assert [one.step for one in plan.tasks if one.author == "admin"] == [one["step"] for one in BY_HAND["tasks"]]
        assert (await world.request(request.id)).stage is Stage.MATCHED
        assert len({one.id for one in plan.items}) == len(plan.items)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tasks": [{"id": "A", "step": "x"}, {"id": "A", "step": "y"}]}, "tasks.1.id"),
        (
            {
                "resource_suggestions": [
                    {"type": "x", "total_quantity": 1, "breakdown": [{"task_id": "?", "quantity": 1}]}
                ]
            },
            "resource_suggestions.0.breakdown.0.task_id",
        ),
        (
            {"manpower": {"total_volunteers": 1, "breakdown": [{"task_id": "?", "volunteers": 1}]}},
            "manpower.breakdown.0.task_id",
        ),
    ],
)
async def test_a_plan_that_names_its_tasks_wrongly_changes_nothing(
    world: World, changes: dict[str, Any], field: str
) -> None:
    admin, request, before = await planned(world)
    changes = {"resource_suggestions": [], **changes}

    with pytest.raises(Invalid) as refused:
        await world.services.plans.create(admin, by_hand(request.id, **changes))

    assert refused.value.field == field
    assert await world.services.plans.get(admin, request.id) == before


async def test_a_deleted_plan_leaves_its_request_before_a_human(world: World) -> None:
    admin, request, before = await planned(world)

    await world.services.plans.delete(admin, request.id)
    await world.worked()

    after = await world.request(request.id)
    assert (after.stage, after.stage_reason) == (Stage.NEEDS_HUMAN, "a coordinator deleted its plan")
    with pytest.raises(NotFound):
        await world.services.plans.get(admin, request.id)
    await world.services.requests.judge(admin, request.id, Judgement(is_request=True))
    await world.worked()
    plan = await world.services.plans.get(admin, request.id)
    assert plan.plan_version == 2, "a page that still shows the old plan approves nothing of the new one"
    assert not {one.id for one in before.items} & {one.id for one in plan.items}


async def test_a_plan_with_something_approved_is_not_deleted(world: World) -> None:
    admin, request, before = await planned(world)
    await world.services.plans.decide_task(admin, request.id, before.tasks[0].id, APPROVE_TASK)

    with pytest.raises(Conflict) as refused:
        await world.services.plans.delete(admin, request.id)

    assert "cancel the request" in refused.value.detail
    assert (await world.request(request.id)).stage is Stage.MATCHED


def test_every_kind_of_task_can_be_written_by_hand() -> None:
    for kind in TaskKind:
        assert task(kind=kind).kind is kind
    for wrong in ({"kind": "water_rescue", "role": "volunteer"}, {"role": "admin"}, {"people": 1}, {"min_people": 61}):
        with pytest.raises(ValueError, match="validation error"):
            task(**wrong)
