"""Who asks the chatbot, from the store: their own place, requests and tasks, and the disasters that concern them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

import structlog

from app.agent_v2.answering.asker import NOBODY, Asker
from app.agent_v2.answering.places import country_at
from app.core.clock import Clock
from app.core.errors import Transient
from app.core.geo import kilometres
from app.crud.disasters import DisasterRepository
from app.crud.outputs import OutputRepository
from app.crud.requests import RequestRepository
from app.crud.tasks import TaskRepository
from app.schemas.base import Location
from app.schemas.chatbot import OwnRequest, OwnTask
from app.schemas.disaster import Disaster
from app.schemas.request import Request
from app.schemas.request_states import ENDED, Status
from app.schemas.role import Permission
from app.schemas.task import Task
from app.schemas.task_states import TAKEN, TaskStatus
from app.schemas.user import User

PATIENCE_SECONDS = 2.0
"""A store that takes longer is not waited for: the emergency number does not hang on it."""
MOST_REQUESTS, MOST_TASKS, MOST_DISASTERS, MOST_READ = 5, 5, 5, 20
TOLD_AFTER_END = timedelta(days=14)
NEAR_KM = 50.0
"""A disaster whose centre is so near is told of as near [O]."""
_PROGRESS = (TaskStatus.ACCEPTED, TaskStatus.ON_ROUTE, TaskStatus.ON_SITE)

Whoever: TypeAlias = Callable[[], Awaitable[User | None]]
"""Looks up who calls; None for nobody."""

log = structlog.get_logger(__name__)


class Askers(Protocol):
    async def known(self, who: Whoever, *, around: bool) -> Asker:
        """Who asks, as far as it is known within a moment; never raises. `around`: with the disasters near them."""


@dataclass(frozen=True)
class NoAskers:
    """Knows nobody: where there is no store to look in."""

    async def known(self, who: Whoever, *, around: bool) -> Asker:
        return NOBODY


@dataclass(frozen=True)
class StoredAskers:
    requests: RequestRepository
    outputs: OutputRepository
    tasks: TaskRepository
    disasters: DisasterRepository
    clock: Clock
    country: str

    async def known(self, who: Whoever, *, around: bool) -> Asker:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                user = await who()
                return (
                    await self._of(user, around=around) if user is not None and user.leaving_since is None else NOBODY
                )
        except (Transient, TimeoutError):
            log.warning("chatbot.asker_unknown")
            return Asker(looked_up=False)

    async def _of(self, user: User, *, around: bool) -> Asker:
        requests, tasks, disasters = await asyncio.gather(
            self._requests(user), self._tasks(user), self._disasters(user, around=around)
        )
        place, at = _place(user, requests)
        concerned = [one.id for one in disasters if one.id in user.joined]
        return Asker(
            signed_in=True,
            role=user.role_id,
            country=country_at(place.lat, place.lng, default=self.country) if place else None,
            requests=tuple(await self._told(requests)),
            tasks=tuple(OwnTask(id=one.id, kind=one.kind, status=one.member(user.id).status) for one in tasks),
            disasters=tuple(f"{one.name} ({one.severity}, {one.phase})" for one in disasters),
            disaster_id=concerned[0] if len(concerned) == 1 else None,
            place=place,
            placed_at=at,
        )

    async def _requests(self, user: User) -> list[Request]:
        """The person's own, newest first: open, done but not yet confirmed, or turned down a short while ago."""
        page = await self.requests.of(user.id, limit=MOST_READ)
        return [one for one in page.items if self._to_be_told(one)][:MOST_REQUESTS]

    def _to_be_told(self, request: Request) -> bool:
        if request.status not in ENDED or request.status is Status.COMPLETED:
            return True
        recent = request.ended_at is not None and self.clock() - request.ended_at <= TOLD_AFTER_END
        return request.status is Status.REJECTED and recent

    async def _told(self, requests: list[Request]) -> list[OwnRequest]:
        under_way = [one.id for one in requests if one.status in (Status.ASSIGNED, Status.IN_PROGRESS)]
        plans = await self.outputs.get_many(under_way) if under_way else {}
        ids = [task.id for plan in plans.values() for task in plan.tasks]
        tasks = (await self.tasks.get_many(ids)).values() if ids else ()
        return [
            OwnRequest(
                id=one.id,
                status=one.status,
                team=_furthest(task.status for task in tasks if task.request_id == one.id),
                needs=tuple(one.needs),
                sent=one.created_at,
            )
            for one in requests
        ]

    async def _tasks(self, user: User) -> list[Task]:
        if not user.may(Permission.TAKE_TASKS):
            return []
        page = await self.tasks.held_by(user.id, limit=MOST_TASKS)
        return [one for one in page.items if user.id in one.holders]

    async def _disasters(self, user: User, *, around: bool) -> list[Disaster]:
        joined = (await self.disasters.get_many(user.joined)).values() if user.joined else ()
        found = [one for one in joined if one.registered and one.ongoing]
        if around and user.location is not None:
            known = {one.id for one in found}
            found += [one for one in await self._near(user.location) if one.id not in known]
        return found[:MOST_DISASTERS]

    async def _near(self, place: Location) -> list[Disaster]:
        near = [
            (kilometres(*place.point, *one.location.point), one) for one in await self.disasters.on_map() if one.ongoing
        ]
        return [one for km, one in sorted(near, key=lambda pair: pair[0]) if km <= NEAR_KM]


def _place(user: User, requests: list[Request]) -> tuple[Location | None, datetime | None]:
    """Where the person was last, as they said themselves: in their profile, or with a request that is still open."""
    said = [(user.located_at, user.location)] if user.location and user.located_at else []
    said += [(one.created_at, one.location) for one in requests if one.location and one.status not in ENDED]
    at, place = max(said, key=lambda pair: pair[0], default=(None, None))
    return place, at


def _furthest(states: Iterable[TaskStatus]) -> TaskStatus | None:
    return max((one for one in states if one in TAKEN), key=_PROGRESS.index, default=None)
