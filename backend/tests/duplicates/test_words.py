"""Words are told from spelling, in every script."""

import pytest

from app.services.duplicates import Wording, shingles, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Send a BOAT, please!!!", "send a boat please"),
        ("we neeeed heeelp", "we need help"),
        ("dèyè legliz la", "deye legliz la"),
        ("RT @dmc_lk: water rising https://t.co/x1", "Water rising"),
        ("Fwd: water rising", "water rising"),
        ("t\u200cshirt", "tshirt"),
        ("can't walk", "can’t walk"),
        ("४ लोग", "4 लोग"),
        ("ｂｏａｔ", "boat"),
    ],
)
def test_what_differs_only_in_dress_has_the_same_words(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("වහලේ උඩ පස් දෙනෙක් හිරවෙලා", 5),
        ("ශ්‍රී ලංකාවේ", 2),
        ("படகு அனுப்புங்கள்", 2),
        ("कृपया नाव भेजें", 3),
        ("براہ کرم مدد بھیجیں۔", 4),
        ("নৌকা পাঠান", 2),
        ("救命啊", 3),
        ("ช่วยด้วย", 6),
        ("", 0),
    ],
)
def test_marks_belong_to_their_word_in_every_script(text: str, count: int) -> None:
    assert len(words(text)) == count


def test_numbers_keep_all_their_digits() -> None:
    assert words("1000 people, 100 tents, 0771112222") == ("1000", "people", "100", "tents", "0771112222")


def test_a_message_of_nothing_but_a_forwarding_mark_keeps_it() -> None:
    assert words("https://t.co/x1") == ("htps", "t", "co", "x1")


def test_shingles_are_runs_of_three_words_and_a_shorter_message_is_one() -> None:
    assert shingles(("send", "a", "boat", "now")) == {("send", "a", "boat"), ("a", "boat", "now")}
    assert shingles(("help", "us")) == {("help", "us")}
    assert shingles(()) == {()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("House 22 Mill Lane, we are 4 people", {"22"}),
        ("5 people on the roof at 8 Lake View", {"8"}),
        ("flat 3B, Sunrise Apartments", {"3b"}),
        ("गली नंबर 4 में पानी", {"4"}),
        ("14 passengers on a bus", set()),
    ],
)
def test_numbers_of_doors_stand_by_a_word_for_house_or_street(text: str, found: set[str]) -> None:
    assert Wording.of(text).doors == found


def test_what_is_typed_in_a_hurry_sounds_the_same() -> None:
    typed = Wording.of("watr rising fst in our lane, grandmothr cannot walk, pleas come")

    assert typed.sounds == Wording.of("water rising fast in our lane, grandmother cannot walk, please come").sounds
