"""Deciding on plans: all of it happens, or nothing does."""

import asyncio

import pytest

from app.core.clock import utc_now
from app.core.errors import Conflict, NotFound
from app.schemas.notification import NotificationKind
from app.schemas.plan import TaskKind
from app.schemas.request import Request
from app.schemas.request_bodies import RequestEdit
from app.schemas.request_states import Status
from app.schemas.task_states import TaskStatus
from app.schemas.user import User
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Skill
from app.schemas.workflow import (
    Approval,
    PlanDecision,
    PlanTask,
    ResourceDecision,
    ResourceSuggestion,
    StockShare,
    TaskDecision,
    WorkflowOutput,
)
from tests.world import SEED, World, finding

APPROVE = PlanDecision(approval_status=Approval.APPROVED)
APPROVE_RESOURCE = ResourceDecision(approval_status=Approval.APPROVED)
APPROVE_TASK = TaskDecision(approval_status=Approval.APPROVED)


async def admin_of(world: World) -> User:
    return await world.person("admin", RoleId.ADMIN)


async def planned_one_unit(world: World, id: str) -> None:
    """A request whose plan asks for one unit of the stock `depot`, and one task with nobody found for it."""
    at = utc_now()
    request = Request(id=id, title="One", created_by="owner", stage_since=at, created_at=at, updated_at=at)
    await world.services.requests.cases.requests.add(request, SEED)
    share = StockShare(stock_id="depot", item=Item.BLANKET, quantity=1, reason="near")
    supply = ResourceSuggestion(
        id=f"{id}.s1",
        resource_id=f"{id}.s1",
        type="blanket",
        item=Item.BLANKET,
        total_quantity=1,
        allocations=(share,),
        created_at=at,
        updated_at=at,
    )
    task = PlanTask(
        id=f"{id}.t1",
        kind=TaskKind.DISTRIBUTION,
        step="Bring a blanket",
        priority="Medium",
        role=RoleId.VOLUNTEER,
        people=2,
        min_people=2,
        created_at=at,
        updated_at=at,
    )
    plan = WorkflowOutput(
        id=id,
        request_id=id,
        group="not-listed",
        workflow_run_id=f"{id}.1",
        planner="rules",
        people=1,
        days=3,
        tasks=(task,),
        resource_suggestions=(supply,),
        created_at=at,
        updated_at=at,
    )
    await world.services.requests.cases.outputs.add(plan, SEED)


async def test_of_200_approvals_at_once_that_each_want_one_of_100_exactly_100_succeed(world: World) -> None:
    admin = await admin_of(world)
    await world.stock(Item.BLANKET, 100)
    ids = [f"r{n}" for n in range(200)]
    for id in ids:
        await planned_one_unit(world, id)

    decided = await asyncio.gather(
        *(world.services.plans.decide_resource(admin, id, f"{id}.s1", APPROVE_RESOURCE) for id in ids),
        return_exceptions=True,
    )

    assert sum(isinstance(one, ResourceSuggestion) for one in decided) == 100
    assert sum(isinstance(one, Conflict) for one in decided) == 100
    stock = await world.services.resources.get("depot")
    assert (stock.reserved, stock.available, stock.quantity) == (100, 0, 100)
    ledger = await world.services.resources.resources.ledger("depot").every([])
    assert len(ledger) == 100


async def test_approving_what_is_gone_leaves_nothing_half_done(world: World) -> None:
    admin = await admin_of(world)
    await world.stock(Item.BLANKET, 0)
    await planned_one_unit(world, "r1")

    with pytest.raises(Conflict) as refused:
        await world.services.plans.decide_plan(admin, "r1", APPROVE)

    assert "0 blanket left" in refused.value.detail
    plan = await world.services.plans.get(admin, "r1")
    assert {item.approval_status for item in (*plan.tasks, *plan.resource_suggestions)} == {Approval.PENDING}
    assert await world.services.requests.cases.tasks.find("r1.t1") is None
    assert await world.services.resources.resources.ledger("depot").every([]) == []
    assert (await world.request("r1")).status is Status.PENDING


