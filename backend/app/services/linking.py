"""Linking requests that seem to tell of the same, in the background: it delays nobody and hides nothing."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import structlog

from app.core.errors import Conflict, NotFound, Transient
from app.core.ids import derived_id
from app.core.logging import frames
from app.core.queue import Job, JobQueue
from app.crud.clusters import ClusterRepository
from app.crud.requests import RequestRepository
from app.schemas.request import Request, Stage
from app.services.clustering import Clustering, Elsewhere, Into, Placing
from app.services.neighbourhood import WAITING, Found, Known, Neighbourhood
from app.services.pipeline import EVERYWHERE

log = structlog.get_logger(__name__)

AT_ONCE = 8
JOINS_AT_ONCE = 50
REPEATS_MOST = 100
TRIES = 3


@dataclass(frozen=True)
class Linking:
    requests: RequestRepository
    clusters: ClusterRepository
    clustering: Clustering
    near: Neighbourhood
    queue: JobQueue
    _crashes: dict[str, int] = field(default_factory=dict)

    async def run(self, _: str) -> None:
        """Look at every request that was read, ended or taken out of its cluster since it was last looked at.

        One that fails, or that was overtaken, stays marked and is looked at again. Twice is as good as once.
        """
        waiting = await self.near.look()
        if len(waiting) == WAITING:
            await self.queue.put(Job.LINK, EVERYWHERE)
        await self._learn_joins()
        for start in range(0, len(waiting), AT_ONCE):
            chunk = waiting[start : start + AT_ONCE]
            errors = await asyncio.gather(*(self._safely(one) for one in chunk), return_exceptions=True)
            for error in errors:
                if error is not None:
                    raise error
        for younger in await self.clusters.joining(limit=JOINS_AT_ONCE):
            self.near.learn({younger.id: await self.clustering.move_all(younger.id)})

    async def _safely(self, request: Request) -> None:
        try:
            await (self._link(request) if request.linkable else self._withdraw(request))
        except (Conflict, NotFound):
            # Edited, ended or deleted while we were looking: the next run sees it as it is then.
            self.near.doubt(request.id)
            log.info("link.outdated", id=request.id)
        except Transient:
            self.near.doubt(request.id)
            raise
        except Exception as error:
            # One message that we cannot cope with must not keep all others from being linked.
            self.near.doubt(request.id)
            log.error("link.crashed", id=request.id, error=type(error).__name__, frames=frames(error))
            self._crashes[request.id] = self._crashes.get(request.id, 0) + 1
            if self._crashes[request.id] >= TRIES:
                await self.clustering.mark(request.id, Request.searched)

    async def _link(self, request: Request) -> None:
        found, before = self.near.find(request.id), request.cluster_id
        into = await self._into(request, found)
        self.near.place(request.id, into.id if into else None)
        if into is not None:
            await self._bring(found.alone, into)
            for other in found.clusters:
                await self._join(other, into.id)
        to_recount = list(dict.fromkeys(one for one in (before, *request.apart) if one))
        await self._put(request.id, into, found, leaving=before, done=not to_recount)
        if to_recount:
            for cluster_id in to_recount:
                await self.clustering.recount(cluster_id)
            await self.clustering.mark(request.id, Request.searched)

    async def _into(self, request: Request, found: Found) -> Into | None:
        """The cluster that it goes to: the oldest of those it is like, its own, a new one, or none."""
        if found.clusters:
            id = await self._oldest(list(found.clusters))
            return Into(id, request.id, request.created_at, found.clusters.get(id))
        if request.cluster_id is not None and self.near.still_related(request.id):
            return Into(request.cluster_id, request.id, request.created_at)
        me = self.near.known.get(request.id)
        if me is None or not found.alone:
            return None
        members = sorted((me, *found.alone), key=lambda one: one.born)
        taken = frozenset[str]().union(*(one.apart for one in members))
        first = next((one for one in members if one.report.id not in taken), None)
        # Where all of them began clusters that they are kept out of, the new one gets a name of its own.
        id = first.report.id if first else derived_id("cluster", members[0].report.id, *sorted(taken))
        return Into(id, members[0].report.id, members[0].created_at)

    async def _oldest(self, ids: list[str]) -> str:
        if len(ids) == 1:
            return ids[0]
        found = await self.clusters.get_many(ids)
        known = [found[id] for id in ids if id in found and found[id].joined_into is None]
        return min(known, key=lambda one: one.age).id if known else min(ids)

    async def _bring(self, alone: Iterable[Known], into: Into) -> None:
        """Those that are like it and in no cluster come along. Those that wait themselves will come by themselves."""
        coming = [one.report.id for one in alone if into.id not in one.apart]
        for id in coming:
            if id in self.near.waiting:
                self.near.place(id, into.id)
        for id in coming:
            if id not in self.near.waiting:
                await self._put(id, into, self.near.find(id), leaving=None, done=False)

    async def _join(self, one: str, other: str) -> str:
        if one == other or self.near.kept_apart(one, other):
            return other
        older = await self.clustering.join(one, other)
        self.near.learn({id: older for id in (one, other) if id != older})
        return older

    async def _put(self, id: str, into: Into | None, found: Found, *, leaving: str | None, done: bool) -> None:
        for _ in range(TRIES):
            placing = Placing(id, into, found.links, found.repeats, leaving, done, self.near.unchanged)
            try:
                self.near.place(id, await self.clustering.put(placing))
            except Elsewhere as elsewhere:
                # Another process was faster, and has put it where others are that are like it.
                if into is None or self.near.kept_apart(elsewhere.cluster_id, into.id):
                    break
                into = replace(into, id=await self._join(elsewhere.cluster_id, into.id), witness=None)
            else:
                return
        raise Conflict("The request is in another cluster.")

    async def _withdraw(self, request: Request) -> None:
        """What has ended, or asks for nothing, speaks for its cluster no more, and nothing repeats it."""
        self.near.drop(request.id)
        for repeat in await self.requests.repeating(request.id, limit=REPEATS_MOST):
            await self.clustering.mark(repeat.id, lambda latest: latest.no_repeat_of(request.id))
        if request.cluster_id and request.stage is Stage.NOT_A_REQUEST:
            await self.clustering.release(request.id, request.cluster_id)
        for cluster_id in dict.fromkeys(one for one in (request.cluster_id, *request.apart) if one):
            await self.clustering.recount(cluster_id)
        await self.clustering.mark(request.id, lambda latest: latest if latest.linkable else latest.searched())

    async def _learn_joins(self) -> None:
        """Who is kept out of a cluster that was given up is kept out of the one it was given up for."""
        asked = {id for known in self.near.known.values() for id in known.apart}
        while asked:
            found = await self.clusters.get_many(asked)
            joined = {id: one.joined_into for id, one in found.items() if one.joined_into is not None}
            self.near.learn(joined)
            asked = set(joined.values()) - asked
