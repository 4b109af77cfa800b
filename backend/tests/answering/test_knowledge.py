"""The rest of the knowledge base: every country with somebody who answers, wording in every language."""

import re

import pytest

from app.agent_v2.answering.knowledge import ANYWHERE, knowledge
from app.agent_v2.rules.patterns import Lexicon
from app.core.settings import Settings
from app.crud.store.port import Store
from app.schemas.knowledge import HELPLINES, Country, Service, Wording
from app.services import build
from tests.world import UidVerifier

KNOWN = knowledge()


def test_synonyms_are_phrases_that_can_be_looked_for() -> None:
    Lexicon(KNOWN.synonyms)


@pytest.mark.parametrize("country", KNOWN.countries.values(), ids=lambda country: country.code)
def test_every_country_has_somebody_who_answers_and_a_source_for_it(country: Country) -> None:
    assert country.first().service is not Service.MENTAL_HEALTH
    assert all(one.source for one in country.numbers)


def test_sri_lanka_fourteen_others_and_anywhere_have_profiles() -> None:
    assert {"LK", "IN", "BD", "NP", "PH", "ID", "PK", "JP", "HT", "TR", "US", "MX", "KE", "AU", "FR"} <= set(
        KNOWN.countries
    )
    assert KNOWN.country("xx").code == ANYWHERE
    assert KNOWN.country("lk").first(Service.AMBULANCE).number == "1990"
    assert KNOWN.country("LK").first(Service.DISASTER).number == "117"
    assert {one.service for one in KNOWN.country("LK").numbers} == set(Service) - {Service.ANY}


@pytest.mark.parametrize("country", KNOWN.countries.values(), ids=lambda country: country.code)
def test_whatever_the_danger_nobody_is_sent_to_a_helpline_first(country: Country) -> None:
    for service in set(Service) - HELPLINES:
        assert country.first(service).service not in HELPLINES
    assert country.helpline is None or country.helpline.service is Service.MENTAL_HEALTH


@pytest.mark.parametrize("country", KNOWN.countries.values(), ids=lambda country: country.code)
def test_no_number_of_a_country_stands_there_twice_for_one_service(country: Country) -> None:
    known = [(one.service, one.number) for one in country.numbers]

    assert len(set(known)) == len(known)
    assert all(one.date is None or one.date <= "2026-12" for one in country.numbers)


def test_a_household_has_the_size_of_its_country_and_the_usual_one_where_no_source_tells() -> None:
    assert [KNOWN.country(code).household_size for code in ("LK", "PK", "JP", "ZZ", "HT")] == [4, 7, 3, 4, 4]
    assert all(one.household is None or one.household.source for one in KNOWN.countries.values())


async def test_a_node_plans_for_households_of_its_country(store: Store) -> None:
    services = build(Settings(country="PK"), store=store, verifier=UidVerifier())

    assert (await services.assessment.assessor.read("we need food")).people.count == 7


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
