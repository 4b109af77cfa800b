"""What the matcher found, as proposals in plans."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.schemas.request import Request
from app.schemas.resource import Resource
from app.schemas.vocabulary import Item
from app.schemas.workflow import Candidate, Gap, PlanTask, ResourceSuggestion, StockShare, WorkflowOutput
from app.services.match_problem import stock_of, supply_need
from app.services.matching import Allocation, Assignment, Limits, Matching, Problem, Shortfall, ShortfallCode, solve


@dataclass(frozen=True)
class Found:
    """A matching, sorted by plan item."""

    candidates: dict[str, tuple[Candidate, ...]]
    shares: dict[str, tuple[StockShare, ...]]
    gaps: dict[str, Gap]

    @classmethod
    def of(cls, matching: Matching) -> "Found":
        candidates: defaultdict[str, list[Candidate]] = defaultdict(list)
        for one in matching.assignments:
            candidates[one.task_id].append(_candidate(one))
        shares: defaultdict[str, list[StockShare]] = defaultdict(list)
        for two in matching.allocations:
            shares[two.need_id].append(_share(two))
        return cls(
            candidates={id: tuple(found) for id, found in candidates.items()},
            shares={id: tuple(found) for id, found in shares.items()},
            gaps={gap.need_id: _gap(gap) for gap in matching.shortfalls},
        )

    def proposed(self, plan: WorkflowOutput, at: datetime) -> WorkflowOutput:
        """The plan with these proposals in what is still pending; the same plan where nothing differs."""
        tasks = tuple(self._task(one) if one.undecided else one for one in plan.tasks)
        resources = tuple(self.in_resource(one) if one.undecided else one for one in plan.resource_suggestions)
        if tasks == plan.tasks and resources == plan.resource_suggestions:
            return plan
        return plan.model_copy(
            update={"tasks": tasks, "resource_suggestions": resources, "matched_at": at, "updated_at": at}
        )

    def _task(self, task: PlanTask) -> PlanTask:
        return task.model_copy(
            update={"candidates": self.candidates.get(task.id, ()), "shortfall": self.gaps.get(task.id)}
        )

    def in_resource(self, resource: ResourceSuggestion) -> ResourceSuggestion:
        gap = _nameless(resource) if resource.item is Item.OTHER else self.gaps.get(resource.id)
        return resource.model_copy(update={"allocations": self.shares.get(resource.id, ()), "shortfall": gap})


def _nameless(resource: ResourceSuggestion) -> Gap:
    """Of two things that are both called `other` nobody knows whether they are the same."""
    return Gap(
        missing=resource.total_quantity,
        code=ShortfallCode.NO_STOCK_OF_ITEM,
        cure="No stock is kept under this name: find it by hand, or call it by the name of a known item.",
    )


def supplied(
    resources: Sequence[ResourceSuggestion], request: Request, stocks: Iterable[Resource], limits: Limits
) -> list[ResourceSuggestion]:
    """The supplies with what these stocks can give them now, and what they lack."""
    needs = tuple(supply_need(one, request) for one in resources)
    found = Found.of(solve(Problem(stocks=tuple(map(stock_of, stocks)), supplies=needs, limits=limits)))
    return [found.in_resource(one) for one in resources]


def _candidate(one: Assignment) -> Candidate:
    return Candidate(
        uid=one.worker_id, distance_km=one.distance_km, travel_minutes=one.travel_minutes, reason=one.reason
    )


def _share(one: Allocation) -> StockShare:
    return StockShare(
        stock_id=one.stock_id,
        item=one.item,
        quantity=one.quantity,
        distance_km=one.distance_km,
        travel_minutes=one.travel_minutes,
        reason=one.reason,
        substitution_for=one.substitution_for,
    )


def _gap(gap: Shortfall) -> Gap:
    return Gap(missing=gap.missing, code=gap.code, cure=gap.cure)
