from app.core.clock import Clock
from app.core.ids import derived_id
from app.crud.base import Repository
from app.crud.pages import Page
from app.crud.store.port import Op, Store, Where
from app.schemas.inbound import Thread


class ThreadRepository(Repository[Thread]):
    collection = "threads"
    audited = frozenset({"consent", "request_id"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Thread)

    async def of(self, uid: str, *, limit: int, cursor: str | None = None) -> Page[Thread]:
        """The threads of one person, by id."""
        return await self.page([Where("uid", Op.EQ, uid)], (), limit=limit, cursor=cursor)

    @staticmethod
    def id_of(phone: str) -> str:
        """One thread a number; the number itself stands in no id."""
        return derived_id("thread", phone)
