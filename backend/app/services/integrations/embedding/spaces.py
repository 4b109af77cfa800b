"""Cards placed in every space that there is a model for, with the vectors that are known already."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np
import structlog

from app.agent_v2.answering.knowledge import Knowledge, knowledge
from app.agent_v2.retrieving.finder import Embedders
from app.agent_v2.retrieving.meaning import ANY_LANGUAGE, ENGLISH, Elsewhere, Floats, Meaning, Row, Shape, rows
from app.core.embedding import Embedder, NoVectors
from app.core.settings import Settings
from app.schemas.knowledge import Card
from app.services.integrations.embedding import english, multilingual
from app.services.integrations.embedding.openai_embeddings import OpenAIEmbeddings
from app.services.integrations.embedding.remembered import Remembered, key, packed, unpacked

log = structlog.get_logger(__name__)

_AT_ONCE = 16


@dataclass(frozen=True)
class Space:
    """A model, what of a card it embeds, and the questions it is measured against."""

    embedder: Remembered
    shape: Shape
    questions: Sequence[str]


@dataclass(frozen=True)
class Spaces:
    """The spaces that the settings name; none of them where embeddings are off or nothing is installed."""

    embedders: Embedders = field(default_factory=Embedders)
    known: Knowledge = field(default_factory=knowledge)

    @property
    def none(self) -> bool:
        return not self.embedders.all()

    @cached_property
    def _spaces(self) -> tuple[Space, ...]:
        ours, theirs = self.known.elsewhere.questions, self.known.elsewhere.questions_elsewhere
        named = (
            (self.embedders.english, ENGLISH, ours),
            (self.embedders.any_language, ANY_LANGUAGE, theirs),
            (self.embedders.elsewhere, ANY_LANGUAGE, (*ours, *theirs)),
        )
        return tuple(
            Space(_remembering(embedder), shape, questions) for embedder, shape, questions in named if embedder
        )

    def open(self) -> None:
        """Read the vectors that come with the product, which takes a moment."""
        _ = self._spaces

    def knows(self, cards: Sequence[Card]) -> bool:
        """Whether every vector of these cards is there, so that no model is needed to place them."""
        return all(
            key(text, question=question) in space.embedder.known
            for space in self._spaces
            for text, question in self._texts(space, cards)
        )

    async def place(self, cards: Sequence[Card]) -> list[Meaning]:
        """The cards in each space, whose model may work for a while; without those whose model fails."""
        return [one async for one in self.placing(cards)]

    async def placing(self, cards: Sequence[Card]) -> AsyncIterator[Meaning]:
        """The same, each as soon as it is there: first those of models in this process."""
        for space in self._spaces:
            try:
                yield await self._meaning(space, cards)
            except NoVectors as error:
                log.warning("embedding.unavailable", space=space.embedder.space, why=str(error))

    def learn(self, cards: Sequence[Card], vectors: Mapping[str, str]) -> None:
        """Take over vectors that were kept with cards; those of another version of them are passed over."""
        for space in self._spaces:
            texts = [row.text for row in rows(cards, space.shape)]
            if (kept := vectors.get(space.embedder.space)) and (found := unpacked(kept, len(texts))) is not None:
                space.embedder.learn({key(text): vector for text, vector in zip(texts, found, strict=True)})

    def forget_all_but(self, cards: Sequence[Card]) -> None:
        """Let go of the vectors of documents that have been superseded or removed."""
        for space in self._spaces:
            space.embedder.keep({key(text, question=question) for text, question in self._texts(space, cards)})

    async def aclose(self) -> None:
        if isinstance(self.embedders.elsewhere, OpenAIEmbeddings):
            await self.embedders.elsewhere.aclose()

    async def packed(self, cards: Sequence[Card]) -> dict[str, str]:
        """The vectors of cards, to be kept with them."""
        found = {}
        for space in self._spaces:
            try:
                vectors = await self._embedded(space, [row.text for row in rows(cards, space.shape)])
            except NoVectors as error:
                log.warning("embedding.unavailable", space=space.embedder.space, why=str(error))
                continue
            if len(vectors):
                found[space.embedder.space] = packed(vectors)
        return found

    async def _meaning(self, space: Space, cards: Sequence[Card]) -> Meaning:
        stand: Sequence[Row] = rows(cards, space.shape)
        vectors = await self._embedded(space, [row.text for row in stand])
        topics = await self._embedded(space, self.known.elsewhere.topics)
        questions = await space.embedder.embed(space.questions, question=True)
        away = Elsewhere(topics, questions)
        embedded = list(zip(stand, vectors, strict=True))
        return await asyncio.to_thread(Meaning, space.embedder.space, len(cards), embedded, away)

    async def _embedded(self, space: Space, texts: Sequence[str]) -> Floats:
        parts = [
            await space.embedder.embed(texts[first : first + _AT_ONCE]) for first in range(0, len(texts), _AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty((0, 0), dtype=np.float32)

    def _texts(self, space: Space, cards: Sequence[Card]) -> list[tuple[str, bool]]:
        documents = [*(row.text for row in rows(cards, space.shape)), *self.known.elsewhere.topics]
        return [*((text, False) for text in documents), *((text, True) for text in space.questions)]

    async def shipped(self) -> dict[str, bytes]:
        """The files of `app/knowledge/vectors`, by name, for the product's own cards."""
        cards = self.known.cards
        found = {}
        for space in self._spaces:
            texts = dict.fromkeys(self._texts(space, cards))
            keys = b"".join(key(text, question=question) for text, question in texts)
            documents = await self._embedded(space, [text for text, question in texts if not question])
            questions = await space.embedder.embed([text for text, question in texts if question], question=True)
            body = packed(np.concatenate([documents, questions])).encode()
            found[_file_name(space.embedder.space)] = len(texts).to_bytes(4, "big") + keys + body
        return found


def _remembering(embedder: Embedder) -> Remembered:
    found = Remembered(embedder)
    file = files("app") / "knowledge" / "vectors" / _file_name(embedder.space)
    if file.is_file():
        found.learn(_shipped(file))
    return found


def _file_name(space: str) -> str:
    plain = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in space)
    return f"{plain}.vectors"


def _shipped(file: Traversable) -> dict[bytes, Floats]:
    raw = file.read_bytes()
    size = len(key(""))
    number = int.from_bytes(raw[:4], "big")
    keys = [raw[4 + i * size : 4 + (i + 1) * size] for i in range(number)]
    vectors = unpacked(raw[4 + number * size :].decode("ascii"), number)
    return {} if vectors is None else dict(zip(keys, vectors, strict=True))


def spaces_of(settings: Settings) -> Spaces:
    """What the settings name and this machine can run."""
    if settings.embeddings == "off":
        return Spaces()
    remote = None
    if settings.openai_api_key is not None and settings.embedding_model is not None:
        remote = OpenAIEmbeddings(settings.openai_api_key, settings.embedding_model, settings.openai_base_url)
    return Spaces(
        Embedders(
            english=english() if english().available else None,
            any_language=multilingual() if settings.embeddings == "auto" and multilingual().available else None,
            elsewhere=remote,
        )
    )