async def test_one_task_approved_twice_at_once_is_made_once(world: World) -> None:
    admin = await admin_of(world)
    helpers = [await world.person(f"helper{n}", RoleId.VOLUNTEER, Skill.LOGISTICS) for n in range(4)]
    owner = await world.person("owner")
    request = await world.asked(owner)
    plan = await world.services.plans.get(admin, request.id)
    task_id = plan.tasks[0].id

    await asyncio.gather(
        *(world.services.plans.decide_task(admin, request.id, task_id, APPROVE_TASK) for _ in range(5))
    )

    task = await world.services.requests.cases.tasks.get(task_id)
    assert task.status is TaskStatus.OFFERED
    assert len(task.holders) == len({member.uid for member in task.members}) == task.people
    held = await world.services.users.users.get_many([helper.id for helper in helpers])
    assert sum(task_id in user.commitments for user in held.values()) == task.people


async def test_approval_reserves_offers_and_tells_everybody_concerned(world: World) -> None:
    admin = await admin_of(world)
    for n in range(8):
        await world.person(f"helper{n}", RoleId.VOLUNTEER, Skill.LOGISTICS)
    await world.stock(Item.DRINKING_WATER, 50)
    owner = await world.person("owner")
    request = await world.asked(owner)

    plan = await world.services.plans.decide_plan(admin, request.id, APPROVE)
    await world.worked()

    water = next(one for one in plan.resource_suggestions if one.item is Item.DRINKING_WATER)
    assert (await world.services.resources.get("depot")).reserved == water.total_quantity == 36
    assert (await world.request(request.id)).status is Status.APPROVED
    tasks = await world.services.requests.cases.tasks.get_many(task.id for task in plan.tasks)
    offered = {uid for task in tasks.values() for uid in task.holders}
    assert offered
    told = await world.services.notifications.notifications.every([])
    assert {one.to for one in told if one.kind is NotificationKind.TASK_OFFERED} == offered
    assert [one.to for one in told if one.kind is NotificationKind.REQUEST_APPROVED] == ["owner"]


async def test_a_decision_is_final_and_an_edit_of_it_is_refused(world: World) -> None:
    admin = await admin_of(world)
    owner = await world.person("owner")
    request = await world.asked(owner)
    task = (await world.services.plans.get(admin, request.id)).tasks[0]
    await world.services.plans.decide_task(admin, request.id, task.id, TaskDecision(approval_status=Approval.REJECTED))

    with pytest.raises(Conflict):
        await world.services.plans.decide_task(admin, request.id, task.id, APPROVE_TASK)
    with pytest.raises(Conflict):
        await world.services.plans.decide_task(admin, request.id, task.id, TaskDecision(step="Something else"))


async def test_a_new_plan_keeps_what_a_human_decided(world: World) -> None:
    admin = await admin_of(world)
    owner = await world.person("owner")
    request = await world.asked(owner)
    first = (await world.services.plans.get(admin, request.id)).tasks[0]
    await world.services.plans.decide_task(admin, request.id, first.id, TaskDecision(approval_status=Approval.REJECTED))
    world.assessor.finding = finding(NeedCategory.SHELTER)

    await world.services.requests.edit(owner, request.id, RequestEdit(description="The roof is gone"))
    await world.worked()

    plan = await world.services.plans.get(admin, request.id)
    assert plan.plan_version == 2
    assert plan.task(first.id).approval_status is Approval.REJECTED
    assert len(plan.pending_tasks) >= 3
    assert all(task.id.startswith(f"{request.id}.2.") for task in plan.pending_tasks)


async def test_a_first_responder_decides_only_where_they_joined(world: World) -> None:
    await world.disaster()
    inside = await world.person("inside", RoleId.FIRST_RESPONDER, joined=("flood",))
    outside = await world.person("outside", RoleId.FIRST_RESPONDER)
    owner = await world.person("owner")
    request = await world.asked(owner, disaster_id="flood")

    with pytest.raises(NotFound):
        await world.services.plans.decide_plan(outside, request.id, APPROVE)
    await world.services.plans.decide_plan(inside, request.id, APPROVE)

    assert (await world.request(request.id)).status is Status.APPROVED


async def test_a_quantity_set_by_hand_is_what_is_reserved(world: World) -> None:
    admin = await admin_of(world)
    await world.stock(Item.DRINKING_WATER, 50)
    owner = await world.person("owner")
    request = await world.asked(owner)
    plan = await world.services.plans.get(admin, request.id)
    water = next(one for one in plan.resource_suggestions if one.item is Item.DRINKING_WATER)

    decided = await world.services.plans.decide_resource(
        admin, request.id, water.id, ResourceDecision(total_quantity=10, approval_status=Approval.APPROVED)
    )

    assert sum(share.quantity for share in decided.breakdown) == decided.total_quantity == 10
    assert (await world.services.resources.get("depot")).reserved == 10
