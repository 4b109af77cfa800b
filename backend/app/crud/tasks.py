from collections.abc import Sequence
from datetime import datetime

from app.core.clock import Clock
from app.crud.base import Repository
from app.crud.pages import Changes, Page
from app.crud.store.port import Data, Json, Op, Order, Store, Where
from app.schemas.task import Task


class TaskRepository(Repository[Task]):
    collection = "tasks"
    audited = frozenset({"status", "holders"})
    unsaid = frozenset({"members", "asked", "location"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Task)

    async def held_by(self, uid: str, *, limit: int, cursor: str | None = None) -> Page[Task]:
        """What one person is offered or has taken, newest first."""
        where = [Where("holders", Op.CONTAINS, uid)]
        return await self.page(where, [Order("created_at", descending=True)], limit=limit, cursor=cursor)

    def written(self, document: Task) -> Data:
        asked: list[Json] = [member.uid for member in document.members]
        return {**super().written(document), "asked": asked}

    async def changed_for(self, uid: str, since: datetime, *, limit: int, cursor: str | None) -> Changes[Task]:
        """What has changed among the tasks that one person was ever asked to take."""
        return await self.changed([Where("asked", Op.CONTAINS, uid)], since, limit=limit, cursor=cursor)

    async def asked_of(self, uid: str, *, limit: int, cursor: str | None = None) -> Page[Task]:
        """All that one person was ever asked to take, by id."""
        return await self.page([Where("asked", Op.CONTAINS, uid)], (), limit=limit, cursor=cursor)

    async def vacant(self, *, limit: int) -> Sequence[Task]:
        """Some approved tasks whose team is not complete, of any group."""
        return (await self.page([Where("open", Op.EQ, True)], (), limit=limit)).items

    async def with_vacancies(self, group: str) -> list[Task]:
        """Approved tasks of a group whose team is not complete."""
        return await self.every([Where("group", Op.EQ, group), Where("open", Op.EQ, True)])
