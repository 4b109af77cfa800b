"""Which teams to complete, with proof, where there are few enough pairs.

A mixed integer programme (SCIP): first the most teams and people, then, holding both, the least travel and ranks. What
makes it fast is to be told what the relaxed flow has shown: no staffing has more teams or people than that. Only the
choice of teams is read from it; who goes where is then a flow, in whole numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.linear_solver.pywraplp import MPSolverParameters, Solver, Variable

from app.services.matching.travel import Bools
from app.services.matching.types import Limits
from app.services.matching.work import Work


@dataclass(frozen=True, slots=True)
class Bound:
    """No staffing has more complete teams, nor more people; `reached` when one is known that has as many of both."""

    teams: int
    people: int
    reached: bool


def complete_teams(work: Work, bound: Bound, limits: Limits) -> Bools | None:
    """The tasks that get a team in an optimal staffing; None where that is too much to prove."""
    rows, columns = np.nonzero(work.allowed)
    if len(rows) > limits.exact_pairs:
        return None
    solver = Solver.CreateSolver("SCIP")
    solver.SetSolverSpecificParametersAsString(f"limits/nodes = {limits.exact_nodes}")
    teams = [solver.BoolVar("") for _ in work.least]
    goes = [solver.NumVar(0, 1, "") for _ in rows]
    _constrain(solver, work, teams, goes)
    best = (bound.teams, bound.people) if bound.reached else _most(solver, teams, goes, bound)
    if best is None:
        return None
    _between(solver, best[0], best[0], ((team, 1) for team in teams))
    _between(solver, best[1], best[1], ((go, 1) for go in goes))
    tie = best[1] * int(work.rank.max(initial=0)) + 1
    costs = work.cost[rows, columns] * tie + work.rank[rows]
    if not _minimised(solver, teams, [0] * len(teams), goes, costs.tolist()):
        return None
    return np.array([team.solution_value() > 0.5 for team in teams], dtype=np.bool_)


def _most(solver: Solver, teams: Sequence[Variable], goes: Sequence[Variable], bound: Bound) -> tuple[int, int] | None:
    """The most teams there can be, and the most people with as many teams."""
    _between(solver, 0, bound.teams, ((team, 1) for team in teams))
    _between(solver, 0, bound.people, ((go, 1) for go in goes))
    if not _minimised(solver, teams, [-(len(goes) + 1)] * len(teams), goes, [-1] * len(goes)):
        return None
    return round(sum(team.solution_value() for team in teams)), round(sum(go.solution_value() for go in goes))


def _constrain(solver: Solver, work: Work, teams: Sequence[Variable], goes: Sequence[Variable]) -> None:
    rows, columns = np.nonzero(work.allowed)
    for task, team in enumerate(teams):
        members = [goes[pair] for pair in np.flatnonzero(rows == task).tolist()]
        _between(solver, -solver.infinity(), 0, [(team, work.least[task]), *((member, -1) for member in members)])
        _between(solver, -solver.infinity(), 0, [(team, -work.most[task]), *((member, 1) for member in members)])
        for member in members:
            # Implied by the rest for whole numbers; without it the relaxation is too loose to prove anything.
            _between(solver, -solver.infinity(), 0, [(member, 1), (team, -1)])
    for worker in np.unique(columns):
        _between(solver, 0, work.free[worker], [(goes[pair], 1) for pair in np.flatnonzero(columns == worker).tolist()])


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
