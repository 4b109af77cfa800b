"""Measuring retrieval: is a right document among the first, and are questions about something else recognised."""

import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from app.agent_v2.answering.knowledge import knowledge
from app.agent_v2.answering.reading import understand
from app.agent_v2.retrieve import Library
from app.agent_v2.retrieving.finder import Finder
from app.agent_v2.retrieving.language import is_foreign
from app.schemas.knowledge import Audience, Card, CardKind
from app.schemas.measured import Figure, Measured
from app.services.documents.cutting import passages
from app.services.integrations.embedding.spaces import Spaces
from app.services.labelled_files import BadFile

_MOST_BYTES = 100_000_000
_ID = ("id", "_id", "doc_id", "document_id", "card_id", "docid")
_TITLE = ("title", "heading", "name")
_TEXT = ("text", "content", "body", "contents", "passage")
_QUESTION = ("question", "query", "prompt", "text")
_RELEVANT = (
    "relevant", "cards", "expected", "document_ids", "relevant_ids", "relevant_documents", "documents", "doc_ids",
    "expected_ids", "expected_cards", "positives", "gold", "document_id", "doc_id", "answer_ids",
)  # fmt: skip
_LANGUAGE = ("language", "lang")
_SCOPE = ("in_scope", "answerable")
_OUT = ("out_of_scope", "off_topic")
_SHOWN, _ASKED_FOR = 5, 20
_HIT_EN, _HIT_OTHER, _RECOGNISED, _MOST_MS = 0.95, 0.80, 0.90, 40.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A labelled question; `relevant` is empty where it is about something else."""

    id: str
    question: str
    relevant: frozenset[str]
    language: str
    split: str


@dataclass(frozen=True)
class Collection:
    """Documents as cards; `owner` says which document a card is part of."""

    cards: tuple[Card, ...]
    owner: Mapping[str, str]


@dataclass(slots=True)
class _Tally:
    firsts: list[int] = field(default_factory=list)
    """The place of the first right document of each question, from 1; 0 for none."""
    rejected: int = 0


def our_cards() -> Collection:
    cards = knowledge().cards
    return Collection(cards, {card.id: card.id for card in cards})


def our_questions(split: str) -> list[Asked]:
    """Those of a split (`dev`, `test`) that come with the product, or `all`."""
    path = Path(str(files("app") / "evaluation" / "retrieval.jsonl"))
    return [one for one in read_questions(path) if split in ("all", one.split)]


def read_documents(path: Path) -> Collection:
    """Any collection: an id and a text each, a title and key words if there are any."""
    cards: list[Card] = []
    owner: dict[str, str] = {}
    for place, row in _rows(path):
        text = _said(row, _TEXT)
        title = _said(row, _TITLE)
        id = _first(row, _ID)
        if id is None:
            raise BadFile(f"{place}: a document needs an `id`; this one has {_fields(row)}")
        if not (text or title):
            raise BadFile(f"{place}: a document needs a `text`; this one has {_fields(row)}")
        if str(id) in owner.values():
            raise BadFile(f"{place}: the id {id!r} is there twice")
        for part in passages(text or title):
            card = _card(f"d{len(cards):06}", title, part, _words(row.get("keywords") or row.get("tags")))
            cards.append(card)
            owner[card.id] = str(id)
    if not cards:
        raise BadFile(f"{path}: there are no documents")
    return Collection(tuple(cards), owner)


def read_questions(path: Path) -> list[Asked]:
    """Questions with the documents that answer each; none, or `in_scope: false`, where nothing should be found."""
    found = []
    for place, row in _rows(path):
        question = _said(row, _QUESTION)
        if not question:
            raise BadFile(f"{place}: a question needs a `question`; this one has {_fields(row)}")
        relevant = _relevant(row)
        if relevant is None:
            raise BadFile(
                f"{place}: a question needs `relevant`, the ids of documents that answer it (an empty list: none "
                f"should be found); this one has {_fields(row)}"
            )
        language = _said(row, _LANGUAGE).lower() or ("other" if is_foreign(question, ()) else "en")
        id = _first(row, ("id", "_id", "question_id", "query_id"))
        found.append(Asked(str(id or place), question, relevant, language, str(row.get("split") or "")))
    if not found:
        raise BadFile(f"{path}: there are no questions")
    return found


async def measured_retrieval(collection: Collection, questions: Sequence[Asked], spaces: Spaces) -> list[Measured]:
    """By words and rules alone, and by meaning as well where there is a model for it."""
    known = knowledge()
    library = Library(collection.cards, known.synonyms, known.glossary)
    found = [await _measured(Finder(library), collection, questions, "rules")]
    if not spaces.none:
        placed = await spaces.place(collection.cards)
        finder = Finder(library.within(placed), spaces.embedders)
        found.append(await _measured(finder, collection, questions, "embeddings"))
    return found


async def _measured(finder: Finder, collection: Collection, questions: Sequence[Asked], by: str) -> Measured:
    tallies = {"en": _Tally(), "other": _Tally()}
    strangers = [0, 0]
    wall: list[float] = []
    cpu: list[float] = []
    wrong: list[str] = []
    await _found(finder, collection, "Is it safe to drink this water?")  # what is loaded on first use, is loaded
    await _found(finder, collection, "¿Es segura el agua?")
    for one in questions:
        began, began_cpu = time.perf_counter(), _cpu_seconds()
        ids = await _found(finder, collection, one.question)
        wall.append((time.perf_counter() - began) * 1000)
        cpu.append((_cpu_seconds() - began_cpu) * 1000)
        if not one.relevant:
            strangers[0] += 1
            strangers[1] += not ids
            if ids:
                wrong.append(f"{one.id} ({one.language}): found {', '.join(ids[:3])} for a question out of scope")
            continue
        tally = tallies["en" if one.language.split("-")[0] == "en" else "other"]
        first = next((place for place, id in enumerate(ids, 1) if id in one.relevant), 0)
        tally.firsts.append(first)
        tally.rejected += not ids
        if not 1 <= first <= 3:
            instead = ", ".join(ids[:3]) if ids else "nothing"
            wrong.append(f"{one.id} ({one.language}): wanted {', '.join(sorted(one.relevant))}, found {instead}")
    figures = [*_hits("en", tallies["en"], _HIT_EN), *_hits("other", tallies["other"], _HIT_OTHER)]
    figures.append(_share("out_of_scope_recognised", strangers[1], strangers[0], goal=_RECOGNISED))
    asked = sum(len(tally.firsts) for tally in tallies.values())
    figures.append(_share("wrongly_rejected", sum(tally.rejected for tally in tallies.values()), asked, at_most=True))
    for name, times in (("wall", wall), ("cpu", cpu)):
        for share in (50, 99):
            value = _quantile(times, share / 100)
            goal = _MOST_MS if (name, share) == ("cpu", 50) else None
            figures.append(Figure(name=f"{name}_p{share}_ms", value=value, cases=len(times), goal=goal, at_most=True))
    figures.append(Figure(name="memory_mb", value=_memory_mb(), cases=1, at_most=True))
    return Measured(evaluation="retrieval", by=by, figures=tuple(figures), wrong=tuple(wrong))


async def _found(finder: Finder, collection: Collection, question: str) -> list[str]:
    signs = understand(question, (), ()).signs
    hits = await finder.find(question, signs=signs, limit=_ASKED_FOR)
    return list(dict.fromkeys(collection.owner[hit.card.id] for hit in hits))[:_SHOWN]


def _hits(language: str, tally: _Tally, goal: float) -> Iterable[Figure]:
    whole = len(tally.firsts)
    for most in (1, 3, 5):
        right = sum(1 <= place <= most for place in tally.firsts)
        yield _share(f"{language}_hit@{most}", right, whole, goal=goal if most == 3 else None)
    reciprocal = sum(1 / place for place in tally.firsts if place)
    yield Figure(name=f"{language}_mrr", value=reciprocal / whole if whole else None, cases=whole)


def _share(name: str, part: int, whole: int, *, goal: float | None = None, at_most: bool = False) -> Figure:
    return Figure(name=name, value=part / whole if whole else None, cases=whole, goal=goal, at_most=at_most)


def _quantile(times: Iterable[float], share: float) -> float | None:
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else None


def _cpu_seconds() -> float:
    """Of this process and of those it started, in one of which the engine of the multilingual model lives."""
    children = (_read(f"/proc/{pid}/schedstat").split() for pid in _children())
    return time.process_time() + sum(int(times[0]) / 1e9 for times in children if times)


def _memory_mb() -> float | None:
    """Of the same processes; what they map together counts in each."""
    found = [re.search(r"VmRSS:\s+(\d+) kB", _read(f"/proc/{pid}/status")) for pid in ("self", *_children())]
    return sum(int(one[1]) for one in found if one) / 1024 if found[0] else None


def _children() -> list[str]:
    return [pid for file in Path("/proc/self/task").glob("*/children") for pid in _read(str(file)).split()]


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _rows(path: Path) -> Iterable[tuple[str, Mapping[str, object]]]:
    """The objects of a file of JSON lines, or of one JSON list, each with its place in words."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadFile(f"{path}: more than {_MOST_BYTES // 1_000_000} MB")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadFile(f"{path}: not UTF-8 text") from None
    for place, row in _sources(path, text):
        if not isinstance(row, dict):
            raise BadFile(f"{place}: not a JSON object")
        yield place, row


def _sources(path: Path, text: str) -> Iterable[tuple[str, object]]:
    if text.lstrip().startswith("["):
        whole = _parsed(str(path), text)
        entries = whole if isinstance(whole, list) else []
        yield from ((f"{path}: entry {number}", row) for number, row in enumerate(entries, 1))
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            place = f"{path}: line {number}"
            yield place, _parsed(place, line)


def _parsed(place: str, text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadFile(f"{place}: not JSON") from None


def _first(row: Mapping[str, object], names: Iterable[str]) -> object:
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def _said(row: Mapping[str, object], names: Iterable[str]) -> str:
    found = next((row[name] for name in names if isinstance(row.get(name), str)), "")
    return str(found).strip()


def _relevant(row: Mapping[str, object]) -> frozenset[str] | None:
    if any(row.get(name) is False for name in _SCOPE) or any(row.get(name) is True for name in _OUT):
        return frozenset()
    named = [name for name in _RELEVANT if name in row]
    for name in named:
        value = row[name]
        if isinstance(value, dict):
            return frozenset(str(id) for id, grade in value.items() if grade)
        if isinstance(value, list):
            return frozenset(str(one.get("id")) if isinstance(one, dict) else str(one) for one in value)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return frozenset({str(value)} - {""})
    return frozenset() if named else None


def _words(value: object) -> list[str]:
    if isinstance(value, str):
        value = value.split(",")
    return [str(one).strip() for one in value if str(one).strip()] if isinstance(value, list) else []


def _fields(row: Mapping[str, object]) -> str:
    return ", ".join(f"`{name}`" for name in list(row)[:10]) or "no fields"


def _card(id: str, title: str, text: str, keywords: Sequence[str]) -> Card:
    head = title or " ".join(text.split()[:8])
    return Card(
        id=id,
        title=head,
        text=text,
        kind=CardKind.PROCEDURE,
        audience=tuple(Audience),
        hazards=(),
        keywords=tuple(keywords) or (head,),
        signs=(),
        source="tried",
        date="2000",
    )
