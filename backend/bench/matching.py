"""How long matching takes, and what it reaches against sending the nearest in order.

`python -m bench.matching` prints a table; with `--json` the last line is one object with the same figures.
"""

import argparse
import json
import platform
import statistics
import time
from dataclasses import asdict, dataclass, replace

import numpy as np

from app.schemas.vocabulary import RoleId, Severity, Skill
from app.services.matching import Limits, Matching, Point, Problem, TaskNeed, Worker, solve
from app.services.matching.gates import Workforce, weigh
from app.services.matching.people import ranks

SIZES = ((60, 40), (300, 60), (1000, 500), (2500, 1000))
"""Open tasks and workers."""

SHARES = {Severity.CRITICAL: 0.1, Severity.HIGH: 0.25, Severity.MEDIUM: 0.4, Severity.LOW: 0.25}


@dataclass(frozen=True)
class Kind:
    """One row of DOMAIN.md §4: who may do it and how many it takes."""

    role: RoleId
    skills_all: frozenset[Skill]
    skills_any: frozenset[Skill]
    least: int


KINDS = (
    Kind(RoleId.FIRST_RESPONDER, frozenset({Skill.SAR}), frozenset({Skill.BOAT_OPERATOR, Skill.SWIFTWATER_RESCUE}), 3),
    Kind(RoleId.FIRST_RESPONDER, frozenset({Skill.SAR}), frozenset(), 4),
    Kind(RoleId.VOLUNTEER, frozenset(), frozenset({Skill.FIRST_AID, Skill.PARAMEDIC, Skill.NURSE}), 2),
    Kind(RoleId.VOLUNTEER, frozenset({Skill.DRIVER}), frozenset(), 2),
    Kind(RoleId.VOLUNTEER, frozenset({Skill.LOGISTICS}), frozenset(), 2),
    Kind(RoleId.VOLUNTEER, frozenset(), frozenset(), 1),
)
KIND_SHARES = (0.1, 0.05, 0.2, 0.2, 0.3, 0.15)


@dataclass(frozen=True)
class Score:
    """What a staffing reaches: complete teams of the critical and of all tasks, people in them, hours of travel."""

    critical: int
    teams: int
    people: int
    hours: float


@dataclass(frozen=True)
class Row:
    """One size."""

    tasks: int
    workers: int
    p50_ms: float
    worst_ms: float
    proven: bool
    matched: Score
    greedy: Score


def draw(tasks: int, workers: int, seed: int = 7) -> Problem:
    """Clusters over a region of about 150 km, workers spread wider than tasks."""
    rng = np.random.default_rng(seed)
    towns = np.column_stack((rng.uniform(6.2, 7.6, 12), rng.uniform(79.9, 81.2, 12)))

    def place(spread: float) -> Point:
        lat, lng = towns[rng.integers(len(towns))] + rng.normal(0, spread, 2)
        return Point(float(lat), float(lng))

    def worker(number: int) -> Worker:
        responder = bool(rng.random() < 0.4)
        skills = rng.choice(list(Skill), size=4, replace=False, p=_weights(responder=responder))
        return Worker(
            id=f"w{number:05}",
            role=RoleId.FIRST_RESPONDER if responder else RoleId.VOLUNTEER,
            verified=bool(rng.random() < 0.7),
            skills=frozenset(Skill(s) for s in skills),
            position=place(0.2) if rng.random() < 0.97 else None,
            position_age_minutes=float(rng.exponential(25)),
            free=int(rng.choice([0, 1, 1, 2])),
        )

    def task(number: int) -> TaskNeed:
        kind = KINDS[rng.choice(len(KINDS), p=KIND_SHARES)]
        return TaskNeed(
            id=f"t{number:05}",
            request_id=f"r{number // 3:05}",
            severity=Severity(rng.choice(list(SHARES), p=list(SHARES.values()))),
            since=f"2025-11-28T{rng.integers(24):02}:{rng.integers(60):02}:00Z",
            position=place(0.08) if rng.random() < 0.97 else None,
            role=kind.role,
            people=kind.least + int(rng.integers(0, 2)),
            min_people=kind.least,
            skills_all=kind.skills_all,
            skills_any=kind.skills_any,
        )

    return Problem(tuple(worker(n) for n in range(workers)), tuple(task(n) for n in range(tasks)))


