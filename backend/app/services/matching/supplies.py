"""Which goods go where: severity classes in strict order, the item itself before what may replace it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.schemas.vocabulary import Item, Severity
from app.services.matching import reasons, travel
from app.services.matching.flow import Pairs, Scale, Wants, best_flow
from app.services.matching.prices import prices_of
from app.services.matching.travel import Bools, Floats, Ints
from app.services.matching.types import Allocation, Limits, Problem, Shortfall, ShortfallCode, Stock, SupplyNeed

_ALL_PAIRS, _NEAREST, _NEVER = 2_000, 8, 2**40
"""Of one item and class: so many pairs are all looked at at once; else so many of each need in one round."""


@dataclass(frozen=True, slots=True)
class Provision:
    """The goods' half of a matching."""

    allocations: tuple[Allocation, ...]
    shortfalls: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class _Depot:
    """The stocks of one item, sorted by id."""

    stocks: tuple[Stock, ...]
    left: Ints
    """Changed in place while classes are served."""


def provide(problem: Problem) -> Provision:
    """The best covering of every class: most units, then least unit-minutes, then the earlier request."""
    depots = _depots(problem.stocks)
    allocations: list[Allocation] = []
    shortfalls: list[Shortfall] = []
    for severity in Severity:
        needs = sorted((n for n in problem.supplies if n.severity is severity), key=lambda n: n.id)
        missing = {need.id: max(0, need.quantity) for need in needs}
        for round_ in range(1 + max((len(n.substitutes) for n in needs), default=0)):
            for item, wanting in _by_item(needs, missing, round_).items():
                if item in depots:
                    allocations += _serve(item, wanting, missing, depots[item], problem.limits)
        shortfalls += (_shortfall(n, missing[n.id], depots, problem.limits) for n in needs if missing[n.id])
    return Provision(tuple(allocations), tuple(shortfalls))


def _depots(stocks: Sequence[Stock]) -> dict[Item, _Depot]:
    shelves: dict[Item, list[Stock]] = {}
    for stock in sorted(stocks, key=lambda s: s.id):
        shelves.setdefault(stock.item, []).append(stock)
    return {
        item: _Depot(tuple(shelf), np.array([max(0, s.available) for s in shelf], dtype=np.int64))
        for item, shelf in shelves.items()
    }


def _by_item(needs: Sequence[SupplyNeed], missing: Mapping[str, int], round_: int) -> dict[Item, list[SupplyNeed]]:
    """What is still wanted, by the item to try: round 0 is the item itself, round n its n-th substitute."""
    wanted: dict[Item, list[SupplyNeed]] = {}
    for need in needs:
        choice = (need.item, *need.substitutes)
        if round_ < len(choice) and missing[need.id]:
            wanted.setdefault(choice[round_], []).append(need)
    return dict(sorted(wanted.items()))


def _serve(
    item: Item, needs: Sequence[SupplyNeed], missing: dict[str, int], depot: _Depot, limits: Limits
) -> Iterator[Allocation]:
    km = travel.distances([n.position for n in needs], [s.position for s in depot.stocks])
    minutes = travel.minutes(km, limits)
    rows, columns, quantities = _flow(needs, missing, depot, minutes, limits)
    for row, column, quantity in zip(rows, columns, quantities, strict=True):
        need, stock = needs[row], depot.stocks[column]
        known = not np.isnan(km[row, column])
        far = round(float(km[row, column]), 3) if known else None
        long = round(float(minutes[row, column]), 1) if known else None
        why = reasons.allocation(need, item, far, long, split=quantity < need.quantity)
        instead = None if item is need.item else need.item
        missing[need.id] -= quantity
        depot.left[column] -= quantity
        yield Allocation(need.id, stock.id, item, quantity, far, long, why, instead)


def ranks(since: Sequence[str]) -> Ints:
    """0 for the earliest, equal for equal times."""
    place = {time: rank for rank, time in enumerate(sorted(set(since)))}
    return np.array([place[time] for time in since], dtype=np.int64)


def _flow(
    needs: Sequence[SupplyNeed], missing: Mapping[str, int], depot: _Depot, minutes: Floats, limits: Limits
) -> tuple[list[int], list[int], list[int]]:
    """Rows, columns and quantities of what is sent."""
    wanted = np.array([missing[n.id] for n in needs], dtype=np.int64)
    reach = np.isnan(minutes) | (minutes <= limits.max_supply_minutes)
    allowed = reach & (depot.left > 0)
    cost = travel.cost(np.where(np.isnan(minutes), limits.unlocated_minutes, minutes))
    wants = Wants(np.arange(len(needs)), wanted, np.zeros_like(wanted), ranks([n.since for n in needs]))
    known = _nearest(cost, allowed)
    while True:
        rows, columns = np.nonzero(known)
        pairs = Pairs(columns, rows, np.minimum(wanted[rows], depot.left[columns]), cost[rows, columns])
        most = min(int(depot.left.sum()), int(wanted.sum()))
        scale = Scale.of(max(1, most), len(needs) + len(depot.left) + 1, cost[allowed], wants)
        sent = best_flow(depot.left, pairs, wants, scale)
        better = _better(cost, allowed & ~known, pairs, sent, wants, scale)
        if not better.any():
            used = sent > 0
            return rows[used].tolist(), columns[used].tolist(), sent[used].tolist()
        known |= better


def _nearest(cost: Ints, allowed: Bools) -> Bools:
    """The pairs to begin with: all of few, else the cheapest of each need."""
    if allowed.sum() <= _ALL_PAIRS:
        return allowed
    order = np.where(allowed, cost, _NEVER)
    bar = np.partition(order, _NEAREST - 1, axis=1)[:, _NEAREST - 1 : _NEAREST]
    return np.asarray(allowed & (order <= bar), dtype=np.bool_)


def _better(cost: Ints, unknown: Bools, pairs: Pairs, sent: Ints, wants: Wants, scale: Scale) -> Bools:
    """The pairs left out that the prices of the flow ask for, the best of each need; none when it is the optimum."""
    if not unknown.any():
        return unknown
    missing = np.bincount(pairs.taker, weights=sent, minlength=len(cost)).astype(np.int64) < wants.units
    worth = np.where(missing, scale.step - scale.rank, 0)
    scaled = Pairs(pairs.giver, pairs.taker, pairs.most, pairs.cost * scale.tie)
    prices = prices_of(cost.shape[1], scaled, sent, worth)
    lacking = np.where(unknown, cost * scale.tie + prices.giver - prices.taker[:, None], 0)
    if lacking.shape[1] <= _NEAREST:
        return np.asarray(lacking < 0, dtype=np.bool_)
    bar = np.partition(lacking, _NEAREST - 1, axis=1)[:, _NEAREST - 1 : _NEAREST]
    return np.asarray((lacking < 0) & (lacking <= bar), dtype=np.bool_)


def _shortfall(need: SupplyNeed, missing: int, depots: Mapping[Item, _Depot], limits: Limits) -> Shortfall:
    depot = depots.get(need.item)
    if depot is None:
        code = ShortfallCode.NO_STOCK_OF_ITEM
    elif depot.left.any():
        code = ShortfallCode.STOCK_TOO_FAR
    else:
        code = ShortfallCode.OUT_OF_STOCK
    return Shortfall(need.id, missing, code, reasons.supply_cure(need, missing, code, limits))
