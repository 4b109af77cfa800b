"""Where not every pair is looked at, what comes out is as good as if it were; the fast path keeps the rules."""

from dataclasses import replace

import pytest

from app.schemas.vocabulary import Severity
from app.services.matching import Limits, Matching, Order, Problem, ShortfallCode, Standby, solve
from bench.matching_draw import Size, draw
from tests.matching.builders import task, teams, worker
from tests.matching.checker import check

SIZE = Size(150, 260, 12)


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("seed", range(4))
def test_prices_find_what_listing_every_pair_finds(seed: int, order: Order) -> None:
    problem = draw(SIZE, teams=False, seed=seed)
    few = solve(replace(problem, limits=Limits(order=order, all_pairs=0, gap_share=0.0)))
    every = solve(replace(problem, limits=Limits(order=order, all_pairs=2**40)))

    first = len(every.tallies) if order is Order.COVERAGE else 1  # later classes depend on ties in the earlier ones
    assert sum(one.minutes for one in few.tallies[:first]) == pytest.approx(
        sum(one.minutes for one in every.tallies[:first])
    )
    assert [one.sent for one in few.tallies[:first]] == [one.sent for one in every.tallies[:first]]
    assert all(one.sent == one.most_sent for one in few.tallies)
    assert few.least_minutes == pytest.approx(sum(one.minutes for one in few.tallies), abs=0.5)


def test_a_gap_that_is_allowed_is_within_its_bound() -> None:
    matching = solve(replace(draw(SIZE, teams=False), limits=Limits(all_pairs=0)))

    assert matching.least_minutes is not None
    spent = sum(one.minutes for one in matching.tallies)
    assert matching.least_minutes <= spent <= matching.least_minutes * 1.03


@pytest.mark.parametrize("seed", range(3))
def test_teams_keep_every_rule_where_few_pairs_are_looked_at(seed: int) -> None:
    problem = replace(draw(SIZE, teams=True, seed=seed), limits=Limits(all_pairs=0))

    check(problem, solve(problem))


def test_one_new_task_gets_who_a_full_run_would_send() -> None:
    problem = draw(SIZE, teams=True, seed=3)
    standby = Standby(problem.workers, problem.limits)

    def said(matching: Matching) -> object:
        gaps = [(gap.code, gap.missing) for gap in matching.shortfalls]
        return sorted((one.task_id, one.travel_minutes) for one in matching.assignments), gaps

    for one in problem.tasks[:60]:
        quick, full = standby.propose(one), solve(Problem(problem.workers, (one,)))
        assert said(quick) == said(full)


def test_who_was_taken_is_not_proposed_again() -> None:
    standby = Standby((worker("near", 1), worker("far", 9)), Limits())
    first = standby.propose(task("a"))
    standby.take("near")

    assert teams(first) == {"a": {"near"}}
    assert teams(standby.propose(task("b"))) == {"b": {"far"}}
    standby.take("far")
    (gap,) = standby.propose(task("c", severity=Severity.CRITICAL)).shortfalls
    assert gap.code is ShortfallCode.ALL_COMMITTED
