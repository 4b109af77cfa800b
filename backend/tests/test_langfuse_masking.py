"""What may leave of a stranger's words where a setting lets them: ordinary words, and nobody in them."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from app.services.integrations.langfuse_masking import FAILED, MASKED, MOST_CHARACTERS, NUMBER, ORDINARY, masked


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("We need water and food for 5 people, 2 children", "We need water and food for 5 people, 2 children"),
        ("my grandmother Perera needs insulin", f"my grandmother {MASKED} needs insulin"),
        ("nimal perera is trapped", f"{MASKED} is trapped"),
        ("WE ARE TRAPPED, NIMAL", f"WE ARE TRAPPED, {MASKED}"),
        ("Rose is hurt", f"{MASKED} is hurt"),
        ("we are at 12 River Road near the bridge", f"we are at {MASKED} near the bridge"),
        ("stuck in river road 12", f"stuck {MASKED}"),
        ("house 12 is under water", f"{MASKED} is under water"),
        ("call 077 123 4567 now", f"call {NUMBER} now"),
        ("call (+94) 77-123-4567 now", f"call {NUMBER} now"),
        ("at 6.6828,80.3992", f"at {NUMBER}"),
        ("write to a.b@example.org or https://x.org/asha", f"write to {MASKED} or {MASKED}"),
        ("අපට වතුර අවශ්‍යයි", MASKED),
        ("data:image/png;base64,AAAA", MASKED),
    ],
)
def test_ordinary_words_stay_and_everything_else_is_masked(said: str, left: str) -> None:
    assert masked(said) == left


class Person(BaseModel):
    name: str
    needs: tuple[str, ...]
    location: dict[str, float]


def test_what_names_somebody_is_masked_wherever_it_lies() -> None:
    person = Person(name="water", needs=("water", "Asha"), location={"lat": 6.68, "lng": 80.39})
    deep: dict[str, Any] = {
        "people": [person, ("call Asha", {"contactPhone": "0771234567", "count": 3, "share": 0.5, "at": 6.6828123})],
        "Asha": True,
        "photo": b"\x89PNG",
        "said": json.dumps({"display_name": "Asha", "text": "we need water, Asha"}),
        "number": 771234567,
        "nothing": None,
    }
    left = json.dumps(masked(deep))
    for secret in ("Asha", "asha", "771234567", "6.68", "80.39", "PNG"):
        assert secret not in left, secret
    assert "we need water" in left
    assert json.loads(left)["people"][0]["needs"] == ["water", MASKED]
    assert json.loads(left)["people"][1][1]["count"] == 3


def test_what_cannot_be_masked_does_not_leave() -> None:
    class Odd(dict[str, str]):
        def items(self) -> Any:
            raise RuntimeError("Asha")

    assert masked(Odd()) == FAILED
    assert masked(object()) == MASKED
    around: list[Any] = []
    around.append(around)
    assert "Asha" not in str(masked([around, "Asha"]))


_SHAPES = st.recursive(
    st.text() | st.integers() | st.floats() | st.binary() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(_SHAPES)
def test_nothing_breaks_it_and_it_can_always_be_written_down(value: object) -> None:
    json.dumps(masked(value))


@given(st.lists(st.sampled_from([*sorted(ORDINARY)[:200], "asha", "Nimal", "perera", "0771234567"]), max_size=30))
def test_no_name_is_left_whatever_is_around_it(said: list[str]) -> None:
    left = str(masked(" ".join(said)))
    for secret in ("asha", "Nimal", "perera", "0771234567"):
        assert secret not in left


@pytest.mark.parametrize(
    "words", ["ක", "a.", "(", "1-", "1,a,", "a-", "no ", "no", "+1", "1 road", "a@", "a ", "1", "1 ", " ", "ab c "]
)
@pytest.mark.parametrize("first", ["", "no", "1", "http://a", "<"])
def test_no_words_keep_a_process_busy(first: str, words: str) -> None:
    text = first + words * (MOST_CHARACTERS // len(words))
    began = time.process_time()
    masked(text)
    assert time.process_time() - began < 0.15
