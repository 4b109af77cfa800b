from app.schemas.vocabulary import Item, Severity
from app.services.matching import Problem, ShortfallCode, solve
from tests.matching.builders import need, sent, stock


def test_a_need_is_served_from_the_nearest_stock() -> None:
    matching = solve(Problem(stocks=(stock("far", 9, 20), stock("near", 9, 5)), supplies=(need("n", 4),)))

    assert sent(matching) == {("n", "near"): 4}
    assert matching.allocations[0].reason == "5.0 km away (about 16 min)"


def test_a_need_larger_than_one_stock_is_split_over_the_nearest() -> None:
    stocks = (stock("a", 3, 5), stock("b", 3, 10), stock("c", 9, 50))
    matching = solve(Problem(stocks=stocks, supplies=(need("n", 5),)))

    assert sent(matching) == {("n", "a"): 3, ("n", "b"): 2}
    assert "part of what is needed" in matching.allocations[0].reason


def test_what_is_not_covered_is_reported_with_its_cure() -> None:
    matching = solve(Problem(stocks=(stock("s", 3),), supplies=(need("n", 5),)))
    (shortfall,) = matching.shortfalls

    assert sent(matching) == {("n", "s"): 3}
    assert (shortfall.missing, shortfall.code) == (2, ShortfallCode.OUT_OF_STOCK)
    assert shortfall.cure == "2 more of blanket (unit: blanket) within 6 h: the stocks in reach are used up."


def test_a_better_class_is_covered_first_however_far() -> None:
    low, critical = need("low", 3, severity=Severity.LOW), need("critical", 3, severity=Severity.CRITICAL)
    matching = solve(Problem(stocks=(stock("s", 4, 60),), supplies=(low, critical)))

    assert sent(matching) == {("critical", "s"): 3, ("low", "s"): 1}


def test_among_equals_the_earlier_request_is_covered() -> None:
    later, earlier = need("a", 1, since="2025-11-28T07:00:00Z"), need("b", 1, since="2025-11-28T05:00:00Z")

    assert sent(solve(Problem(stocks=(stock("s", 1),), supplies=(later, earlier)))) == {("b", "s"): 1}


def test_substitutes_fill_what_is_short_in_the_order_listed() -> None:
    wanted = need("n", 6, substitutes=(Item.SLEEPING_MAT, Item.CLOTHING_SET))
    stocks = (
        stock("clothing", 9, item=Item.CLOTHING_SET),
        stock("mats", 2, item=Item.SLEEPING_MAT),
        stock("blankets", 3),
    )
    matching = solve(Problem(stocks=stocks, supplies=(wanted,)))

    assert sent(matching) == {("n", "blankets"): 3, ("n", "mats"): 2, ("n", "clothing"): 1}
    assert {a.item: a.substitution_for for a in matching.allocations} == {
        Item.BLANKET: None,
        Item.SLEEPING_MAT: Item.BLANKET,
        Item.CLOTHING_SET: Item.BLANKET,
    }
    assert "sleeping mat instead of blanket, which is short" in matching.allocations[1].reason


def test_the_item_itself_goes_to_those_who_ask_for_it_before_it_replaces_another() -> None:
    asks = need("asks", 2, item=Item.SLEEPING_MAT)
    replaced = need("replaced", 2, substitutes=(Item.SLEEPING_MAT,))
    matching = solve(Problem(stocks=(stock("mats", 3, item=Item.SLEEPING_MAT),), supplies=(replaced, asks)))

    assert sent(matching) == {("asks", "mats"): 2, ("replaced", "mats"): 1}


def test_a_better_class_may_use_as_a_substitute_what_a_lower_one_asks_for() -> None:
    low = need("low", 2, item=Item.SLEEPING_MAT, severity=Severity.LOW)
    high = need("high", 2, substitutes=(Item.SLEEPING_MAT,))
    matching = solve(Problem(stocks=(stock("mats", 3, item=Item.SLEEPING_MAT),), supplies=(low, high)))

    assert sent(matching) == {("high", "mats"): 2, ("low", "mats"): 1}


def test_less_severe_needs_never_change_what_more_severe_ones_get() -> None:
    stocks = (stock("a", 2, 5), stock("b", 5, 30))
    high, low = need("high", 3), need("low", 3, severity=Severity.LOW)
    alone = solve(Problem(stocks=stocks, supplies=(high,)))

    assert (
        solve(Problem(stocks=stocks, supplies=(low, high))).allocations[: len(alone.allocations)] == alone.allocations
    )


def test_an_item_that_nobody_holds_is_no_stock() -> None:
    (shortfall,) = solve(Problem(supplies=(need("n", 1),))).shortfalls

    assert (shortfall.missing, shortfall.code) == (1, ShortfallCode.NO_STOCK_OF_ITEM)


def test_a_stock_out_of_reach_is_too_far() -> None:
    (shortfall,) = solve(Problem(stocks=(stock("s", 9, 200),), supplies=(need("n", 1),))).shortfalls

    assert shortfall.code is ShortfallCode.STOCK_TOO_FAR


def test_an_empty_stock_is_out_of_stock() -> None:
    (shortfall,) = solve(Problem(stocks=(stock("s", 0),), supplies=(need("n", 1),))).shortfalls

    assert shortfall.code is ShortfallCode.OUT_OF_STOCK


def test_an_unknown_place_does_not_keep_goods_back() -> None:
    matching = solve(Problem(stocks=(stock("s", 9, None),), supplies=(need("n", 1),)))

    assert sent(matching) == {("n", "s"): 1}
    assert matching.allocations[0].reason == "distance unknown"


def test_a_million_bottles_are_no_more_than_numbers() -> None:
    stocks = tuple(stock(f"s{n}", 5_000_000, n) for n in range(20))
    needs = tuple(need(f"n{n}", 1_000_000, since=str(n)) for n in range(60))
    matching = solve(Problem(stocks=stocks, supplies=needs))

    assert sum(a.quantity for a in matching.allocations) == 60_000_000
    assert not matching.shortfalls


def test_the_order_of_stocks_and_needs_changes_nothing() -> None:
    stocks = tuple(stock(f"s{n}", 2, 7) for n in range(4))
    needs = tuple(need(f"n{n}", 3) for n in range(4))

    assert solve(Problem(stocks=stocks, supplies=needs)) == solve(Problem(stocks=stocks[::-1], supplies=needs[::-1]))
