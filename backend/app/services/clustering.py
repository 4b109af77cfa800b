"""What is written of clusters: who is put into one, which become one, and what the most urgent in each says."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from app.core.clock import Clock
from app.core.errors import Conflict
from app.core.queue import Job, JobQueue
from app.crud.clusters import ClusterRepository
from app.crud.requests import RequestRepository
from app.crud.unit import Unit, together
from app.schemas.audit import Act
from app.schemas.cluster import Cluster
from app.schemas.notification import Notification
from app.schemas.request import Request
from app.schemas.request_parts import RequestLink
from app.services.notifications import Notifications, repeat_offered

T = TypeVar("T")

MOVED_AT_ONCE = 50
LINKED = Act(event="request.linked")
_CHANGED = Act(event="cluster.changed")


class Elsewhere(Exception):
    """The request is in another cluster than was known."""

    def __init__(self, cluster_id: str) -> None:
        super().__init__()
        self.cluster_id = cluster_id


@dataclass(frozen=True, slots=True)
class Into:
    """A cluster that a request goes into, and how it begins where it does not exist yet."""

    id: str
    first: str
    since: datetime
    witness: str | None = None
    """The request that the new one is like: it has to be there still."""


@dataclass(frozen=True, slots=True)
class Placing:
    """Where one request belongs, as the search found it."""

    id: str
    waiting: bool
    """Whether it is placed because it waited for that; then what another process has done in the meantime holds."""
    into: Into | None
    links: tuple[RequestLink, ...]
    repeats: str | None
    leaving: str | None
    """The cluster that it was in when it was searched for; it may be left."""
    done: bool
    """Whether nothing more is to be done for it."""
    still_so: Callable[[Request], bool]
    """Whether a request says what was searched for."""

    def done_by_others(self, latest: Request) -> bool:
        """Whether another process has come to the same."""
        there = self.into is None or latest.cluster_id == self.into.id
        return self.waiting and there and not latest.wants_link


@dataclass(frozen=True)
class Clustering:
    requests: RequestRepository
    clusters: ClusterRepository
    notifications: Notifications
    queue: JobQueue
    clock: Clock

    async def put(self, placing: Placing) -> str | None:
        """Write where a request belongs, and the cluster's part in it; returns the cluster it is in now.

        `Conflict` where the request, or the one that it is like, has changed; `Elsewhere` where it is in another
        cluster already.
        """
        told: list[str] = []
        served: list[Cluster] = []
        if placing.into is not None and await self._overtaken(placing, placing.into):
            return placing.into.id

        async def step(unit: Unit) -> str | None:
            told.clear()
            served.clear()
            latest = await unit.get(self.requests, placing.id)
            if placing.done_by_others(latest):
                return latest.cluster_id
            if not latest.linkable or not placing.still_so(latest):
                raise Conflict("The request has changed meanwhile.")
            before, after = await self._held(unit, latest, placing)
            offer = await self._offer(unit, latest, placing)
            placed = _placed(latest, after.id if after else None, placing)
            moved = (placed.cluster_id, placed.repeats) != (latest.cluster_id, latest.repeats)
            unit.put(self.requests, placed, LINKED if moved else None)
            if after is not None:
                (unit.put if before else unit.add)(self.clusters, after, _CHANGED)
            self.notifications.record(unit, offer)
            told[:] = [one.id for one in offer]
            served[:] = [after] if after is not None and after is not before else []
            return placed.cluster_id

        cluster_id = await self._together(step, placing.id)
        await self.notifications.ring(told)
        for cluster in served:
            await self._serve(cluster)
        return cluster_id

    async def _overtaken(self, placing: Placing, into: Into) -> bool:
        """Whether another process has placed it; `Conflict` where the request that it is like is not there any more.

        Not inside the transaction: many are put beside the same one at once, and must not wait for each other.
        """
        found = await self.requests.get_many([placing.id, *([into.witness] if into.witness else [])])
        if placing.id in found and placing.done_by_others(found[placing.id]):
            return True
        if into.witness is not None:
            await self._check(into, found.get(into.witness))
        return False

    async def _check(self, into: Into, witness: Request | None) -> None:
        if witness is not None and witness.linkable:
            if witness.cluster_id in (None, into.id):
                return
            found = await self.clusters.get_many([into.id, witness.cluster_id])
            if any(one.joined_into in found for one in found.values()):
                return
        raise Conflict("What the request is like has changed meanwhile.")

    async def _held(self, unit: Unit, latest: Request, placing: Placing) -> tuple[Cluster | None, Cluster | None]:
        """The cluster as it is and as it will be with the request in it; None and None for no cluster."""
        into = placing.into
        if into is None:
            return None, None
        cluster = await self._living(unit, into.id)
        id = cluster.id if cluster else into.id
        if id in latest.apart:
            raise Conflict("A human keeps the request out of this cluster.")
        if latest.cluster_id not in (None, id, placing.leaving):
            other = await self._living(unit, str(latest.cluster_id))
            if other is None or other.id != id:
                raise Elsewhere(str(latest.cluster_id))
        at = self.clock()
        return cluster, (cluster or Cluster.begun(into.id, into.first, into.since, at)).holding(latest)

    async def _offer(self, unit: Unit, latest: Request, placing: Placing) -> list[Notification]:
        """The word to its sender that it repeats an earlier one, once for each."""
        if placing.repeats is None:
            return []
        offer = repeat_offered(latest, placing.repeats, self.clock())
        known = await unit.find(self.notifications.notifications, offer.id)
        return [] if known else [offer]

    async def join(self, one: str, other: str) -> str:
        """Make the younger of two clusters part of the older, whose id is returned; its requests are moved later."""

        async def step(unit: Unit) -> Cluster:
            first, second = await self._living(unit, one), await self._living(unit, other)
            if first is None or second is None or first.id == second.id:
                found = first or second
                if found is None:
                    raise Conflict("Neither cluster exists.")
                return found
            older, younger = sorted((first, second), key=lambda cluster: cluster.age)
            unit.put(self.clusters, younger.into(older), _CHANGED)
            return unit.put(self.clusters, older.joined(younger), _CHANGED)

        older = await self._together(step)
        await self._serve(older)
        return older.id

    async def move_all(self, younger: str) -> str:
        """Bring the requests of a cluster that was given up into the one it was given up for, which is returned."""
        while members := await self.requests.of_cluster(younger, limit=MOVED_AT_ONCE):
            await asyncio.gather(*(self._move(one.id, younger) for one in members))

        async def finished(unit: Unit) -> str:
            latest, living = await unit.get(self.clusters, younger), await self._living(unit, younger)
            unit.put(self.clusters, latest.model_copy(update={"joining": False}), None)
            return living.id if living else younger

        older = await self._together(finished)
        await self.recount(older)
        return older

    async def _move(self, id: str, younger: str) -> None:
        async def step(unit: Unit) -> None:
            request, living = await unit.find(self.requests, id), await self._living(unit, younger)
            if request is None or request.cluster_id != younger or living is None:
                return
            there = None if living.id in request.apart else living.id
            unit.put(self.requests, request.model_copy(update={"cluster_id": there}), LINKED)

        await self._together(step, id)

    async def recount(self, id: str) -> None:
        """Say again how urgent a cluster is and who leads it, from the requests that are open now."""
        while True:
            before = await self.clusters.find(id)
            if before is None or before.joined_into is not None:
                return
            leading = await self.requests.leading(id)
            after = await self.clusters.change(id, partial(_counted, *leading), _CHANGED)
            if after.version == before.version:
                # Nothing to write, and nobody wrote meanwhile. Else look again: somebody may have come in between the
                # question and the answer, who found the cluster urgent enough as it was.
                return
            await self._serve(after)

    async def release(self, id: str, cluster_id: str) -> None:
        """Take what turned out to be no call for help out of a cluster."""

        def step(latest: Request) -> Request:
            return latest.linked(None, (), None) if latest.cluster_id == cluster_id else latest

        await self.requests.change(id, step, LINKED)

    async def mark(self, id: str, step: Callable[[Request], Request]) -> None:
        """Change what only the search for duplicates reads of a request."""

        async def apply(unit: Unit) -> None:
            if (latest := await unit.find(self.requests, id)) is not None:
                unit.put(self.requests, step(latest), None)

        await self._together(apply, id)

    async def _living(self, unit: Unit, id: str) -> Cluster | None:
        """The cluster, or the one it was given up for in the end."""
        cluster = await unit.find(self.clusters, id)
        while cluster is not None and cluster.joined_into is not None:
            cluster = await unit.find(self.clusters, cluster.joined_into)
        return cluster

    async def _serve(self, cluster: Cluster) -> None:
        """The lead may be more urgent now than it was when people were looked for."""
        lead = await self.requests.find(cluster.lead) if cluster.lead else None
        if lead is not None and lead.wants_match:
            await self.queue.put(Job.MATCH, lead.group)

    async def _together(self, step: Callable[[Unit], Awaitable[T]], *ids: str) -> T:
        keys = [self.requests.key(id) for id in ids]
        return await together(self.requests.store, self.clock, step, keys=keys)


def _counted(most_urgent: Request | None, earliest: Request | None, latest: Cluster) -> Cluster:
    return latest.counted(most_urgent, earliest)


def _placed(latest: Request, there: str | None, placing: Placing) -> Request:
    """The request in the cluster found for it, or in none; where others have put it meanwhile, it stays."""
    stays = there is None and latest.cluster_id != placing.leaving
    placed = latest if stays else latest.linked(there, placing.links if there else (), placing.repeats)
    if placing.leaving == latest.id != placed.cluster_id:
        # The cluster that bears its name goes on without it.
        placed = placed.model_copy(update={"apart": (*placed.apart, latest.id)})
    return placed.searched() if placing.done else placed
