"""Who asks, as the store knows them: what they may be told about is in here, and nothing of anybody else."""

from dataclasses import dataclass
from datetime import datetime

from app.schemas.base import Location
from app.schemas.chatbot import OwnRequest, OwnTask
from app.schemas.request_states import ENDED, Status
from app.schemas.vocabulary import RoleId


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks; by default nobody who is signed in."""

    signed_in: bool = False
    looked_up: bool = True
    """False where the store did not answer: then nothing is known, and nothing is said to be missing."""
    role: RoleId | None = None
    country: str | None = None
    """Of their place, where it is known; None for that of this node."""
    requests: tuple[OwnRequest, ...] = ()
    """Their own that are open or wait for their word, newest first."""
    tasks: tuple[OwnTask, ...] = ()
    disasters: tuple[str, ...] = ()
    """Names of the registered disasters that they have joined or are near to."""
    disaster_id: str | None = None
    """The one that a request of theirs belongs to, where there is but one."""
    place: Location | None = None
    placed_at: datetime | None = None

    @property
    def open_requests(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.requests if one.status not in ENDED)

    def facts(self) -> tuple[str, ...]:
        """What a model may know of them: no name, no number, no place, no words."""
        if not self.signed_in:
            return ()
        told = [f"role: {self.role}"] if self.role else []
        told += [f"disaster joined or near: {name}" for name in self.disasters]
        told += [f"own request ({', '.join(one.needs) or 'help'}): {_stands(one)}" for one in self.requests]
        told += [f"own task ({one.kind}): {one.status}" for one in self.tasks]
        return tuple(told)


NOBODY = Asker()


def _stands(request: OwnRequest) -> str:
    in_progress = request.status is Status.IN_PROGRESS and request.team is not None
    return str(request.team if in_progress else request.status)
