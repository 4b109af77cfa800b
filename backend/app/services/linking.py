"""Linking requests that seem to tell of the same, in the background: it delays nobody and hides nothing."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

import structlog

from app.core.errors import Conflict, NotFound, Transient
from app.core.ids import derived_id
from app.core.logging import frames
from app.core.queue import Job, JobQueue
from app.crud.clusters import ClusterRepository
from app.crud.requests import RequestRepository
from app.schemas.request import Request
from app.schemas.request_states import Stage
from app.services.clustering import Clustering, Elsewhere, Into, Placing
from app.services.neighbourhood import WAITING, Found, Neighbourhood
from app.services.pipeline import EVERYWHERE

log = structlog.get_logger(__name__)

AT_ONCE = 8
JOINS_AT_ONCE = 50
REPEATS_MOST = 100
TRIES = 3
REST_MAX_SECONDS = 2.0

Step: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Round:
    """What one look at all that waits leaves to be done."""

    writes: list[Step] = field(default_factory=list)
    coming: set[str] = field(default_factory=set)
    """Those that another request is to bring into its cluster, and that are not there yet."""
    recounts: set[str] = field(default_factory=set)
    """Clusters that may be less urgent than they say, or led by somebody else."""
    marks: list[Step] = field(default_factory=list)
    """For the requests that stay marked until those are counted."""


@dataclass(frozen=True)
class Linking:
    requests: RequestRepository
    clusters: ClusterRepository
    clustering: Clustering
    near: Neighbourhood
    queue: JobQueue
    _crashes: dict[str, int] = field(default_factory=dict)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, _: str) -> float:
        """Look at every request that was read, ended or taken out of its cluster since it was last looked at.

        One that fails, or that was overtaken, stays marked and is looked at again. Twice is as good as once.
        After a run as long a rest, so that a flood is looked at in larger batches instead of more often.
        """
        round = _Round()
        async with self._one_at_a_time:
            began = time.monotonic()
            try:
                await self._look(round)
            finally:
                for id in round.coming:
                    self.near.place(id, None)
            return min(REST_MAX_SECONDS, time.monotonic() - began)

    async def _look(self, round: _Round) -> None:
        waiting = await self.near.look()
        await self._learn_joins()
        for request in waiting:
            await self._safely(request, partial(self._decide, request, round))
            await asyncio.sleep(0)
        # Several processes may be at this: each in another order, they get out of each other's way.
        random.shuffle(round.writes)
        await _all(round.writes)
        await _all([partial(self.clustering.recount, id) for id in sorted(round.recounts)])
        await _all(round.marks)
        for younger in await self.clusters.joining(limit=JOINS_AT_ONCE):
            self.near.learn({younger.id: await self.clustering.move_all(younger.id)})
        if len(waiting) == WAITING:
            await self.queue.put(Job.LINK, EVERYWHERE)

    async def _safely(self, request: Request, step: Step) -> None:
        try:
            await step()
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

    async def _decide(self, request: Request, round: _Round) -> None:
        """Find where a request belongs, in memory, so that the next one is decided in the light of it."""
        round.recounts.update(request.apart)
        if request.cluster_id is not None:
            round.recounts.add(request.cluster_id)
        if not request.linkable:
            self.near.drop(request.id)
            round.writes.append(partial(self._safely, request, partial(self._withdraw, request, round)))
            return
        found = self.near.find(request.id)
        into = await self._into(request, found)
        self.near.place(request.id, into.id if into else None)
        brought: list[str] = []
        for one in found.alone:
            if into is not None and into.id not in one.apart:
                self.near.place(one.report.id, into.id)
                if one.report.id not in self.near.waiting:
                    brought.append(one.report.id)
        round.coming.update(brought)
        link = partial(self._link, request, found, into, brought, round)
        round.writes.append(partial(self._safely, request, link))

    async def _link(
        self, request: Request, found: Found, into: Into | None, brought: Sequence[str], round: _Round
    ) -> None:
        """Write where it belongs. Those like it that are in no cluster and do not wait themselves come along first."""
        if into is not None:
            for id in brought:
                await self._put(id, into, self.near.find(id), leaving=None, done=False)
                round.coming.discard(id)
        alone = request.cluster_id is None and not request.apart and len(found.clusters) < 2
        await self._put(request.id, into, found, leaving=request.cluster_id, done=alone)
        if not alone:
            round.marks.append(partial(self._safely, request, partial(self._finish, request, found, into)))

    async def _finish(self, request: Request, found: Found, into: Into | None) -> None:
        """Make one of the clusters that it is like, now that all are written, and what was to be counted is."""
        for other in found.clusters if into else ():
            await self._join(other, into.id if into else other)
        await self.clustering.mark(request.id, self._searched)

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
        found = (await self.clusters.get_many(ids)).values()
        if there := [one for one in found if one.joined_into is None]:
            return min(there, key=lambda one: one.age).id
        return min(ids, key=self.near.age)

    async def _join(self, one: str, other: str) -> str:
        if one == other or self.near.kept_apart(one, other):
            return other
        older = await self.clustering.join(one, other)
        self.near.learn({id: older for id in (one, other) if id != older})
        return older

    async def _put(self, id: str, into: Into | None, found: Found, *, leaving: str | None, done: bool) -> None:
        for _ in range(TRIES):
            placing = Placing(
                id,
                waiting=id in self.near.waiting,
                into=into,
                links=found.links,
                repeats=found.repeats,
                leaving=leaving,
                done=done,
                still_so=self.near.unchanged,
            )
            try:
                self.near.place(id, await self.clustering.put(placing), left=leaving)
            except Elsewhere as elsewhere:
                # Another process was faster, and has put it where others are that are like it.
                if into is None or self.near.kept_apart(elsewhere.cluster_id, into.id):
                    break
                into = replace(into, id=await self._join(elsewhere.cluster_id, into.id), witness=None)
            else:
                return
        raise Conflict("The request is in another cluster.")

    async def _withdraw(self, request: Request, round: _Round) -> None:
        """What has ended, or asks for nothing, speaks for its cluster no more, and nothing repeats it."""
        for repeat in await self.requests.repeating(request.id, limit=REPEATS_MOST):
            await self.clustering.mark(repeat.id, lambda latest: latest.no_repeat_of(request.id))
        if request.cluster_id and request.stage is Stage.NOT_A_REQUEST:
            await self.clustering.release(request.id, request.cluster_id)
        round.marks.append(partial(self.clustering.mark, request.id, _withdrawn))

    def _searched(self, latest: Request) -> Request:
        """With nothing left to be done, unless it was edited, ended or taken out of its cluster meanwhile."""
        return latest.searched() if latest.linkable and self.near.unchanged(latest) else latest

    async def _learn_joins(self) -> None:
        """Who is kept out of a cluster that was given up is kept out of the one it was given up for."""
        asked = {id for known in self.near.known.values() for id in known.apart}
        while asked:
            found = await self.clusters.get_many(asked)
            joined = {id: one.joined_into for id, one in found.items() if one.joined_into is not None}
            self.near.learn(joined)
            asked = set(joined.values()) - asked


def _withdrawn(latest: Request) -> Request:
    return latest if latest.linkable else latest.searched()


async def _all(steps: Sequence[Step]) -> None:
    """A few at a time; the first error once its few have ended."""
    for start in range(0, len(steps), AT_ONCE):
        errors = await asyncio.gather(*(step() for step in steps[start : start + AT_ONCE]), return_exceptions=True)
        for error in errors:
            if error is not None:
                raise error
