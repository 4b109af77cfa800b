"""The knowledge base: the cards that come with the product, and an organisation's own documents beside them."""

import asyncio
import hashlib
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import structlog

from app.agent_v2.answer import passage
from app.agent_v2.answering.knowledge import Knowledge, knowledge
from app.agent_v2.retrieve import Found, Library
from app.agent_v2.retrieving.finder import Finder
from app.core.clock import Clock
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.crud.knowledge import CURRENT, EditionRepository, PartRepository, SourceRepository
from app.crud.pages import Page
from app.crud.unit import Unit, together
from app.schemas.audit import Act
from app.schemas.chatbot import Passage, Question
from app.schemas.knowledge import Card
from app.schemas.knowledge_source import Chunk, Edition, Facts, KnowledgePart, KnowledgeSource, cards
from app.services.integrations.embedding.spaces import Spaces

log = structlog.get_logger(__name__)

_PER_PART = 40
"""Passages in one stored document: with their vectors some 300 KB, of the 1 MiB that Firestore takes."""
_MOST_CHUNKS = 800
_LOOKS_AGAIN_SECONDS = 5.0
"""So long an old edition may be answered from after a document changed, in whichever process."""
_PATIENCE_SECONDS, _PATIENCE_AT_FIRST_SECONDS = 2.0, 5.0
"""So long a question waits for a look at the store; then it is answered from what is there."""
_MOST_TOGETHER = 10_000
"""Passages of all documents: some 2,500 pages. With its vectors each takes some 30 KB of every process."""


class Came(StrEnum):
    """What became of a document that was added."""

    NEW = "new"
    SAME = "same"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Shown:
    """The knowledge base as it is asked: nothing in it changes."""

    edition: int
    finder: Finder


