"""Measuring retrieval on anybody's collection: which files are taken, and what is said of those that are not."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.agent_v2.retrieving.finder import Embedders
from app.cli import app
from app.schemas.measured import Measured
from app.services.evaluating.retrieval import measured_retrieval, our_questions, read_documents, read_questions
from app.services.integrations.embedding import english
from app.services.integrations.embedding.spaces import Spaces
from app.services.labelled_files import BadFile

DOCUMENTS: list[dict[str, object]] = [
    {"id": "boat", "title": "Taking the boat out", "text": "Sign form FL-1 and wear a life jacket."},
    {"id": "pump", "title": "Starting the pump", "text": "Open the valve, then pull the cord of the petrol pump."},
    {"id": "store", "title": "The store room", "text": "Blankets are on the left, rice is on the right."},
    {"id": "radio", "title": "Calling by radio", "text": "Press the key, wait a second, then speak."},
]
QUESTIONS: list[dict[str, object]] = [
    {"id": "q1", "question": "how do I start the petrol pump", "relevant": ["pump"]},
    {"id": "q2", "question": "where are the blankets", "relevant": ["store"]},
    {"id": "q3", "question": "who won the football match", "relevant": []},
    {"id": "q4", "question": "மோட்டார் பம்பை எப்படி", "relevant": ["pump"]},
]


def written(folder: Path, name: str, rows: list[dict[str, object]]) -> Path:
    file = folder / name
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return file


def figures(measured: Measured) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in measured.figures}


async def test_by_words_and_by_meaning_a_small_collection_is_measured(tmp_path: Path) -> None:
    collection = read_documents(written(tmp_path, "d.jsonl", DOCUMENTS))
    questions = read_questions(written(tmp_path, "q.jsonl", QUESTIONS))
    by_words, by_meaning = await measured_retrieval(collection, questions, Spaces(Embedders(english=english())))

    assert (by_words.by, by_meaning.by) == ("rules", "embeddings")
    assert figures(by_meaning)["en_hit@1"] == 1
    assert figures(by_meaning)["out_of_scope_recognised"] == 1
    assert all(figure.cases == 2 for figure in by_meaning.figures if figure.name.startswith("en_"))
    assert all(figure.cases == 1 for figure in by_meaning.figures if figure.name.startswith("other_"))


@pytest.mark.parametrize(
    "row",
    [
        {"query": "how", "expected": "boat"},
        {"prompt": "how", "document_ids": ["boat"]},
        {"question": "how", "cards": [{"id": "boat"}]},
        {"question": "how", "relevant": {"boat": 1, "pump": 0}},
        {"question": "how", "relevant_ids": ["boat"], "in_scope": True, "lang": "en"},
    ],
)
def test_common_names_of_fields_are_understood(tmp_path: Path, row: dict[str, object]) -> None:
    [asked] = read_questions(written(tmp_path, "q.jsonl", [row]))

    assert asked.question == "how"
    assert asked.relevant == frozenset({"boat"})


@pytest.mark.parametrize("row", [{"relevant": []}, {"in_scope": False}, {"relevant": ["boat"], "out_of_scope": True}])
def test_a_question_is_out_of_scope_without_documents_or_where_it_is_said(
    tmp_path: Path, row: dict[str, object]
) -> None:
    [asked] = read_questions(written(tmp_path, "q.jsonl", [{"question": "how", **row}]))

    assert asked.relevant == frozenset()


def test_a_json_list_of_long_documents_is_read_and_each_part_belongs_to_its_document(tmp_path: Path) -> None:
    file = tmp_path / "d.json"
    file.write_text(json.dumps([{"doc_id": 7, "content": "This is a sentence of the handbook. " * 100}]))
    collection = read_documents(file)

    assert len(collection.cards) > 3
    assert set(collection.owner.values()) == {"7"}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([{"title": "x", "text": "y"}], "line 1: a document needs an `id`; this one has `title`, `text`"),
        ([{"id": "a"}], "line 1: a document needs a `text`; this one has `id`"),
        ([{"id": "a", "text": "x"}, {"id": "a", "text": "y"}], "line 2: the id 'a' is there twice"),
        ([], "there are no documents"),
    ],
)
def test_a_bad_file_of_documents_is_told_what_it_lacks(tmp_path: Path, rows: list[dict[str, object]], why: str) -> None:
    with pytest.raises(BadFile, match=why):
        read_documents(written(tmp_path, "d.jsonl", rows))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"question": "how"}', "needs `relevant`"),
        ('{"relevant": ["a"]}', "needs a `question`"),
        ("nothing", "line 1: not JSON"),
        ("[" * 50_000, "not JSON"),
        ("7", "line 1: not a JSON object"),
        ("", "there are no questions"),
    ],
)
def test_a_bad_file_of_questions_is_told_what_it_lacks(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(text)
    with pytest.raises(BadFile, match=why):
        read_questions(file)


def test_the_command_prints_one_object_and_ends_with_2_for_a_bad_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESQ_EMBEDDINGS", "off")
    documents, questions = written(tmp_path, "d.jsonl", DOCUMENTS), written(tmp_path, "q.jsonl", QUESTIONS)
    ask = ["eval", "retrieval", "--documents", str(documents), "--questions", str(questions), "--json"]
    done = CliRunner().invoke(app, ask)
    assert done.exit_code == 0, done.output
    [measured] = json.loads(done.stdout)["measured"]
    assert measured["evaluation"] == "retrieval"

    done = CliRunner().invoke(app, [*ask[:-2], str(tmp_path / "none.jsonl"), "--json"])
    assert (done.exit_code, done.stdout) == (2, "")


def test_our_own_questions_are_many_a_third_in_other_languages_and_a_fifth_out_of_scope() -> None:
    asked = our_questions("all")

    assert len(asked) >= 80
    assert sum(one.language != "en" for one in asked) / len(asked) >= 0.3
    assert sum(not one.relevant for one in asked) / len(asked) >= 0.18
