"""Clusters as people meet them: coordinators see and correct them, senders put what they said twice together."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.clock import Clock
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.queue import Job, JobQueue
from app.crud.clusters import ClusterRepository
from app.crud.pages import Page
from app.crud.unit import Unit, together
from app.schemas.audit import Act, Actor
from app.schemas.base import Tombstone
from app.schemas.cluster import Cluster, ClusterView, Unlink
from app.schemas.request import Request
from app.schemas.request_states import Status
from app.schemas.request_views import ClusterOfRequest, RequestView
from app.schemas.user import User
from app.services.attachments import Named
from app.services.notifications import Notifications, cancellation
from app.services.pipeline import Pipeline
from app.services.plans import within
from app.services.progress import Cases
from app.services.requests import Requests

COUNTED_AT_ONCE = 16


@dataclass(frozen=True)
class Clusters:
    cases: Cases
    clusters: ClusterRepository
    requests: Requests
    notifications: Notifications
    pipeline: Pipeline
    queue: JobQueue
    clock: Clock

    async def listed(self, caller: User, *, disaster_id: str | None, limit: int, cursor: str | None) -> Page[Cluster]:
        """Clusters with open requests that the caller coordinates, most urgent first."""
        if disaster_id is not None and not caller.coordinates(disaster_id):
            raise NotFound("There is no such disaster among those you coordinate.")
        disasters = within(caller) if disaster_id is None else (disaster_id,)
        return await self.clusters.most_urgent(disasters, limit=limit, cursor=cursor)

    async def one(self, caller: User, id: str) -> ClusterView:
        """One cluster that the caller coordinates; for one that was given up, the older one that it belongs to."""
        found = (await self._living({id})).get(id)
        if found is None or not caller.coordinates(found.disaster_id):
            raise NotFound("There is no such cluster.")
        return (await self._counted([found]))[0]

    async def views(self, clusters: Iterable[Cluster]) -> list[ClusterView]:
        """With how many belong to each; without those that are down to one request."""
        return [one for one in await self._counted(clusters) if one.size > 1]

    async def _counted(self, clusters: Iterable[Cluster]) -> list[ClusterView]:
        found = {one.id: one for one in clusters}
        sizes, still_open = await self._sizes(found), await self._sizes(found, only_open=True)
        return [ClusterView.counted(one, size=sizes[id], open=still_open[id]) for id, one in found.items()]

    async def view(self, caller: User, request: Request) -> RequestView:
        """A request as the caller may see it: with its cluster, where they coordinate it."""
        return (await self.request_views(caller, [request]))[0]

    async def request_views(self, caller: User, requests: Sequence[Request]) -> list[RequestView]:
        seen = [one for one in requests if one.cluster_id is not None and caller.coordinates(one.disaster_id)]
        clusters = await self._living({str(one.cluster_id) for one in seen})
        sizes = await self._sizes(dict.fromkeys(one.id for one in clusters.values()))
        beside = {
            one.id: _beside(one, cluster, size)
            for one in seen
            if (cluster := clusters.get(str(one.cluster_id))) is not None and (size := sizes[cluster.id]) > 1
        }
        return [RequestView.beside(one, beside.get(one.id)) for one in requests]

    async def told(self, caller: User, changed: Sequence[Request | Tombstone]) -> list[RequestView | Tombstone]:
        """What has changed, each request as the caller may see it."""
        views = iter(await self.request_views(caller, [one for one in changed if isinstance(one, Request)]))
        return [one if isinstance(one, Tombstone) else next(views) for one in changed]

    async def unlink(self, caller: User, id: str, body: Unlink) -> Request:
        """Take a request out of its cluster for good, as a coordinator."""
        request = await self.requests.get(caller, id)
        if not caller.coordinates(request.disaster_id):
            raise Forbidden("Only a coordinator says what belongs together.")
        act = Act(event="request.unlinked", by=caller.id, actor=Actor.COORDINATOR, why=body.reason)
        request = await self.cases.requests.change(id, lambda latest: latest.unlinked(self.clock()), act)
        await self.pipeline.ring(request)
        return request

    async def merge(self, caller: User, id: str) -> Request:
        """Put what a repeat says into the earlier request of the same sender, which is returned, and end the repeat."""
        request = await self.requests.get(caller, id)
        if request.created_by != caller.id:
            raise Forbidden("Only the person who asked may do this.")
        cases, told = self.cases, list[str]()
        act = Act(event="request.merged", by=caller.id, actor=Actor.OWNER)

        async def step(unit: Unit) -> tuple[Request, Request]:
            case = await cases.read(unit, id)
            first = await unit.find(cases.requests, case.request.repeats) if case.request.repeats else None
            if first is None or first.created_by != caller.id:
                raise Conflict("This request repeats none of your earlier ones; cancel it if it is not needed.")
            if _merged(case.request, first):
                told.clear()
                return first, case.request
            _mergeable(case.request, first)
            at = self.clock()
            longer = first.absorbing(case.request, at)
            await self._hand_over(unit, first, longer, act)
            ended = case.request.moved(Status.CANCELLED, at, reason=_reason(first))
            notes = [cancellation(task, uid, at) for task in case.tasks.values() for uid in task.holders]
            cases.end(unit, case, ended, act, at, used=False)
            self.notifications.record(unit, notes)
            told[:] = [one.id for one in notes]
            return unit.put(cases.requests, longer, act), ended

        keys = [cases.requests.key(one) for one in (id, request.repeats) if one]
        first, ended = await together(cases.requests.store, self.clock, step, keys=keys)
        await self.notifications.ring(told)
        for one in (first, ended):
            await self.pipeline.ring(one)
        await self.queue.put(Job.MATCH, ended.group)
        return first

    async def _hand_over(self, unit: Unit, first: Request, longer: Request, act: Act) -> None:
        """Let the earlier request name the uploaded photos too that it takes over."""
        new = [Named(one, "media") for one in longer.media if one.id and one not in first.media]
        if new:
            await self.requests.attachments.swap(unit, first.id, first.created_by, act, named=new)

    async def _living(self, ids: set[str]) -> dict[str, Cluster]:
        """The clusters of these ids, or those that they were given up for."""
        found: dict[str, Cluster] = {}
        asked = set(ids)
        while asked:
            found |= await self.clusters.get_many(asked)
            asked = {one.joined_into for one in found.values() if one.joined_into} - found.keys()
        return {id: one for id in ids if (one := _followed(found, id)) is not None}

    async def _sizes(self, ids: Iterable[str], *, only_open: bool = False) -> dict[str, int]:
        gate = asyncio.Semaphore(COUNTED_AT_ONCE)

        async def count(id: str) -> tuple[str, int]:
            async with gate:
                return id, await self.cases.requests.count_in(id, only_open=only_open)

        return dict(await asyncio.gather(*(count(id) for id in ids)))


def _followed(found: Mapping[str, Cluster], id: str) -> Cluster | None:
    cluster = found.get(id)
    while cluster is not None and cluster.joined_into is not None:
        cluster = found.get(cluster.joined_into)
    return cluster


def _beside(request: Request, cluster: Cluster, size: int) -> ClusterOfRequest:
    return ClusterOfRequest(
        id=cluster.id, first_request_id=cluster.first, severity=cluster.severity, size=size, links=request.links
    )


def _reason(first: Request) -> str:
    return f"merged into {first.id}"


def _merged(repeat: Request, first: Request) -> bool:
    return repeat.status is Status.CANCELLED and repeat.status_reason == _reason(first)


def _mergeable(repeat: Request, first: Request) -> None:
    """`Conflict`, saying what to do instead, unless nobody has decided on either."""
    if first.status is not Status.PENDING:
        raise Conflict(
            f"Your earlier request is {first.status} and takes no more words. Leave this one as it is, "
            "or cancel it if it says nothing new.",
            allowed=[Status.PENDING],
        )
    if repeat.status is not Status.PENDING:
        raise Conflict(
            f"This request is {repeat.status}, so people act on it as it is; cancel the earlier one instead.",
            allowed=[Status.PENDING],
        )
