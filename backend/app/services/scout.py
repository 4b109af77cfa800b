"""Looking for disasters that nobody has registered yet, now and then, and suggesting them."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from app.agent_v2.scout import Sighting, Threshold, sightings
from app.core.clock import Clock
from app.core.geo import kilometres
from app.core.ids import new_id
from app.core.queue import Job, JobQueue
from app.crud.disasters import DisasterRepository
from app.crud.requests import RequestRepository
from app.crud.turns import TurnRepository
from app.schemas.audit import Act
from app.schemas.base import Location
from app.schemas.disaster import Disaster, DisasterStatus, SuggestedBy
from app.schemas.request_parts import NOT_LISTED
from app.services.suggestions import Suggestions

log = structlog.get_logger(__name__)

AGENT = "agent"
APART_KM = 25.0
"""Nearer than this to a disaster that is known, no other is suggested [O]."""
DISCARDED_FOR = timedelta(hours=48)
"""How long what a human discarded is not suggested again there [O]."""
MOST_CALLS = 2_000
"""The newest calls are looked at; an area with more of them has been seen long before."""


@dataclass(frozen=True)
class Scout:
    requests: RequestRepository
    disasters: DisasterRepository
    turns: TurnRepository
    suggestions: Suggestions
    queue: JobQueue
    clock: Clock
    threshold: Threshold
    every: timedelta
    _next: list[float] = field(default_factory=lambda: [0.0])

    async def sweep(self) -> int:
        """Ring for a look, at most once in `every`; no document waits for it, so 0."""
        now = asyncio.get_running_loop().time()
        if now >= self._next[0]:
            self._next[0] = now + self.every.total_seconds()
            await self.queue.put(Job.SCOUT, NOT_LISTED)
        return 0

    async def run(self, group: str) -> None:
        """Look, if no other process has done so a short while ago."""
        if await self.turns.take(f"scout.{group}", rest=self.every * 0.9):
            await self.look()

    async def look(self) -> list[Disaster]:
        """Suggest what the calls of no disaster amount to, where nothing is known yet; returns what is new."""
        now = self.clock()
        calls = await self.requests.unlisted(since=now - timedelta(hours=self.threshold.hours), most=MOST_CALLS)
        if len(calls) < self.threshold.requests:
            return []
        seen = await asyncio.to_thread(sightings, calls, self.threshold)
        if not seen:
            return []
        known = [one.location for one in await self.disasters.standing()]
        known += [one.location for one in await self.disasters.discarded(since=now - DISCARDED_FOR)]
        made: list[Disaster] = []
        for sighting in seen:
            if _apart(sighting.location, known):
                made.append(await self.suggestions.propose(self._suggestion(sighting), _SEEN))
                known.append(sighting.location)
        log.info("scout.looked", calls=len(calls), sightings=len(seen), suggested=len(made))
        return made

    def _suggestion(self, sighting: Sighting) -> Disaster:
        at = self.clock()
        return Disaster(
            id=new_id(),
            name=sighting.name,
            severity=sighting.severity,
            type=sighting.type,
            location=sighting.location,
            status=DisasterStatus.PENDING,
            phase=None,
            suggested_by=SuggestedBy.AGENT,
            evidence=sighting.evidence,
            created_by=AGENT,
            created_at=at,
            updated_at=at,
        )


_SEEN = Act(event="disaster.suggested", by=AGENT, why="many open requests near one another belong to no disaster")


def _apart(place: Location, known: list[Location]) -> bool:
    return all(kilometres(*place.point, *other.point) >= APART_KM for other in known)
