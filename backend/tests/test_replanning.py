"""Planning again when the facts change, and what that leaves alone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from app.agent_v2.plan import RulesPlanner
from app.agent_v2.planning.citing import shelf
from app.agent_v2.planning.proposal import KINDS
from app.schemas.assessment import Finding, People, PeopleSource
from app.schemas.plan import PlanDraft, TaskKind
from app.schemas.request import Request
from app.schemas.request_bodies import RequestCreate, RequestEdit
from app.schemas.request_states import Stage, Status
from app.schemas.user import User
from app.schemas.vocabulary import Item, NeedCategory, RoleId
from app.schemas.workflow import Approval, PlanDecision, PlanItem, ResourceDecision, TaskDecision, WorkflowOutput
from tests.world import HERE, World, finding

APPROVE = PlanDecision(approval_status=Approval.APPROVED)
REJECT_TASK = TaskDecision(approval_status=Approval.REJECTED)


async def nothing() -> None:
    """Happens meanwhile."""


@dataclass
class Meanwhile:
    """Plans by rules, but something happens first; counts."""

    then: Callable[[], Awaitable[object]] = nothing
    calls: int = 0
    words: list[str] = field(default_factory=list)

    async def draft(self, finding: Finding, words: str = "") -> PlanDraft:
        self.calls += 1
        self.words.append(words)
        if self.calls == 1:
            await self.then()
        return await RulesPlanner().draft(finding, words)


class Never:
    """Gives no answer, neither as a planner nor as a reader."""

    async def draft(self, finding: Finding, words: str = "") -> PlanDraft:
        await asyncio.Event().wait()
        raise AssertionError

    async def read(self, text: str, *, title: str = "", type_of_need: str = "") -> Finding:
        await asyncio.Event().wait()
        raise AssertionError


async def plan_of(world: World, request: Request) -> WorkflowOutput:
    return await world.services.requests.cases.outputs.get(request.id)


async def read_anew(world: World, owner: User, request: Request, found: Finding, words: str = "More words") -> None:
    """The owner writes something else, which is read as `found`; not planned yet."""
    world.assessor.finding = found
    await world.services.requests.edit(owner, request.id, RequestEdit(description=words))
    await world.services.assessment.run(request.id)
    assert (await world.request(request.id)).stage is Stage.ASSESSED


def decided(items: tuple[PlanItem, ...]) -> dict[str, PlanItem]:
    return {one.id: one for one in items if not one.undecided}


async def test_words_that_are_read_the_same_make_no_new_plan(world: World) -> None:
    owner = await world.person("owner")
    await world.stock(Item.DRINKING_WATER, 50)
    request = await world.asked(owner)
    before = await plan_of(world, request)

    await read_anew(world, owner, request, world.assessor.finding)
    await world.worked()

    after = await plan_of(world, request)
    assert (await world.request(request.id)).stage is Stage.MATCHED
    assert after.plan_version == 1
    assert [one.id for one in after.items] == [one.id for one in before.items]
    assert [one.allocations for one in after.resource_suggestions] == [
        one.allocations for one in before.resource_suggestions
    ]


async def test_what_a_human_took_out_does_not_come_back_with_the_same_facts(world: World) -> None:
    admin, owner = await world.person("admin", RoleId.ADMIN), await world.person("owner")
    request = await world.asked(owner)
    gone = (await plan_of(world, request)).tasks[-1].id
    await world.services.plans.delete_task(admin, request.id, gone)

    await read_anew(world, owner, request, world.assessor.finding)
    await world.worked()

    assert gone not in {one.id for one in (await plan_of(world, request)).tasks}


async def test_more_people_make_a_new_plan_with_new_numbers(world: World) -> None:
    owner = await world.person("owner")
    request = await world.asked(owner)
    more = world.assessor.finding.model_copy(update={"people": People(count=9, source=PeopleSource.STATED)})

    await read_anew(world, owner, request, more, "We are nine now")
    await world.worked()

    plan = await plan_of(world, request)
    assert (plan.plan_version, plan.people) == (2, 9)
    water = next(one for one in plan.resource_suggestions if one.item is Item.DRINKING_WATER)
    assert water.total_quantity == 81


async def test_facts_that_change_never_change_what_a_human_decided(world: World) -> None:
    admin, owner = await world.person("admin", RoleId.ADMIN), await world.person("owner")
    await world.stock(Item.DRINKING_WATER, 500)
    request = await world.asked(owner)
    plan = await plan_of(world, request)
    water = next(one for one in plan.resource_suggestions if one.item is Item.DRINKING_WATER)
    await world.services.plans.decide_task(admin, request.id, plan.tasks[-1].id, REJECT_TASK)
    await world.services.plans.decide_resource(
        admin, request.id, water.id, ResourceDecision(approval_status=Approval.APPROVED)
    )
    before = decided((await plan_of(world, request)).items)

    for people in (9, 3, 40):
        count = People(count=people, source=PeopleSource.STATED)
        more = world.assessor.finding.model_copy(update={"people": count})
        await read_anew(world, owner, request, more, f"We are {people}")
        await world.worked()

    after = await plan_of(world, request)
    assert after.plan_version == 4
    assert {id: (one.approval_status, one.decided_at) for id, one in decided(after.items).items()} == {
        id: (one.approval_status, one.decided_at) for id, one in before.items()
    }
    assert (await world.services.resources.get("depot")).reserved == water.total_quantity


async def test_a_plan_that_comes_after_a_human_approved_the_old_one_is_discarded(world: World) -> None:
    admin, owner = await world.person("admin", RoleId.ADMIN), await world.person("owner")
    request = await world.asked(owner)
    await read_anew(world, owner, request, finding(NeedCategory.SHELTER))
    late = Meanwhile(lambda: world.services.plans.decide_plan(admin, request.id, APPROVE))

    await replace(world.services.planning, planner=late).run(request.id)
    approved = await plan_of(world, request)
    await world.worked()

    plan = await plan_of(world, request)
    assert late.calls == 1
    assert plan.plan_version == 1
    assert {one.approval_status for one in plan.items} == {Approval.APPROVED}
    assert [one.id for one in plan.items] == [one.id for one in approved.items]
    assert (await world.request(request.id)).status is Status.APPROVED
    assert (await world.request(request.id)).stage is Stage.MATCHED


async def test_a_plan_that_comes_after_a_human_decided_on_a_part_is_made_again_beside_that(world: World) -> None:
    admin, owner = await world.person("admin", RoleId.ADMIN), await world.person("owner")
    request = await world.asked(owner)
    first = (await plan_of(world, request)).tasks[0].id
    await read_anew(world, owner, request, finding(NeedCategory.SHELTER))
    late = Meanwhile(lambda: world.services.plans.decide_task(admin, request.id, first, REJECT_TASK))

    await replace(world.services.planning, planner=late).run(request.id)

    assert (await plan_of(world, request)).plan_version == 1
    assert (await world.request(request.id)).stage is Stage.ASSESSED
    await world.worked()
    plan = await plan_of(world, request)
    assert plan.plan_version == 2
    assert plan.task(first).approval_status is Approval.REJECTED


async def test_a_plan_for_words_that_have_changed_is_discarded(world: World) -> None:
    owner = await world.person("owner")
    request, _ = await world.services.requests.submit(owner, RequestCreate(description="Old words", location=HERE))
    await world.services.assessment.run(request.id)
    late = Meanwhile(lambda: read_anew(world, owner, request, world.assessor.finding, "New words"))
    planning = replace(world.services.planning, planner=late)

    await planning.run(request.id)
    assert await world.services.requests.cases.outputs.find(request.id) is None
    assert (await world.request(request.id)).stage is Stage.ASSESSED

    await planning.run(request.id)
    assert (await plan_of(world, request)).plan_version == 1
    assert late.words[-1].endswith("New words")
    assert late.words[0] != late.words[-1]


async def test_two_workers_at_one_request_make_one_plan(world: World) -> None:
    owner = await world.person("owner")
    request, _ = await world.services.requests.submit(owner, RequestCreate(description="Water", location=HERE))
    await world.services.assessment.run(request.id)

    await asyncio.gather(*(world.services.planning.run(request.id) for _ in range(3)))

    plan = await plan_of(world, request)
    assert plan.plan_version == 1
    assert len({one.id for one in plan.items}) == len(plan.items)


async def test_a_request_that_is_opened_again_gets_a_new_plan_for_the_same_facts(world: World) -> None:
    admin, owner = await world.person("admin", RoleId.ADMIN), await world.person("owner")
    request = await world.asked(owner)
    await world.services.plans.decide_plan(admin, request.id, APPROVE)
    at = datetime.now(UTC)

    def again(latest: Request) -> Request:
        done = latest.model_copy(update={"status": Status.COMPLETED, "ended_at": at})
        return done.reopened(at, within=timedelta(days=14))

    await world.services.requests.cases.requests.change(request.id, again, None)
    await world.services.sweeper.once(older_than=timedelta(0))
    await world.worked()

    plan = await plan_of(world, request)
    assert plan.plan_version == 2
    assert len(plan.pending_tasks) >= 3


async def test_what_is_not_planned_in_time_is_planned_by_rules_and_the_plan_says_why(world: World) -> None:
    owner = await world.person("owner")
    request, _ = await world.services.requests.submit(owner, RequestCreate(description="Water", location=HERE))
    await world.services.assessment.run(request.id)

    await replace(world.services.planning, planner=Never(), seconds=0.05).run(request.id)

    plan = await plan_of(world, request)
    assert plan.planner == "rules"
    assert "in time" in plan.planner_reason
    assert len(plan.tasks) >= 3


async def test_what_has_waited_for_long_is_planned_by_rules_at_once(world: World) -> None:
    owner = await world.person("owner")
    request, _ = await world.services.requests.submit(owner, RequestCreate(description="Water", location=HERE))
    await world.services.assessment.run(request.id)

    await replace(world.services.planning, planner=Never(), backlog=timedelta(0)).run(request.id)

    assert "waited" in (await plan_of(world, request)).planner_reason


async def test_what_is_not_read_in_time_is_read_by_rules(world: World) -> None:
    owner = await world.person("owner")
    request, _ = await world.services.requests.submit(owner, RequestCreate(description="We need drinking water"))

    await replace(world.services.assessment, assessor=Never(), seconds=0.05).run(request.id)

    read = await world.request(request.id)
    assert read.stage is Stage.ASSESSED
    assert NeedCategory.WATER in read.needs


async def test_a_plan_says_who_read_and_who_planned_in_which_version(world: World) -> None:
    world.assessor.finding = world.assessor.finding.model_copy(update={"assessor_version": "reader-7"})
    plan = await plan_of(world, await world.asked(await world.person("owner")))

    assert (plan.planner, plan.planner_version) == ("rules", "rules-2")
    assert (plan.assessor, plan.assessor_version) == ("rules", "reader-7")


async def test_tasks_cite_the_cards_that_they_rest_on(world: World) -> None:
    plan = await plan_of(world, await world.asked(await world.person("owner")))

    assert all(task.passages for task in plan.tasks if task.kind is not TaskKind.CONTACT)
    assert {id for task in plan.tasks for id in task.passages} <= shelf().cards.keys()


def test_there_is_a_card_for_every_kind_of_work_but_talking() -> None:
    assert {kind for kind, ids in shelf().by_kind.items() if ids} == set(KINDS) - {TaskKind.CONTACT}
