"""Ten thousand random steps of everybody at once: whatever people try, nothing gets into a state that may not be."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from app.core.errors import AppError, NotFound
from app.crud.store.port import Op, Query, Where
from app.crud.store.sqlite import SqliteStore
from app.crud.unit import AUDIT
from app.schemas.moves import Moves
from app.schemas.request import Request
from app.schemas.request_bodies import Judgement, RequestCreate, RequestEdit, StatusChange
from app.schemas.request_search import RequestFilter, RequestOrder
from app.schemas.request_states import ENDED, MOVES, Status
from app.schemas.resource import ResourceEdit, ResourceStatus
from app.schemas.task import Decline, Task, TaskStatusChange
from app.schemas.task_states import ENDED_TASK, HOLDING, TAKEN, TASK_MOVES, TaskStatus
from app.schemas.user import User
from app.schemas.user_bodies import AvailabilityChange
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Severity
from app.schemas.workflow import Approval, PlanDecision, ResourceDecision, TaskDecision
from tests.world import HERE, World, finding

STEPS = 10_000
FORWARD = {
    TaskStatus.OFFERED: TaskStatus.ACCEPTED,
    TaskStatus.ACCEPTED: TaskStatus.ON_ROUTE,
    TaskStatus.ON_ROUTE: TaskStatus.ON_SITE,
    TaskStatus.ON_SITE: TaskStatus.COMPLETED,
}
OPEN = (Where("status", Op.IN, [str(one) for one in TaskStatus if one not in ENDED_TASK]),)
MACHINES: dict[str, Moves[Status] | Moves[TaskStatus]] = {"requests": MOVES, "tasks": TASK_MOVES}


@dataclass
class Walk:
    """People who do at random what the services let anybody try."""

    world: World
    draw: random.Random
    people: dict[RoleId, list[User]]
    refused: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    asked: list[str] = field(default_factory=list)
    open_tasks: list[str] = field(default_factory=list)

    async def step(self) -> None:
        name, action = self.draw.choice(self.actions())
        try:
            await action()
        except AppError as error:
            self.refused[f"{name}: {error.code}"] += 1
        else:
            self.done[name] += 1

    def actions(self) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
        return [
            ("ask", self.ask),
            ("edit", self.edit),
            ("move", self.move),
            ("judge", self.judge),
            ("delete", self.delete),
            ("decide", self.decide),
            ("decide one", self.decide_one),
            ("decide one", self.decide_one),
            *[("answer", self.answer)] * 9,
            ("be free or not", self.be_free_or_not),
            ("correct a stock", self.correct_a_stock),
            ("work", self.work),
        ]

    def anybody(self, *roles: RoleId) -> User:
        return self.draw.choice([one for role in roles or tuple(RoleId) for one in self.people[role]])

    async def some_request(self) -> Request:
        """One of the last that were asked for, even if it is gone."""
        if not self.asked:
            await self.ask()
        id = self.draw.choice(self.asked)
        found = await self.world.services.requests.cases.requests.find(id)
        if found is None or (found.status in ENDED and self.draw.random() < 0.2):
            self.asked.remove(id)  # little more can happen to it
        return found or await self.world.request(id)

    async def some_task(self) -> Task:
        if self.draw.random() < 0.05 or not self.open_tasks:
            found = await self.world.services.store.query(Query("tasks", OPEN, limit=1_000))
            self.open_tasks = [one.key.id for one in found]
        if not self.open_tasks:
            raise NotFound("Nobody has a task.")
        return await self.world.services.tasks.cases.tasks.get(self.draw.choice(self.open_tasks))

    async def ask(self) -> None:
        pending = Query("requests", (Where("status", Op.EQ, Status.PENDING),))
        if await self.world.services.store.count(pending) > 12:
            await self.turn_down()
        need = self.draw.choice([NeedCategory.WATER, NeedCategory.FOOD, NeedCategory.SHELTER])
        self.world.assessor.finding = finding(
            need, severity=self.draw.choice(list(Severity)), is_request=self.draw.random() > 0.05
        )
        body = RequestCreate(description=f"We need {need}", location=HERE)
        request, _ = await self.world.services.requests.submit(self.anybody(RoleId.AFFECTED_INDIVIDUAL), body)
        self.asked = [*self.asked, request.id][-10:]

    async def turn_down(self) -> None:
        """The oldest that waits, so that there is never more to do than people can."""
        requests = self.world.services.requests
        wanted = RequestFilter(status=Status.PENDING, order=RequestOrder.OLDEST)
        [oldest] = (await requests.cases.requests.listed(disasters=None, wanted=wanted, limit=1)).items
        change = StatusChange(status=Status.REJECTED, reason="unfounded")
        await requests.change_status(self.people[RoleId.ADMIN][0], oldest.id, change)

    async def edit(self) -> None:
        request = await self.some_request()
        await self.world.services.requests.edit(
            self.anybody(RoleId.AFFECTED_INDIVIDUAL), request.id, RequestEdit(description="We need more")
        )

    async def move(self) -> None:
        request, caller = await self.some_request(), self.anybody()
        to = self.draw.choice(sorted(MOVES[request.status]) + list(Status))
        change = StatusChange(status=to, reason=self.draw.choice([None, "because"]))
        await self.world.services.requests.change_status(caller, request.id, change)

    async def judge(self) -> None:
        request = await self.some_request()
        judgement = Judgement(is_request=self.draw.random() > 0.3)
        await self.world.services.requests.judge(self.anybody(RoleId.ADMIN), request.id, judgement)

    async def delete(self) -> None:
        if self.draw.random() < 0.1:
            request = await self.some_request()
            owner = await self.world.services.users.users.get(request.created_by)
            await self.world.services.requests.delete(owner, request.id)

    async def decide(self) -> None:
        request = await self.some_request()
        decision = PlanDecision(approval_status=self.draw.choice([Approval.APPROVED] * 4 + [Approval.REJECTED]))
        await self.world.services.plans.decide_plan(self.anybody(RoleId.ADMIN), request.id, decision)

    async def decide_one(self) -> None:
        request, admin = await self.some_request(), self.anybody(RoleId.ADMIN)
        plan = await self.world.services.plans.get(admin, request.id)
        approval = self.draw.choice([*Approval, Approval.APPROVED, Approval.APPROVED])
        if self.draw.random() < 0.5 and plan.tasks:
            task = self.draw.choice(plan.tasks)
            await self.world.services.plans.decide_task(
                admin, request.id, task.id, TaskDecision(approval_status=approval)
            )
        elif plan.resource_suggestions:
            supply = self.draw.choice(plan.resource_suggestions)
            await self.world.services.plans.decide_resource(
                admin, request.id, supply.id, ResourceDecision(approval_status=approval)
            )

    async def answer(self) -> None:
        task = await self.some_task()
        uid = self.draw.choice(task.holders or (self.anybody(RoleId.VOLUNTEER).id,))
        user = await self.world.services.users.users.get(uid)
        mine = next((member.status for member in task.members if member.uid == uid), TaskStatus.PENDING)
        onward = FORWARD.get(mine)
        to = onward if onward and self.draw.random() < 0.75 else self.draw.choice(list(TaskStatus))
        services = self.world.services.tasks
        if to is TaskStatus.ACCEPTED:
            await services.accept(user, task.id)
        elif to is TaskStatus.DECLINED:
            await services.decline(user, task.id, Decline())
        else:
            await services.change_status(user, task.id, TaskStatusChange(status=to))

    async def be_free_or_not(self) -> None:
        user = self.anybody(RoleId.VOLUNTEER)
        await self.world.services.users.set_availability(
            user, AvailabilityChange(availability=self.draw.random() > 0.1)
        )

    async def correct_a_stock(self) -> None:
        edit = ResourceEdit(quantity=self.draw.randrange(0, 400), status=self.draw.choice([None, *ResourceStatus]))
        await self.world.services.resources.edit(self.anybody(RoleId.ADMIN), f"stock{self.draw.randrange(3)}", edit)

    async def work(self) -> None:
        if self.draw.random() < 0.2:
            await self.world.worked()


async def lawful(world: World) -> None:
    """What has to be so at every moment, whatever happened before."""
    store, cases = world.services.store, world.services.requests.cases
    requests = [cases.requests.read(one.data) for one in await store.query(Query("requests", limit=1_000))]
    tasks = [cases.tasks.read(one.data) for one in await store.query(Query("tasks", limit=1_000))]
    users = [cases.users.read(one.data) for one in await store.query(Query("users", limit=1_000))]
    stocks = [cases.resources.read(one.data) for one in await store.query(Query("resources", limit=1_000))]
    plans = {
        one.key.id: cases.outputs.read(one.data) for one in await store.query(Query("workflow_outputs", limit=1_000))
    }
    by_id = {one.id: one for one in requests}
    for task in tasks:
        assert set(task.holders) == {one.uid for one in task.members if one.status in HOLDING}
        if task.status in ENDED_TASK:
            assert not task.holders
        if task.status in TAKEN:
            assert len(task.taken_by) >= task.min_people, "somebody set out alone"
        request = by_id.get(task.request_id)
        if request is not None and request.status in ENDED:
            assert task.status in ENDED_TASK, "a team is at work for what has ended"
    held = {uid: {task.id for task in tasks if uid in task.holders} for uid in (user.id for user in users)}
    for user in users:
        assert set(user.commitments) == held[user.id]
    for stock in stocks:
        assert 0 <= stock.reserved <= stock.quantity
        promised = sum(
            share.quantity
            for plan in plans.values()
            for one in plan.resource_suggestions
            if one.approval_status is Approval.APPROVED and not one.settled
            for share in one.allocations
            if share.stock_id == stock.id
        )
        assert stock.reserved == promised
    for request in requests:
        plan = plans.get(request.id)
        if request.status in {Status.ASSIGNED, Status.IN_PROGRESS}:
            assert plan is not None
            assert plan.approved_tasks


async def lawful_moves(world: World) -> Counter[str]:
    """Every change of a status that was ever remembered is one that its table allows."""
    seen: Counter[str] = Counter()
    cursor = None
    while True:
        query = Query(AUDIT, limit=1_000, after=cursor)
        found = await world.services.store.query(query)
        for entry in found:
            collection = str(entry.data["subject"]).partition("/")[0]
            changes = entry.data["changes"]
            change = changes.get("status") if isinstance(changes, dict) else None
            if collection not in MACHINES or not isinstance(change, dict):
                continue
            before, after = change["before"], change["after"]
            if before is None or after is None:
                continue
            kind = Status if collection == "requests" else TaskStatus
            table: Moves[Status] | Moves[TaskStatus] = MACHINES[collection]
            path = _steps(table, kind(str(before)), kind(str(after)))
            assert path, f"{collection}: {before} became {after}"
            seen[f"{collection}: {before} to {after}"] += 1
        if len(found) < 1_000:
            return seen
        cursor = query.cursor(found[-1])


def _steps(table: Moves[Status] | Moves[TaskStatus], here: Status | TaskStatus, there: Status | TaskStatus) -> bool:
    """One commit may make several legal moves in a row (a task's acceptance moves its request twice)."""
    reached, before = {here}, set[Status | TaskStatus]()
    while reached != before:
        before = set(reached)
        reached |= {state for one in before for state in table[one]}  # type: ignore[index]
    return there in reached


@pytest.mark.story
@pytest.mark.timeout(600)
async def test_ten_thousand_random_steps_meet_no_illegal_state(sqlite_store: SqliteStore) -> None:
    world = World.over(sqlite_store)
    people: dict[RoleId, list[User]] = {
        role: [await world.person(f"{role}{number}", role) for number in range(count)]
        for role, count in {
            RoleId.AFFECTED_INDIVIDUAL: 6,
            RoleId.VOLUNTEER: 12,
            RoleId.FIRST_RESPONDER: 4,
            RoleId.ADMIN: 2,
        }.items()
    }
    for number, item in enumerate((Item.DRINKING_WATER, Item.FOOD_PACK, Item.SHELTER_KIT)):
        await world.stock(item, 300, id=f"stock{number}")
    walk = Walk(world, random.Random(20261124), people)

    for number in range(STEPS):
        await walk.step()
        if number % 500 == 499:
            await lawful(world)
    await world.worked()
    await lawful(world)
    moves = await lawful_moves(world)

    # It really went somewhere: every kind of step succeeded and was refused, most legal moves were made.
    assert set(walk.done) == {name for name, _ in walk.actions()}, walk.done
    assert sum(walk.refused.values()) > STEPS / 20, walk.refused
    assert {"requests: pending to approved", "tasks: accepted to on_route", "tasks: on_site to completed"} <= set(moves)
    assert len(moves) > 15, moves
