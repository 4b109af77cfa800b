"""The work of a person who is deleted: what they hold goes to others, what they did stays without them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from app.core.clock import Clock
from app.crud.store.port import Json
from app.schemas.anonymity import without_member
from app.schemas.audit import Act
from app.schemas.task import Task
from app.schemas.user import User
from app.services.belongings.kind import PAGE, Leaver, every, shown
from app.services.tasks import Tasks


@dataclass(frozen=True)
class OwnTasks:
    tasks: Tasks
    clock: Clock
    name: str = field(default="tasks", init=False)
    promise: str = field(
        default="Tasks you have taken are handed back and offers are declined, so that others are asked. In the teams "
        "of past tasks your place stays, without you.",
        init=False,
    )

    async def forget(self, leaver: Leaver, limit: int) -> int:
        held = await self.tasks.let_go(leaver.user, limit=min(limit, PAGE))
        if held:
            return held
        repository = self.tasks.cases.tasks
        act = Act(event="task.member_deleted")
        page, left = await repository.asked_of(leaver.id, limit=min(limit, PAGE)), 0
        for task in page.items:
            changed = await repository.change(task.id, lambda latest: self._without(latest, leaver), act)
            left += changed.version != task.version
        return left

    async def held(self, person: User) -> AsyncIterator[Json]:
        """The person's own part in each task they were asked to take."""
        async for task in every(lambda at: self.tasks.cases.tasks.asked_of(person.id, limit=PAGE, cursor=at)):
            mine = [shown(member) for member in task.members if member.uid == person.id]
            yield {"id": task.id, "request_id": task.request_id, "kind": task.kind, "step": task.step, "mine": mine}

    def _without(self, task: Task, leaver: Leaver) -> Task:
        return without_member(task, leaver.id, leaver.tombstone, self.clock())
