"""Stocks: what lies where, kept by those who are trusted with it."""

from dataclasses import dataclass

from app.core.clock import Clock
from app.core.errors import Forbidden, Invalid
from app.core.ids import new_id
from app.core.queue import Job, JobQueue
from app.crud.disasters import DisasterRepository
from app.crud.pages import Page
from app.crud.resources import ResourceRepository
from app.schemas.audit import Act, Actor
from app.schemas.disaster import DisasterStatus
from app.schemas.request_parts import NOT_LISTED
from app.schemas.resource import Resource, ResourceCreate, ResourceEdit
from app.schemas.user import User
from app.schemas.vocabulary import Item


@dataclass(frozen=True)
class Resources:
    resources: ResourceRepository
    disasters: DisasterRepository
    queue: JobQueue
    clock: Clock

    async def create(self, caller: User, body: ResourceCreate) -> Resource:
        self._check(caller, body.disaster_id)
        if body.disaster_id and await self.disasters.find(body.disaster_id) is None:
            raise Invalid("There is no such disaster.", field="disaster_id")
        at = self.clock()
        fields = {name: getattr(body, name) for name in ResourceCreate.model_fields}
        resource = Resource(id=new_id(), created_by=caller.id, created_at=at, updated_at=at, **fields)
        await self.resources.add(resource, _act(caller, "resource.created"))
        await self._ring(resource)
        return resource

    async def listed(self, *, item: Item | None, limit: int, cursor: str | None) -> Page[Resource]:
        return await self.resources.newest(item=item, limit=limit, cursor=cursor)

    async def get(self, id: str) -> Resource:
        return await self.resources.get(id)

    async def edit(self, caller: User, id: str, body: ResourceEdit) -> Resource:
        """Correct a stock; not below what is reserved of it."""
        self._check(caller, (await self.resources.get(id)).disaster_id)
        resource = await self.resources.change(
            id, lambda latest: latest.edited(body, self.clock()), _act(caller, "resource.edited")
        )
        await self._ring(resource)
        return resource

    def _check(self, caller: User, disaster_id: str | None) -> None:
        if not caller.coordinates(disaster_id):
            raise Forbidden("Stocks are kept by admins, and by first responders for the disasters they joined.")

    async def _ring(self, resource: Resource) -> None:
        """Look again for what was short, wherever this stock may help."""
        if resource.disaster_id is not None:
            await self.queue.put(Job.MATCH, resource.disaster_id)
            return
        await self.queue.put(Job.MATCH, NOT_LISTED)
        active = await self.disasters.newest(status=DisasterStatus.REGISTERED, limit=100, cursor=None)
        for disaster in active.items:
            await self.queue.put(Job.MATCH, disaster.id)


def _act(caller: User, event: str) -> Act:
    return Act(event=event, by=caller.id, actor=Actor.COORDINATOR)