@dataclass
class KnowledgeBase:
    """Finds passages, and takes an organisation's documents in. One for each process."""

    sources: SourceRepository
    parts: PartRepository
    editions: EditionRepository
    spaces: Spaces
    clock: Clock
    known: Knowledge = field(default_factory=knowledge)
    patience: float = _PATIENCE_SECONDS
    patience_at_first: float = _PATIENCE_AT_FIRST_SECONDS
    _shown: Shown | None = field(default=None, init=False, repr=False)
    _looked_at: float = field(default=float("-inf"), init=False, repr=False)
    _looking: "asyncio.Task[None] | None" = field(default=None, init=False, repr=False)
    _preparing: "asyncio.Task[None] | None" = field(default=None, init=False, repr=False)

    async def find(self, question: Question, *, limit: int) -> tuple[Passage, ...]:
        """The passages that a question is about, best first; none where it is about something else."""
        finder = await self.finder()
        found = await finder.find(question.prompt, earlier=question.earlier, signs=question.signs, limit=limit)
        return tuple(passage(hit.card, question.language) for hit in found)

    async def cards(self, about: str, *, signs: Iterable[str] = (), limit: int = 4) -> tuple[Card, ...]:
        """The cards for something that is to be planned."""
        return tuple(hit.card for hit in await (await self.finder()).find(about, signs=signs, limit=limit))

    async def look(self, words: str, *, limit: int = 5) -> Found:
        """What words find, with their scores, and by what."""
        return await (await self.finder()).look(words, limit=limit)

    async def finder(self) -> Finder:
        """The knowledge base as it was at most some seconds ago.

        Where the store is away or slow: as it was before, or the product's own cards, which need no store.
        """
        if self._looking is None and time.monotonic() - self._looked_at >= _LOOKS_AGAIN_SECONDS:
            self._looked_at = time.monotonic()
            self._looking = asyncio.create_task(self._look_again())
            self._looking.add_done_callback(self._looked)
        patience = self.patience if self._shown else self.patience_at_first
        if self._looking is not None and (left := self._looked_at + patience - time.monotonic()) > 0:
            await asyncio.wait((self._looking,), timeout=left)
        return self._shown.finder if self._shown else await asyncio.to_thread(lambda: self._shipped)

    @cached_property
    def _shipped(self) -> Finder:
        """The product's own cards, found by their words."""
        return Finder(Library(self.known.cards, self.known.synonyms, self.known.glossary))

    async def prepared(self) -> Finder:
        """The same, with every vector that it is to have."""
        await self.finder()
        if self._looking is not None:
            await self._looking
        if self._preparing is not None:
            await self._preparing
        return await self.finder()

    async def aclose(self) -> None:
        under_way = [task for task in (self._looking, self._preparing) if task is not None]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self.spaces.aclose()

    def _looked(self, task: "asyncio.Task[None]") -> None:
        self._looking = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("knowledge.not_read", error=type(error).__name__, again_in_seconds=_LOOKS_AGAIN_SECONDS)

    async def _look_again(self) -> None:
        edition = await self.editions.find(CURRENT)
        version = edition.version if edition else 0
        if self._shown is None or self._shown.edition != version:
            await asyncio.to_thread(self.spaces.open)
            own = await self._own() if version else []
            everything = (*self.known.cards, *own)
            library = await asyncio.to_thread(Library, everything, self.known.synonyms, self.known.glossary)
            self._shown = Shown(version, Finder(library))
            await self._prepare(version, library)

    async def _prepare(self, edition: int, library: Library) -> None:
        """Place the library in its spaces: at once where every vector is known, else while it is used by its words."""
        if self._preparing is not None:
            self._preparing.cancel()
        if self.spaces.none:
            return
        task = asyncio.create_task(self._placed(edition, library))
        self._preparing = task
        task.add_done_callback(_told)
        if await asyncio.to_thread(self.spaces.knows, library.cards):
            await task

    async def _placed(self, edition: int, library: Library) -> None:
        placed = []
        async for meaning in self.spaces.placing(library.cards):
            placed.append(meaning)
            if self._shown is not None and self._shown.edition == edition:
                self._shown = Shown(edition, Finder(library.within(placed), self.spaces.embedders))
        if self._shown is not None and self._shown.edition == edition:
            self.spaces.forget_all_but(library.cards)

    async def _own(self) -> list[Card]:
        found: list[Card] = []
        cursor: str | None = None
        while True:
            page = await self.sources.newest(limit=100, cursor=cursor)
            for source in page.items:
                parts = await self.parts.get_many(source.parts)
                for part in parts.values():
                    mine = cards(source, part)
                    self.spaces.learn(mine, part.vectors)
                    found += mine
            cursor = page.next
            if len(found) > _MOST_TOGETHER:
                log.warning("knowledge.too_large", most=_MOST_TOGETHER)
                return found[:_MOST_TOGETHER]
            if cursor is None:
                return found

    async def sources_by_age(self, *, limit: int = 100, cursor: str | None = None) -> Page[KnowledgeSource]:
        return await self.sources.newest(limit=limit, cursor=cursor)

    async def add(
        self, facts: Facts, chunks: Sequence[Chunk], *, by: str, replaces: str | None = None, trusted: bool = False
    ) -> tuple[KnowledgeSource, Came]:
        """Take a document in. The same text again changes nothing; one of the same title, or the one that is to be
        replaced, is superseded.
        """
        if not chunks or len(chunks) > _MOST_CHUNKS:
            raise Invalid(f"A document has 1 to {_MOST_CHUNKS:,} passages, not {len(chunks):,}.", field="file")
        id = replaces or _id(facts.title)
        digest = _digest(facts, chunks, trusted=trusted)
        before = await self.sources.find(id)
        if replaces and before is None:
            raise NotFound(f"There is no document {replaces} to replace.")
        if before and before.content_hash == digest:
            return before, Came.SAME
        await self._check_room(len(chunks) - (before.chunks if before else 0))
        source, parts = self._made(id, facts, chunks, digest, by=by, trusted=trusted)
        parts = [await self._with_vectors(source, part) for part in parts]
        await self._store(source, parts, Act(event="knowledge.added", by=by))
        self._looked_at = float("-inf")
        return source, Came.REPLACED if before else Came.NEW

    async def _check_room(self, more: int) -> None:
        """`Invalid` where it would not fit into the memory of those who answer."""
        there, cursor = 0, None
        while True:
            page = await self.sources.newest(limit=100, cursor=cursor)
            there += sum(source.chunks for source in page.items)
            cursor = page.next
            if cursor is None:
                break
        if there + more > _MOST_TOGETHER:
            detail = (
                f"All documents together have {_MOST_TOGETHER:,} passages at the most; there are {there:,} already."
            )
            raise Invalid(detail, field="file")

    async def remove(self, id: str, *, by: str) -> None:
        act = Act(event="knowledge.removed", by=by)

        async def step(unit: Unit) -> None:
            source = await unit.get(self.sources, id)
            edition = await unit.find(self.editions, CURRENT)
            for part in source.parts:
                unit.remove(self.parts, part, None)
            unit.remove(self.sources, id, act)
            self._turn(unit, edition)

        await together(self.sources.store, self.clock, step)
        self._looked_at = float("-inf")

    async def _store(self, source: KnowledgeSource, parts: Sequence[KnowledgePart], act: Act) -> None:
        async def step(unit: Unit) -> None:
            before = await unit.find(self.sources, source.id)
            edition = await unit.find(self.editions, CURRENT)
            for old in before.parts if before else ():
                unit.remove(self.parts, old, None)
            for part in parts:
                unit.add(self.parts, part, None)
            if before:
                unit.put(self.sources, before.superseded_by(source), act)
            else:
                unit.add(self.sources, source, act)
            self._turn(unit, edition)

        await together(self.sources.store, self.clock, step)

    def _turn(self, unit: Unit, edition: Edition | None) -> None:
        now = self.clock()
        if edition:
            unit.put(self.editions, edition.model_copy(update={"changed_at": now}), None)
        else:
            unit.add(self.editions, Edition(id=CURRENT, created_at=now, updated_at=now, changed_at=now), None)

    def _made(
        self, id: str, facts: Facts, chunks: Sequence[Chunk], digest: str, *, by: str, trusted: bool
    ) -> tuple[KnowledgeSource, list[KnowledgePart]]:
        now = self.clock()
        made = new_id()
        parts = [
            KnowledgePart(
                id=f"{id}.{made}.{number}",
                created_at=now,
                updated_at=now,
                source_id=id,
                first=first,
                chunks=tuple(chunks[first : first + _PER_PART]),
            )
            for number, first in enumerate(range(0, len(chunks), _PER_PART))
        ]
        source = KnowledgeSource(
            id=id,
            created_at=now,
            updated_at=now,
            facts=facts,
            added_by=by,
            content_hash=digest,
            parts=tuple(part.id for part in parts),
            chunks=len(chunks),
            held_back=0 if trusted else sum(chunk.instructs for chunk in chunks),
            trusted=trusted,
        )
        return source, parts

    async def _with_vectors(self, source: KnowledgeSource, part: KnowledgePart) -> KnowledgePart:
        return part.model_copy(update={"vectors": await self.spaces.packed(cards(source, part))})


def _told(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("knowledge.not_placed", error=type(error).__name__)


def _id(title: str) -> str:
    """The same for the same title, so that a new version of a document finds the one before."""
    plain = "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:20].strip("-") or "document"
    return f"{plain}-{hashlib.sha256(title.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _digest(facts: Facts, chunks: Iterable[Chunk], *, trusted: bool) -> str:
    whole = hashlib.sha256(f"{facts.model_dump_json()}{trusted}".encode())
    for chunk in chunks:
        whole.update(chunk.model_dump_json().encode())
    return whole.hexdigest()
