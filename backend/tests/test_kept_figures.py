"""The table of evaluations in the documentation: written, read again, compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.schemas.measured import Figure, Measured
from app.services.evaluating.kept import BEGIN, END, NoTable, figures_of, kept_in, missed, renewed, worse

DOCUMENT = f"# Title\n\n{BEGIN}\n{END}\n\nMore."


def measured(*figures: Figure, by: str = "rules", evaluation: str = "chatbot") -> Measured:
    return Measured(evaluation=evaluation, by=by, figures=figures)


def figure(value: float | None, *, goal: float | None = 1.0, at_most: bool = False, safety: bool = True) -> Figure:
    return Figure(name="number_first", value=value, cases=40, goal=goal, at_most=at_most, safety=safety)


@given(
    value=st.none() | st.floats(0, 1_000).map(lambda number: round(number, 3)),
    goal=st.none() | st.floats(0.1, 100).map(lambda number: round(number, 3)),
    at_most=st.booleans(),
    safety=st.booleans(),
)
def test_what_is_written_is_read_again(value: float | None, goal: float | None, at_most: bool, safety: bool) -> None:
    figures = figures_of([measured(figure(value, goal=goal, at_most=at_most and goal is not None, safety=safety))])

    document = renewed(DOCUMENT, figures)

    assert kept_in(document) == figures
    assert renewed(document, figures) == document
    assert document.startswith("# Title")
    assert document.endswith("More.")


def test_a_run_replaces_its_own_rows_and_leaves_those_of_others() -> None:
    by_model = figures_of([measured(figure(0.5), by="some-model")])
    document = renewed(DOCUMENT, {**figures_of([measured(figure(0.9))]), **by_model})

    document = renewed(document, figures_of([measured(figure(1.0))]))

    assert kept_in(document) == {**figures_of([measured(figure(1.0))]), **by_model}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (figure(1.0), figure(0.99)),
        (figure(0.0, goal=0.0, at_most=True), figure(0.01, goal=0.0, at_most=True)),
        (figure(1.0), figure(None)),
    ],
)
def test_a_safety_figure_that_has_become_worse_is_told(before: Figure, now: Figure) -> None:
    assert worse(figures_of([measured(before)]), figures_of([measured(now)]))


def test_a_safety_figure_that_is_gone_is_told() -> None:
    other = figure(1.0).model_copy(update={"name": "another"})

    assert worse(figures_of([measured(figure(1.0))]), figures_of([measured(other)]))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (figure(0.9), figure(0.95)),
        (figure(0.9, safety=False), figure(0.5, safety=False)),
        (figure(1.0), figure(1.0)),
        (figure(0.1, goal=0.2, at_most=True), figure(0.05, goal=0.2, at_most=True)),
    ],
)
def test_what_is_as_good_or_no_matter_of_safety_is_not_told(before: Figure, now: Figure) -> None:
    assert not worse(figures_of([measured(before)]), figures_of([measured(now)]))


def test_an_evaluation_that_was_not_run_is_not_missed() -> None:
    assert not worse(figures_of([measured(figure(1.0))]), figures_of([measured(figure(1.0), evaluation="plan")]))


def test_goals_that_are_not_met_are_named() -> None:
    assert missed(figures_of([measured(figure(0.9))])) == ["chatbot number_first is 0.9, wanted ≥ 1."]
    assert not missed(figures_of([measured(figure(1.0)), measured(figure(None), evaluation="plan")]))


@pytest.mark.parametrize("document", ["", BEGIN, f"{BEGIN}\n| a | b |\n{END}"])
def test_a_document_without_a_table_is_refused(document: str) -> None:
    with pytest.raises(NoTable):
        kept_in(document)
