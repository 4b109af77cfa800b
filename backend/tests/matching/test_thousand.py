"""A thousand disasters drawn at random, each matched, and each matching held against rules written down once more."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product
from random import Random

import pytest

from app.schemas.vocabulary import Item, RoleId, Skill
from app.services.matching import (
    Area,
    Limits,
    Matching,
    Order,
    Part,
    Point,
    Problem,
    Stock,
    SupplyNeed,
    TaskNeed,
    Worker,
    solve,
)
from tests.matching.checker import URGENCY, cast, check, objections, start, whole

SKILLS = (Skill.FIRST_AID, Skill.DRIVER, Skill.LANGUAGE_TA)


def place(random: Random) -> Point:
    return Point(6.5 + random.random() * 1.2, 80.0 + random.random() * 0.8)


def maybe(random: Random, share: float) -> bool:
    return random.random() < share


def drawn(seed: int, *, people: int = 14, tasks: int = 9) -> Problem:
    """Everything that a problem can say, in every mixture."""
    random = Random(seed)
    workers = tuple(_worker(random, n) for n in range(random.randint(0, people)))
    needs = tuple(_task(random, n) for n in range(random.randint(1, tasks)))
    return Problem(
        workers=workers,
        tasks=needs,
        stocks=tuple(
            Stock(f"s{n}", random.choice((Item.BLANKET, Item.TARPAULIN)), random.randint(0, 9), place(random))
            for n in range(random.randint(0, 4))
        ),
        supplies=tuple(_supply(random, n) for n in range(random.randint(0, 4))),
        limits=Limits(
            exact_pairs=random.choice((0, 60)),
            all_pairs=random.choice((0, 10**6)),
            gap_share=0.0,
            order=random.choice((Order.CLASS, Order.CLASS, Order.COVERAGE)),
        ),
        previous={"t0": ("w0", "w3")} if maybe(random, 0.3) else {},
        closed=tuple(_area(random, n) for n in range(random.choice((0, 0, 1, 2)))),
    )


def _worker(random: Random, number: int) -> Worker:
    skills = frozenset(skill for skill in SKILLS if maybe(random, 0.5))
    return Worker(
        id=f"w{number}",
        role=random.choice((RoleId.VOLUNTEER, RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER, RoleId.ADMIN)),
        verified=maybe(random, 0.7),
        skills=skills,
        position=place(random) if maybe(random, 0.9) else None,
        position_age_minutes=random.choice((None, 3.0, 3.0, 50.0, 900.0)),
        free=random.choice((0, 1, 1, 2)),
        proven=frozenset(skill for skill in skills if maybe(random, 0.8)) if maybe(random, 0.4) else None,
        brings=frozenset({Item.VEHICLE}) if maybe(random, 0.4) else frozenset(),
        worked_minutes=random.choice((0.0, 0.0, 200.0, 650.0, 730.0)),
        rested_minutes=random.choice((None, None, 100.0, 600.0)),
    )


def _task(random: Random, number: int) -> TaskNeed:
    people = random.randint(1, 4)
    parts = (Part(1, skills_all=frozenset({Skill.DRIVER}), brings=frozenset({Item.VEHICLE})), Part(1))
    speaker = (Part(1, skills_any=frozenset({Skill.LANGUAGE_TA, Skill.FIRST_AID})),)
    return TaskNeed(
        id=f"t{number}",
        request_id=f"r{number}",
        severity=random.choice(URGENCY),
        since=f"2025-11-28T0{random.randint(0, 9)}:00:00Z",
        position=place(random) if maybe(random, 0.9) else None,
        role=random.choice((RoleId.VOLUNTEER, RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER)),
        people=people,
        min_people=random.choice((1, random.randint(0, people))),
        skills_all=frozenset(skill for skill in SKILLS if maybe(random, 0.15)),
        skills_any=frozenset(skill for skill in SKILLS if maybe(random, 0.2)),
        verified_only=maybe(random, 0.1),
        excluded=frozenset({"w1"}) if maybe(random, 0.2) else frozenset(),
        kept=("w2",) if maybe(random, 0.15) else ("elsewhere",) if maybe(random, 0.05) else (),
        parts=random.choice(((), (), (), parts, speaker)),
        in_pairs=maybe(random, 0.15),
    )


def _supply(random: Random, number: int) -> SupplyNeed:
    return SupplyNeed(
        id=f"n{number}",
        request_id=f"r{number}",
        severity=random.choice(URGENCY),
        since="2025-11-28T06:00:00Z",
        item=Item.BLANKET,
        quantity=random.randint(1, 8),
        position=place(random),
        substitutes=(Item.TARPAULIN,) if maybe(random, 0.5) else (),
    )


def _area(random: Random, number: int) -> Area:
    skills = frozenset({Skill.FIRST_AID}) if maybe(random, 0.5) else frozenset()
    role = random.choice((RoleId.FIRST_RESPONDER, RoleId.VOLUNTEER))
    return Area(f"a{number}", place(random), random.uniform(5, 40), role=role, skills_any=skills)


@pytest.mark.parametrize("hundred", range(10))
def test_every_matching_keeps_the_rules_and_no_severe_need_waits_for_somebody_a_lower_one_has(hundred: int) -> None:
    for seed in range(hundred * 100, hundred * 100 + 100):
        problem = drawn(seed)
        check(problem, solve(problem))


def teams_for(problem: Problem, task: TaskNeed, free: dict[str, int]) -> Iterator[tuple[str, ...]]:
    """Every team that may go, and nobody."""
    able = [w for w in problem.workers if free[w.id] > 0 and not list(objections(w, task, problem))]
    known = [w for w in problem.workers if w.id in task.kept]
    yield ()
    most = max(whole(task) - len(task.kept), 0)
    for size in range(max(1, start(task) - len(task.kept)), most + 1):
        for team in combinations(able, size):
            if cast([*team, *known], task):
                yield tuple(w.id for w in team)


def most_teams_and_people(problem: Problem, tasks: list[TaskNeed], free: dict[str, int]) -> tuple[int, int]:
    """By trying everything."""
    best = (0, 0)
    for choice in product(*(list(teams_for(problem, task, free)) for task in tasks)):
        if all(sum(id in team for team in choice) <= free[id] for team_ in choice for id in team_):
            starting = sum(bool(team) or start(t) <= len(t.kept) for team, t in zip(choice, tasks, strict=True))
            best = max(best, (starting, sum(map(len, choice))))
    return best


def taken(matching: Matching, task: TaskNeed) -> list[str]:
    return [one.worker_id for one in matching.assignments if one.task_id == task.id]


@pytest.mark.parametrize("hundred", range(3))
def test_small_ones_have_as_many_teams_and_people_of_each_class_as_trying_everything_finds(hundred: int) -> None:
    for seed in range(5000 + hundred * 100, 5000 + hundred * 100 + 100):
        plain = drawn(seed, people=6, tasks=4)
        # Somebody who is kept may fill a part or not, which the two sides would count differently.
        tasks = tuple(replace(task, kept=()) for task in plain.tasks)
        problem = replace(plain, tasks=tasks, limits=Limits(all_pairs=plain.limits.all_pairs, gap_share=0.0))
        matching = solve(problem)
        if not matching.proven:
            continue
        free = {w.id: w.free for w in problem.workers}
        for severity in URGENCY:
            mine = [task for task in problem.tasks if task.severity is severity]
            reached = (
                sum(bool(taken(matching, t)) or start(t) == 0 for t in mine),
                sum(len(taken(matching, t)) for t in mine),
            )
            assert reached == most_teams_and_people(problem, mine, free), (seed, severity)
            for task in mine:
                for id in taken(matching, task):
                    free[id] -= 1
