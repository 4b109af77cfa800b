"""Tasks of a plan, written, approved and deleted one by one."""

import asyncio
from typing import Any

import pytest

from app.core.errors import Conflict, Invalid
from app.schemas.notification import NotificationKind
from app.schemas.request_states import Stage, Status
from app.schemas.task import TaskStatusChange
from app.schemas.task_states import TaskStatus
from app.schemas.vocabulary import Item, RoleId, Skill
from app.schemas.workflow import (
    Approval,
    PlanTask,
)
from tests.plans_by_hand import APPROVE_RESOURCE, APPROVE_TASK, REJECT_TASK, TASKS, admin_of, by_hand, planned, task
from tests.world import World


async def test_a_task_by_hand_is_for_trusted_pairs_and_counts_as_manpower(world: World) -> None:
    admin, request, before = await planned(world)

    plain = await world.services.plans.add_task(admin, request.id, task("Ruf an"))
    urgent = await world.services.plans.add_task(admin, request.id, task("Urgent", priority="High"))
    boats = await world.services.plans.add_task(admin, request.id, task("Boats", kind="water_rescue"))

    assert (plain.id, plain.role, plain.people, plain.verified_only) == (
        f"{request.id}.1.Ruf-an",
        RoleId.VOLUNTEER,
        2,
        True,
    )
    assert (urgent.role, urgent.priority) == (RoleId.FIRST_RESPONDER, "high")
    assert (boats.role, boats.people, boats.skills_all) == (RoleId.FIRST_RESPONDER, 3, (Skill.SAR,))
    plan = await world.services.plans.get(admin, request.id)
    assert before.manpower is not None
    assert plan.manpower is not None
    assert plan.manpower.total_volunteers == before.manpower.total_volunteers + 2 + 2 + 3


async def test_a_rescue_by_hand_is_not_for_fewer_than_the_least_team(world: World) -> None:
    admin, request, _ = await planned(world)
    few: dict[str, Any] = {"kind": "water_rescue", "people": 2}
    body = by_hand(request.id, tasks=[{"id": "Boat", "step": "Go", **few}], resource_suggestions=[])

    with pytest.raises(Invalid) as refused:
        await world.services.plans.add_task(admin, request.id, task(**few))
    assert refused.value.field == "people"
    with pytest.raises(Invalid) as refused:
        await world.services.plans.create(admin, body)
    assert refused.value.field == "tasks.0.people"


async def test_a_name_that_the_plan_has_already_is_refused(world: World) -> None:
    admin, request, before = await planned(world)
    await world.services.plans.add_task(admin, request.id, task("Task1"))

    for name in ("Task1", before.tasks[0].id, f"{request.id}.1.Task1"):
        with pytest.raises(Conflict):
            await world.services.plans.add_task(admin, request.id, task(name))


async def test_names_in_any_script_become_ids_of_their_own(world: World) -> None:
    admin, request, _ = await planned(world)

    made = [await world.services.plans.add_task(admin, request.id, task(name)) for name in ("පියවර 1", "பணி 1", "…")]

    assert len({one.id for one in made}) == 3
    assert all(one.id.isascii() for one in made)


async def test_one_name_taken_by_two_coordinators_at_once_is_given_once(world: World) -> None:
    admin, request, before = await planned(world)
    other = await admin_of(world, "other")

    made = await asyncio.gather(
        *(world.services.plans.add_task(who, request.id, task("Task1")) for who in (admin, other, admin, other)),
        *(world.services.plans.add_task(who, request.id, task(f"By{who.id}")) for who in (admin, other)),
        return_exceptions=True,
    )

    assert sum(isinstance(one, PlanTask) for one in made) == 3
    assert sum(isinstance(one, Conflict) for one in made) == 3
    plan = await world.services.plans.get(admin, request.id)
    assert len(plan.tasks) == len(before.tasks) + 3


async def test_a_task_approved_as_it_is_added_is_offered_to_people(world: World) -> None:
    admin, request, before = await planned(world)
    for one in before.tasks:
        await world.services.plans.decide_task(admin, request.id, one.id, REJECT_TASK)
    for n in range(2):
        await world.person(f"helper{n}", RoleId.VOLUNTEER)

    added = await world.services.plans.add_task(admin, request.id, task(approval_status="approved"))
    await world.worked()

    assert (added.approval_status, added.decided_by) == (Approval.APPROVED, "admin")
    made = await world.services.requests.cases.tasks.get(added.id)
    assert (made.status, set(made.holders)) == (TaskStatus.OFFERED, {"helper0", "helper1"})


