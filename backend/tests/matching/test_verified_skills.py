"""Where trusted people are asked for, only skills that somebody vouches for count."""

from app.schemas.vocabulary import Severity, Skill
from app.services.matching import Problem, ShortfallCode, solve
from tests.matching.builders import task, teams, worker

BOAT = frozenset({Skill.BOAT_OPERATOR})
NONE: frozenset[Skill] = frozenset()


def test_a_critical_task_goes_past_the_nearer_one_whose_skill_nobody_vouches_for() -> None:
    claimed = worker("claimed", 1, skills=BOAT, proven=NONE)
    proven = worker("proven", 5, skills=BOAT, proven=BOAT)

    rescue = task("rescue", skills_all=BOAT, severity=Severity.CRITICAL)

    assert teams(solve(Problem(workers=(claimed, proven), tasks=(rescue,)))) == {"rescue": {"proven"}}


def test_another_task_takes_people_at_their_word() -> None:
    claimed = worker("claimed", 1, skills=BOAT, proven=NONE)

    assert teams(solve(Problem(workers=(claimed,), tasks=(task("ferry", skills_any=BOAT),)))) == {"ferry": {"claimed"}}


def test_the_shortfall_says_that_verifying_would_help() -> None:
    claimed = worker("claimed", 1, skills=BOAT, proven=NONE)
    rescue = task("rescue", skills_all=BOAT, verified_only=True)

    (gap,) = solve(Problem(workers=(claimed,), tasks=(rescue,))).shortfalls

    assert gap.code is ShortfallCode.UNVERIFIED_ONLY
    assert "verify them first" in gap.cure


def test_the_reason_names_only_skills_that_counted() -> None:
    both = frozenset({Skill.BOAT_OPERATOR, Skill.SWIFTWATER_RESCUE})
    person = worker("person", 1, skills=both, proven=BOAT)
    rescue = task("rescue", skills_any=both, severity=Severity.CRITICAL)

    (chosen,) = solve(Problem(workers=(person,), tasks=(rescue,))).assignments

    assert chosen.reason.startswith("boat operator,")


def test_somebody_who_is_not_verified_is_not_trusted_for_their_verified_skills() -> None:
    person = worker("person", 1, skills=BOAT, proven=BOAT, verified=False)
    rescue = task("rescue", skills_all=BOAT, severity=Severity.CRITICAL)

    assert not solve(Problem(workers=(person,), tasks=(rescue,))).assignments
