"""How urgent our own sentences are read, in the languages that the rules know: the worst never too low."""

import pytest

from app.agent_v2.assess import RulesAssessor
from app.agent_v2.learned.reader import LearnedReader
from app.schemas.vocabulary import Severity
from app.services.evaluating.severity import Sentence, measured_severity, shipped

ASSESSOR = RulesAssessor(learned=LearnedReader())
SENTENCES = shipped()


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda one: one.id)
def test_a_sentence_is_as_urgent_as_it_says(sentence: Sentence) -> None:
    assert ASSESSOR.finding(sentence.text).severity in sentence.fitting


def test_there_are_enough_of_them_and_each_is_there_once() -> None:
    assert len({one.text for one in SENTENCES}) == len({one.id for one in SENTENCES}) == len(SENTENCES) > 60
    assert len([one for one in SENTENCES if one.fitting == (Severity.CRITICAL,)]) > 20


def test_a_reader_that_finds_everything_harmless_is_found_out() -> None:
    harmless = ASSESSOR.finding("good morning")

    measured = measured_severity(SENTENCES, lambda _: harmless, by="nobody")

    figures = {one.name: one for one in measured.figures}
    assert figures["critical_not_underrated"].value == 0
    assert not figures["critical_not_underrated"].met
    assert figures["overrated"].value == 0


def test_a_reader_that_is_alarmed_by_everything_is_found_out() -> None:
    alarmed = ASSESSOR.finding("she stopped breathing")

    measured = measured_severity(SENTENCES, lambda _: alarmed, by="nobody")

    figures = {one.name: one for one in measured.figures}
    assert figures["critical_not_underrated"].met
    assert not figures["overrated"].met
