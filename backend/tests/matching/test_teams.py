from app.schemas.vocabulary import RoleId, Severity, Skill
from app.services.matching import Limits, Matching, Problem, ShortfallCode, solve
from tests.matching.builders import HERE, km_north, task, teams, worker

CRITICAL, HIGH, LOW = Severity.CRITICAL, Severity.HIGH, Severity.LOW
EARLIER, LATER = "2025-11-28T05:00:00Z", "2025-11-28T07:00:00Z"


def crew(number: int) -> tuple[str, ...]:
    return tuple(f"w{place}" for place in range(number))


def test_nothing_asked_and_nobody_there_is_an_empty_matching() -> None:
    assert solve(Problem()) == Matching()
    assert solve(Problem(workers=(worker("w"),))) == Matching()


def test_the_nearest_is_sent() -> None:
    matching = solve(Problem((worker("far", 9), worker("near", 2)), (task("t"),)))

    assert teams(matching) == {"t": {"near"}}
    assert matching.assignments[0].distance_km == 2.0
    assert matching.assignments[0].travel_minutes == 6.5


def test_three_workers_complete_one_of_a_team_of_three_and_a_team_of_two() -> None:
    matching = solve(Problem(tuple(map(worker, crew(3))), (task("three", 3), task("two", 2))))

    assert teams(matching) == {"three": set(crew(3))}
    assert [s.need_id for s in matching.shortfalls if s.blocking] == ["two"]


def test_three_workers_complete_exactly_one_of_two_pairs_the_earlier_when_all_else_is_equal() -> None:
    tasks = (task("a", 2, since=LATER), task("b", 2, since=EARLIER))

    assert teams(solve(Problem(tuple(map(worker, crew(3))), tasks))) == {"b": {"w0", "w1"}}


def test_more_complete_teams_come_before_more_people() -> None:
    tasks = (task("five", 5), task("two", 2), task("also-two", 2))

    assert set(teams(solve(Problem(tuple(map(worker, crew(5))), tasks)))) == {"two", "also-two"}


def test_people_above_the_minimum_never_take_the_last_of_another_minimum() -> None:
    near = task("near", 3, min_people=1)
    far = task("far", 2, position=km_north(40))

    assert {id: len(team) for id, team in teams(solve(Problem(tuple(map(worker, crew(3))), (near, far)))).items()} == {
        "near": 1,
        "far": 2,
    }


def test_a_released_team_frees_its_people_for_its_class_and_for_lower_ones() -> None:
    tasks = (task("four", 4), task("one", 1, since=LATER), task("low", 2, severity=LOW))

    assert {id: len(team) for id, team in teams(solve(Problem(tuple(map(worker, crew(3))), tasks))).items()} == {
        "one": 1,
        "low": 2,
    }


def test_a_better_class_is_served_first_however_far() -> None:
    only = worker("w", 0, role=RoleId.FIRST_RESPONDER)
    tasks = (task("near", severity=HIGH), task("far", severity=CRITICAL, position=km_north(50)))

    assert teams(solve(Problem((only,), tasks))) == {"far": {"w"}}


def test_among_equals_the_earlier_request_is_served() -> None:
    tasks = (task("a", since=LATER), task("b", since=EARLIER))

    assert teams(solve(Problem((worker("w"),), tasks))) == {"b": {"w"}}


def test_nobody_fills_two_places_of_one_task() -> None:
    matching = solve(Problem((worker("w", free=2),), (task("t", 2),)))

    assert not matching.assignments
    assert matching.shortfalls[0].missing == 1


def test_a_worker_takes_as_many_tasks_as_they_are_free_for() -> None:
    tasks = (task("a"), task("b"), task("c"))

    assert len(solve(Problem((worker("w", free=2),), tasks)).assignments) == 2


