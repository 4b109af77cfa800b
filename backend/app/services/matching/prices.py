"""What a person more would be worth, and what one place more would cost: the duals of a flow."""

from dataclasses import dataclass

import numpy as np

from app.services.matching.flow import NO_SEATS, Pairs
from app.services.matching.travel import Ints


@dataclass(frozen=True, slots=True)
class Prices:
    """No pair that was not offered to the flow could improve it, unless its cost is below `taker - giver`."""

    giver: Ints
    taker: Ints
    pair: Ints
    """What the giver asks in each pair that was offered: more than elsewhere where it has one unit only for several."""


def prices_of(givers: int, pairs: Pairs, flow: Ints, worth: Ints, seats: Ints = NO_SEATS) -> Prices:
    """The lowest prices that fit an optimal flow; `worth` is what the next unit is worth to a taker, 0 to a full one.

    A taker pays at least what its dearest giver costs it, a giver takes at least what anybody else would pay. Raised
    from zero until both hold; the flow being optimal, that ends.
    """
    idle = np.flatnonzero(flow < pairs.most)
    idle = idle[np.argsort(pairs.giver[idle], kind="stable")]
    busy = np.flatnonzero(flow > 0)
    busy = busy[np.argsort(pairs.taker[busy], kind="stable")]
    asked, asked_at = _groups(pairs.giver[idle])
    served, served_at = _groups(pairs.taker[busy])
    giver, taker = np.zeros(givers + len(seats), dtype=np.int64), worth.copy()
    taken = np.zeros(givers + len(seats), dtype=np.bool_)
    taken[pairs.giver[busy]] = True
    seat = givers + np.arange(len(seats))
    full, open_ = np.flatnonzero(taken[seat]), np.flatnonzero(~taken[seat])
    while True:
        raised = taker.copy()
        if len(busy):
            paid = np.maximum.reduceat(pairs.cost[busy] + giver[pairs.giver[busy]], served_at)
            raised[served] = np.maximum(raised[served], paid)
        dearer = giver.copy()
        if len(idle):
            bid = np.maximum.reduceat(raised[pairs.taker[idle]] - pairs.cost[idle], asked_at)
            dearer[asked] = np.maximum(dearer[asked], bid)
        np.maximum.at(dearer, seats[open_], dearer[seat[open_]])
        dearer[seat[full]] = np.maximum(dearer[seat[full]], dearer[seats[full]])
        if (dearer == giver).all() and (raised == taker).all():
            return Prices(giver[:givers], taker, giver[pairs.giver])
        giver, taker = dearer, raised


def _groups(sorted_ids: Ints) -> tuple[Ints, Ints]:
    """Each id once, and where its run begins."""
    ids, start = np.unique(sorted_ids, return_index=True)
    return ids.astype(np.int64), start.astype(np.int64)
