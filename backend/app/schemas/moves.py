"""State machines: one table a thing, which every move asks."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from app.core.errors import Conflict

S = TypeVar("S", bound=StrEnum)


class Moves(Mapping[S, frozenset[S]], Generic[S]):
    """The legal moves of one kind of thing: for each state those that may follow it. A state not named is final."""

    def __init__(self, thing: str, table: Mapping[S, frozenset[S]]) -> None:
        self.thing = thing
        self._table = dict(table)

    def __getitem__(self, state: S) -> frozenset[S]:
        return self._table.get(state, frozenset())

    def __iter__(self) -> Iterator[S]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def check(self, here: S, there: S) -> None:
        """`Conflict`, naming the legal moves, unless `there` may follow `here`."""
        if there not in self[here]:
            raise Conflict(f"{self.thing} that is {here} cannot become {there}.", allowed=self[here])