def test_those_kept_count_towards_the_team_and_are_not_proposed_again() -> None:
    pair = task("t", 3, min_people=2, kept=("kept",))
    matching = solve(Problem((worker("kept", 0), worker("new", 9)), (pair,)))

    assert teams(matching) == {"t": {"new"}}
    assert (matching.shortfalls[0].missing, matching.shortfalls[0].blocking) == (1, False)


def test_a_full_team_asks_for_nobody() -> None:
    assert solve(Problem((worker("w"),), (task("t", 1, kept=("someone",)),))) == Matching()


def test_the_last_proposal_is_kept_against_a_slightly_nearer_newcomer_only() -> None:
    workers = (worker("before", 2), worker("slightly", 1.5), worker("much", 0))
    previous = {"t": ("before",)}

    assert teams(solve(Problem(workers[:2], (task("t"),), previous=previous))) == {"t": {"before"}}
    assert teams(solve(Problem(workers, (task("t"),), previous=previous))) == {"t": {"much"}}


def test_the_last_proposal_gives_way_to_a_better_class() -> None:
    only = worker("w", role=RoleId.FIRST_RESPONDER)
    tasks = (task("old"), task("new", severity=CRITICAL, position=km_north(30)))

    assert teams(solve(Problem((only,), tasks, previous={"old": ("w",)}))) == {"new": {"w"}}


def test_a_stale_position_costs_and_a_fresh_one_is_preferred() -> None:
    workers = (worker("stale", 2, position_age_minutes=90.0), worker("fresh", 4))

    assert teams(solve(Problem(workers, (task("t"),)))) == {"t": {"fresh"}}


def test_a_task_without_a_place_takes_anybody_even_without_a_position() -> None:
    matching = solve(Problem((worker("lost", None),), (task("t", position=None),)))

    assert teams(matching) == {"t": {"lost"}}
    assert matching.assignments[0].distance_km is None


def test_the_plan_reaches_more_than_sending_the_nearest_in_order() -> None:
    """Nearest first would send the boat operator to carry boxes and leave the boat without anybody."""
    boat = frozenset({Skill.BOAT_OPERATOR})
    workers = (worker("pilot", 0, skills=boat), worker("porter", 8))
    tasks = (task("boxes", since=EARLIER), task("boat", since=LATER, skills_all=boat))

    assert teams(solve(Problem(workers, tasks))) == {"boxes": {"porter"}, "boat": {"pilot"}}


def test_too_many_pairs_for_the_proof_still_give_a_team_and_say_so() -> None:
    problem = Problem(tuple(map(worker, crew(3))), (task("a", 2), task("b", 2)), limits=Limits(exact_pairs=0))
    matching = solve(problem)

    assert not matching.proven
    assert len(teams(matching)) == 1


def test_somebody_who_declined_is_not_asked_again() -> None:
    matching = solve(Problem((worker("no"), worker("yes", 50)), (task("t", excluded=frozenset({"no"})),)))

    assert teams(matching) == {"t": {"yes"}}


def test_a_critical_task_never_gets_an_unverified_volunteer() -> None:
    helper = worker("w", verified=False)

    assert not solve(Problem((helper,), (task("t", severity=CRITICAL),))).assignments
    assert solve(Problem((helper,), (task("t", severity=HIGH),))).assignments


def test_affected_people_and_admins_are_never_sent() -> None:
    workers = (worker("a", role=RoleId.AFFECTED_INDIVIDUAL), worker("b", role=RoleId.ADMIN))
    matching = solve(Problem(workers, (task("t"),)))

    assert not matching.assignments
    assert matching.shortfalls[0].code is ShortfallCode.NO_PEOPLE


def test_the_travel_limit_is_kept_to_the_minute() -> None:
    limits = Limits(max_travel_minutes=60, detour=1.0, speed_kmh=30.0)
    inside, outside = worker("inside", 29.9), worker("outside", 30.1)

    assert teams(solve(Problem((inside, outside), (task("t", 2, min_people=1, position=HERE),), limits=limits))) == {
        "t": {"inside"}
    }
