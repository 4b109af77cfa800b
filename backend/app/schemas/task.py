"""A task that a human approved: offered to a team, taken, carried out."""

from datetime import datetime
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.core.errors import Conflict, NotFound
from app.schemas.base import Document, Location, Model, Note, example
from app.schemas.task_states import ENDED_TASK, HOLDING, MEMBER_MOVES, TAKEN, TASK_MOVES, TaskStatus
from app.schemas.vocabulary import Item, Severity
from app.schemas.workflow import Candidate, Gap, PlanTask, TeamNeed

_PROGRESS = (TaskStatus.ACCEPTED, TaskStatus.ON_ROUTE, TaskStatus.ON_SITE)


class Member(Model):
    """One person of a task's team and how far they are."""

    uid: str
    status: TaskStatus = TaskStatus.OFFERED
    offered_at: Instant
    changed_at: Instant
    distance_km: float | None = None
    travel_minutes: float | None = None
    reason: str = ""
    note: str | None = None


class TaskSupply(Model):
    """What the team takes along, and from where."""

    item: Item
    quantity: int
    unit: str
    stock_id: str
    stock_name: str


class TaskStatusChange(Model):
    model_config = example(status="on_route")

    status: TaskStatus
    note: Note | None = None


class Decline(Model):
    model_config = example(reason="My car does not start.")

    reason: Note | None = None


class Task(TeamNeed, Document):
    """The id is that of the plan's task, so that approving twice makes one."""

    request_id: str
    disaster_id: str | None = None
    group: str
    severity: Severity
    safety: tuple[str, ...] = ()
    location: Location | None = None
    status: TaskStatus = TaskStatus.PENDING
    members: tuple[Member, ...] = ()
    holders: tuple[str, ...] = Field(default=(), description="Who is offered it or has taken it.")
    shortfall: Gap | None = None
    approved_by: str
    open: bool = Field(default=True, description="Whether places of the team are still free.")

    @classmethod
    def approved(
        cls,
        plan: PlanTask,
        *,
        request_id: str,
        disaster_id: str | None,
        group: str,
        severity: Severity,
        location: Location | None,
        by: str,
        at: datetime,
    ) -> Self:
        return cls(
            id=plan.id,
            request_id=request_id,
            disaster_id=disaster_id,
            group=group,
            severity=severity,
            location=location,
            safety=plan.safety,
            shortfall=plan.shortfall,
            approved_by=by,
            created_at=at,
            updated_at=at,
            **{name: getattr(plan, name) for name in TeamNeed.model_fields},
        )

    @property
    def taken_by(self) -> tuple[str, ...]:
        return tuple(member.uid for member in self.members if member.status in TAKEN)

    @property
    def refused_by(self) -> frozenset[str]:
        """Who must not be offered it again."""
        return frozenset(member.uid for member in self.members if member.status not in HOLDING)

    @property
    def vacancies(self) -> int:
        return 0 if self.status in ENDED_TASK else max(0, self.people - len(self.holders))

    def member(self, uid: str) -> Member:
        for member in self.members:
            if member.uid == uid and member.status in HOLDING | {TaskStatus.COMPLETED}:
                return member
        raise NotFound("There is no such task for you.")

    def offered(self, candidates: tuple[Candidate, ...], at: datetime) -> Self:
        """With these people asked too, as far as there are places and they have not refused it before."""
        asked = {member.uid for member in self.members}
        new = [one for one in candidates if one.uid not in asked][: self.vacancies]
        if not new:
            return self
        members = (
            *self.members,
            *(
                Member(
                    uid=one.uid,
                    offered_at=at,
                    changed_at=at,
                    distance_km=one.distance_km,
                    travel_minutes=one.travel_minutes,
                    reason=one.reason,
                )
                for one in new
            ),
        )
        return self._with(members, at)

    def answered(self, uid: str, to: TaskStatus, at: datetime, *, note: str | None = None) -> Self:
        """With one member's move. Nobody sets out before the smallest safe team has accepted."""
        if self.status in ENDED_TASK:
            raise Conflict(f"The task is {self.status} already.")
        member = self.member(uid)
        if member.status is to:
            return self
        MEMBER_MOVES.check(member.status, to)
        if to is TaskStatus.ON_ROUTE and len(self.taken_by) < self.min_people:
            raise Conflict(
                f"Wait for your team: {len(self.taken_by)} of at least {self.min_people} have accepted.",
                allowed=MEMBER_MOVES[member.status] - {TaskStatus.ON_ROUTE},
            )
        moved = member.model_copy(update={"status": to, "changed_at": at, "note": note})
        members = tuple(moved if one.uid == uid else one for one in self.members)
        if to is TaskStatus.COMPLETED:
            return self._ended(members, TaskStatus.COMPLETED, at)
        return self._with(members, at)

    def cancelled(self, at: datetime) -> Self:
        if self.status in ENDED_TASK:
            return self
        return self._ended(self.members, TaskStatus.CANCELLED, at)

    def _ended(self, members: tuple[Member, ...], status: TaskStatus, at: datetime) -> Self:
        ended = tuple(
            member.model_copy(
                update={"status": status if member.status in TAKEN else TaskStatus.CANCELLED, "changed_at": at}
            )
            if member.status in HOLDING
            else member
            for member in members
        )
        TASK_MOVES.check(self.status, status)
        update = {"members": ended, "holders": (), "status": status, "open": False, "shortfall": None, "updated_at": at}
        return self.model_copy(update=update)

    def _with(self, members: tuple[Member, ...], at: datetime) -> Self:
        holders = tuple(member.uid for member in members if member.status in HOLDING)
        taken = [member.status for member in members if member.status in TAKEN]
        if len(taken) >= self.min_people:
            status = max(taken, key=_PROGRESS.index)
        else:
            status = TaskStatus.OFFERED if holders else TaskStatus.PENDING
        if status is not self.status:
            TASK_MOVES.check(self.status, status)
        return self.model_copy(
            update={
                "members": members,
                "holders": holders,
                "status": status,
                "open": len(holders) < self.people,
                "updated_at": at,
            }
        )
