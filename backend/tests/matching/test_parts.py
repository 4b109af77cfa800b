"""Teams whose members differ, and the rules about where and when somebody may go."""

import pytest

from app.schemas.vocabulary import Item, RoleId, Severity, Skill
from app.services.matching import Area, Limits, Order, Part, Point, Problem, ShortfallCode, Worker, solve
from tests.matching.builders import HERE, km_north, task, teams, worker

DRIVER, TAMIL = frozenset({Skill.DRIVER}), frozenset({Skill.LANGUAGE_TA})
CAR = frozenset({Item.VEHICLE})


def test_a_driver_with_a_helper_needs_one_driver_only() -> None:
    ride = task("ride", 2, parts=(Part(1, DRIVER),))
    people = (worker("driver", 9, skills=DRIVER), worker("helper", 1), worker("other", 2))

    assert teams(solve(Problem(people, (ride,)))) == {"ride": {"driver", "helper"}}


def test_one_person_does_not_play_two_parts() -> None:
    both = worker("both", 1, skills=DRIVER | TAMIL, free=2)
    visit = task("visit", 2, parts=(Part(1, DRIVER), Part(1, TAMIL)))
    alone = solve(Problem((both,), (visit,)))
    helped = solve(Problem((both, worker("second", 2, skills=DRIVER)), (visit,)))

    assert not alone.assignments
    assert alone.shortfalls[0].blocking
    assert teams(helped) == {"visit": {"both", "second"}}


def test_somebody_free_twice_sits_once_in_a_team() -> None:
    people = (worker("both", 1, skills=DRIVER | TAMIL, free=2), worker("tamil", 9, skills=TAMIL, free=2))

    assert teams(solve(Problem(people, (task("visit", 2, parts=(Part(1, DRIVER), Part(1, TAMIL))),)))) == {
        "visit": {"both", "tamil"}
    }


def test_a_team_without_the_part_is_released_and_the_cure_names_it() -> None:
    ride = task("ride", 2, parts=(Part(1, DRIVER, brings=CAR),))
    (gap,) = solve(Problem((worker("a"), worker("b", skills=DRIVER)), (ride,))).shortfalls

    assert gap.blocking
    assert gap.code is ShortfallCode.NO_SKILL_IN_REACH
    assert "driver and vehicle" in gap.cure


def test_the_reason_says_what_somebody_brings() -> None:
    ride = task("ride", 1, parts=(Part(1, DRIVER, brings=CAR),))
    (sent,) = solve(Problem((worker("w", skills=DRIVER, brings=CAR),), (ride,))).assignments

    assert sent.reason.startswith("driver, with vehicle, 1.0 km away")


def test_somebody_kept_plays_their_part() -> None:
    ride = task("ride", 2, parts=(Part(1, DRIVER),), kept=("driver",))

    assert teams(solve(Problem((worker("driver", skills=DRIVER, free=0), worker("helper")), (ride,)))) == {
        "ride": {"helper"}
    }


def test_nobody_goes_alone_where_pairs_are_asked_for() -> None:
    visit = task("visit", 1, in_pairs=True)

    assert not solve(Problem((worker("a"),), (visit,))).assignments
    assert teams(solve(Problem((worker("a"), worker("b")), (visit,)))) == {"visit": {"a", "b"}}


RING = tuple(Point(HERE.lat + lat, HERE.lng + lng) for lat, lng in ((-0.01, -0.01), (-0.01, 0.01), (0.02, 0.0)))


@pytest.mark.parametrize("area", [Area("slide", HERE, 2.0), Area("slide", ring=RING)])
def test_only_the_fitting_role_goes_into_a_closed_area(area: Area) -> None:
    near, responder = worker("near", 1), worker("responder", 9, role=RoleId.FIRST_RESPONDER)
    inside, outside = task("inside"), task("outside", position=km_north(3))

    assert teams(solve(Problem((near, responder), (inside, outside), closed=(area,)))) == {
        "inside": {"responder"},
        "outside": {"near"},
    }
    (gap,) = solve(Problem((near,), (inside,), closed=(area,))).shortfalls
    assert gap.code is ShortfallCode.AREA_CLOSED
    assert "may not enter a closed area" in gap.cure


@pytest.mark.parametrize(
    ("who", "goes"),
    [
        (worker("w", worked_minutes=719.0, km=0.0), True),
        (worker("w", worked_minutes=720.0), False),
        (worker("w", worked_minutes=700.0, km=10.0), False),
        (worker("w", rested_minutes=479.0), False),
        (worker("w", rested_minutes=480.0), True),
        (worker("w", position_age_minutes=721.0), False),
    ],
)
def test_shifts_rest_and_old_positions_are_hard_limits(who: Worker, goes: bool) -> None:
    matching = solve(Problem((who,), (task("t"),)))

    assert bool(matching.assignments) is goes
    assert bool(matching.shortfalls) is not goes


def test_coverage_first_sends_somebody_further_so_that_another_task_is_served() -> None:
    skilled, plain = worker("skilled", 1, skills=DRIVER), worker("plain", 40)
    tasks = (task("any", severity=Severity.CRITICAL), task("drive", severity=Severity.LOW, skills_all=DRIVER))

    assert teams(solve(Problem((skilled, plain), tasks))) == {"any": {"skilled"}}
    assert teams(solve(Problem((skilled, plain), tasks, limits=Limits(order=Order.COVERAGE)))) == {
        "any": {"plain"},
        "drive": {"skilled"},
    }
