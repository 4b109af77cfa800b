"""A library together with the models that place a question in its spaces; each may be away."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.agent_v2.retrieve import ENOUGH_GLOSSES, Asked, Found, Hit, Library, View
from app.core.embedding import Embedder, NoVectors

_SECOND = 0.5
"""What the model for all languages counts beside the one for English."""


@dataclass(frozen=True)
class Embedders:
    """Who places questions: the models of this process, and one elsewhere that goes first where there is one."""

    english: Embedder | None = None
    any_language: Embedder | None = None
    elsewhere: Embedder | None = None

    def all(self) -> Sequence[Embedder]:
        return [one for one in (self.english, self.any_language, self.elsewhere) if one is not None]


@dataclass(frozen=True)
class Finder:
    """Finds by whatever is there: words always; meaning where a model answers for a space of the library."""

    library: Library
    embedders: Embedders = Embedders()

    async def find(
        self, question: str, *, earlier: Iterable[str] = (), signs: Iterable[str] = (), limit: int = 3
    ) -> list[Hit]:
        """The cards that a question is about, best first; none where it is about something else.

        `earlier` is what the asker said before, oldest first; `signs` are the rules that fired on the question.
        """
        return list((await self.look(question, earlier=earlier, signs=signs, limit=limit)).hits)

    async def look(
        self, question: str, *, earlier: Iterable[str] = (), signs: Iterable[str] = (), limit: int = 3
    ) -> Found:
        """The same, and what it was looked for with."""
        asked = self.library.asked(question, earlier=earlier, signs=signs)
        return self.library.found(asked, await self._views(asked), limit=limit)

    async def _views(self, asked: Asked) -> Sequence[View]:
        if view := await self._placed(self.embedders.elsewhere, asked.text):
            return [view]
        if not asked.foreign:
            return await self._english(asked)
        trust = min(len(asked.gloss) / ENOUGH_GLOSSES, 1.0)
        both = await asyncio.gather(
            self._placed(self.embedders.any_language, asked.text),
            self._placed(self.embedders.english if asked.gloss else None, ", ".join(asked.gloss), trust, own=False),
        )
        return [view for view in both if view]

    async def _english(self, asked: Asked) -> Sequence[View]:
        first = await self._placed(self.embedders.english, asked.text)
        if first and not self.library.in_doubt(asked, first):
            return [first]
        second = await self._placed(self.embedders.any_language, asked.text, _SECOND, own=first is None)
        return [view for view in (first, second) if view]

    async def _placed(
        self, embedder: Embedder | None, text: str, weight: float = 1.0, *, own: bool = True
    ) -> View | None:
        if embedder is None or embedder.space not in self.library.spaces:
            return None
        try:
            [vector] = await embedder.embed([text], question=True)
        except NoVectors:
            return None  # whoever gave none has said so
        return View(embedder.space, vector, weight, own)
