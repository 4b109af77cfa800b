"""Which cards a question finds, and which questions are about something else: measured on labelled questions.

The questions and the cards have one author, so that the figures flatter. `tune` was used for the thresholds, `held`
was written before they were set and looked at after.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.agent_v2.answering.knowledge import knowledge
from app.agent_v2.answering.reading import understand
from app.agent_v2.retrieve import Library, stem

KNOWN = knowledge()
LIBRARY = Library(KNOWN.cards, KNOWN.synonyms)


@dataclass(frozen=True)
class Labelled:
    split: str
    question: str
    cards: frozenset[str]
    """Any of these is a right answer; none: the question is out of scope."""

    def found(self) -> list[str]:
        signs = understand(self.question, (), ()).signs
        return [hit.card.id for hit in LIBRARY.find(self.question, signs=signs, limit=3)]


def labelled() -> list[Labelled]:
    file = Path(__file__).with_name("questions.jsonl")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [Labelled(row["split"], row["question"], frozenset(row["cards"])) for row in rows]


QUESTIONS = labelled()


def test_the_labelled_set_is_large_enough_and_names_cards_that_exist() -> None:
    assert len([one for one in QUESTIONS if one.cards]) >= 60
    assert len([one for one in QUESTIONS if not one.cards]) >= 25
    assert {id for one in QUESTIONS for id in one.cards} <= {card.id for card in KNOWN.cards}


# Measured: tune 162 of 164 and 65 of 73, held 37 of 40 and 21 of 25; with 75 cards in place of 193 held rejected 23.
@pytest.mark.parametrize(("split", "least_found", "least_rejected"), [("tune", 0.97, 0.86), ("held", 0.87, 0.84)])
def test_a_right_card_is_among_the_first_three_and_other_questions_find_none(
    split: str, least_found: float, least_rejected: float
) -> None:
    mine = [one for one in QUESTIONS if one.split == split]
    in_scope = [one for one in mine if one.cards]
    others = [one for one in mine if not one.cards]
    found = sum(bool(one.cards.intersection(one.found())) for one in in_scope)
    rejected = sum(not one.found() for one in others)

    assert found / len(in_scope) >= least_found
    assert rejected / len(others) >= least_rejected


def test_a_follow_up_is_read_together_with_what_was_said_before() -> None:
    [first, *_] = LIBRARY.find("and for a baby?", earlier=["how do I do cpr"])

    assert first.card.id == "fa-cpr-child"


def test_a_new_question_about_something_else_is_no_follow_up() -> None:
    assert LIBRARY.find("What is the capital of France?", earlier=["how do I do cpr"]) == []


def test_a_danger_is_shown_before_a_card_that_only_has_the_same_words() -> None:
    question = "My baby is not breathing"
    hits = LIBRARY.find(question, signs=understand(question, (), ()).signs)

    assert hits[0].card.id == "fa-cpr-child"


def test_the_same_question_always_finds_the_same_cards() -> None:
    [one, other] = [
        [(hit.card.id, hit.score) for hit in Library(KNOWN.cards, KNOWN.synonyms).find("flood water in the house")]
        for _ in range(2)
    ]

    assert one == other


@pytest.mark.parametrize("forms", [("drink", "drinks", "drinking"), ("burn", "burns", "burned"), ("body", "bodies")])
def test_forms_of_one_word_are_one_term(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1
