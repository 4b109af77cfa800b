"""What a person wrote for others who rely on it still: it stays, without them."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.core.clock import Clock
from app.core.contacts import without_contacts
from app.crud.base import Repository
from app.crud.store.port import Json
from app.schemas.base import Keyed
from app.schemas.user import User
from app.services.belongings.kind import PAGE, Leaver, every, shown

K = TypeVar("K", bound=Keyed)


@dataclass(frozen=True)
class Writings(Generic[K]):
    """Messages and reports: signed by nobody, with telephone numbers, addresses and the writer's name masked.

    `texts` are the fields with free words; `cleared` are those that go, and what takes their place.
    """

    name: str
    promise: str
    repository: Repository[K]
    texts: tuple[str, ...]
    region: str
    clock: Clock
    cleared: Mapping[str, object] = field(default_factory=dict)

    async def forget(self, leaver: Leaver, limit: int) -> int:
        page = await self.repository.made_by(leaver.id, limit=min(limit, PAGE))
        for one in page.items:
            await self.repository.change(one.id, lambda latest: self._unsigned(latest, leaver), None)
        return len(page.items)

    async def held(self, person: User) -> AsyncIterator[Json]:
        async for one in every(lambda at: self.repository.made_by(person.id, limit=PAGE, cursor=at)):
            yield shown(one, "body_hash")

    def _unsigned(self, written: K, leaver: Leaver) -> K:
        if written.created_by != leaver.id:
            return written
        masked = {name: self._masked(getattr(written, name), leaver) for name in self.texts}
        nobody = {"created_by": leaver.tombstone, "body_hash": "", "updated_at": self.clock()}
        return written.model_copy(update={**self.cleared, **masked, **nobody})

    def _masked(self, text: str | None, leaver: Leaver) -> str | None:
        names = (leaver.user.display_name or "", *(leaver.user.display_name or "").split())
        return text and without_contacts(text, region=self.region, names=names)
