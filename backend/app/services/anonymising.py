"""Taking the people out of requests that have ended: when they are deleted, or when it was long enough ago."""

from dataclasses import dataclass

import structlog

from app.core.clock import Clock
from app.core.queue import Job, JobQueue
from app.crud.audit import AuditLog
from app.crud.clearing import BATCH
from app.crud.notifications import NotificationRepository
from app.crud.unit import Unit, together
from app.schemas.anonymity import anonymous_plan, anonymous_request, anonymous_task, tombstone_uid
from app.schemas.audit import Act
from app.schemas.request import Request
from app.schemas.request_states import ENDED
from app.services.attachments import Attachments
from app.services.progress import Cases

log = structlog.get_logger(__name__)

LEFT = "its person is deleted"
RETAINED = "it ended long enough ago"


@dataclass(frozen=True)
class Anonymising:
    cases: Cases
    attachments: Attachments
    audit: AuditLog
    notifications: NotificationRepository
    queue: JobQueue
    clock: Clock

    async def run(self, id: str) -> None:
        """Take the contact out of a request that went on without its person and has ended now."""
        request = await self.cases.requests.find(id)
        if request is not None and request.owner_left:
            await self.anonymise(id, why=LEFT)

    async def sweep(self) -> int:
        """Ring for every request that has ended since its person was deleted; returns how many."""
        ended = await self.cases.requests.left_and_ended(limit=100)
        for id in ended:
            await self.queue.put(Job.ANONYMISE, id)
        return len(ended)

    async def anonymise(self, id: str, *, why: str, uid: str | None = None) -> bool:
        """Leave of a request, its plan and its tasks what says nothing of anybody; False where that is not to be done.

        `uid` takes the place of the person who asked; a new one without it. The words go from the audit first: once the
        request is done, nothing leads there any more.
        """
        request = await self.cases.requests.find(id)
        if request is None or not _ready(request):
            return False
        if request.owner_left:
            # What was told to its person since they are deleted has reached nobody.
            while await self.notifications.clear_of(request.created_by, limit=BATCH):
                pass
        plan = await self.cases.outputs.find(id)
        task_ids = [task.id for task in plan.tasks] if plan else []
        for subject in (f"requests/{id}", f"workflow_outputs/{id}", *(f"tasks/{one}" for one in task_ids)):
            await self.audit.forget_words_about(subject, self.clock)
        act = Act(event="request.anonymised", why=why)

        async def step(unit: Unit) -> bool:
            cases, at = self.cases, self.clock()
            latest = await unit.get(cases.requests, id)
            plan = await unit.find(cases.outputs, id)
            tasks = await unit.find_many(cases.tasks, [task.id for task in plan.tasks] if plan else [])
            if not _ready(latest):
                return False
            await self.attachments.let_go(unit, id, latest.media, act)
            owner = latest.created_by if latest.owner_left else uid or tombstone_uid()
            unit.put(cases.requests, anonymous_request(latest, owner, at), act, told=False)
            if plan is not None:
                unit.put(cases.outputs, anonymous_plan(plan, at), None)
            for task in tasks.values():
                unit.put(cases.tasks, anonymous_task(task, at), None)
            return True

        done = await together(self.cases.requests.store, self.clock, step, keys=[self.cases.requests.key(id)])
        if done:
            log.info("request.anonymised", id=id)
        return done


def _ready(request: Request) -> bool:
    return request.status in ENDED and request.anonymised_at is None
