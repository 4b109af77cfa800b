"""Lists in pages: the next page's address goes into the `Link` header (RFC 8288)."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request, Response

from app.core.clock import rfc3339
from app.crud.pages import Changes, Page
from app.schemas.base import Tombstone, View

V = TypeVar("V", bound=View)


@dataclass(frozen=True)
class Paged:
    """Which part of a list is asked for, and where the way to the next part is said."""

    limit: int
    cursor: str | None
    request: Request
    response: Response

    async def linked(self, page: Awaitable[Page[Any]]) -> tuple[Any, ...]:
        """The page's items, as they are."""
        found = await page
        self._link(found.next)
        return found.items

    def _link(self, cursor: str | None) -> None:
        if cursor is not None:
            # Without scheme and host, so that it is right behind every proxy.
            address = self.request.url.include_query_params(cursor=cursor)
            self.response.headers["Link"] = f'<{address.path}?{address.query}>; rel="next"'

    async def views(self, view: type[V], page: Awaitable[Page[Any]]) -> list[V]:
        """The page's items as `view` shows them."""
        return [view.of(item) for item in await self.linked(page)]

    async def changes(self, view: type[V], changes: Awaitable[Changes[Any]]) -> list[V | Tombstone]:
        """What has changed, as `view` shows it; the moment to ask from next goes into `X-Next-Since`."""
        found = await self.changed(changes)
        return [one if isinstance(one, Tombstone) else view.of(one) for one in found]

    async def changed(self, changes: Awaitable[Changes[Any]]) -> tuple[Any, ...]:
        found = await changes
        self._link(found.next)
        self.response.headers["X-Next-Since"] = rfc3339(found.since)
        return found.items


async def paged(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at the most.")] = 500,
    cursor: Annotated[str | None, Query(max_length=1_000, description="From the `Link` of the page before.")] = None,
) -> Paged:
    return Paged(limit, cursor, request, response)


Paging = Annotated[Paged, Depends(paged)]
