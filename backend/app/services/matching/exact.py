"""Which teams to complete, with proof, where there are few enough pairs.

A mixed integer programme (SCIP): first the most teams and people, then, holding both, the least travel and ranks. What
makes it fast is to be told what the relaxed flow has shown: no staffing has more teams or people than that. Only the
choice of teams is read from it; who goes where is then a flow, in whole numbers.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.linear_solver.pywraplp import MPSolverParameters, Solver, Variable

from app.services.matching.market import Market
from app.services.matching.travel import Bools, Ints
from app.services.matching.types import Limits


@dataclass(frozen=True, slots=True)
class Bound:
    """No staffing has more complete teams, nor more people; `reached` when one is known that has as many of both."""

    teams: int
    people: int
    reached: bool


def complete_teams(market: Market, tasks: Ints, bound: Bound, limits: Limits) -> Bools | None:
    """Which of the tasks get a team in an optimal staffing; None where that is too much to prove."""
    work = market.work
    inside = np.zeros(len(work.tasks), dtype=np.bool_)
    inside[tasks] = True
    pairs = np.flatnonzero(inside[work.task[market.row]])
    solver = Solver.CreateSolver("SCIP")
    solver.SetSolverSpecificParametersAsString(f"limits/nodes = {limits.exact_nodes}")
    teams = [solver.BoolVar("") for _ in tasks]
    goes = [solver.NumVar(0, 1, "") for _ in pairs]
    _constrain(
        solver, market, dict(zip(tasks.tolist(), teams, strict=True)), dict(zip(pairs.tolist(), goes, strict=True))
    )
    best = (bound.teams, bound.people) if bound.reached else _most(solver, teams, goes, bound)
    if best is None:
        return None
    _between(solver, best[0], best[0], ((team, 1) for team in teams))
    _between(solver, best[1], best[1], ((go, 1) for go in goes))
    rank = work.rank[market.row[pairs]]
    tie = best[1] * int(rank.max(initial=0)) + 1
    if not _minimised(solver, teams, [0] * len(teams), goes, (market.cost[pairs] * tie + rank).tolist()):
        return None
    return np.array([team.solution_value() > 0.5 for team in teams], dtype=np.bool_)


def _most(solver: Solver, teams: Sequence[Variable], goes: Sequence[Variable], bound: Bound) -> tuple[int, int] | None:
    """The most teams there can be, and the most people with as many teams."""
    _between(solver, 0, bound.teams, ((team, 1) for team in teams))
    _between(solver, 0, bound.people, ((go, 1) for go in goes))
    if not _minimised(solver, teams, [-(len(goes) + 1)] * len(teams), goes, [-1] * len(goes)):
        return None
    return round(sum(team.solution_value() for team in teams)), round(sum(go.solution_value() for go in goes))


def _constrain(solver: Solver, market: Market, teams: Mapping[int, Variable], goes: Mapping[int, Variable]) -> None:
    work = market.work
    rows: defaultdict[int, list[Variable]] = defaultdict(list)
    tasks: defaultdict[int, list[Variable]] = defaultdict(list)
    seats: defaultdict[tuple[int, int], list[Variable]] = defaultdict(list)
    for pair, go in goes.items():
        row, worker = int(market.row[pair]), int(market.worker[pair])
        rows[row].append(go)
        tasks[worker].append(go)
        seats[int(work.task[row]), worker].append(go)
        # Implied by the rest for whole numbers; without it the relaxation is too loose to prove anything.
        _between(solver, -solver.infinity(), 0, [(go, 1), (teams[int(work.task[row])], -1)])
    for row in np.flatnonzero(np.isin(work.task, list(teams))).tolist():
        team = teams[int(work.task[row])]
        _between(solver, -solver.infinity(), 0, [(team, work.least[row]), *((member, -1) for member in rows[row])])
        _between(solver, -solver.infinity(), 0, [(team, -work.most[row]), *((member, 1) for member in rows[row])])
    for worker, held in tasks.items():
        _between(solver, 0, market.free[worker], ((go, 1) for go in held))
    for shared in seats.values():
        if len(shared) > 1:
            _between(solver, 0, 1, ((go, 1) for go in shared))


def _between(solver: Solver, low: float, high: float, terms: Iterable[tuple[Variable, float]]) -> None:
    row = solver.Constraint(float(low), float(high))
    for variable, weight in terms:
        row.SetCoefficient(variable, float(weight))


def _minimised(
    solver: Solver, teams: Sequence[Variable], worth: Sequence[int], goes: Sequence[Variable], costs: Sequence[int]
) -> bool:
    """Whether the least weighted sum was found and proven."""
    objective = solver.Objective()
    for variable, weight in zip((*teams, *goes), (*worth, *costs), strict=True):
        objective.SetCoefficient(variable, float(weight))
    objective.SetMinimization()
    parameters = MPSolverParameters()
    parameters.SetDoubleParam(MPSolverParameters.RELATIVE_MIP_GAP, 0.0)  # the library's own default is 0.01 %
    return bool(solver.Solve(parameters) == Solver.OPTIMAL)
