"""What must not be said is taken out of an answer, whoever wrote it; the rest stays as it is."""

import pytest

from app.agent_v2.answering.guard import guarded

NUMBERS = frozenset({"117", "1990", "132500"})


@pytest.mark.parametrize(
    "sentence",
    [
        "Help is on the way.",
        "Don't worry, help is already on its way!",
        "A rescue team has been dispatched.",
        "Rescuers are coming to you now.",
        "The boat will arrive soon.",
        "They will reach you shortly.",
        "An ambulance will be there in a moment.",
        "It should be there within 20 minutes.",
        "ETA: 15 minutes.",
        "Give 500 mg of it.",
        "Take two tablets now.",
        "He can have 7.5 ml.",
        "You probably have dengue.",
        "Call 0771234567 for a boat.",
        "Dial 555.",
        "Her number is +94 77 123 4567.",
        "He is at 6.68284, 80.39921.",
    ],
)
def test_a_sentence_that_must_not_be_said_is_dropped_and_its_neighbours_stay(sentence: str) -> None:
    assert guarded(f"Go up. {sentence} Stay warm.", NUMBERS).replace("  ", " ") == "Go up. Stay warm."


@pytest.mark.parametrize(
    "sentence",
    [
        "Call 117 now.",
        "Dial 1990, or text 132 500.",
        "Help her sit upright.",
        "Send a request on the way out.",
        "Wait 30 minutes.",
        "Cool the burn for 20 minutes.",
        "Published on 2024-11-27.",
        "Use 2 drops to a litre.",
        "Call the ambulance.",
        "This chat cannot see teams or times.",
    ],
)
def test_what_may_be_said_stays(sentence: str) -> None:
    assert guarded(sentence, NUMBERS) == sentence


def test_lines_stay_lines() -> None:
    assert guarded("- one\n- help is coming\n- three", NUMBERS) == "- one\n\n- three"
