from app.core.clock import Clock
from app.crud.base import Repository
from app.crud.pages import Page
from app.crud.store.port import Order, Store
from app.schemas.knowledge_source import Edition, KnowledgePart, KnowledgeSource

CURRENT = "current"


class SourceRepository(Repository[KnowledgeSource]):
    """Documents that an organisation has added."""

    collection = "knowledge"
    audited = frozenset({"content_hash", "revision", "chunks", "held_back", "trusted"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, KnowledgeSource)

    async def newest(self, *, limit: int, cursor: str | None = None) -> Page[KnowledgeSource]:
        return await self.page((), [Order("created_at", descending=True)], limit=limit, cursor=cursor)


class PartRepository(Repository[KnowledgePart]):
    """Their passages, some in a document each."""

    collection = "knowledge_parts"

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, KnowledgePart)


class EditionRepository(Repository[Edition]):
    """One document, which changes whenever any other of the knowledge base does."""

    collection = "knowledge_edition"

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, Edition)
