"""A task from its offer to its end, and what that does to the request, the people and the stock."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.core.clock import utc_now
from app.core.errors import Conflict, NotFound
from app.crud.turns import TurnRepository
from app.schemas.request import Request
from app.schemas.request_bodies import StatusChange
from app.schemas.request_states import Status
from app.schemas.task import Decline, Task, TaskStatusChange
from app.schemas.task_states import TaskStatus
from app.schemas.user import User
from app.schemas.vocabulary import Item, RoleId, Skill
from app.schemas.workflow import Approval, PlanDecision, ResourceDecision, TaskDecision
from app.services.vacancies import Vacancies
from tests.world import HERE, SEED, World


@dataclass
class Offered:
    """A request whose first task is approved and offered to a team of two; its other tasks are rejected."""

    world: World
    admin: User
    owner: User
    request: Request
    task: Task
    people: list[User]

    async def fresh(self) -> Task:
        return await self.world.services.requests.cases.tasks.get(self.task.id)

    async def goes(self, person: User, *steps: str) -> None:
        for step in steps:
            change = TaskStatusChange(status=TaskStatus(step))
            await self.world.services.tasks.change_status(person, self.task.id, change)


@pytest.fixture
async def offered(world: World) -> Offered:
    admin = await world.person("admin", RoleId.ADMIN)
    owner = await world.person("owner")
    await world.stock(Item.DRINKING_WATER, 50)
    helpers = [await world.person(f"helper{n}", RoleId.VOLUNTEER, Skill.LOGISTICS) for n in range(4)]
    request = await world.asked(owner)
    plans = world.services.plans
    plan = await plans.get(admin, request.id)
    for supply in plan.resource_suggestions:
        await plans.decide_resource(admin, request.id, supply.id, ResourceDecision(approval_status=Approval.APPROVED))
    first, *others = plan.tasks
    await plans.decide_task(admin, request.id, first.id, TaskDecision(approval_status=Approval.APPROVED))
    for task in others:
        await plans.decide_task(admin, request.id, task.id, TaskDecision(approval_status=Approval.REJECTED))
    await world.worked()
    made = await world.services.requests.cases.tasks.get(first.id)
    people = [helper for helper in helpers if helper.id in made.holders]
    return Offered(world, admin, owner, request, made, people)


async def test_nobody_sets_out_before_the_least_team_has_accepted(offered: Offered) -> None:
    first, second = offered.people
    await offered.world.services.tasks.accept(first, offered.task.id)

    with pytest.raises(Conflict, match="Wait for your team"):
        await offered.goes(first, "on_route")
    await offered.world.services.tasks.accept(second, offered.task.id)
    await offered.goes(first, "on_route")

    assert (await offered.fresh()).status is TaskStatus.ON_ROUTE


async def test_the_work_of_a_team_moves_the_request_to_its_end(offered: Offered) -> None:
    world, (first, second) = offered.world, offered.people
    passed = [(await world.request(offered.request.id)).status]
    for person in (first, second):
        await world.services.tasks.accept(person, offered.task.id)
    passed.append((await world.request(offered.request.id)).status)
    await offered.goes(first, "on_route")
    passed.append((await world.request(offered.request.id)).status)
    await offered.goes(first, "on_site", "completed")
    passed.append((await world.request(offered.request.id)).status)

    assert passed == [Status.APPROVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.COMPLETED]
    freed = await world.services.users.users.get_many([first.id, second.id])
    assert [user.commitments for user in freed.values()] == [(), ()]
    stock = await world.services.resources.get("depot")
    assert (stock.quantity, stock.reserved) == (50 - 36, 0)
    closed = await world.services.requests.change_status(
        offered.owner, offered.request.id, StatusChange(status=Status.CLOSED)
    )
    assert closed.status is Status.CLOSED


async def test_who_declines_is_free_again_and_somebody_else_is_asked(offered: Offered) -> None:
    world, first = offered.world, offered.people[0]
    await world.services.tasks.decline(first, offered.task.id, Decline(reason="ill"))
    await world.worked()

    task = await offered.fresh()
    assert first.id not in task.holders
    assert len(task.holders) == 2
    assert (await world.services.users.users.get(first.id)).commitments == ()


async def test_an_illegal_step_names_the_legal_ones(offered: Offered) -> None:
    with pytest.raises(Conflict) as refused:
        await offered.goes(offered.people[0], "completed")

    assert refused.value.extra["allowed"] == ["accepted", "declined"]


async def test_a_stranger_sees_no_task(offered: Offered) -> None:
    stranger = await offered.world.person("stranger", RoleId.VOLUNTEER)

    with pytest.raises(NotFound):
        await offered.world.services.tasks.get(stranger, offered.task.id)
    with pytest.raises(NotFound):
        await offered.world.services.tasks.accept(stranger, offered.task.id)


async def test_the_place_is_blurred_until_the_task_is_taken(offered: Offered) -> None:
    tasks, helper = offered.world.services.tasks, offered.people[0]

    before = await tasks.view(helper, await tasks.get(helper, offered.task.id))
    after = await tasks.view(helper, await tasks.accept(helper, offered.task.id))

    assert before.location is not None
    assert before.location.address is None
    assert not before.location_is_exact
    assert after.location == HERE


async def test_a_cancelled_request_frees_its_people_and_gives_its_stock_back(offered: Offered) -> None:
    world = offered.world
    await world.services.requests.change_status(
        offered.owner, offered.request.id, StatusChange(status=Status.CANCELLED)
    )
    await world.worked()

    assert (await offered.fresh()).status is TaskStatus.CANCELLED
    stock = await world.services.resources.get("depot")
    assert (stock.quantity, stock.reserved) == (50, 0)
    freed = await world.services.users.users.get_many([one.id for one in offered.people])
    assert all(not user.commitments for user in freed.values())
    inbox = await world.services.notifications.inbox(offered.people[0], limit=10, cursor=None)
    assert inbox.items[0].title == "A task is cancelled"


async def test_nothing_of_a_cancelled_request_can_be_approved(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    owner = await world.person("owner")
    request = await world.asked(owner)
    await world.services.requests.change_status(owner, request.id, StatusChange(status=Status.CANCELLED))

    with pytest.raises(Conflict):
        await world.services.plans.decide_plan(admin, request.id, PlanDecision(approval_status=Approval.APPROVED))


async def test_a_task_handed_back_is_offered_to_others(offered: Offered) -> None:
    world, (first, second) = offered.world, offered.people
    for person in (first, second):
        await world.services.tasks.accept(person, offered.task.id)
    await offered.goes(first, "handed_back")
    await world.worked()

    task = await offered.fresh()
    assert task.status is TaskStatus.OFFERED
    assert second.id in task.holders
    assert first.id not in task.holders
    assert len(task.holders) == 2


async def test_a_request_that_people_were_asked_to_help_with_is_not_deleted(offered: Offered) -> None:
    with pytest.raises(Conflict):
        await offered.world.services.requests.delete(offered.owner, offered.request.id)


async def test_a_reopened_request_gives_nothing_back_twice(offered: Offered) -> None:
    world, (first, second) = offered.world, offered.people
    for person in (first, second):
        await world.services.tasks.accept(person, offered.task.id)
    await offered.goes(first, "on_route", "on_site", "completed")
    stocks = world.services.resources.resources
    await stocks.change("depot", lambda stock: stock.model_copy(update={"reserved": 10}), SEED)

    for status in (Status.PENDING, Status.CANCELLED):
        await world.services.requests.change_status(offered.owner, offered.request.id, StatusChange(status=status))

    stock = await stocks.get("depot")
    assert (stock.quantity, stock.reserved) == (14, 10), "those 10 are promised to somebody else"


async def test_a_handed_back_task_whose_ring_was_lost_is_offered_all_the_same(offered: Offered) -> None:
    world, (first, second) = offered.world, offered.people
    for person in (first, second):
        await world.services.tasks.accept(person, offered.task.id)
    lost = World.over(world.services.store)  # another process, whose queue knows of nothing
    await offered.goes(first, "handed_back")

    kept = world.services.requests.cases.tasks
    turns = TurnRepository(world.services.store, utc_now)
    await Vacancies(kept, turns, lost.services.queue, every=timedelta(0)).sweep()
    await lost.worked()

    assert len((await offered.fresh()).holders) == 2
