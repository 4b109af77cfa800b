import pytest

from app.schemas.vocabulary import RoleId, Severity, Skill
from app.services.matching import Problem, Shortfall, ShortfallCode, TaskNeed, Worker, solve
from tests.matching.builders import HERE, task, worker

RESPONDER = RoleId.FIRST_RESPONDER
BOAT = frozenset({Skill.BOAT_OPERATOR})
RESCUE = frozenset({Skill.BOAT_OPERATOR, Skill.SWIFTWATER_RESCUE})


def only_shortfall(task: TaskNeed, *workers: Worker) -> Shortfall:
    (shortfall,) = solve(Problem(workers, (task,))).shortfalls
    return shortfall


@pytest.mark.parametrize(
    ("wanted", "there", "code"),
    [
        (task("t"), (), ShortfallCode.NO_PEOPLE),
        (task("t", role=RESPONDER), (worker("w"),), ShortfallCode.WRONG_ROLE),
        (task("t", skills_all=BOAT), (worker("w"),), ShortfallCode.NO_SKILL_IN_REACH),
        (task("t", skills_any=RESCUE), (worker("w"),), ShortfallCode.NO_SKILL_IN_REACH),
        (task("t", verified_only=True), (worker("w", verified=False),), ShortfallCode.UNVERIFIED_ONLY),
        (task("t", severity=Severity.CRITICAL), (worker("w", verified=False),), ShortfallCode.UNVERIFIED_ONLY),
        (task("t"), (worker("w", None),), ShortfallCode.POSITION_UNKNOWN),
        (task("t"), (worker("w", 75),), ShortfallCode.TOO_FAR),
        (task("t", excluded=frozenset({"w"})), (worker("w"),), ShortfallCode.ALL_DECLINED),
        (task("t"), (worker("w", free=0),), ShortfallCode.ALL_COMMITTED),
        (task("t", 2), (worker("w"),), ShortfallCode.TEAM_INCOMPLETE),
    ],
)
def test_a_shortfall_names_the_rule_that_left_nobody(
    wanted: TaskNeed, there: tuple[Worker, ...], code: ShortfallCode
) -> None:
    shortfall = only_shortfall(wanted, *there)

    assert (shortfall.code, shortfall.missing, shortfall.blocking) == (code, 1, True)


def test_a_first_responder_may_stand_in_for_a_volunteer_and_is_trusted() -> None:
    responder = worker("w", role=RESPONDER, verified=False)

    assert not solve(Problem((responder,), (task("t", severity=Severity.CRITICAL),))).shortfalls


def test_the_cure_says_how_many_of_whom_within_what_time() -> None:
    wanted = task("t", 3, role=RESPONDER, skills_all=frozenset({Skill.SAR}), skills_any=RESCUE)
    able = worker("w", role=RESPONDER, skills=frozenset({Skill.SAR, Skill.BOAT_OPERATOR}))
    shortfall = only_shortfall(wanted, able)

    assert shortfall.missing == 2
    assert shortfall.cure == (
        "2 more first responders with sar and swiftwater rescue or boat operator within 3 h: "
        "1 person could come, the least team is 3."
    )


def test_the_cure_for_distance_names_the_nearest() -> None:
    shortfall = only_shortfall(task("t"), worker("far", 100), worker("less-far", 75))

    assert shortfall.cure == "1 more volunteer within 3 h: the nearest is 75.0 km away (about 243 min)."


def test_the_cure_for_the_unverified_is_to_verify_them() -> None:
    shortfall = only_shortfall(task("t", verified_only=True), worker("w", verified=False))

    assert (
        shortfall.cure
        == "1 more verified volunteer within 3 h: 1 person would do but is not verified; verify them first."
    )


def test_empty_places_of_a_team_that_can_start_do_not_block_it() -> None:
    shortfall = only_shortfall(task("t", 3, min_people=1), worker("w"))

    assert (shortfall.missing, shortfall.blocking, shortfall.code) == (2, False, ShortfallCode.NO_PEOPLE)


def test_who_went_to_a_better_class_is_called_committed() -> None:
    tasks = (task("first"), task("second", severity=Severity.LOW))
    (shortfall,) = solve(Problem((worker("w"),), tasks)).shortfalls

    assert (shortfall.need_id, shortfall.code) == ("second", ShortfallCode.ALL_COMMITTED)


def test_a_reason_reads_as_a_coordinator_would_say_it() -> None:
    pilot = worker("w", 4.2, skills=BOAT, position_age_minutes=10.0)
    (assignment,) = solve(Problem((pilot,), (task("t", skills_any=RESCUE),))).assignments

    assert assignment.reason == (
        "boat operator, 4.2 km away (about 14 min), position 10 min old, nearest free with the skill"
    )


@pytest.mark.parametrize(
    ("workers", "words"),
    [
        ((worker("w", position_age_minutes=95.0),), "position 95 min old, so the distance is uncertain"),
        ((worker("w", position_age_minutes=None),), "position of unknown age, so the distance is uncertain"),
        ((worker("w", 4), worker("stale", 2, position_age_minutes=95.0)), "1 nearer with an older position"),
        ((worker("w"),), "volunteer, 1.0 km away (about 3 min), position 5 min old, nearest free, as proposed before"),
    ],
)
def test_a_reason_names_what_weighed(workers: tuple[Worker, ...], words: str) -> None:
    previous = {"t": ("w",)} if "before" in words else {}
    (assignment,) = solve(Problem(workers, (task("t"),), previous=previous)).assignments

    assert assignment.worker_id == "w"
    assert words in assignment.reason


def test_a_reason_says_when_nearer_people_are_used_elsewhere() -> None:
    tasks = (task("boxes"), task("boat", skills_all=BOAT))
    found = solve(Problem((worker("pilot", 0, skills=BOAT), worker("porter", 8)), tasks)).assignments

    assert "1 nearer is used elsewhere" in next(a.reason for a in found if a.task_id == "boxes")


def test_a_reason_says_when_the_place_is_unknown() -> None:
    (assignment,) = solve(Problem((worker("w"),), (task("t", position=None),))).assignments

    assert assignment.reason == "volunteer, the place of the task is unknown, so distance did not count"


def test_everybody_with_the_place_known_is_measured_from_it() -> None:
    assert solve(Problem((worker("w", 0),), (task("t", position=HERE),))).assignments[0].distance_km == 0.0
