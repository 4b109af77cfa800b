"""The matcher against an oracle that looks at every possibility, on instances small enough for that."""

from dataclasses import replace
from itertools import combinations, product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.schemas.vocabulary import RoleId, Severity, Skill
from app.services.matching import Limits, Matching, Point, Problem, Stock, SupplyNeed, TaskNeed, Worker, solve
from app.services.matching.travel import distances
from tests.matching.builders import need, stock, task, teams, worker

Objective = tuple[int, int, int, int]
"""Complete teams, people, minus tenths of minutes, minus ranks: greater is better, the first outweighs the rest."""

SKILLS = (Skill.FIRST_AID, Skill.DRIVER)
PLACES = st.builds(Point, st.sampled_from([6.5, 6.7, 7.0, 7.6]), st.sampled_from([80.0, 80.1, 80.4]))
SKILL_SETS = st.frozensets(st.sampled_from(SKILLS))
THOROUGH = settings(max_examples=60, deadline=None)

workers = st.builds(
    Worker,
    id=st.just(""),
    role=st.sampled_from([RoleId.VOLUNTEER, RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER, RoleId.ADMIN]),
    verified=st.booleans(),
    skills=SKILL_SETS,
    position=st.one_of(PLACES, PLACES, PLACES, st.none()),
    position_age_minutes=st.sampled_from([None, 0.0, 10.0, 50.0, 500.0]),
    free=st.integers(0, 2),
)


@st.composite
def task_needs(draw: st.DrawFn) -> TaskNeed:
    people = draw(st.integers(1, 4))
    return task(
        "",
        people,
        min_people=draw(st.integers(0, people)),
        severity=draw(st.sampled_from([Severity.CRITICAL, Severity.HIGH, Severity.HIGH, Severity.LOW])),
        since=draw(st.sampled_from(["2025-11-28T05:00:00Z", "2025-11-28T06:00:00Z"])),
        position=draw(st.one_of(PLACES, PLACES, PLACES, st.none())),
        role=draw(st.sampled_from([RoleId.VOLUNTEER, RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER])),
        skills_all=draw(st.one_of(st.just(frozenset()), SKILL_SETS)),
        skills_any=draw(st.one_of(st.just(frozenset()), SKILL_SETS)),
        verified_only=draw(st.booleans()),
        excluded=draw(st.frozensets(st.sampled_from(["w0", "w1"]), max_size=1)),
        kept=tuple(sorted(draw(st.frozensets(st.sampled_from(["w2", "elsewhere"]), max_size=1)))),
    )


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    force = draw(st.lists(workers, max_size=7))
    tasks = draw(st.lists(task_needs(), max_size=4))
    return Problem(
        workers=tuple(replace(w, id=f"w{number}") for number, w in enumerate(force)),
        tasks=tuple(replace(t, id=f"t{number}") for number, t in enumerate(tasks)),
        previous=draw(st.sampled_from([{}, {"t0": ("w0", "w3")}])),
    )


def may(worker: Worker, task: TaskNeed, limits: Limits) -> bool:
    """The hard rules, said once more."""
    trusted = worker.verified or worker.role is RoleId.FIRST_RESPONDER
    careful = task.verified_only or task.severity is Severity.CRITICAL
    roles = (
        {RoleId.FIRST_RESPONDER} if task.role is RoleId.FIRST_RESPONDER else {RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER}
    )
    near = task.position is None or (worker.position is not None and minutes(worker, task, limits) <= 180)
    return (
        worker.role in roles
        and task.skills_all <= worker.skills
        and bool(not task.skills_any or task.skills_any & worker.skills)
        and (trusted or not careful)
        and near
        and worker.id not in task.excluded
        and worker.id not in task.kept
    )


def minutes(worker: Worker, task: TaskNeed, limits: Limits) -> float:
    return float(distances([task.position], [worker.position])[0, 0]) * limits.detour / limits.speed_kmh * 60


def tenths(worker: Worker, task: TaskNeed, problem: Problem) -> int:
    """What sending them costs."""
    limits, age = problem.limits, worker.position_age_minutes
    stale = 60.0 if age is None else min(60.0, max(0.0, age - 30) / 2)
    way = 60.0 if task.position is None else minutes(worker, task, limits) + stale
    return round(10 * (way + (0 if worker.id in problem.previous.get(task.id, ()) else 5)))


