"""Which texts hold a feature, so that the overlap of one text with all others is counted in one pass."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


@dataclass(slots=True)
class Postings:
    """An inverted index: for every feature the slots of the texts that have it.

    A feature of one text only, as most shingles are, keeps the bare slot: that is half the memory.
    """

    _slots: "dict[int, int | array[int]]" = field(default_factory=dict)

    def add(self, slot: int, features: Iterable[int]) -> None:
        for feature in features:
            held = self._slots.get(feature)
            if held is None:
                self._slots[feature] = slot
            elif isinstance(held, int):
                self._slots[feature] = array("I", (held, slot))
            else:
                held.append(slot)

    def remove(self, slot: int, features: Iterable[int]) -> None:
        for feature in features:
            held = self._slots[feature]
            if isinstance(held, int):
                del self._slots[feature]
                continue
            held.remove(slot)
            if len(held) == 1:
                self._slots[feature] = held[0]

    def overlaps(self, features: Iterable[int], slots: int) -> Counts:
        """How many of `features` each of the first `slots` texts has."""
        single: list[int] = []
        many: list[NDArray[np.uint32]] = []
        for feature in features:
            held = self._slots.get(feature)
            if isinstance(held, int):
                single.append(held)
            elif held is not None:
                many.append(np.frombuffer(held, dtype=np.uint32))
        found = np.concatenate([*many, np.array(single, dtype=np.uint32)])
        return np.bincount(found, minlength=slots)
