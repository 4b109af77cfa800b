"""Where a task stands: for each member of its team, and as a whole."""

from enum import StrEnum

from app.schemas.moves import Moves


class TaskStatus(StrEnum):
    PENDING = "pending"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    ON_ROUTE = "on_route"
    ON_SITE = "on_site"
    COMPLETED = "completed"
    FAILED = "failed"
    HANDED_BACK = "handed_back"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


MEMBER_MOVES = Moves(
    "Your part of a task",
    {
        TaskStatus.OFFERED: frozenset({TaskStatus.ACCEPTED, TaskStatus.DECLINED}),
        TaskStatus.ACCEPTED: frozenset({TaskStatus.ON_ROUTE, TaskStatus.FAILED, TaskStatus.HANDED_BACK}),
        TaskStatus.ON_ROUTE: frozenset({TaskStatus.ON_SITE, TaskStatus.FAILED, TaskStatus.HANDED_BACK}),
        TaskStatus.ON_SITE: frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.HANDED_BACK}),
    },
)
"""What a member of the team may say next. Whatever is not a key here is final for that member."""

TASK_MOVES = Moves(
    "A task",
    {
        TaskStatus.PENDING: frozenset({TaskStatus.OFFERED, TaskStatus.CANCELLED}),
        TaskStatus.OFFERED: frozenset(
            {
                TaskStatus.PENDING,
                TaskStatus.ACCEPTED,
                TaskStatus.ON_ROUTE,
                TaskStatus.ON_SITE,
                TaskStatus.COMPLETED,
                TaskStatus.CANCELLED,
            }
        ),
        TaskStatus.ACCEPTED: frozenset(
            {TaskStatus.PENDING, TaskStatus.OFFERED, TaskStatus.ON_ROUTE, TaskStatus.CANCELLED}
        ),
        TaskStatus.ON_ROUTE: frozenset(
            {
                TaskStatus.PENDING,
                TaskStatus.OFFERED,
                TaskStatus.ACCEPTED,
                TaskStatus.ON_SITE,
                TaskStatus.CANCELLED,
            }
        ),
        TaskStatus.ON_SITE: frozenset(
            {
                TaskStatus.PENDING,
                TaskStatus.OFFERED,
                TaskStatus.ACCEPTED,
                TaskStatus.ON_ROUTE,
                TaskStatus.COMPLETED,
                TaskStatus.CANCELLED,
            }
        ),
    },
)
"""How a task as a whole moves with its team: backward when members hand their part back."""

TAKEN = frozenset({TaskStatus.ACCEPTED, TaskStatus.ON_ROUTE, TaskStatus.ON_SITE})
HOLDING = TAKEN | {TaskStatus.OFFERED}
ENDED_TASK = frozenset({TaskStatus.COMPLETED, TaskStatus.CANCELLED})
