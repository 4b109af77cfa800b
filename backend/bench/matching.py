"""The matcher at the size of a disaster: what it reaches, how far that is from what is possible, how long it takes.

`python -m bench.matching` prints a table; with `--json` the last line is one object with the same figures. Each size is
measured in a process of its own, on one core.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app.services.matching import Limits, Matching, Order, Problem, Standby, Tally, solve
from bench.matching_draw import Size, divisions, draw
from bench.matching_rivals import WEIGHTS, Reached, first_come, nearest_first, reached, served_in_order

SIZES = (Size(100, 200, 30), Size(1_000, 2_000, 100), Size(2_500, 5_000, 150), Size(10_000, 20_000, 300))
LISTED = 2_500
"""Up to so many requests the optimum is also found by listing every pair."""
NEW = 1_000
"""Single tasks for the fast path."""


@dataclass(frozen=True)
class Row:
    """One size, one way. Unmet is weighted; hours are those that are minimised: way, age of positions, changes."""

    requests: int
    people: int
    depots: int
    needs: str
    order: str
    unmet: int
    unmet_bound: int
    critical_unmet: int
    critical_minutes: float
    """Of each person sent to a critical task."""
    hours: float
    hours_bound: float | None
    hours_optimum: float | None
    nearest: Reached
    first_come: Reached
    wall_s: float
    cpu_s: float
    people_cpu_s: float
    peak_mb: float
    solve_mb: float
    proven: bool


@dataclass(frozen=True)
class Fast:
    """One new task against so many people, in milliseconds."""

    people: int
    tasks: int
    p50_ms: float
    p99_ms: float
    worst_ms: float
    cpu_p99_ms: float


def teams_of(matching: Matching) -> dict[str, list[str]]:
    """The proposal as worker ids by task."""
    teams: dict[str, list[str]] = {}
    for one in matching.assignments:
        teams.setdefault(one.task_id, []).append(one.worker_id)
    return teams


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def mean_minutes(tallies: Sequence[Tally]) -> float:
    """Of each person of the most severe class."""
    return round(tallies[0].minutes / max(1, tallies[0].sent), 1)


def measure(problem: Problem, size: Size, needs: str) -> Row:
    """One run, timed first, and what else there is to hold it against."""
    before = peak_mb()
    wall, cpu = time.perf_counter(), time.process_time()
    matching = solve(problem)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = peak_mb()
    only = time.process_time()
    solve(replace(problem, stocks=(), supplies=()))
    only = time.process_time() - only
    ours = reached(problem, teams_of(matching))
    listed = size.requests <= LISTED and needs == "single" and matching.least_minutes is not None
    exact = replace(problem, limits=replace(problem.limits, all_pairs=2**40), stocks=(), supplies=())
    hours = sum(one.minutes for one in matching.tallies) / 60
    return Row(
        **asdict(size),
        needs=needs,
        order=problem.limits.order,
        unmet=ours.unmet,
        unmet_bound=sum(WEIGHTS[one.severity] * (one.wanted - one.most_sent) for one in matching.tallies),
        critical_unmet=ours.critical,
        critical_minutes=mean_minutes(matching.tallies),
        hours=round(hours, 1),
        hours_bound=None if matching.least_minutes is None else round(matching.least_minutes / 60, 1),
        hours_optimum=round(sum(one.minutes for one in solve(exact).tallies) / 60, 1) if listed else None,
        nearest=reached(problem, served_in_order(problem, nearest_first)),
        first_come=reached(problem, served_in_order(problem, first_come)),
        wall_s=round(wall, 2),
        cpu_s=round(cpu, 2),
        people_cpu_s=round(only, 2),
        peak_mb=round(peak),
        solve_mb=round(peak - before),
        proven=matching.proven,
    )


def fast(problem: Problem) -> Fast:
    """Every new task is proposed for, and those proposed are then taken."""
    standby = Standby(problem.workers, problem.limits)
    times: list[float] = []
    cpus: list[float] = []
    for task in problem.tasks[:NEW]:
        wall, cpu = time.perf_counter(), time.thread_time()
        matching = standby.propose(task)
        times.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.thread_time() - cpu) * 1000)
        for one in matching.assignments:
            standby.take(one.worker_id)
    cuts, cpu_cuts = statistics.quantiles(times, n=100), statistics.quantiles(cpus, n=100)
    return Fast(
        len(problem.workers),
        len(times),
        round(cuts[49], 2),
        round(cuts[98], 2),
        round(max(times), 2),
        round(cpu_cuts[98], 2),
    )


def apart(arguments: Sequence[str]) -> dict[str, object]:
    """The last line of this program, run once more with these arguments."""
    one_core = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.matching", *arguments], check=True, capture_output=True, text=True, env=one_core
    )
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(rows: Iterable[Row]) -> None:
    print(
        f"{'requests, people, depots':>24} {'needs':>6} {'order':>8} {'unmet':>7} {'bound':>7} {'crit.':>5}"
        f" {'min each':>8}"
        f" {'travel h':>9} {'bound':>9} {'optimum':>9} | {'nearest: unmet':>14} {'h':>8}"
        f" | {'first come: unmet':>17} {'h':>8} | {'wall s':>6} {'CPU s':>6} {'peak MB':>7}"
    )
    for row in rows:
        size = f"{row.requests:,}, {row.people:,}, {row.depots}"
        print(
            f"{size:>24} {row.needs:>6} {row.order:>8} {row.unmet:>7} {row.unmet_bound:>7} {row.critical_unmet:>5}"
            f" {row.critical_minutes:>8}"
            f" {row.hours:>9} {row.hours_bound or '-':>9} {row.hours_optimum or '-':>9}"
            f" | {row.nearest.unmet:>14} {row.nearest.hours:>8} | {row.first_come.unmet:>17} {row.first_come.hours:>8}"
            f" | {row.wall_s:>6} {row.cpu_s:>6} {row.peak_mb:>7.0f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one object as the last line")
    parser.add_argument("--places", type=Path, help="a table of divisions (default: ../shared/data/lk_admin/gnds.tsv)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--largest", type=int, default=10_000, help="leave out sizes with more requests than this")
    parser.add_argument("--one", nargs=3, metavar=("SIZE", "NEEDS", "ORDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        number, needs, order = arguments.one
        size = SIZES[int(number)]
        drawn = draw(size, teams=needs == "teams", seed=arguments.seed, places=divisions(arguments.places))
        if order == "fast":
            print(json.dumps(asdict(fast(drawn))))
            return
        print(json.dumps(asdict(measure(replace(drawn, limits=Limits(order=Order(order))), size, needs))))
        return
    common = ["--seed", str(arguments.seed), *(["--places", str(arguments.places)] if arguments.places else [])]
    rows: list[Row] = []
    for number, size in enumerate(SIZES):
        if size.requests > arguments.largest:
            continue
        for needs, order in (("single", Order.CLASS), ("single", Order.COVERAGE), ("teams", Order.CLASS)):
            found = apart(["--one", str(number), needs, order, *common])
            rivals = {name: Reached(**found.pop(name)) for name in ("nearest", "first_come")}  # type: ignore[arg-type]
            rows.append(Row(**found, **rivals))  # type: ignore[arg-type]
    table(rows)
    quick = [
        Fast(**apart(["--one", str(number), "teams", "fast", *common]))  # type: ignore[arg-type]
        for number, size in enumerate(SIZES)
        if size.requests <= arguments.largest
    ]
    print()
    for one in quick:
        print(
            f"One new task against {one.people:,} people: p50 {one.p50_ms} ms, p99 {one.p99_ms} ms"
            f" (CPU {one.cpu_p99_ms} ms), longest {one.worst_ms} ms of {one.tasks}."
        )
    if arguments.json:
        places = "divisions" if divisions(arguments.places) is not None else "clusters"
        figures = {"rows": [asdict(row) for row in rows], "fast": [asdict(one) for one in quick]}
        print(json.dumps({"bench": "matching", "python": platform.python_version(), "places": places, **figures}))


if __name__ == "__main__":
    main()
