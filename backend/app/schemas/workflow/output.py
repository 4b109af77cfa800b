"""The plan as a whole: one a request, in versions; what humans decided or wrote outlives a new one."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Self, TypeVar

from pydantic import Field, computed_field

from app.core.clock import Instant
from app.core.errors import Conflict, Invalid, NotFound
from app.schemas.assessment import Finding
from app.schemas.base import Document, Id
from app.schemas.model_use import ModelUse
from app.schemas.plan import Manpower, PlanDraft
from app.schemas.workflow.items import PlanItem, PlanTask, ResourceSuggestion
from app.schemas.workflow.parts import Approval, ManpowerNeed, VolunteersShare

MOST_TASKS = 30
MOST_SUPPLIES = 60
"""With candidates and stock shares, 30 tasks and 60 supplies stay below Firestore's 1 MiB a document."""

AnyItem = TypeVar("AnyItem", bound=PlanItem)


class WorkflowOutput(Document):
    """The id is the request's: one plan a request, with a version of its own."""

    request_id: Id
    disaster_id: str | None = None
    group: str
    workflow_run_id: str
    plan_version: int = Field(default=1, ge=1)
    planner: str = Field(description="Who planned: `rules`, a model's name, or `human`.")
    planner_version: str = Field(default="", description="Of prompt, model and rules, as far as each had a part in it.")
    planner_reason: str = Field(default="", description="Why a model that there is had no part in it.")
    used: ModelUse | None = Field(default=None, description="What a model took for planning, where one was asked.")
    assessor: str = Field(default="", description="Who read the request that this is a plan for.")
    assessor_version: str = ""
    tasks: tuple[PlanTask, ...] = ()
    resource_suggestions: tuple[ResourceSuggestion, ...] = ()
    manpower: ManpowerNeed | None = None
    people: int
    days: int
    matched_at: Instant | None = None
    body_hash: str = Field(default="", description="Of a plan by hand: tells one that is sent twice from another.")
    draft_hash: str = Field(default="", description="Of one by the machine: tells whether the next says anything new.")

    @computed_field(description="Whether something of it waits for a decision.")  # type: ignore[prop-decorator]
    @property
    def pending(self) -> bool:
        return any(item.undecided for item in self.items)

    @property
    def items(self) -> tuple[PlanItem, ...]:
        return (*self.tasks, *self.resource_suggestions)

    @property
    def decisions(self) -> frozenset[tuple[str, Approval, str | None]]:
        """What humans have made of it: changes with all that they decide, write or take away."""
        return frozenset((item.id, item.approval_status, item.author) for item in self.items)

    @property
    def pending_tasks(self) -> tuple[PlanTask, ...]:
        return tuple(task for task in self.tasks if task.undecided)

    @property
    def approved_tasks(self) -> tuple[PlanTask, ...]:
        return tuple(task for task in self.tasks if task.approved)

    @property
    def pending_resources(self) -> tuple[ResourceSuggestion, ...]:
        return tuple(one for one in self.resource_suggestions if one.undecided)

    def task(self, id: str) -> PlanTask:
        return _found(self.tasks, id, "task")

    def resource(self, id: str) -> ResourceSuggestion:
        return _found(self.resource_suggestions, id, "resource")

    def with_task(self, task: PlanTask, at: datetime) -> Self:
        if task in self.tasks:
            return self
        tasks = tuple(task if one.id == task.id else one for one in self.tasks)
        return self.model_copy(update={"tasks": tasks, "updated_at": at})

    def with_resource(self, resource: ResourceSuggestion, at: datetime) -> Self:
        if resource in self.resource_suggestions:
            return self
        if resource.breakdown != self.resource(resource.id).breakdown:
            self._check_shares(resource)
        resources = tuple(resource if one.id == resource.id else one for one in self.resource_suggestions)
        return self.model_copy(update={"resource_suggestions": resources, "updated_at": at})

    def adding_task(self, task: PlanTask, at: datetime) -> Self:
        """With one more task, and its people in the manpower."""
        need = self.manpower or ManpowerNeed(total_volunteers=0)
        share = VolunteersShare(task_id=task.id, volunteers=task.people)
        staffed = need.model_copy(
            update={
                "total_volunteers": need.total_volunteers + task.people,
                "breakdown": (*need.breakdown, share),
            }
        )
        grown = {"tasks": (*self.tasks, task), "manpower": staffed, "updated_at": at}
        return self.model_copy(update=grown).checked()

    def adding_resource(self, resource: ResourceSuggestion, at: datetime) -> Self:
        self._check_shares(resource)
        resources = (*self.resource_suggestions, resource)
        return self.model_copy(update={"resource_suggestions": resources, "updated_at": at}).checked()

    def without_task(self, id: str, at: datetime) -> Self:
        """Without a task that is not approved, its shares of the supplies, and its people."""
        _check_removable(self.task(id), "Cancel the request or the task instead.")
        kept = (one.without_task(id, at) for one in self.resource_suggestions)
        return self.model_copy(
            update={
                "tasks": tuple(one for one in self.tasks if one.id != id),
                "resource_suggestions": tuple(one for one in kept if one is not None),
                "manpower": _unstaffed(self.manpower, id),
                "updated_at": at,
            }
        )

    def without_resource(self, id: str, at: datetime) -> Self:
        _check_removable(self.resource(id), "Its stock is reserved; cancel the request instead.")
        resources = tuple(one for one in self.resource_suggestions if one.id != id)
        return self.model_copy(update={"resource_suggestions": resources, "updated_at": at})

    def check_deletable(self) -> None:
        """`Conflict` where people or stocks are committed to it."""
        if any(item.approved for item in self.items):
            raise Conflict("Part of this plan is approved: cancel the request instead, or delete what is pending.")

    def checked(self) -> Self:
        """The plan itself, unless it has grown too large or an id stands in it twice."""
        if len(self.tasks) > MOST_TASKS or len(self.resource_suggestions) > MOST_SUPPLIES:
            raise Conflict(f"A plan has at most {MOST_TASKS} tasks and {MOST_SUPPLIES} supplies.")
        ids = [item.id for item in self.items]
        if len(set(ids)) < len(ids):
            raise Conflict("The plan has something with this id already; choose another id.")
        return self

    def settled(self) -> Self:
        """With every reservation ended, so that none ends twice."""
        resources = tuple(
            one.model_copy(update={"settled": True}) if one.approval_status is Approval.APPROVED else one
            for one in self.resource_suggestions
        )
        return self.model_copy(update={"resource_suggestions": resources})

    def says(self, newer: Self) -> bool:
        """Whether this one, still before a human, was made from the very same draft for the same people."""
        same_place = (self.disaster_id, self.group) == (newer.disaster_id, newer.group)
        return bool(self.draft_hash) and self.pending and same_place and self.draft_hash == newer.draft_hash

    def superseded(self, newer: Self, at: datetime, *, by: str | None = None) -> Self:
        """The newer plan, with everything kept that humans decided or wrote in this one.

        `by` is the human who planned anew (None: the machine did); what that human wrote before is replaced.
        Supplies that stay are carried by the first new task of the same kind where their own is gone.
        """
        tasks = tuple(one for one in self.tasks if one.outlives(by))
        heirs = {one.id: _heir(one, newer.tasks) for one in self.tasks if one not in tasks}
        resources = tuple(one.moved(heirs) for one in self.resource_suggestions if one.outlives(by))
        asked = {one.id for one in tasks if one.approval_status is not Approval.REJECTED}
        return newer.model_copy(
            update={
                "tasks": (*tasks, *newer.tasks),
                "resource_suggestions": (*resources, *newer.resource_suggestions),
                "manpower": _staffed(self.manpower, asked, newer.manpower),
                "created_at": self.created_at,
                "version": self.version,
                "updated_at": at,
            }
        )

    @classmethod
    def of(
        cls,
        draft: PlanDraft,
        *,
        request_id: str,
        disaster_id: str | None,
        group: str,
        plan_version: int,
        at: datetime,
        finding: Finding | None = None,
    ) -> Self:
        """The draft as a plan to be decided on; its ids are unique over all plans."""
        prefix = f"{request_id}.{plan_version}"
        task_ids = {task.ref: f"{prefix}.{task.ref}" for task in draft.tasks}
        return cls(
            id=request_id,
            request_id=request_id,
            disaster_id=disaster_id,
            group=group,
            workflow_run_id=prefix,
            plan_version=plan_version,
            planner=draft.planner,
            planner_version=draft.planner_version,
            planner_reason=draft.planner_reason,
            used=draft.used,
            assessor=finding.assessor if finding else "",
            assessor_version=finding.assessor_version if finding else "",
            draft_hash=draft.content_hash,
            tasks=tuple(PlanTask.of(task, task_ids[task.ref], at) for task in draft.tasks),
            resource_suggestions=tuple(
                ResourceSuggestion.of(supply, f"{prefix}.{supply.ref}", task_ids, at) for supply in draft.supplies
            ),
            manpower=_manpower(draft.manpower, task_ids),
            people=draft.people,
            days=draft.days,
            created_at=at,
            updated_at=at,
        )

    def _check_shares(self, resource: ResourceSuggestion) -> None:
        known = {task.id for task in self.tasks}
        for place, share in enumerate(resource.breakdown):
            if share.task_id not in known:
                raise Invalid("The plan has no such task.", field=f"breakdown.{place}.task_id")


