"""The index finds what comparing with everybody finds, and nothing else."""

import math
import random
import statistics
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.duplicates import Index, Limits, Link, Reason, Report, Wording
from tests.duplicates.reports import report

CRY = "We are trapped on the roof at Temple Road with two small children, water is rising, please send a boat"


def linked(one: Report, other: Report) -> bool:
    index = Index()
    index.put(other)
    found = index.near(one).ids
    assert found in ((), (other.id,))
    return bool(found)


# --- the rules


@pytest.mark.parametrize(
    ("metres", "hours", "expected"),
    [(2000, 48, True), (2000.1, 0, False), (0, 48.001, False), (1999, -48, True), (3000, 0, False)],
)
def test_the_same_words_are_linked_within_two_kilometres_and_two_days(
    metres: float, hours: float, expected: bool
) -> None:
    assert linked(report("b", CRY, metres=metres, hours=hours), report("a", CRY)) is expected


def test_one_person_saying_it_again_is_linked_on_less() -> None:
    again = "Nobody came yet! We are trapped on the roof at Temple Road with two small children"

    assert linked(report("b", again, sender="me", metres=400, hours=9), report("a", CRY, sender="me"))
    assert not linked(report("b", again, metres=400, hours=9), report("a", CRY))


def test_neighbours_with_other_door_numbers_are_not_linked() -> None:
    rest = "the ground floor is flooded, two old people are inside and cannot swim, please come with a boat soon"

    assert linked(report("b", f"At 14 Galle Road {rest}"), report("a", f"At 14 Galle Rd {rest}"))
    assert not linked(report("b", f"At 14 Galle Road {rest}"), report("a", f"At 15 Galle Road {rest}"))


def test_typing_in_a_hurry_is_forgiven_next_door() -> None:
    typed = "need insuline for my mothr behind pharmcy"
    meant = "Need insulin for my mother behind pharmacy"

    assert linked(report("b", typed, metres=60), report("a", meant))
    assert not linked(report("b", typed, metres=900), report("a", meant))


def test_without_a_position_only_long_equal_words_about_one_disaster_tell() -> None:
    placeless = report("b", CRY, metres=None)

    assert linked(placeless, report("a", CRY))
    assert linked(placeless, report("a", CRY, metres=None))
    assert not linked(placeless, report("a", CRY, disaster="other"))
    assert not linked(replace(placeless, disaster=None), report("a", CRY, metres=None, disaster=None))
    assert not linked(report("b", "please help us now", metres=None), report("a", "please help us now"))
    assert linked(
        report("b", "please help us now", metres=None, sender="me"), report("a", "please help us now", sender="me")
    )


def test_the_same_story_under_another_title_is_linked() -> None:
    assert linked(report("b", CRY, title="SOS"), report("a", CRY, title="Family with children needs a boat"))
    assert not linked(report("b", "please help", title="Insulin"), report("a", "please help", title="Boat needed"))


def test_calls_without_words_are_linked_only_for_one_sender_in_one_place() -> None:
    assert linked(report("b", "", sender="me", metres=50), report("a", "", sender="me"))
    assert not linked(report("b", "", sender="me", metres=900), report("a", "", sender="me"))
    assert not linked(report("b", ""), report("a", ""))


def test_a_link_says_what_speaks_for_it() -> None:
    index = Index()
    index.put(report("far", CRY, metres=1500, hours=2))
    index.put(report("near", CRY, metres=120, hours=2, sender="me"))
    index.put(report("longer", f"{CRY}. My father is with us", metres=10))

    found = index.near(report("new", CRY, hours=3, sender="me"), most=2)

    assert found.ids == ("near", "far", "longer")
    assert found.links == (
        Link("near", Reason.WORDS, similarity=1.0, metres=120, hours=1.0, same_sender=True),
        Link("far", Reason.WORDS, similarity=1.0, metres=1500, hours=1.0, same_sender=False),
    )


# --- the set that is searched


def test_what_is_replaced_or_forgotten_is_not_found_as_it_was() -> None:
    index = Index()
    index.put(report("a", CRY))
    index.put(report("a", "Bus stuck in the water at Malwala"))
    index.put(report("b", CRY, hours=-50))
    index.put(report("c", CRY, hours=1))
    index.put(report("d", CRY, hours=1))

    index.expire(report("x", "", hours=0).at)
    index.discard("d")
    index.discard("d")

    assert index.near(report("new", CRY)).ids == ("c",)
    assert len(index) == 2
    assert "b" not in index


def test_an_index_emptied_again_holds_nothing() -> None:
    index = Index()
    for n in range(50):
        index.put(report(f"r{n}", f"{CRY} {n % 7}", title="SOS" if n % 2 else ""))
    for n in range(50):
        index.discard(f"r{n}")

    assert not any((index._shingles._slots, index._sounds._slots, index._wordings, index._holders, index._ids))


# --- against comparing with everybody

