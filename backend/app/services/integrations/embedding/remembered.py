"""Vectors that were made before: a model is asked only for those that it never made."""

import base64
import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.core.embedding import Embedder

Floats = NDArray[np.float32]

_SCALE = np.float32(127)


@dataclass(frozen=True)
class Remembered:
    """Another embedder with a memory for what documents say; questions are not kept."""

    embedder: Embedder
    known: dict[bytes, Floats] = field(default_factory=dict)

    @property
    def space(self) -> str:
        return self.embedder.space

    def learn(self, rows: Mapping[bytes, Floats]) -> None:
        self.known.update(rows)

    def keep(self, keys: Container[bytes]) -> None:
        """Forget all others."""
        for one in [one for one in self.known if one not in keys]:
            del self.known[one]

    async def embed(self, texts: Sequence[str], *, question: bool = False) -> Floats:
        keys = [key(text, question=question) for text in texts]
        missing = [i for i, one in enumerate(keys) if one not in self.known]
        made = await self.embedder.embed([texts[i] for i in missing], question=question) if missing else ()
        found = dict(zip(missing, made, strict=True))
        return np.stack([found[i] if i in found else self.known[one] for i, one in enumerate(keys)])


def key(text: str, *, question: bool = False) -> bytes:
    return hashlib.sha256(f"{'?' if question else '.'}{text}".encode("utf-8", "replace")).digest()[:12]


def packed(vectors: Floats) -> str:
    """Rows of length 1 as text: a byte a number (the cosine of a row with itself stays above 0.999), each row stretched
    to its largest number.
    """
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), np.float32(1e-9))
    whole = np.round(vectors / largest * _SCALE).astype(np.int8)
    return base64.b64encode(whole.tobytes()).decode("ascii")


def unpacked(text: str, rows: int) -> Floats | None:
    """The rows again, each of length 1; none if it is not what `packed` makes of so many rows."""
    try:
        raw = np.frombuffer(base64.b64decode(text, validate=True), dtype=np.int8)
    except ValueError:
        return None
    if not rows or not raw.size or raw.size % rows:
        return None
    found: Floats = raw.reshape(rows, -1).astype(np.float32)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), np.float32(1e-9))
    return found
