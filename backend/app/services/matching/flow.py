"""Minimum cost flow from givers over pairs to takers, with what is most important first."""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from app.services.matching.travel import Ints

_LARGEST_COST = 2**60
"""The solver multiplies costs by the number of nodes and adds them up in 64 bits."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Who may give to whom: parallel arrays of giver, taker, most units, and cost of one unit."""

    giver: Ints
    taker: Ints
    most: Ints
    cost: Ints


@dataclass(frozen=True, slots=True)
class Wants:
    """Units wanted: parallel arrays of taker, units, level (0 is filled before 1 …), rank (0 is served first)."""

    taker: Ints
    units: Ints
    level: Ints
    rank: Ints


@dataclass(frozen=True, slots=True)
class Scale:
    """What outweighs what: one unit of cost is worth `tie`, one level `step`, which is more than all costs together."""

    rank: Ints
    """Of each want, on the scale of the flow."""
    tie: int
    step: int

    @classmethod
    def of(cls, most: int, nodes: int, cost: Ints, wants: Wants) -> "Scale":
        """Ranks become coarser where the exact ones would not fit into 64 bits, which takes several thousand units."""
        dearest, levels, last = int(cost.max(initial=0)) + 1, int(wants.level.max()) + 1, int(wants.rank.max())
        room = _LARGEST_COST // (2 * most * dearest * levels * max(most, nodes))
        finest = min(last, max(0, room // most - 1))
        tie = most * finest + 1
        return cls(wants.rank * finest // max(last, 1), tie, 2 * most * (dearest * tie + finest) + 1)


NO_SEATS = np.zeros(0, dtype=np.int64)


def best_flow(supply: Ints, pairs: Pairs, wants: Wants, scale: Scale | None = None, seats: Ints = NO_SEATS) -> Ints:
    """Units on each pair: most units in all, then most on the low levels, then least cost, then least sum of ranks.

    `seats` are givers, after those of `supply`, who have one unit of another giver: the one whose number stands there.
    """
    takers = int(wants.taker.max(initial=-1)) + 1
    most = min(int(supply.sum()), int(wants.units.sum()))
    if not most or not len(pairs.giver):
        return np.zeros(len(pairs.giver), dtype=np.int64)
    givers = len(supply) + len(seats)
    source, sink = givers + takers, givers + takers + 1
    scale = scale or Scale.of(most, sink, pairs.cost, wants)
    solver = SimpleMinCostFlow()
    giving = np.unique(np.concatenate((pairs.giver[pairs.giver < len(supply)], seats)))
    _add(solver, seats, len(supply) + np.arange(len(seats)), np.ones_like(seats), np.zeros_like(seats))
    _add(solver, np.full(len(giving), source), giving, supply[giving], np.zeros(len(giving), dtype=np.int64))
    filling = wants.level * scale.step + scale.rank
    _add(solver, givers + wants.taker, np.full(len(wants.taker), sink), wants.units, filling)
    arcs = _add(solver, pairs.giver, givers + pairs.taker, pairs.most, pairs.cost * scale.tie)
    solver.set_nodes_supplies(np.array([source, sink], dtype=np.int32), np.array([most, -most], dtype=np.int64))
    status = solver.solve_max_flow_with_min_cost()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise ArithmeticError(f"The flow solver stopped with {status.name}.")
    return np.asarray(solver.flows(arcs), dtype=np.int64)


def _add(solver: SimpleMinCostFlow, tail: Ints, head: Ints, most: Ints, cost: Ints) -> Ints:
    ids = solver.add_arcs_with_capacity_and_unit_cost(
        tail.astype(np.int32), head.astype(np.int32), most.astype(np.int64), cost.astype(np.int64)
    )
    return np.asarray(ids, dtype=np.int32)
