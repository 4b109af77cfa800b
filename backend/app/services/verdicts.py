"""What humans decide on the work of the machine, sent as scores to the traces of that work."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.clock import Clock
from app.core.queue import Job, JobQueue
from app.core.tracing import Score, Tracer
from app.crud.outputs import OutputRepository
from app.crud.requests import RequestRepository
from app.crud.unit import Unit, together
from app.crud.verdicts import VerdictRepository
from app.schemas.request import Request
from app.schemas.request_states import Status
from app.schemas.workflow import MadeBy, WorkflowOutput

BATCH = 100


@dataclass(frozen=True)
class Verdicts:
    """A decision leaves word of itself in the same change; the sweeper finds it, and a job sends what is so by then.

    Nobody waits for it, nothing is lost with a queue or a process, and sent twice it is the same.
    """

    verdicts: VerdictRepository
    requests: RequestRepository
    outputs: OutputRepository
    tracer: Tracer
    queue: JobQueue
    clock: Clock

    def note(self, unit: Unit, request_id: str) -> None:
        """Within the change that decides on a request or its plan; nothing where nobody takes scores."""
        if self.tracer.scored:
            self.verdicts.note(unit, request_id)

    async def sweep(self) -> int:
        """Ring for all that is still to be sent; returns how many."""
        if not self.tracer.scored:
            return 0
        waiting = await self.verdicts.due(self.clock(), limit=BATCH)
        for one in waiting:
            await self.queue.put(Job.SCORE, one.id)
        return len(waiting)

    async def run(self, request_id: str) -> None:
        """Send what humans have made of a request by now."""
        if await self.verdicts.find(request_id) is None:
            return
        waiting = await self.verdicts.change(request_id, lambda latest: latest.tried(self.clock()), None)
        request = await self.requests.find(request_id)
        if request is not None:
            plan = await self.outputs.find(request_id)
            await self.tracer.score(request_id, [*_of_reading(request), *_of_plan(request, plan)])
        await self._settled(request_id, waiting.mark)

    async def _settled(self, request_id: str, mark: str) -> None:
        """Let go of the word that was carried, unless there was another decision meanwhile."""

        async def step(unit: Unit) -> None:
            latest = await unit.find(self.verdicts, request_id)
            if latest is not None and latest.mark == mark:
                unit.remove(self.verdicts, request_id, None)

        await together(self.verdicts.store, self.clock, step, keys=[self.verdicts.key(request_id)])


def _of_reading(request: Request) -> Iterator[Score]:
    """Whether the machine had to be corrected on what a message is; nothing where nobody has said."""
    said = request.judged_as_request
    if said is None:
        return
    yield Score("request.unfounded", float(not said), yes_or_no=True)
    if request.finding is not None:
        yield Score("assessment.corrected", float(said is not request.finding.is_request), yes_or_no=True)


def _of_plan(request: Request, plan: WorkflowOutput | None) -> Iterator[Score]:
    """What was approved of what the machine proposed. What humans wrote or rewrote is no work of the machine."""
    if plan is None:
        return
    proposed = [one for one in plan.items if one.made_by is MadeBy.MACHINE]
    decided = [one for one in proposed if not one.undecided]
    approved = [one for one in decided if one.approved]
    if decided:
        yield Score("plan.items_approved", round(len(approved) / len(decided), 4))
    ended = request.status is Status.REJECTED or (decided and len(decided) == len(proposed))
    if ended:
        yield Score("plan.approved", float(bool(approved)), yes_or_no=True)