WORDS = (
    "roof",
    "boat",
    "water",
    "temple",
    "road",
    "help",
    "baby",
    "12",
    "14",
    "house",
    "send",
    "mother",
    "rof",
    "watr",
)
reports = st.builds(
    report,
    id=st.uuids().map(str),
    words=st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
    metres=st.none() | st.sampled_from([0, 150, 200, 1000, 1990, 2000, 2500]) | st.floats(0, 2500),
    hours=st.sampled_from([0, 5, 6, 7, 48]) | st.floats(0, 60),
    sender=st.none() | st.sampled_from(["one", "two"]),
    title=st.sampled_from(["", "", "help", "boat roof"]),
    disaster=st.sampled_from([None, "flood", "slide"]),
)


def said_to_be_linked(a: Report, b: Report, limits: Limits) -> bool:
    """The rules once more, for one pair, in plain words."""
    pairs = [(x, y) for x in (a.whole, a.alone) for y in (b.whole, b.alone) if x is not None and y is not None]
    return any(_pair(a, b, x, y, limits) for x, y in pairs)


def _pair(a: Report, b: Report, x: Wording, y: Wording, limits: Limits) -> bool:
    hours = abs(a.at - b.at) / 3600
    if hours > limits.window_hours + 1e-6:
        return False
    km = _haversine(a.position, b.position)
    placed, near = km is not None and km <= limits.reach_km + 1e-6, km is not None and km <= limits.near_km + 1e-6
    shared, heard = set(x.shingles) & set(y.shingles), set(x.sounds) & set(y.sounds)
    jaccard = len(shared) / len(set(x.shingles) | set(y.shingles))
    if not x.length or not y.length:
        return a.sender == b.sender and near and x.length == y.length
    alike = len(heard) / len(set(x.sounds) | set(y.sounds))
    least, fewest = min(len(x.shingles), len(y.shingles)), min(len(x.sounds), len(y.sounds))
    doors = bool(x.doors and y.doors and not x.doors & y.doors)
    agree = not doors and (x.numbers <= y.numbers or y.numbers <= x.numbers)
    if placed and (jaccard >= limits.certain or (jaccard >= limits.similar and not doors)):
        return True
    if placed and agree and len(shared) / least >= limits.contained and least >= limits.contained_shingles:
        return True
    if placed and agree and alike >= limits.alike and fewest >= limits.alike_words:
        return True
    if (
        near
        and agree
        and hours <= limits.near_hours + 1e-6
        and alike >= limits.near_alike
        and fewest >= limits.near_words
    ):
        return True
    told = jaccard >= limits.sender_similar or alike >= limits.sender_alike
    if a.sender == b.sender and (placed or km is None) and agree and told:
        return True
    if km is None and a.disaster is not None and a.disaster == b.disaster and not doors:
        return jaccard >= limits.unplaced and least >= limits.unplaced_shingles
    return False


def _haversine(a: tuple[float, float] | None, b: tuple[float, float] | None) -> float | None:
    if a is None or b is None:
        return None
    (lat, lng), (lat2, lng2) = (tuple(map(math.radians, place)) for place in (a, b))
    half = math.sin((lat - lat2) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lng - lng2) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(half))


@given(st.lists(reports, min_size=1, max_size=12), st.data())
def test_the_index_finds_exactly_what_the_rules_link(corpus: list[Report], data: st.DataObject) -> None:
    index = Index()
    for one in data.draw(st.permutations([*corpus, *corpus[:3]])):
        index.put(one)
    for gone in corpus[:: data.draw(st.integers(2, 5))]:
        index.discard(gone.id)
    left = [one for one in corpus if one.id in index]

    for one in corpus:
        expected = {other.id for other in left if other.id != one.id and said_to_be_linked(one, other, index.limits)}
        assert set(index.near(one).ids) == expected


@given(reports, reports)
def test_a_link_is_mutual_and_has_one_evidence(one: Report, other: Report) -> None:
    there, back = Index(), Index()
    there.put(one)
    back.put(other)
    links, links_back = there.near(other).links, back.near(one).links

    assert [replace(link, id="") for link in links] == [replace(link, id="") for link in links_back]


@given(st.lists(reports, min_size=2, max_size=10, unique_by=lambda one: one.id), st.randoms())
def test_the_answer_does_not_depend_on_the_order_of_arrival(corpus: list[Report], shuffle: random.Random) -> None:
    index, shuffled = Index(), Index()
    for one in corpus:
        index.put(one)
    mixed = list(corpus)
    shuffle.shuffle(mixed)
    for one in mixed:
        shuffled.put(one)

    assert all(index.near(one) == shuffled.near(one) for one in corpus)


# --- a surge


@pytest.mark.parametrize("variants", [1, 3000], ids=["one cry", "3,000 variants of it"])
def test_a_check_among_10_000_of_one_town_takes_milliseconds(variants: int) -> None:
    rng = random.Random(2)
    index = Index()
    for n in range(10_000):
        words = (
            f"{CRY} {rng.randrange(variants)}" if n < 3000 else " ".join(rng.choices(CRY.split() + list(WORDS), k=16))
        )
        index.put(report(f"r{n}", words, metres=rng.uniform(0, 2000), hours=rng.uniform(0, 3)))
    checks = [report(f"c{n}", f"{CRY} {n}", metres=rng.uniform(0, 2000), hours=3) for n in range(21)]

    marks = [time.perf_counter()]
    for one in checks:
        assert len(index.near(one).ids) > 2000
        marks.append(time.perf_counter())

    assert statistics.median(later - earlier for earlier, later in pairwise(marks)) < 0.05
