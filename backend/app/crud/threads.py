from app.core.clock import Clock
from app.core.ids import derived_id
from app.crud.base import Repository
from app.crud.store.port import Store
from app.schemas.inbound import Thread


class ThreadRepository(Repository[Thread]):
    collection = "threads"
    audited = frozenset({"consent", "request_id"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Thread)

    @staticmethod
    def id_of(phone: str) -> str:
        """One thread a number; the number itself stands in no id."""
        return derived_id("thread", phone)
