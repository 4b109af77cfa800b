"""Scores: what humans decide comes to the trace of the request, is never lost, and delays nobody."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.core.langfuse import LangfuseAccess
from app.core.queue import Job
from app.core.tracing import Score
from app.crud.store.port import Store
from app.schemas.request import Request
from app.schemas.request_bodies import Judgement, StatusChange
from app.schemas.request_states import Status
from app.schemas.vocabulary import NeedCategory, RoleId
from app.schemas.workflow import Approval, PlanDecision, TaskDecision
from app.services.integrations.langfuse_scores import ScoresRefusedError
from app.services.integrations.langfuse_tracer import LangfuseTracer
from tests.hands import Hands
from tests.langfuse_sink import PUBLIC, SCORES, SECRET, Sink, sinking
from tests.test_langfuse import trace_of
from tests.world import World, finding

REASON = "Nimal says that it is a test"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with sinking() as made:
        yield made


class Deciding:
    """A world with a coordinator, a request with a plan, and a Langfuse."""

    def __init__(self, store: Store, sink: Sink) -> None:
        self.hands = Hands()
        self.tracer = LangfuseTracer(LangfuseAccess(base_url=sink.url, public_key=PUBLIC, secret_key=SECRET))
        self.world = World.over(store, clock=self.hands, tracer=self.tracer)
        self.services = self.world.services

    async def begin(self) -> Request:
        self.admin = await self.world.person("admin", RoleId.ADMIN)
        return await self.world.asked(await self.world.person("owner"), "We need water and food, says Nimal")

    async def swept(self) -> None:
        """What the sweeper finds, done."""
        self.hands.forward(seconds=1)
        await self.services.verdicts.sweep()
        await self.world.worked()

    async def waits(self, id: str) -> bool:
        return await self.services.verdicts.verdicts.find(id) is not None


async def test_approving_a_plan_scores_its_trace_once_in_effect(store: Store, sink: Sink) -> None:
    deciding = Deciding(store, sink)
    request = await deciding.begin()
    assert not await deciding.waits(request.id), "the machine's own work is no verdict"
    approve = PlanDecision(approval_status=Approval.APPROVED)
    await deciding.services.plans.decide_plan(deciding.admin, request.id, approve)
    assert await deciding.waits(request.id)
    await deciding.swept()
    assert not await deciding.waits(request.id)
    assert sink.scored(trace_of(request.id)) == {"plan.items_approved": 1.0, "plan.approved": 1.0}
    await deciding.services.verdicts.run(request.id)
    assert sink.posts.count(SCORES) == 1
    assert {one["dataType"] for one in sink.scores.values()} == {"BOOLEAN", "NUMERIC"}
    await deciding.tracer.aclose()
    for secret in (b"Nimal", b"owner", b"admin", request.id.encode()):
        assert secret not in sink.raw


async def test_each_decision_brings_the_scores_up_to_date(store: Store, sink: Sink) -> None:
    deciding = Deciding(store, sink)
    request = await deciding.begin()
    plan = await deciding.services.plans.get(deciding.admin, request.id)
    first, *others = plan.items
    decided = TaskDecision(approval_status=Approval.REJECTED)
    await deciding.services.plans.decide_task(deciding.admin, request.id, plan.tasks[0].id, decided)
    await deciding.swept()
    assert sink.scored(trace_of(request.id)) == {"plan.items_approved": 0.0}, "the rest is not decided yet"
    approve = PlanDecision(approval_status=Approval.APPROVED)
    await deciding.services.plans.decide_plan(deciding.admin, request.id, approve)
    await deciding.swept()
    share = round(len(others) / (1 + len(others)), 4)
    assert first.id == plan.tasks[0].id
    assert sink.scored(trace_of(request.id)) == {"plan.items_approved": share, "plan.approved": 1.0}
    await deciding.tracer.aclose()


async def test_a_request_that_is_rejected_or_judged_unfounded_says_so(store: Store, sink: Sink) -> None:
    deciding = Deciding(store, sink)
    rejected = await deciding.begin()
    change = StatusChange(status=Status.REJECTED, reason=REASON)
    await deciding.services.requests.change_status(deciding.admin, rejected.id, change)
    judged = await deciding.world.asked(await deciding.world.person("other"))
    judgement = Judgement(is_request=False, reason=REASON)
    await deciding.services.requests.judge(deciding.admin, judged.id, judgement)
    deciding.world.assessor.finding = finding(NeedCategory.WATER, is_request=False)
    overruled = await deciding.world.asked(await deciding.world.person("third"))
    await deciding.services.requests.judge(deciding.admin, overruled.id, Judgement(is_request=True))
    await deciding.swept()
    assert sink.scored(trace_of(rejected.id)) == {"plan.approved": 0.0}
    assert sink.scored(trace_of(judged.id)) == {"request.unfounded": 1.0, "assessment.corrected": 1.0}
    assert sink.scored(trace_of(overruled.id)) == {"request.unfounded": 0.0, "assessment.corrected": 1.0}
    await deciding.tracer.aclose()
    assert b"Nimal" not in sink.raw


async def test_scores_that_do_not_get_through_are_tried_again_and_seen_by_an_operator(store: Store, sink: Sink) -> None:
    deciding = Deciding(store, sink)
    request = await deciding.begin()
    sink.status = 503
    approve = PlanDecision(approval_status=Approval.APPROVED)
    await deciding.services.plans.decide_plan(deciding.admin, request.id, approve)
    await deciding.swept()
    [letter] = (await deciding.services.failures.listed(limit=10)).items
    assert (letter.job, letter.job_id) == (Job.SCORE, request.id)
    assert await deciding.waits(request.id)
    sink.status = 200
    deciding.hands.forward(hours=1)
    assert await deciding.services.verdicts.sweep() == 1
    await deciding.services.verdicts.run(request.id)
    assert sink.scored(trace_of(request.id))["plan.approved"] == 1.0
    assert not await deciding.waits(request.id)
    await deciding.tracer.aclose()


async def test_keys_that_are_refused_are_no_reason_to_try_at_once_again(store: Store, sink: Sink) -> None:
    deciding = Deciding(store, sink)
    sink.status = 401
    with pytest.raises(ScoresRefusedError):
        await deciding.tracer.score("r1", [Score("plan.approved", 1.0)])
    request = await deciding.begin()
    await deciding.services.requests.judge(deciding.admin, request.id, Judgement(is_request=False))
    await deciding.swept()
    [letter] = (await deciding.services.failures.listed(limit=10)).items
    assert letter.attempts == 1
    assert await deciding.services.verdicts.sweep() == 0, "the next try is later"
    deciding.hands.forward(seconds=timedelta(minutes=2).total_seconds())
    assert await deciding.services.verdicts.sweep() == 1
    await deciding.tracer.aclose()


async def test_a_decision_meanwhile_is_sent_too(store: Store, sink: Sink) -> None:
    deciding = Deciding(store, sink)
    request = await deciding.begin()
    await deciding.services.requests.judge(deciding.admin, request.id, Judgement(is_request=False))
    waiting = await deciding.services.verdicts.verdicts.get(request.id)
    await deciding.services.requests.judge(deciding.admin, request.id, Judgement(is_request=True))
    await deciding.services.verdicts._settled(request.id, waiting.mark)
    assert await deciding.waits(request.id), "the word of the later decision stays"
    await deciding.swept()
    assert sink.scored(trace_of(request.id))["request.unfounded"] == 0.0
    await deciding.tracer.aclose()


async def test_without_keys_no_word_of_decisions_is_kept(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    request = await world.asked(await world.person("owner"))
    await world.services.plans.decide_plan(admin, request.id, PlanDecision(approval_status=Approval.APPROVED))
    assert await world.services.verdicts.verdicts.find(request.id) is None
    assert await world.services.verdicts.sweep() == 0
    await world.services.verdicts.run(request.id)
