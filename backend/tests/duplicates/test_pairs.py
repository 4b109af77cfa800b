"""How well the rules tell duplicates from look-alikes, on pairs that people labelled and on edited messages."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from app.services.duplicates import Index
from bench.duplicates import PAIRS, own_texts, plain, recall
from tests.duplicates.reports import report


def pairs() -> list[dict[str, Any]]:
    return [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]


def is_linked(pair: dict[str, Any]) -> bool:
    placed = pair["metres"] is not None
    index = Index()
    index.put(report("a", pair["a"], metres=0 if placed else None, sender="a"))
    sender = "a" if pair["same_sender"] else "b"
    return bool(index.near(report("b", pair["b"], metres=pair["metres"], hours=pair["hours"], sender=sender)).ids)


def test_of_the_labelled_pairs_that_are_linked_nine_in_ten_are_the_same() -> None:
    told = Counter((pair["label"], is_linked(pair)) for pair in pairs())
    right, wrong, missed = told["same", True], told["different", True], told["same", False]
    precision, recall = right / (right + wrong), right / (right + missed)
    figures = f"precision {precision:.3f}, recall {recall:.3f} on {told.total()} pairs"

    assert precision >= 0.9, figures
    assert recall >= 0.7, figures
    assert told["different", True] + told["different", False] >= 40


def test_no_pair_is_labelled_twice_and_none_has_a_word_of_nothing() -> None:
    known = pairs()

    assert len({pair["id"] for pair in known}) == len({(pair["a"], pair["b"]) for pair in known}) == len(known) >= 100
    assert all(pair["a"].strip() and pair["b"].strip() for pair in known)


@pytest.mark.parametrize("cut", [str.split, plain], ids=["as written", "lower case"])
def test_edited_messages_are_linked_always_at_09_and_nine_times_in_ten_at_07(cut: Callable[[str], list[str]]) -> None:
    bands = {band.jaccard: band for band in recall(own_texts(), edits=6000, cut=cut)}

    assert bands["0.9 to 1.0"].linked == 1
    assert all(band.linked >= 0.9 and band.pairs > 200 for band in bands.values())
