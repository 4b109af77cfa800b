"""What the product holds of a person, kind by kind: each can be shown to them, and be let go of."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from pydantic import BaseModel

from app.crud.pages import Page
from app.crud.store.port import Json
from app.schemas.user import User

PAGE = 100

T = TypeVar("T")
Paged: TypeAlias = Callable[[str | None], Awaitable[Page[T]]]


@dataclass(frozen=True)
class Leaver:
    """Somebody who is being deleted."""

    user: User
    tombstone: str
    """The id, leading to nobody, that takes the place of theirs."""
    heir: str
    """Who is in charge of what they were in charge of."""

    @property
    def id(self) -> str:
        return self.user.id


class Belongings(Protocol):
    """One kind of thing that belongs to people."""

    @property
    def name(self) -> str:
        """What it is called in an export."""

    @property
    def promise(self) -> str:
        """What becomes of it when its person is deleted, in a sentence for them."""

    async def forget(self, leaver: Leaver, limit: int) -> int:
        """Let go of up to about `limit` things, and say of how many; 0 when nothing is left.

        Each is done for itself, so whoever is interrupted begins again where things are by then.
        """

    def held(self, person: User) -> AsyncIterator[Json]:
        """All there is of it, as the person may see it."""


async def every(paged: Paged[T]) -> AsyncIterator[T]:
    """All items of a list, page by page."""
    cursor: str | None = None
    while True:
        page = await paged(cursor)
        for item in page.items:
            yield item
        cursor = page.next
        if cursor is None:
            return


def shown(model: BaseModel, *hidden: str) -> Json:
    """A document as it is, without the fields that are of others or of no use to anybody."""
    found: Json = model.model_dump(mode="json", exclude=set(hidden))
    return found