def _weights(*, responder: bool) -> list[float]:
    likely = {Skill.SAR, Skill.BOAT_OPERATOR, Skill.SWIFTWATER_RESCUE, Skill.FIRST_AID, Skill.DRIVER}
    raw = [6.0 if responder and skill in likely else 1.0 for skill in Skill]
    return [weight / sum(raw) for weight in raw]


def greedy(problem: Problem) -> dict[str, list[str]]:
    """Most severe first, then the earlier request: the nearest people who may, if they make up the least team."""
    force = Workforce.of(problem.workers, problem.limits)
    free = force.free()
    teams: dict[str, list[str]] = {}
    for severity in Severity:
        tasks = [t for t in problem.tasks if t.severity is severity]
        options = weigh(tasks, force, problem.limits, problem.previous)
        allowed = options.allowed()
        for row in np.argsort(ranks([t.since for t in tasks]), kind="stable").tolist():
            ready = np.flatnonzero(allowed[row] & (free > 0))
            team = ready[np.argsort(options.cost[row, ready], kind="stable")][: tasks[row].open_places]
            if len(team) >= tasks[row].least:
                free[team] -= 1
                teams[tasks[row].id] = [force.workers[place].id for place in team.tolist()]
    return teams


def score(problem: Problem, teams: dict[str, list[str]]) -> Score:
    """The teams counted, with travel from the same estimate for all."""
    force = Workforce.of(problem.workers, problem.limits)
    options = weigh(problem.tasks, force, problem.limits, problem.previous)
    row = {t.id: place for place, t in enumerate(problem.tasks)}
    critical = {t.id for t in problem.tasks if t.severity is Severity.CRITICAL}
    pairs = [(row[task], force.index[worker]) for task, team in teams.items() for worker in team]
    hours = float(np.nansum([options.minutes[pair] for pair in pairs])) / 60
    return Score(len(critical & set(teams)), len(teams), len(pairs), round(hours, 1))


def teams_of(matching: Matching) -> dict[str, list[str]]:
    """The proposal as worker ids by task."""
    teams: dict[str, list[str]] = {}
    for assignment in matching.assignments:
        teams.setdefault(assignment.task_id, []).append(assignment.worker_id)
    return teams


def measure(tasks: int, workers: int, *, runs: int, limits: Limits) -> Row:
    """Times of several runs on one instance, and what both ways reach."""
    problem = replace(draw(tasks, workers), limits=limits)
    solve(draw(5, 5))
    times, matching = [], Matching()
    for _ in range(runs):
        start = time.perf_counter()
        matching = solve(problem)
        times.append((time.perf_counter() - start) * 1000)
    return Row(
        tasks=tasks,
        workers=workers,
        p50_ms=round(statistics.median(times), 1),
        worst_ms=round(max(times), 1),
        proven=matching.proven,
        matched=score(problem, teams_of(matching)),
        greedy=score(problem, greedy(problem)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one object as the last line")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    print(
        f"{'tasks x workers':>16} {'p50 ms':>9} {'worst':>9} {'proven':>7}   critical, teams, people, travel h (greedy)"
    )
    rows = []
    for tasks, workers in SIZES:
        row = measure(tasks, workers, runs=arguments.runs, limits=Limits())
        rows.append(row)
        best, nearest = row.matched, row.greedy
        print(
            f"{tasks:>7} x {workers:<6} {row.p50_ms:>9} {row.worst_ms:>9} {row.proven!s:>7}   "
            f"{best.critical} ({nearest.critical}), {best.teams} ({nearest.teams}), "
            f"{best.people} ({nearest.people}), {best.hours} ({nearest.hours})"
        )
    if arguments.json:
        print(json.dumps({"bench": "matching", "python": platform.python_version(), "rows": [asdict(r) for r in rows]}))


if __name__ == "__main__":
    main()
