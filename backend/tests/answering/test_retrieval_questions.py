"""The questions that retrieval is measured on: enough of each kind, apart from each other, about cards that exist."""

import json
from collections import Counter
from importlib.resources import files
from pathlib import Path

from app.agent_v2.answering.knowledge import knowledge
from app.schemas.base import Model
from app.schemas.knowledge import Audience

CARDS = {card.id: card for card in knowledge().cards}


class Asked(Model):
    id: str
    question: str
    language: str
    cards: tuple[str, ...]
    split: str


ASKED = [
    Asked.model_validate_json(line)
    for line in (files("app") / "evaluation" / "retrieval.jsonl").read_text(encoding="utf-8").splitlines()
]


def test_there_are_enough_questions_in_other_languages_and_out_of_scope() -> None:
    others = [one for one in ASKED if one.language != "en"]
    strange = [one for one in ASKED if not one.cards]

    assert len(ASKED) >= 150
    assert len(others) >= len(ASKED) / 3
    assert len(strange) >= len(ASKED) / 5
    assert len({one.language for one in others}) >= 12
    assert len({one.language for one in strange}) >= 8


def test_the_halves_are_as_large_and_alike() -> None:
    for kind in (lambda one: True, lambda one: one.language != "en", lambda one: not one.cards):
        halves = Counter(one.split for one in ASKED if kind(one))
        assert halves.keys() == {"dev", "test"}
        assert abs(halves["dev"] - halves["test"]) <= 2


def test_no_question_is_asked_twice_or_known_from_the_other_set() -> None:
    file = Path(__file__).with_name("questions.jsonl")
    known = {json.loads(line)["question"].casefold() for line in file.read_text(encoding="utf-8").splitlines()}

    assert len({one.id for one in ASKED}) == len({one.question.casefold() for one in ASKED}) == len(ASKED)
    assert not known & {one.question.casefold() for one in ASKED}


def test_every_card_exists_and_every_card_is_asked_for() -> None:
    """An id that is renamed or taken away is noticed here: others refer to it."""
    named = {id for one in ASKED for id in one.cards}

    assert named <= CARDS.keys()
    assert CARDS.keys() <= named


def test_people_in_need_helpers_and_coordinators_ask() -> None:
    for audience in Audience:
        assert sum(any(audience in CARDS[id].audience for id in one.cards) for one in ASKED) >= 40