def ranks(tasks: list[TaskNeed]) -> dict[str, int]:
    times = sorted({t.since for t in tasks})
    return {t.id: times.index(t.since) for t in tasks}


def best(problem: Problem, tasks: list[TaskNeed], free: dict[str, int]) -> Objective:
    """The best there is: for every way to fill the tasks, worker by worker, the cheapest."""
    rank = ranks(tasks)
    reached: dict[tuple[int, ...], tuple[int, int]] = {(0,) * len(tasks): (0, 0)}
    for who in problem.workers:
        open_to = [i for i, t in enumerate(tasks) if may(who, t, problem.limits)]
        grown: dict[tuple[int, ...], tuple[int, int]] = {}
        for size in range(min(free[who.id], len(open_to)) + 1):
            for taken in combinations(open_to, size):
                cost = sum(tenths(who, tasks[i], problem) for i in taken)
                late = sum(rank[tasks[i].id] for i in taken)
                for filled, (spent, lateness) in reached.items():
                    now = tuple(n + (i in taken) for i, n in enumerate(filled))
                    if all(n <= t.open_places for n, t in zip(now, tasks, strict=True)):
                        grown[now] = min(grown.get(now, (10**9, 0)), (spent + cost, lateness + late))
        reached = grown
    return max(
        (sum(n >= t.least for n, t in zip(filled, tasks, strict=True)), sum(filled), -cost, -late)
        for filled, (cost, late) in reached.items()
        if all(n == 0 or n >= t.least for n, t in zip(filled, tasks, strict=True))
    )


def reached_by(matching: Matching, problem: Problem, tasks: list[TaskNeed]) -> Objective:
    found, rank = teams(matching), ranks(tasks)
    by_id = {w.id: w for w in problem.workers}
    pairs = [(by_id[id], t) for t in tasks for id in found.get(t.id, ())]
    return (
        sum(len(found.get(t.id, ())) >= t.least for t in tasks),
        len(pairs),
        -sum(tenths(w, t, problem) for w, t in pairs),
        -sum(rank[t.id] for _, t in pairs),
    )


def assert_no_rule_is_broken(matching: Matching, problem: Problem) -> None:
    found = teams(matching)
    by_id = {w.id: w for w in problem.workers}
    assert len({(a.task_id, a.worker_id) for a in matching.assignments}) == len(matching.assignments)
    for t in problem.tasks:
        team = found.get(t.id, set())
        assert all(may(by_id[id], t, problem.limits) for id in team)
        assert len(team) <= t.open_places
        assert not team or len(team) >= t.least
    for w in problem.workers:
        assert sum(w.id in team for team in found.values()) <= w.free
    lacking = {s.need_id for s in matching.shortfalls}
    assert lacking == {t.id for t in problem.tasks if len(found.get(t.id, ())) < t.open_places}


@THOROUGH
@given(problems())
def test_every_class_gets_the_best_that_the_more_severe_ones_leave(problem: Problem) -> None:
    matching = solve(problem)

    assert matching.proven
    assert_no_rule_is_broken(matching, problem)
    free = {w.id: w.free for w in problem.workers}
    for severity in Severity:
        tasks = [t for t in problem.tasks if t.severity is severity]
        assert reached_by(matching, problem, tasks) == best(problem, tasks, free)
        for assignment in matching.assignments:
            free[assignment.worker_id] -= assignment.task_id in {t.id for t in tasks}


@THOROUGH
@given(problems())
def test_without_the_proof_no_rule_is_broken_and_no_further_team_would_have_fitted(problem: Problem) -> None:
    matching = solve(replace(problem, limits=Limits(exact_pairs=0)))

    assert_no_rule_is_broken(matching, problem)
    found = teams(matching)
    free = {w.id: w.free for w in problem.workers}
    for severity in Severity:
        tasks = [t for t in problem.tasks if t.severity is severity and t.open_places]
        complete = [t for t in tasks if len(found.get(t.id, ())) >= t.least]
        for other in (t for t in tasks if t not in complete):
            assert best(problem, [*complete, other], free)[0] == len(complete)
        for assignment in matching.assignments:
            free[assignment.worker_id] -= assignment.task_id in {t.id for t in tasks}


