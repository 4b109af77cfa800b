"""Where a help request stands: how far people, and how far the machine, have brought it."""

from enum import StrEnum

from app.schemas.moves import Moves


class Status(StrEnum):
    """Where people have brought a request."""

    PENDING = "pending"
    APPROVED = "approved"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


STATUS_ALIASES = {"open": Status.PENDING, "fulfilled": Status.COMPLETED}

MOVES = Moves(
    "A request",
    {
        Status.PENDING: frozenset({Status.APPROVED, Status.REJECTED, Status.CANCELLED}),
        Status.APPROVED: frozenset(
            {Status.ASSIGNED, Status.COMPLETED, Status.REJECTED, Status.CANCELLED, Status.PENDING}
        ),
        Status.ASSIGNED: frozenset({Status.IN_PROGRESS, Status.COMPLETED, Status.APPROVED, Status.CANCELLED}),
        Status.IN_PROGRESS: frozenset({Status.COMPLETED, Status.ASSIGNED, Status.APPROVED, Status.CANCELLED}),
        Status.COMPLETED: frozenset({Status.CLOSED, Status.PENDING}),
        Status.CLOSED: frozenset({Status.PENDING}),
    },
)
"""Legal moves. Backward ones (`approved` from `assigned`) happen when a team hands its task back."""

ENDED = frozenset({Status.COMPLETED, Status.CLOSED, Status.REJECTED, Status.CANCELLED})


class Stage(StrEnum):
    """Where the machine has brought a request."""

    RECEIVED = "received"
    ASSESSED = "assessed"
    PLANNED = "planned"
    MATCHED = "matched"
    NEEDS_HUMAN = "needs_human"
    NOT_A_REQUEST = "not_a_request"


WORKING = frozenset({Stage.RECEIVED, Stage.ASSESSED, Stage.PLANNED})
"""The stages in which the machine still has something to do."""
