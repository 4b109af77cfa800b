"""Numbered places in growing arrays: what a search reads of texts and requests, column by column."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FIRST_SIZE = 256


@dataclass(slots=True)
class Table:
    """Rows of one record type. Place 0 is never given out and stays zero: it stands for nothing."""

    record: np.dtype[np.void]
    _values: NDArray[np.void] = field(init=False)
    _used: int = 1
    _free: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._values = np.zeros(_FIRST_SIZE, dtype=self.record)

    def __len__(self) -> int:
        """How many places there are, empty ones and place 0 among them."""
        return self._used

    def add(self, values: tuple[Any, ...]) -> int:
        """The place where the record now stands."""
        if self._free:
            place = self._free.pop()
        else:
            if self._used == len(self._values):
                self._values = np.concatenate([self._values, np.zeros_like(self._values)])
            place, self._used = self._used, self._used + 1
        self._values[place] = values
        return place

    def clear(self, place: int) -> None:
        self._values[place] = np.zeros((), dtype=self.record)
        self._free.append(place)

    def column(self, name: str) -> NDArray[Any]:
        """One field of all places; a view that the next `add` may leave behind."""
        return self._values[name][: self._used]