@THOROUGH
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(problem: Problem, random: Random) -> None:
    shuffled = replace(
        problem,
        workers=tuple(random.sample(problem.workers, len(problem.workers))),
        tasks=tuple(random.sample(problem.tasks, len(problem.tasks))),
    )

    assert solve(shuffled) == solve(problem)


@THOROUGH
@given(problems())
def test_less_severe_tasks_never_change_what_more_severe_ones_get(problem: Problem) -> None:
    upper = tuple(t for t in problem.tasks if t.severity.rank <= Severity.HIGH.rank)
    ids = {t.id for t in upper}
    whole, alone = solve(problem), solve(replace(problem, tasks=upper))

    assert tuple(a for a in whole.assignments if a.task_id in ids) == alone.assignments
    assert tuple(s for s in whole.shortfalls if s.need_id in ids) == alone.shortfalls


@st.composite
def supply_problems(draw: st.DrawFn) -> Problem:
    distance = st.sampled_from([0.0, 10.0, 60.0, 200.0])
    stocks = [stock(f"s{n}", draw(st.integers(0, 3)), draw(distance)) for n in range(draw(st.integers(0, 3)))]
    needs = [
        replace(need(f"n{n}", draw(st.integers(0, 3)), position=draw(PLACES)), since=draw(st.sampled_from(["1", "2"])))
        for n in range(draw(st.integers(0, 3)))
    ]
    return Problem(stocks=tuple(stocks), supplies=tuple(needs))


def best_supply(problem: Problem) -> tuple[int, int, int]:
    """Units met, minus tenths of minutes, minus ranks, over every way to send every single unit."""
    units = [s for s in problem.stocks for _ in range(s.available)]
    times = sorted({n.since for n in problem.supplies})

    def worth(sent: tuple[SupplyNeed | None, ...]) -> tuple[int, int, int] | None:
        pairs = [(s, n) for s, n in zip(units, sent, strict=True) if n]
        if any(sum(n is m for _, m in pairs) > n.quantity for n in problem.supplies):
            return None
        if any(supply_minutes(s, n) > 360 for s, n in pairs):
            return None
        cost = sum(round(10 * supply_minutes(s, n)) for s, n in pairs)
        return len(pairs), -cost, -sum(times.index(n.since) for _, n in pairs)

    return max(filter(None, map(worth, product([None, *problem.supplies], repeat=len(units)))))


def supply_minutes(stock: Stock, need: SupplyNeed) -> float:
    return float(distances([need.position], [stock.position])[0, 0]) * 1.35 / 25 * 60


@settings(max_examples=60, deadline=None)
@given(supply_problems())
def test_goods_cover_the_most_with_the_least_travel(problem: Problem) -> None:
    matching = solve(problem)
    stocks, needs = {s.id: s for s in problem.stocks}, {n.id: n for n in problem.supplies}
    times = sorted({n.since for n in problem.supplies})
    sent = [(stocks[a.stock_id], needs[a.need_id], a.quantity) for a in matching.allocations]

    assert best_supply(problem) == (
        sum(q for *_, q in sent),
        -sum(q * round(10 * supply_minutes(s, n)) for s, n, q in sent),
        -sum(q * times.index(n.since) for _, n, q in sent),
    )
    assert all(sum(q for t, _, q in sent if t is s) <= s.available for s in problem.stocks)
    missing = {s.need_id: s.missing for s in matching.shortfalls}
    assert all(sum(q for _, m, q in sent if m is n) + missing.get(n.id, 0) == n.quantity for n in problem.supplies)


def test_the_oracle_knows_a_better_answer_from_a_worse_one() -> None:
    problem = Problem((worker("w0", 1), worker("w1", 9)), (task("t0"),))
    tasks, free = list(problem.tasks), {"w0": 1, "w1": 1}
    without_the_nearer = solve(replace(problem, workers=problem.workers[1:]))

    assert best(problem, tasks, free) == reached_by(solve(problem), problem, tasks)
    assert best(problem, tasks, free) > reached_by(without_the_nearer, problem, tasks)