def _manpower(manpower: Manpower, task_ids: Mapping[str, str]) -> ManpowerNeed:
    return ManpowerNeed(
        total_volunteers=manpower.total_volunteers,
        breakdown=tuple(
            VolunteersShare(task_id=task_ids[share.task_ref], volunteers=share.volunteers)
            for share in manpower.breakdown
        ),
        notes=manpower.notes,
    )


def _unstaffed(need: ManpowerNeed | None, task_id: str) -> ManpowerNeed | None:
    """Without the people of one task: the sum of the rest."""
    if need is None or all(share.task_id != task_id for share in need.breakdown):
        return need
    rest = tuple(share for share in need.breakdown if share.task_id != task_id)
    return need.model_copy(
        update={"breakdown": rest, "total_volunteers": sum(share.volunteers for share in rest)},
    )


def _staffed(old: ManpowerNeed | None, asked: set[str], new: ManpowerNeed | None) -> ManpowerNeed | None:
    """What a new plan asks for, and what the tasks that stay ask for beside it."""
    kept = tuple(share for share in old.breakdown if share.task_id in asked) if old else ()
    if not kept:
        return new
    need = new or ManpowerNeed(total_volunteers=0)
    return need.model_copy(
        update={
            "breakdown": (*kept, *need.breakdown),
            "total_volunteers": sum(share.volunteers for share in kept) + need.total_volunteers,
        }
    )


def _heir(task: PlanTask, tasks: Iterable[PlanTask]) -> str | None:
    return next((one.id for one in tasks if one.kind is task.kind), None)


def _check_removable(item: PlanItem, instead: str) -> None:
    if item.approved:
        raise Conflict(f"What is approved stays in the plan. {instead}", allowed=[])


def _found(items: tuple[AnyItem, ...], id: str, what: str) -> AnyItem:
    for item in items:
        if item.id == id:
            return item
    raise NotFound(f"The plan has no such {what}.")
