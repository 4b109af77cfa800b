"""Meaning as numbers: texts that mean the same lie near each other, within one space."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    @property
    def space(self) -> str:
        """Name of the model and its version; vectors of two spaces are never compared."""

    async def embed(self, texts: Sequence[str], *, question: bool = False) -> NDArray[np.float32]:
        """One row of length 1 for each text, in order. `question`: as something asked, not something to be found."""


class NoVectors(Exception):
    """There are none, and why; whoever asked goes on by words alone."""


class Encoder(Embedder, Protocol):
    """An embedder that runs in this process, so that it can also be called where nothing is awaited."""

    @property
    def available(self) -> bool:
        """Whether what it needs is installed here; asks for nothing to be loaded."""

    def vectors(self, texts: Sequence[str], question: bool = False) -> NDArray[np.float32]:
        """As `embed`, in the caller's own thread; `NoVectors` where it cannot."""
