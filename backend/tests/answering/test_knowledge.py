"""The knowledge base: every card short, sourced and harmless, every country with somebody who answers."""

import re
from itertools import chain

import pytest

from app.agent_v2.answering.guard import guarded
from app.agent_v2.answering.knowledge import ANYWHERE, knowledge
from app.agent_v2.rules.danger_words import DANGERS_EN
from app.agent_v2.rules.danger_words_world import DANGERS_WORLD
from app.agent_v2.rules.need_words import NEEDS
from app.agent_v2.rules.patterns import Lexicon
from app.schemas.knowledge import MOST_WORDS, Card, Country, Hazard, Service, Wording

KNOWN = knowledge()
TOPICS = {
    "flood-now", "landslide-now", "cyclone-shelter", "earthquake-now", "fire-home", "tsunami", "heat-wave",
    "respiratory", "water-treat", "food-safety", "shelter-family", "handwashing", "fa-bleeding", "fa-cpr",
    "fa-choking", "fa-burns", "fa-drowning", "fa-fracture", "fa-hypothermia", "fa-snakebite", "fa-shock", "child-alone",
    "disability", "volunteer-safety", "send-request", "missing-person",
}  # fmt: skip
DANGERS = {rule.name for rule in (*DANGERS_EN, *DANGERS_WORLD)}
SIGNS = DANGERS | {rule.name for rule in NEEDS} | {"plea", "asked.times", "asked.numbers", "asked.distress"}


def test_there_is_a_card_for_every_topic_and_every_hazard() -> None:
    assert {card.id for card in KNOWN.cards} >= TOPICS
    assert {hazard for card in KNOWN.cards for hazard in card.hazards} == set(Hazard)


@pytest.mark.parametrize("card", KNOWN.cards, ids=lambda card: card.id)
def test_a_card_is_short_and_says_nothing_that_no_answer_may_say(card: Card) -> None:
    assert len(card.text.split()) < MOST_WORDS
    assert guarded(card.text, frozenset()) == card.text
    assert not re.search(r"\d{5,}", card.text)


def test_every_sign_that_calls_for_a_card_is_one_that_can_fire() -> None:
    assert {sign for card in KNOWN.cards for sign in card.signs} <= SIGNS


def test_every_danger_to_life_that_first_aid_can_help_with_calls_for_a_card() -> None:
    called = set(chain.from_iterable(card.signs for card in KNOWN.cards))

    assert DANGERS - called == {"danger.organ", "danger.acute"}  # illness of many causes: the ambulance, and no card


def test_a_card_that_is_too_long_is_refused() -> None:
    [card, *_] = KNOWN.cards

    with pytest.raises(ValueError, match="fewer than 120 words"):
        Card.model_validate({**card.model_dump(), "text": "word " * 120})


def test_synonyms_are_phrases_that_can_be_looked_for() -> None:
    Lexicon(KNOWN.synonyms)


@pytest.mark.parametrize("country", KNOWN.countries.values(), ids=lambda country: country.code)
def test_every_country_has_somebody_who_answers_and_a_source_for_it(country: Country) -> None:
    assert country.first().service is not Service.MENTAL_HEALTH
    assert all(one.source for one in country.numbers)


def test_sri_lanka_nine_others_and_anywhere_have_profiles() -> None:
    assert "LK" in KNOWN.countries
    assert len(KNOWN.countries) >= 1 + 9 + 1
    assert KNOWN.country("xx").code == ANYWHERE
    assert KNOWN.country("lk").first(Service.AMBULANCE).number == "1990"
    assert KNOWN.country("LK").first(Service.DISASTER).number == "117"


@pytest.mark.parametrize("wording", KNOWN.wordings.values(), ids=lambda wording: wording.language)
def test_only_english_is_not_marked_as_an_unreviewed_machine_translation(wording: Wording) -> None:
    translated = wording.language != "en"

    assert wording.reviewed is not translated
    assert (wording.origin == "machine translation") is translated
    assert bool(wording.texts["translated"]) is translated


def test_the_placeholders_of_each_sentence_are_the_same_in_every_language() -> None:
    def holes(text: str) -> list[str]:
        return sorted(re.findall(r"\{\w+\}", text))

    english = KNOWN.wordings["en"]
    for wording in KNOWN.wordings.values():
        assert {name: holes(text) for name, text in wording.texts.items()} == {
            name: holes(text) for name, text in english.texts.items()
        }
