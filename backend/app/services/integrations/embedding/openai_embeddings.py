"""Embeddings of OpenAI or any server that speaks its API. Slow or away, the embedded models serve in its place."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import structlog
from numpy.typing import NDArray
from pydantic import SecretStr

from app.core.breaker import Breaker, Health, Open
from app.core.embedding import NoVectors
from app.core.tracing import NoTracer
from app.services.integrations.traced import outgoing

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Floats = NDArray[np.float32]

DIMENSIONS = 512
"""Of text-embedding-3-small and -large: the first of their numbers carry most of the meaning."""
_QUESTION_SECONDS = 1.0
"""Somebody waits; the embedded models need less than a tenth of it."""
_DOCUMENTS_SECONDS = 60.0
_TEXTS_AT_ONCE = 64
_MOST_CHARACTERS = 8_000
_MOST_BYTES = 8_000_000
"""Of one answer: 64 rows of the longest vectors that there are take some 5 MB."""
_REST_SECONDS = 30.0
"""After a failure it is left alone so long, that not every question waits for it."""

log = structlog.get_logger(__name__)


@dataclass
class OpenAIEmbeddings:
    """Used on one event loop, as the client below it."""

    key: SecretStr
    model: str
    base_url: str | None = None
    question_seconds: float = _QUESTION_SECONDS
    _client: "AsyncOpenAI | None" = field(default=None, init=False, repr=False)
    _breaker: Breaker = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._breaker = Breaker(f"embeddings {self.model}", failures=1, pause=_REST_SECONDS)

    @property
    def space(self) -> str:
        return f"{self.model}@{DIMENSIONS}"

    async def embed(self, texts: Sequence[str], *, question: bool = False) -> Floats:
        """One row of length 1 for each text; `NoVectors` after a second for a question, a minute for documents."""
        if not texts:
            return np.empty((0, DIMENSIONS), dtype=np.float32)
        try:
            return await (self._question(texts) if question else self._documents(texts))
        except Open:
            raise NoVectors(f"{self.model} has just failed and is left alone for a while.") from None
        except NoVectors as error:
            log.warning("embedding.failed", model=self.model, why=str(error))
            raise
        except TimeoutError:
            log.warning("embedding.failed", model=self.model, why="slow")
            raise NoVectors(f"{self.model} did not answer in time.") from None

    async def _documents(self, texts: Sequence[str]) -> Floats:
        """Also while questions leave it alone: whoever adds a document has more time than they."""
        async with asyncio.timeout(_DOCUMENTS_SECONDS):
            return await self._asked(texts, retries=2)

    async def _question(self, texts: Sequence[str]) -> Floats:
        with self._breaker.call() as call:
            try:
                async with asyncio.timeout(self.question_seconds):
                    found = await self._asked(texts, retries=0)
            except (NoVectors, TimeoutError):
                call.health = Health.ILL
                raise
            call.health = Health.WELL
            return found

    async def _asked(self, texts: Sequence[str], *, retries: int) -> Floats:
        from openai import OpenAIError

        # A zero-length text is refused by the API.
        plain = [text[:_MOST_CHARACTERS].encode("utf-8", "replace").decode().strip() or "-" for text in texts]
        client = self._connected().with_options(max_retries=retries)
        rows: list[Sequence[float]] = []
        try:
            for first in range(0, len(plain), _TEXTS_AT_ONCE):
                batch = plain[first : first + _TEXTS_AT_ONCE]
                answer = await client.embeddings.create(
                    input=batch, model=self.model, dimensions=DIMENSIONS, encoding_format="float"
                )
                rows += [one.embedding for one in sorted(answer.data, key=lambda one: one.index)]
        # The SDK lets through what its parser trips over when a proxy answers with a page.
        except (OpenAIError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise NoVectors(f"{self.model} gave no vectors: {type(error).__name__}.") from error
        return _checked(rows, len(texts), self.model)

    def _connected(self) -> "AsyncOpenAI":
        if self._client is None:
            from openai import AsyncOpenAI  # half a second and 50 MB, for those who use it

            self._client = AsyncOpenAI(
                api_key=self.key.get_secret_value(),
                base_url=self.base_url,
                timeout=_DOCUMENTS_SECONDS,
                http_client=outgoing(NoTracer(), seconds=_DOCUMENTS_SECONDS, most_bytes=_MOST_BYTES),
            )
        return self._client

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.close()


def _checked(rows: Sequence[Sequence[float]], wanted: int, model: str) -> Floats:
    try:
        found = np.asarray(rows, dtype=np.float32)
    except (ValueError, TypeError):
        raise NoVectors(f"{model} gave something that is no vectors.") from None
    if found.shape != (wanted, DIMENSIONS) or not np.isfinite(found).all():
        raise NoVectors(f"{model} gave vectors of the shape {found.shape}, not {(wanted, DIMENSIONS)}.")
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    if not lengths.all():
        raise NoVectors(f"{model} gave a vector of length 0.")
    found /= lengths
    return found
