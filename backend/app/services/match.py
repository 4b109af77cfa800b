"""Finding people and stocks for all open work of a disaster together, and writing down what was found."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict, NotFound
from app.crud.clusters import ClusterRepository
from app.crud.unit import Unit, together
from app.schemas.audit import Act
from app.schemas.request import Request
from app.schemas.request_parts import NOT_LISTED
from app.schemas.request_states import ENDED, Stage
from app.schemas.task import Task
from app.schemas.workflow import WorkflowOutput
from app.services.match_found import Found
from app.services.match_problem import Snapshot, posed
from app.services.matching import Limits, solve
from app.services.notifications import Notifications, offer
from app.services.progress import Cases

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Matchmaking:
    cases: Cases
    clusters: ClusterRepository
    notifications: Notifications
    clock: Clock
    limits: Limits
    rest_ratio: float
    rest_max_seconds: float

    async def run(self, group: str) -> float:
        """Match a disaster's open work. The queue runs it once at a time, and once more if somebody rang meanwhile.

        After a run it rests for a multiple of the time that took, so that a flood of requests is matched in ever
        larger batches instead of ever more often.
        """
        began = time.monotonic()
        await self._once(group)
        return min(self.rest_max_seconds, self.rest_ratio * (time.monotonic() - began))

    async def _once(self, group: str) -> None:
        snapshot = await self._snapshot(group)
        if not snapshot.plans and not snapshot.vacant:
            return
        problem = posed(snapshot, self.clock(), self.limits)
        matching = await asyncio.to_thread(solve, problem)
        found = Found.of(matching)
        for request_id, plan in snapshot.plans.items():
            if snapshot.requests[request_id].stage is Stage.MATCHED and found.proposed(plan, self.clock()) is plan:
                continue
            await self._write(snapshot.requests[request_id], plan, found)
        for task in snapshot.vacant:
            if task.id in found.candidates or found.gaps.get(task.id) != task.shortfall:
                await self._offer(task, found)
        log.info(
            "group.matched",
            group=group,
            requests=len(snapshot.plans),
            assignments=len(matching.assignments),
            allocations=len(matching.allocations),
            shortfalls=len(matching.shortfalls),
        )

    async def _snapshot(self, group: str) -> Snapshot:
        disaster_id = None if group == NOT_LISTED else group
        requests = {one.id: one for one in await self.cases.requests.to_match(group) if one.status not in ENDED}
        vacant = tuple(await self.cases.tasks.with_vacancies(group))
        plans: dict[str, WorkflowOutput] = {}
        for ids in _chunks(list(requests), 200):
            plans |= await self.cases.outputs.get_many(ids)
        return Snapshot(
            requests=requests,
            plans=plans,
            vacant=vacant,
            lifted=await self._lifted(requests, vacant),
            people=tuple(await self.cases.users.on_call(disaster_id)),
            stocks=tuple(await self.cases.resources.in_reach(disaster_id)),
        )

    async def _lifted(self, requests: Mapping[str, Request], vacant: Sequence[Task]) -> dict[str, int]:
        """By how many levels the leads of clusters are more urgent than they say themselves. The others stay as they
        are: one event that many tell of takes the people of one.
        """
        known = dict(requests)
        for ids in _chunks(sorted({task.request_id for task in vacant} - known.keys()), 200):
            known |= await self.cases.requests.get_many(ids)
        lifted: dict[str, int] = {}
        for ids in _chunks(sorted({one.cluster_id for one in known.values() if one.cluster_id is not None}), 200):
            for cluster in (await self.clusters.get_many(ids)).values():
                lead = known.get(cluster.lead or "")
                if lead is not None and cluster.severity is not None:
                    lifted[lead.id] = max(0, lead.urgency - cluster.severity.rank)
        return lifted

    async def _write(self, asked: Request, seen: WorkflowOutput, found: Found) -> None:
        """Put the proposals into what is still pending of a plan; whatever a human decided stays."""
        request_id = seen.id

        async def step(unit: Unit) -> None:
            request = await unit.get(self.cases.requests, request_id)
            plan = await unit.get(self.cases.outputs, request_id)
            if plan.version != seen.version:
                raise Conflict("The plan asks for something else by now.")
            at = self.clock()
            proposed = found.proposed(plan, at)
            matched = request.matched(at)
            open_still = bool(plan.pending_tasks or plan.pending_resources)
            unit.put(self.cases.requests, matched.model_copy(update={"wants_match": open_still}), _MATCHED)
            if proposed is not plan:
                unit.put(self.cases.outputs, proposed, None)

        try:
            await together(
                self.cases.requests.store,
                self.clock,
                step,
                keys=[self.cases.requests.key(request_id)],
                seen=[*self.cases.requests.seen(asked), *self.cases.outputs.seen(seen)],
            )
        except (Conflict, NotFound):
            # Edited, cancelled or deleted while the matcher was thinking: the next run sees it as it is then.
            log.info("match.outdated", id=request_id)

    async def _offer(self, task: Task, found: Found) -> None:
        """Ask the people found for an approved task whose team is not complete."""
        candidates = found.candidates.get(task.id, ())
        sent: list[str] = []

        async def step(unit: Unit) -> None:
            sent.clear()
            latest = await unit.get(self.cases.tasks, task.id)
            users = await unit.find_many(self.cases.users, [one.uid for one in candidates])
            at = self.clock()
            free = tuple(one for one in candidates if one.uid in users and users[one.uid].free)
            offered = latest.offered(free, at)
            gap = found.gaps.get(task.id)
            new = [uid for uid in offered.holders if uid not in latest.holders]
            unit.put(self.cases.tasks, offered.model_copy(update={"shortfall": gap}), _OFFERED)
            for uid in new:
                unit.put(self.cases.users, users[uid].committed(task.id, at), _OFFERED)
            told = [offer(offered, uid, at) for uid in new]
            self.notifications.record(unit, told)
            sent.extend(one.id for one in told)

        try:
            await together(self.cases.tasks.store, self.clock, step, keys=[self.cases.tasks.key(task.id)])
        except (Conflict, NotFound):
            log.info("offer.outdated", id=task.id)
            return
        await self.notifications.ring(sent)


_MATCHED = Act(event="request.matched")
_OFFERED = Act(event="task.offered")


def _chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
