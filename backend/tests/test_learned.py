"""Likelihoods learned from labelled messages: they add to what the rules found, and take nothing away."""

import csv
import statistics
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import app.agent_v2.learned as learned
from app.agent_v2.assess import VERSION, RulesAssessor, assess_text
from app.agent_v2.learned.coefficients import Coefficients, coefficients, key, load, save
from app.agent_v2.learned.reader import ADDED_FROM, MARKS, LearnedReader
from app.schemas.assessment import Finding
from app.schemas.vocabulary import NeedCategory
from app.services.evaluating.assess import LABELS, measure_messages, measured_assessment, said_label
from app.services.labelled_files import read_messages
from tests.test_evaluation import real

ASSESSOR = RulesAssessor(learned=LearnedReader())
MOST_BYTES = 2 * 1024 * 1024
MOST_MS = 20.0
SCRAPS = ("help", "water", "food", "boat", "no", "dead", "baby", "thanks", "the", "හෙල්ප්", "dlo")


def likelihood(finding: Finding, label: str) -> float:
    return next(one.value for one in finding.likelihoods if one.label == label)


def test_every_learned_label_has_a_likelihood() -> None:
    finding = ASSESSOR.finding("we need water and food at the school")

    assert [one.label for one in finding.likelihoods] == list(MARKS)
    assert all(0 <= one.value <= 1 for one in finding.likelihoods)


@pytest.mark.parametrize(
    ("label", "more", "less"),
    [
        ("request", "please send help, we have received nothing", "which artists died in the earthquake?"),
        ("request", "we are hungry, please send food to our camp", "I can donate food and clothes on Saturday"),
        ("water", "we have no drinking water here", "the water is rising in our street"),
        ("food", "our children are starving, send rice", "I would like to work for your organisation"),
        ("shelter", "our house is destroyed, we need a tent", "when do schools open again?"),
        ("medical_help", "many wounded here, we need a doctor", "how do I get a passport?"),
        ("medical_products", "we have no medicine in the clinic", "thank you for the information"),
        ("food", "nou grangou anpil, voye manje pou nou", "mesi pou enfomasyon yo"),
    ],
)
def test_what_asks_is_likelier_than_what_only_sounds_like_it(label: str, more: str, less: str) -> None:
    assert likelihood(ASSESSOR.finding(more), label) > 2 * likelihood(ASSESSOR.finding(less), label)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300) | st.lists(st.sampled_from(SCRAPS)).map(" ".join))
def test_nothing_that_the_rules_found_is_taken_away(message: str) -> None:
    by_rules, finding = assess_text(message), ASSESSOR.finding(message)

    assert set(by_rules.needs) <= set(finding.needs)
    changed = finding.model_copy(update={"needs": by_rules.needs, "likelihoods": ()})
    assert changed == by_rules


def test_a_need_that_the_rules_missed_is_added_with_the_word_that_tells_most() -> None:
    words = "please send help for the suffering victims and everyone starving suffering here"
    known = coefficients()
    sure = LearnedReader(known=_surer(known, "medical_help"))
    before = assess_text(words)

    finding = sure.added(words, before, ())

    added = [need for need in finding.needs if need not in before.needs]
    assert [need.category for need in added] == [NeedCategory.MEDICAL]
    assert added[0].evidence[0].rule == "learned.medical_help"
    assert added[0].evidence[0].quote in words
    assert likelihood(finding, "medical_help") >= ADDED_FROM


def _surer(known: Coefficients, label: str) -> Coefficients:
    bias = known.bias.copy()
    bias[known.labels.index(label)] += 6
    return replace(known, bias=bias)


def test_what_asks_for_nothing_is_given_no_need() -> None:
    finding = LearnedReader(known=_surer(coefficients(), "food")).added("lol", assess_text("lol"), ())

    assert not finding.is_request
    assert finding.needs == ()


def test_the_coefficients_are_those_of_these_rules_and_small() -> None:
    known = coefficients()
    path = Path(next(iter(learned.__path__))) / "coefficients.npz"

    assert known.made_for == VERSION, "the rules have changed: run `make learn`"
    assert known.labels == tuple(MARKS)
    assert path.stat().st_size < MOST_BYTES


def test_what_is_saved_is_read_again_and_always_the_same_bytes(tmp_path: Path) -> None:
    known = coefficients()
    save(tmp_path / "a.npz", known)
    save(tmp_path / "b.npz", known)
    again = load(tmp_path / "a.npz")

    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert again.pieces == known.pieces
    assert np.array_equal(again.piece_weights, known.piece_weights)
    assert again.seen.keys() == known.seen.keys()


def test_a_message_that_was_learned_from_is_measured_as_if_it_had_not_been() -> None:
    message = "we need water"
    foretold = np.full(len(MARKS), 0.25, dtype=np.float32)
    known = replace(coefficients(), seen={key(message): foretold})
    in_use, measuring = LearnedReader(known=known), LearnedReader(known=known, unseen=True)

    assert measuring.saw(f" {message} ")
    assert likelihood(measuring.added(message, assess_text(message), ()), "water") == 0.25
    assert likelihood(in_use.added(message, assess_text(message), ()), "water") != 0.25
    assert not measuring.saw("another message")


def test_a_likelihood_decides_a_label_where_there_is_one_and_the_needs_where_there_is_none() -> None:
    words = "we have water to give away"
    doubted = replace(coefficients(), seen={key(words): np.full(len(MARKS), 0.05, dtype=np.float32)})
    offer = LearnedReader(known=doubted, unseen=True).added(words, assess_text(words), ())

    assert any(need.category is NeedCategory.WATER for need in offer.needs)
    assert not said_label(offer, "water")
    assert said_label(assess_text(words), "water")


def test_reading_with_likelihoods_takes_less_than_20_ms_of_cpu() -> None:
    messages = ["we need water and food for 20 people at the camp behind the church, " * n for n in (1, 2, 4)] * 5
    taken = []
    for message in messages:
        begin = time.thread_time()
        ASSESSOR.finding(message)
        taken.append((time.thread_time() - begin) * 1000)

    assert statistics.median(taken) < MOST_MS


def test_messages_of_the_corpus_are_foretold_out_of_fold_and_better_than_by_rules() -> None:
    path = real("messages/validation.csv")
    reader = LearnedReader(unseen=True)
    assessor = RulesAssessor(learned=reader)

    report = measure_messages(read_messages(path, LABELS), assessor.finding, reader.saw)

    with path.open(encoding="utf-8") as file:
        assert report.n_seen == sum(1 for _ in csv.DictReader(file))
    measured = {figure.name: figure for figure in measured_assessment(report, None).figures}
    for name in (
        "request f1",
        "shelter f1",
        "medical_help precision",
        "medical_help recall",
        "medical_products recall",
    ):
        assert measured[name].met, name
    for label in ("request", "water", "shelter", "medical_help"):
        assert (report.needs[label].f1 or 0) >= (report.by_rules[label].f1 or 0)
    assert report.rates["requests_kept"] == pytest.approx(392 / 398)
