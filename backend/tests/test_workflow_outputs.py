"""Plans by hand: what a coordinator writes, edits and deletes, and what the machine may not take away again."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.errors import Conflict, Invalid, NotFound
from app.crud.audit import AuditLog
from app.schemas.audit import Act
from app.schemas.notification import NotificationKind
from app.schemas.plan import TaskKind
from app.schemas.request import Request
from app.schemas.request_bodies import Judgement, RequestCreate, RequestEdit, StatusChange
from app.schemas.request_states import Stage, Status
from app.schemas.task import TaskStatusChange
from app.schemas.task_states import TaskStatus
from app.schemas.user import User
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Skill
from app.schemas.workflow import (
    Approval,
    MadeBy,
    PlanCreate,
    PlanDecision,
    PlanTask,
    ResourceDecision,
    ResourceSuggestion,
    SupplyCreate,
    TaskCreate,
    TaskDecision,
    WorkflowOutput,
)
from tests.serving import client
from tests.world import World, finding

APPROVE_TASK = TaskDecision(approval_status=Approval.APPROVED)
REJECT_TASK = TaskDecision(approval_status=Approval.REJECTED)
APPROVE_RESOURCE = ResourceDecision(approval_status=Approval.APPROVED)

BY_HAND: dict[str, Any] = {
    "workflow_run_id": "run-7",
    "tasks": [
        {"id": "Task1", "step": "Bring water to the school", "priority": "High"},
        {"id": "Task2", "step": "Bring blankets to the temple", "priority": "low"},
    ],
    "resource_suggestions": [
        {
            "type": "Water bottles",
            "total_quantity": 30,
            "breakdown": [{"task_id": "Task1", "quantity": 20}, {"task_id": "Task2", "quantity": 10}],
            "quantity": "bottles",
        },
        {"type": "Blankets", "total_quantity": 8, "breakdown": [{"task_id": "Task2", "quantity": 8}], "quantity": None},
    ],
}


TASKS: list[dict[str, Any]] = BY_HAND["tasks"]


def by_hand(request_id: str, **changes: Any) -> PlanCreate:
    return PlanCreate.model_validate({**BY_HAND, "request_id": request_id, **changes})


def task(id: str = "Extra", **more: Any) -> TaskCreate:
    return TaskCreate.model_validate({"id": id, "step": "Call the family", "priority": "medium", **more})


def supply(type: str = "Drinking water", total: int = 12, **more: Any) -> SupplyCreate:
    return SupplyCreate.model_validate({"type": type, "total_quantity": total, **more})


async def admin_of(world: World, uid: str = "admin") -> User:
    return await world.person(uid, RoleId.ADMIN)


async def planned(world: World) -> tuple[User, Request, WorkflowOutput]:
    """A coordinator, a request that the machine has planned, and that plan."""
    admin = await admin_of(world)
    request = await world.asked(await world.person("owner"))
    return admin, request, await world.services.plans.get(admin, request.id)


async def replanned(world: World, request: Request) -> WorkflowOutput:
    """The plan after its owner has changed the request and the machine has planned anew."""
    owner = await world.services.users.users.get("owner")
    await world.services.requests.edit(owner, request.id, RequestEdit(description="And now the roof is gone"))
    await world.worked()
    return await world.services.requests.cases.outputs.get(request.id)


def of_item(plan: WorkflowOutput, item: Item) -> ResourceSuggestion:
    return next(one for one in plan.resource_suggestions if one.item is item)


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


async def test_a_supply_edited_and_approved_in_one_call_reserves_what_it_says_now(world: World) -> None:
    admin, request, before = await planned(world)
    await world.stock(Item.DRINKING_WATER, 100, id="water")
    await world.stock(Item.BLANKET, 100, id="blankets")
    await world.worked()
    water = of_item(before, Item.DRINKING_WATER)
    shares = [{"task_id": before.tasks[0].id, "quantity": 7}]

    decided = await world.services.plans.decide_resource(
        admin,
        request.id,
        water.id,
        ResourceDecision.model_validate(
            {
                "type": "Warm blankets",
                "total_quantity": 9,
                "breakdown": shares,
                "quantity": None,
                "substitution_for": "sleeping bags",
                "approval_status": "approved",
            }
        ),
    )

    assert (decided.type, decided.item, decided.total_quantity, decided.quantity) == (
        "Warm blankets",
        Item.BLANKET,
        9,
        None,
    )
    assert [share.quantity for share in decided.breakdown] == [7]
    assert [(share.stock_id, share.quantity) for share in decided.allocations] == [("blankets", 9)]
    assert decided.substitution_for == "sleeping bags"
    stocks = await world.services.resources.resources.get_many(["water", "blankets"])
    assert (stocks["water"].reserved, stocks["blankets"].reserved) == (0, 9)


async def test_more_than_there_is_approved_by_hand_reserves_what_there_is_and_says_what_is_short(world: World) -> None:
    admin, request, _ = await planned(world)
    await world.stock(Item.BLANKET, 5)

    added = await world.services.plans.add_resource(
        admin, request.id, supply("Blankets", 8, approval_status="approved")
    )

    assert sum(share.quantity for share in added.allocations) == 5
    assert added.shortfall is not None
    assert added.shortfall.missing == 3
    assert (await world.services.resources.get("depot")).reserved == 5


async def test_of_20_supplies_approved_at_once_no_unit_is_promised_twice(world: World) -> None:
    admin, request, _ = await planned(world)
    await world.stock(Item.BLANKET, 30)
    body = supply("Blankets", 2, approval_status="approved")

    made = await asyncio.gather(*(world.services.plans.add_resource(admin, request.id, body) for _ in range(20)))

    promised = sum(share.quantity for one in made for share in one.allocations)
    assert promised == (await world.services.resources.get("depot")).reserved == 30
    assert sum(one.shortfall.missing for one in made if one.shortfall) == 10


async def test_a_null_clears_and_a_field_left_out_stays(world: World) -> None:
    admin, request, _ = await planned(world)
    body = supply(quantity="bottles", substitution_for="juice")
    added = await world.services.plans.add_resource(admin, request.id, body)

    async def patched(**fields: object) -> ResourceSuggestion:
        change = ResourceDecision.model_validate(fields)
        return await world.services.plans.decide_resource(admin, request.id, added.id, change)

    resized = await patched(total_quantity=13)
    assert (resized.quantity, resized.substitution_for) == ("bottles", "juice")
    cleared = await patched(quantity=None, substitution_for=None, type=None, breakdown=None)
    assert (cleared.quantity, cleared.substitution_for, cleared.type) == (None, None, "Drinking water")


async def test_shares_beyond_the_total_or_of_an_unknown_task_are_refused_and_change_nothing(world: World) -> None:
    admin, request, before = await planned(world)
    water = of_item(before, Item.DRINKING_WATER)
    wrong = {
        "breakdown": {"breakdown": [{"task_id": before.tasks[0].id, "quantity": water.total_quantity + 1}]},
        "breakdown.0.task_id": {"breakdown": [{"task_id": "nowhere", "quantity": 1}], "approval_status": "approved"},
    }

    for field, change in wrong.items():
        with pytest.raises(Invalid) as refused:
            await world.services.plans.decide_resource(
                admin, request.id, water.id, ResourceDecision.model_validate(change)
            )
        assert refused.value.field == field
    with pytest.raises(Invalid):
        await world.services.plans.add_resource(
            admin, request.id, supply(breakdown=[{"task_id": "nowhere", "quantity": 1}])
        )

    assert await world.services.plans.get(admin, request.id) == before


async def test_the_matcher_looks_again_after_an_edit(world: World) -> None:
    admin, request, before = await planned(world)
    await world.stock(Item.BLANKET, 100, id="blankets")
    water = of_item(before, Item.DRINKING_WATER)

    await world.services.plans.decide_resource(admin, request.id, water.id, ResourceDecision(type="blankets"))
    await world.worked()

    after = (await world.services.plans.get(admin, request.id)).resource(water.id)
    assert {share.item for share in after.allocations} == {Item.BLANKET}
    assert sum(share.quantity for share in after.allocations) == after.total_quantity


async def test_an_edit_takes_up_what_the_machine_had_given_up(world: World) -> None:
    admin, request, before = await planned(world)
    failed = Act(event="test.failed")
    await world.services.requests.cases.requests.change(
        request.id, lambda one: one.model_copy(update={"stage": Stage.NEEDS_HUMAN, "wants_match": False}), failed
    )

    await world.services.plans.decide_task(admin, request.id, before.tasks[0].id, REJECT_TASK)
    await world.worked()
    assert (await world.request(request.id)).stage is Stage.NEEDS_HUMAN
    water = of_item(before, Item.DRINKING_WATER)
    await world.services.plans.decide_resource(admin, request.id, water.id, ResourceDecision(total_quantity=3))
    await world.worked()

    assert (await world.request(request.id)).stage is Stage.MATCHED


async def test_no_stock_is_guessed_for_words_that_nobody_knows(world: World) -> None:
    admin, request, _ = await planned(world)
    await world.stock(Item.OTHER, 50)

    added = await world.services.plans.add_resource(admin, request.id, supply("Chainsaws", 2))
    await world.worked()

    saws = (await world.services.plans.get(admin, request.id)).resource(added.id)
    assert (saws.type, saws.item, saws.allocations) == ("Chainsaws", Item.OTHER, ())
    assert saws.shortfall is not None
    assert "by hand" in saws.shortfall.cure
    await world.services.plans.decide_resource(admin, request.id, added.id, APPROVE_RESOURCE)
    assert (await world.services.resources.get("depot")).reserved == 0


async def test_a_supply_that_changes_under_the_matchers_hands_never_gets_another_items_stock(world: World) -> None:
    admin, request, before = await planned(world)
    await world.stock(Item.DRINKING_WATER, 500, id="water")
    await world.stock(Item.BLANKET, 500, id="blankets")
    water = of_item(before, Item.DRINKING_WATER)

    async def renamed() -> None:
        for n in range(6):
            words = ResourceDecision(type="blankets" if n % 2 else "drinking water", total_quantity=n + 1)
            await world.services.plans.decide_resource(admin, request.id, water.id, words)

    await asyncio.gather(renamed(), *(world.services.matchmaking.run(request.group) for _ in range(4)))
    decided = await world.services.plans.decide_resource(admin, request.id, water.id, APPROVE_RESOURCE)

    assert {share.item for share in decided.allocations} == {Item.BLANKET}
    stocks = await world.services.resources.resources.get_many(["water", "blankets"])
    assert (stocks["water"].reserved, stocks["blankets"].reserved) == (0, 6)


@pytest.mark.parametrize("total", [5, 77])
async def test_an_edit_and_an_approval_at_once_never_mix(world: World, total: int) -> None:
    await world.stock(Item.DRINKING_WATER, 500)
    admin, request, before = await planned(world)
    other = await admin_of(world, "other")
    water = of_item(before, Item.DRINKING_WATER)

    await asyncio.gather(
        world.services.plans.decide_resource(admin, request.id, water.id, ResourceDecision(total_quantity=total)),
        world.services.plans.decide_resource(other, request.id, water.id, APPROVE_RESOURCE),
        return_exceptions=True,
    )

    after = (await world.services.plans.get(admin, request.id)).resource(water.id)
    assert after.approval_status is Approval.APPROVED
    assert (await world.services.resources.get("depot")).reserved == after.total_quantity


async def test_nothing_is_added_to_the_plan_of_a_request_that_ended(world: World) -> None:
    admin, request, before = await planned(world)
    reject = StatusChange(status=Status.REJECTED, reason="a test")
    await world.services.requests.change_status(admin, request.id, reject)

    with pytest.raises(Conflict):
        await world.services.plans.add_task(admin, request.id, task())
    with pytest.raises(Conflict):
        await world.services.plans.add_resource(admin, request.id, supply())
    with pytest.raises(Conflict):
        await world.services.plans.create(admin, by_hand(request.id))
    await world.services.plans.delete_task(admin, request.id, before.tasks[0].id)


async def test_a_plan_does_not_grow_without_end(world: World) -> None:
    admin, request, _ = await planned(world)
    many = [{"id": f"Task{n}", "step": "x"} for n in range(30)]
    await world.services.plans.create(admin, by_hand(request.id, tasks=many, resource_suggestions=[]))

    with pytest.raises(Conflict):
        await world.services.plans.add_task(admin, request.id, task())


async def test_the_audit_tells_each_decision_before_and_after_and_no_words(world: World) -> None:
    admin, request, before = await planned(world)
    water, step = of_item(before, Item.DRINKING_WATER), before.tasks[0].id
    await world.services.plans.decide_resource(
        admin, request.id, water.id, ResourceDecision(total_quantity=5, approval_status=Approval.REJECTED)
    )
    await world.services.plans.decide_task(admin, request.id, step, TaskDecision(step="Ask for Kamala, 12 River Road"))
    await world.services.plans.delete_task(admin, request.id, step)

    told = await AuditLog(world.services.store).of(f"workflow_outputs/{request.id}")

    by_event = {entry.event: entry for entry in told}
    decided = by_event["plan.decided"].changes
    name = f"resource_suggestions.{water.id}"
    assert (decided[f"{name}.total_quantity"].before, decided[f"{name}.total_quantity"].after) == (
        water.total_quantity,
        5,
    )
    assert decided[f"{name}.approval_status"].after == "rejected"
    assert by_event["plan.edited"].changes[f"tasks.{step}.made_by"].after == "human"
    assert by_event["plan.task_deleted"].changes[f"tasks.{step}.priority"].after is None
    assert {entry.by for entry in told} == {"system", "admin"}
    assert not any("Kamala" in entry.model_dump_json() for entry in told)


async def test_another_disasters_coordinator_knows_of_no_plan(world: World) -> None:
    await world.disaster()
    outside = await world.person("outside", RoleId.FIRST_RESPONDER, joined=("fire",))
    request = await world.asked(await world.person("owner"), disaster_id="flood")
    plans = world.services.plans
    task_id = (await world.services.requests.cases.outputs.get(request.id)).tasks[0].id

    for refused in (
        plans.create(outside, by_hand(request.id)),
        plans.delete(outside, request.id),
        plans.add_task(outside, request.id, task()),
        plans.delete_task(outside, request.id, task_id),
        plans.add_resource(outside, request.id, supply()),
        plans.delete_resource(outside, request.id, "any"),
        plans.listed(outside, disaster_id="flood", pending=None, limit=10, cursor=None),
    ):
        with pytest.raises(NotFound):
            await refused


async def test_the_list_is_filtered_and_paged(world: World) -> None:
    admin = await admin_of(world)
    await world.disaster()
    owner = await world.person("owner")
    open_ids = [(await world.asked(owner, disaster_id="flood")).id for _ in range(3)]
    decided = await world.asked(owner, disaster_id="flood")
    await world.services.plans.decide_plan(admin, decided.id, PlanDecision(approval_status=Approval.REJECTED))
    elsewhere = await world.asked(owner)

    async def ids(*, disaster_id: str | None = None, pending: bool | None = None) -> list[str]:
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = await world.services.plans.listed(
                admin, disaster_id=disaster_id, pending=pending, limit=2, cursor=cursor
            )
            seen += [one.id for one in page.items]
            if page.next is None:
                return seen
            cursor = page.next

    assert await ids(disaster_id="flood", pending=True) == open_ids[::-1]
    assert await ids(disaster_id="flood", pending=False) == [decided.id]
    assert await ids(pending=True) == [elsewhere.id, *open_ids[::-1]]
    assert len(await ids()) == 5


async def test_a_plan_of_the_first_schema_is_read_as_todays(world: World) -> None:
    _, _, before = await planned(world)
    outputs = world.services.requests.cases.outputs
    old: dict[str, Any] = outputs.written(before)
    for one in old["resource_suggestions"]:
        del one["item"], one["made_by"]
    old["tasks"][0]["priority"], old["tasks"][1]["priority"] = "High", "as soon as you can"
    del old["pending"]

    plan = outputs.read({**old, "schema": 1})

    assert [one.item for one in plan.resource_suggestions] == [one.item for one in before.resource_suggestions]
    assert [one.priority for one in plan.tasks[:2]] == ["high", "high"]
    assert plan.pending


def test_every_kind_of_task_can_be_written_by_hand() -> None:
    for kind in TaskKind:
        assert task(kind=kind).kind is kind
    for wrong in ({"kind": "water_rescue", "role": "volunteer"}, {"role": "admin"}, {"people": 1}, {"min_people": 61}):
        with pytest.raises(ValueError, match="validation error"):
            task(**wrong)


async def test_over_http_every_answer_is_what_the_client_reads(api: FastAPI) -> None:
    world = World(api.state.services, api.state.services.assessment.assessor)
    await world.person("admin", RoleId.ADMIN)
    async with client(api, "owner") as http:
        request_id = (await http.post("/requests", json={"description": "We need water"})).json()["id"]
    await api.state.services.queue.drained()
    async with client(api, "admin") as http:
        at = f"/workflow-outputs/{request_id}"
        made = await http.post("/workflow-outputs/", json={**BY_HAND, "request_id": request_id})
        assert made.status_code == 201
        added = await http.post(f"{at}/resources", json={"type": "Ladders", "total_quantity": 2, "quantity": None})
        assert (added.status_code, added.json()["type"], added.json()["item"]) == (201, "Ladders", "other")
        assert added.json()["id"] == added.json()["resource_id"]
        again = await http.post(f"{at}/tasks", json={"id": "Task1", "step": "x", "priority": "High"})
        assert (again.status_code, again.json()["code"]) == (409, "conflict")
        assert [one["id"] for one in (await http.get(f"{at}/tasks")).json()] == [
            one["id"] for one in made.json()["tasks"]
        ]
        assert len((await http.get(f"{at}/resources")).json()) == 3
        too_much = {"type": "x", "total_quantity": 1, "breakdown": [{"task_id": "t", "quantity": 2}]}
        refused = await http.post(f"{at}/resources", json=too_much)
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "breakdown"])
        odd = await http.patch(f"{at}/tasks/{made.json()['tasks'][0]['id']}", json={"priority": "whenever"})
        assert (odd.status_code, odd.json()["detail"][0]["loc"]) == (422, ["body", "priority"])
        gone = await http.delete(f"{at}/resources/{added.json()['id']}")
        assert (gone.status_code, gone.content) == (204, b"")
        assert (await http.delete(f"{at}/resources/{added.json()['id']}")).status_code == 404
        assert (await http.delete(at)).status_code == 204
        for path in (at, f"{at}/tasks", f"{at}/resources"):
            assert (await http.get(path)).status_code == 404
        assert (await http.post("/workflow-outputs", json={**BY_HAND, "request_id": "nowhere"})).status_code == 404
