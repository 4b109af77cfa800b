"""Lists with conditions that no index answers: read in order, and sifted on the way."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias, TypeVar

from app.crud.base import Page, Repository, encode_cursor
from app.crud.store.port import Cursor, Order, Where, value_at
from app.schemas.base import Document

D = TypeVar("D", bound=Document)

MOST_READ = 1_000
CHUNK = 200

Sieve: TypeAlias = Callable[[Sequence[D]], Awaitable[Sequence[D]]]


def each(keeps: Callable[[D], bool]) -> Sieve[D]:
    """A sieve that looks at one document at a time."""

    async def sieve(items: Sequence[D]) -> Sequence[D]:
        return [item for item in items if keeps(item)]

    return sieve


async def sifted(
    repository: Repository[D],
    where: Sequence[Where],
    order: Sequence[Order],
    sieve: Sieve[D],
    *,
    limit: int,
    cursor: str | None,
) -> Page[D]:
    """The next documents that pass the sieve.

    One call reads about `MOST_READ` documents at the most, so a page may be short, or empty, and yet have a next one.
    """
    kept: list[D] = []
    read = 0
    while True:
        page = await repository.page(where, order, limit=max(limit, CHUNK), cursor=cursor)
        read += len(page.items)
        passed = await sieve(page.items)
        room = limit - len(kept)
        kept.extend(passed[:room])
        if len(passed) > room:
            return Page(tuple(kept), _after(repository, kept[-1], order))
        cursor = page.next
        if cursor is None or len(kept) == limit or read >= MOST_READ:
            return Page(tuple(kept), cursor)


def _after(repository: Repository[D], last: D, order: Sequence[Order]) -> str:
    data = repository.written(last)
    return encode_cursor(Cursor(values=tuple(value_at(data, one.field) for one in order), id=last.id))
