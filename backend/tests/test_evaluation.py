"""Measuring the assessment: what the figures mean, which files are refused, and what is reached on real messages."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.agent_v2.assess import assess_text
from app.agent_v2.learned.labels import found_label
from app.cli.evaluate import eval_app
from app.schemas.assessment import Evidence, Finding, FoundNeed, People, PeopleSource
from app.schemas.vocabulary import NeedCategory, Severity
from app.services.evaluating.assess import LABELS, Score, measure_golden, measure_messages
from app.services.labelled_files import read_golden, read_messages

HEADER = "id,message,genre,request,aid_related,water,food,medical_help,medical_products,tools\n"
ROWS = """1,we need water,direct,1,1,1,0,0,0,0
2,we are hungry,direct,1,1,0,1,0,0,0
3,my brother is hurt,direct,1,1,1,0,1,0,0
4,"The storm measured 95 knots, the institute reported.",news,0,0,0,0,0,0,0
5,good morning,direct,0,0,0,0,0,0,0
"""
GOLDEN = [
    {
        "id": "a",
        "message": "he isnt breathing",
        "expect": {"severity": "Critical", "category": "Medical", "people": 1},
    },
    {"id": "b", "message": "good morning", "expect": {"severity": "Critical", "severity_ok": ["Urgent"]}},
    {"id": "c", "message": "she is bleeding badly", "expect": {"severity": "Standard"}},
    {"id": "d", "message": "help", "expect": {"severity": "Critical", "severity_ok": ["Critical", "Urgent"]}},
]

runner = CliRunner()


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    path = tmp_path / "messages.csv"
    path.write_text(HEADER + ROWS, encoding="utf-8")
    return path


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    path = tmp_path / "golden.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in GOLDEN) + "\n", encoding="utf-8")
    return path


def real(name: str) -> Path:
    """A file of the shared data sets; the test is skipped where they are absent."""
    here = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("RESQ_SHARED_DATA", here)) / name
    if not path.exists():
        pytest.skip(f"The shared data sets are not here: {path} is missing.")
    return path


def test_a_score_counts_what_was_found_against_what_is_labelled() -> None:
    score = Score(true_positive=3, false_positive=1, false_negative=2)

    assert (score.precision, score.recall, score.support) == (0.75, 0.6, 5)
    assert score.f1 == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))


def test_a_ratio_over_nothing_is_none() -> None:
    score = Score(true_positive=0, false_positive=0, false_negative=0)

    assert (score.precision, score.recall, score.f1) == (None, None, None)


def test_needs_are_measured_on_direct_messages_and_requests_on_all(messages: Path) -> None:
    report = measure_messages(read_messages(messages, LABELS), assess_text)

    assert (report.n, report.n_direct) == (5, 4)
    assert report.needs["water"].recall == 0.5
    assert report.needs["food"].f1 == 1.0
    assert report.needs["medical"].support == 1
    assert report.confusion["request_kept"] == 3
    assert report.confusion["plain_not_a_request"] == 2
    assert report.rates["requests_kept"] == 1.0


def test_hygiene_goods_count_as_medical_products_as_the_annotators_had_it() -> None:
    need = FoundNeed(
        category=NeedCategory.SANITATION_HYGIENE, evidence=(Evidence(rule="x"),), details=("hygiene_items",)
    )
    finding = Finding(
        is_request=True, needs=(need,), severity=Severity.LOW, people=People(count=4, source=PeopleSource.ASSUMED)
    )

    assert found_label(finding, "medical_products")
    assert not found_label(finding, "medical_help")


def test_golden_messages_are_under_over_or_right(golden: Path) -> None:
    report = measure_golden(read_golden(golden), assess_text)

    assert [row.verdict for row in report.rows] == ["ok", "under", "over", "ok"]
    assert report.as_json() == {
        "n": 4,
        "critical_underrated": 1,
        "overrated_share": 0.25,
        "underrated_share": 0.25,
        "category_accuracy": 1.0,
        "people_accuracy": 1.0,
    }


def test_json_is_one_object_and_nothing_else(messages: Path, golden: Path) -> None:
    result = runner.invoke(eval_app, ["assess", "--messages", str(messages), "--golden", str(golden), "--json"])

    out = json.loads(result.stdout)
    assert result.exit_code == 0
    assert out["needs"]["water"] == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 2}
    assert out["needs"]["tools"] == {"precision": None, "recall": None, "f1": None, "support": 0}
    assert out["golden"]["critical_underrated"] == 1
    assert out["not_a_request"]["plain_not_a_request"] == 2
    assert out["rates"]["requests_kept"] == 1.0


@pytest.mark.parametrize("option", ["--messages", "--golden"])
def test_either_file_may_be_given_alone(option: str, messages: Path, golden: Path) -> None:
    path = messages if option == "--messages" else golden

    result = runner.invoke(eval_app, ["assess", option, str(path)])

    assert result.exit_code == 0
    assert ("Needs" in result.stdout) is (option == "--messages")
    assert ("Golden" in result.stdout) is (option == "--golden")


@pytest.mark.parametrize(
    ("option", "content", "says"),
    [
        ("--messages", "id,text\n1,hello\n", "'message' is missing"),
        ("--messages", "", "'id' is missing"),
        ("--messages", HEADER + "1,hi,direct,yes,0,0,0,0,0,0\n", "'request' is 'yes'"),
        ("--messages", HEADER + "1,hi,direct\n", "neither 0 nor 1"),
        ("--golden", "not json\n", "line 1"),
        ("--golden", '{"id": "a", "message": "b"}\n', "expect"),
        ("--golden", '{"id": "a", "message": "b", "expect": {"severity": "Grave"}}\n', "'Grave'"),
        ("--golden", "\n", "no message"),
    ],
)
def test_a_bad_file_is_refused_with_what_is_wrong(option: str, content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "bad"
    path.write_text(content, encoding="utf-8")

    result = runner.invoke(eval_app, ["assess", option, str(path), "--json"])

    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""


def test_a_missing_file_and_a_binary_one_are_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00id")

    assert runner.invoke(eval_app, ["assess", "--messages", str(tmp_path / "none.csv")]).exit_code == 2
    assert runner.invoke(eval_app, ["assess", "--messages", str(binary)]).exit_code == 2


def test_without_a_file_our_own_sentences_are_measured() -> None:
    done = runner.invoke(eval_app, ["assess", "--json"])

    assert done.exit_code == 0
    assert json.loads(done.stdout)["measured"][0]["evaluation"] == "assess"


def test_of_real_requests_at_least_95_in_100_are_kept_in_both_halves() -> None:
    found = read_messages(real("messages/validation.csv"), LABELS)

    for half in (found[0::2], found[1::2]):
        report = measure_messages(half, assess_text)
        assert (report.rates["requests_kept"] or 0) >= 0.97
        assert (report.rates["plain_news_not_a_request"] or 0) >= 0.35


def test_water_food_and_shelter_are_found_in_real_messages() -> None:
    report = measure_messages(read_messages(real("messages/validation.csv"), LABELS), assess_text)

    for label in ("water", "food", "shelter"):
        assert (report.needs[label].f1 or 0) >= 0.75


def test_no_critical_golden_message_is_underrated() -> None:
    report = measure_golden(read_golden(real("triage_golden/dev.jsonl")), assess_text)

    assert not [row.id for row in report.rows if row.critical_underrated]
    assert not [row.id for row in report.rows if row.verdict == "over"]
