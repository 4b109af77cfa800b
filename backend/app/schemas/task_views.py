"""A task as its team and its coordinators see it."""

from app.core.clock import Instant
from app.schemas.base import Location, Model, View
from app.schemas.plan import TaskKind
from app.schemas.request_parts import Contact, Media
from app.schemas.task import TaskSupply
from app.schemas.task_states import TaskStatus
from app.schemas.vocabulary import Severity
from app.schemas.workflow import Gap


class TeamMate(Model):
    """Somebody of the same team: the name, and how far they are."""

    uid: str
    display_name: str
    status: TaskStatus


class TaskView(View):
    """A task as one of its team, or a coordinator, sees it.

    The exact place, the contact, the words and the photos of the person in need are shown once it is taken.
    """

    id: str
    request_id: str
    disaster_id: str | None
    kind: TaskKind
    step: str
    priority: str
    severity: Severity
    status: TaskStatus
    my_status: TaskStatus | None
    people: int
    min_people: int
    safety: tuple[str, ...]
    location: Location | None
    location_is_exact: bool
    contact: Contact | None
    description: str | None
    media: tuple[Media, ...]
    supplies: tuple[TaskSupply, ...]
    team: tuple[TeamMate, ...]
    shortfall: Gap | None
    next_moves: tuple[TaskStatus, ...]
    created_at: Instant
    updated_at: Instant