async def test_a_plan_approved_before_it_was_matched_still_ends_matched(world: World) -> None:
    admin, request, _ = await planned(world)
    await world.services.plans.delete(admin, request.id)
    tasks = [{"id": "Task1", "step": "Go and see", "approval_status": "approved"}]

    await world.services.plans.create(admin, by_hand(request.id, tasks=tasks, resource_suggestions=[]))
    await world.worked()

    after = await world.request(request.id)
    assert (after.stage, after.status) == (Stage.MATCHED, Status.APPROVED)


async def test_a_deleted_task_takes_its_shares_and_its_people_along(world: World) -> None:
    admin, request, _ = await planned(world)
    plan = await world.services.plans.create(admin, by_hand(request.id))
    first, second = plan.tasks

    await world.services.plans.delete_task(admin, request.id, second.id)

    after = await world.services.plans.get(admin, request.id)
    assert [one.id for one in after.tasks] == [first.id]
    (water,) = after.resource_suggestions
    assert (water.total_quantity, water.breakdown) == (20, plan.resource_suggestions[0].breakdown[:1])
    assert after.manpower is not None
    assert after.manpower.total_volunteers == first.people


async def test_deleting_the_last_pending_task_leaves_the_request_decided(world: World) -> None:
    admin, request, _ = await planned(world)
    plan = await world.services.plans.create(admin, by_hand(request.id))
    first, second = plan.tasks
    await world.services.plans.decide_task(admin, request.id, first.id, APPROVE_TASK)
    assert (await world.request(request.id)).status is Status.PENDING

    await world.services.plans.delete_task(admin, request.id, second.id)

    assert (await world.request(request.id)).status is Status.APPROVED


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "rejected"])
async def test_work_is_complete_once_the_last_open_question_falls_away(world: World, deleted: bool) -> None:
    await world.stock(Item.DRINKING_WATER, 100)
    admin, request, _ = await planned(world)
    helpers = [await world.person(f"helper{n}", RoleId.VOLUNTEER) for n in range(2)]
    plan = await world.services.plans.create(admin, by_hand(request.id, tasks=[t | {"priority": "low"} for t in TASKS]))
    (first, second), water = plan.tasks, plan.resource_suggestions[0]
    await world.services.plans.decide_resource(admin, request.id, water.id, APPROVE_RESOURCE)
    await world.worked()
    await world.services.plans.decide_task(admin, request.id, first.id, APPROVE_TASK)
    await world.worked()
    for helper in helpers:
        await world.services.tasks.accept(helper, first.id)
    for step in (TaskStatus.ON_ROUTE, TaskStatus.ON_SITE, TaskStatus.COMPLETED):
        await world.services.tasks.change_status(helpers[0], first.id, TaskStatusChange(status=step))
    assert (await world.services.resources.get("depot")).reserved == 30

    if deleted:
        await world.services.plans.delete_task(admin, request.id, second.id)
    else:
        await world.services.plans.decide_task(admin, request.id, second.id, REJECT_TASK)

    assert (await world.request(request.id)).status is Status.COMPLETED
    stock = await world.services.resources.get("depot")
    assert (stock.quantity, stock.reserved) == (70, 0)
    told = await world.services.notifications.notifications.every([])
    assert [one.to for one in told if one.kind is NotificationKind.REQUEST_COMPLETED] == ["owner"]


async def test_what_is_approved_is_not_deleted_and_what_is_rejected_is(world: World) -> None:
    admin, request, _ = await planned(world)
    await world.stock(Item.DRINKING_WATER, 100)
    plan = await world.services.plans.create(admin, by_hand(request.id))
    first, second = plan.tasks
    water, blankets = plan.resource_suggestions
    await world.services.plans.decide_task(admin, request.id, first.id, APPROVE_TASK)
    await world.services.plans.decide_task(admin, request.id, second.id, REJECT_TASK)
    await world.services.plans.decide_resource(admin, request.id, water.id, APPROVE_RESOURCE)

    with pytest.raises(Conflict):
        await world.services.plans.delete_task(admin, request.id, first.id)
    with pytest.raises(Conflict):
        await world.services.plans.delete_resource(admin, request.id, water.id)
    await world.services.plans.delete_task(admin, request.id, second.id)

    after = await world.services.plans.get(admin, request.id)
    assert [one.id for one in after.items] == [first.id, water.id]
    assert after.resource(water.id).total_quantity == 30, "what is reserved stays as it was approved"
    assert (await world.services.resources.get("depot")).reserved == 30
    assert blankets.id not in {one.id for one in after.items}
