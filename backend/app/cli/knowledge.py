"""`resq knowledge`: an organisation's own documents, added to what answers and plans rest on."""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from app.agent_v2.retrieve import Found
from app.cli.console import USAGE, checked, err, fail, out
from app.core.errors import AppError, NotFound, Transient
from app.core.settings import Settings
from app.schemas.knowledge import Audience, Hazard
from app.schemas.knowledge_source import Chunk, Facts, KnowledgeSource
from app.services import opened
from app.services.documents.apart import sections
from app.services.documents.cutting import chunks
from app.services.documents.reading import Unreadable
from app.services.integrations.embedding.spaces import spaces_of
from app.services.knowledge_base import Came

BY = "resq-cli"
T = TypeVar("T")

knowledge_app = typer.Typer(help="An organisation's own documents.", no_args_is_help=True)


@knowledge_app.callback()
def knowledge() -> None:
    """An organisation's own documents."""


@knowledge_app.command("add")
def add(
    files: Annotated[list[Path], typer.Argument(help="JSONL, Markdown, plain text, PDF or HTML.", show_default=False)],
    title: Annotated[str, typer.Option(help="Of the document; else the name of the file.")] = "",
    source: Annotated[str, typer.Option(help="Who published it, and where.")] = "",
    date: Annotated[str | None, typer.Option(help="When: 2024, 2024-05 or 2024-05-31.")] = None,
    audience: Annotated[list[Audience] | None, typer.Option(help="For whom; several times for several.")] = None,
    hazard: Annotated[list[Hazard] | None, typer.Option(help="About which hazard; several times for several.")] = None,
    language: Annotated[str, typer.Option(help="The language it is written in, as en, si, ta.")] = "en",
    organisation: Annotated[str, typer.Option(help="Whose document it is.")] = "",
    replace: Annotated[str | None, typer.Option(help="The id of the document that this one supersedes.")] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Use passages that give orders to a machine, too: you have read them.")
    ] = False,
) -> None:
    """Add documents. The same again changes nothing; a new text under the same title supersedes the one before."""
    if len(files) > 1 and (title or replace):
        fail("--title and --replace are for one file.", code=USAGE)
    read = [(file, *_read(file)) for file in files]
    for file, heading, found in read:
        facts = _facts(title or heading or file.stem, source, date, audience, hazard, language, organisation)
        _say(*_run(_added(checked(Settings()), facts, found, replace, trust)), found, trust=trust)


@knowledge_app.command("list")
def list_() -> None:
    """The documents there are, newest first."""
    table = Table("title", "date", "language", "passages", "held back", "revision")
    table.add_column("id", no_wrap=True)
    for one in _run(_all(checked(Settings()))):
        facts = one.facts
        row = (facts.title, facts.date or "", facts.language, str(one.chunks), str(one.held_back), str(one.revision))
        table.add_row(*(escape(cell) for cell in row), one.id)
    out.print(table)


@knowledge_app.command("search")
def search(
    words: Annotated[str, typer.Argument(help="A question.", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=20)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """What a question finds: in the cards and in the documents that were added."""
    found = _run(_found(checked(Settings()), words, limit))
    if as_json:
        rows = [{"id": hit.card.id, "title": hit.card.title, "score": round(hit.score, 3)} for hit in found.hits]
        typer.echo(json.dumps({"by": found.by, "hits": rows}, ensure_ascii=False))
        return
    if not found.hits:
        out.print(f"Nothing: this is about something else (looked for by {found.by}).", highlight=False)
    for hit in found.hits:
        card = hit.card
        out.print(f"[bold]{escape(card.title)}[/bold]  {card.id}  {hit.score:.2f}", highlight=False)
        out.print(f"  {escape(' '.join(card.text.split())[:300])}", highlight=False)
        out.print(f"  {escape(card.source)}, {card.date}", highlight=False, style="dim")
    if found.hits:
        err.print(f"Looked for by {found.by}.", highlight=False)


@knowledge_app.command("remove")
def remove(id: Annotated[str, typer.Argument(help="Of the document.", show_default=False)]) -> None:
    """Take a document out again."""
    _run(_removed(checked(Settings()), id))
    out.print(f"{id} is removed.", highlight=False)


@knowledge_app.command("vectors", hidden=True)
def vectors(
    folder: Annotated[Path, typer.Argument(help="app/knowledge/vectors of the source.", show_default=False)],
) -> None:
    """Make the vectors that are shipped with the cards anew; to be done whenever a card changes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in asyncio.run(spaces_of(Settings(embedding_model=None)).shipped()).items():
        (folder / name).write_bytes(content)
        out.print(f"{name}: {len(content):,} bytes", highlight=False)


def _read(file: Path) -> tuple[str, list[Chunk]]:
    """The only heading of a document that has one, and its passages."""
    try:
        found = sections(file)
    except Unreadable as error:
        fail(str(error))
    first = next((heading for heading, _ in found if heading), "")
    return first if file.suffix.lower() in (".html", ".htm", ".md", ".markdown") else "", chunks(found)


def _facts(
    title: str,
    source: str,
    date: str | None,
    audience: list[Audience] | None,
    hazard: list[Hazard] | None,
    language: str,
    organisation: str,
) -> Facts:
    try:
        return Facts(
            title=title[:120],
            source=source,
            date=date,
            audience=tuple(audience or Audience),
            hazards=tuple(hazard or ()),
            language=language,
            organisation=organisation,
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        fail(f"--{wrong['loc'][0]}: {wrong['msg']}.", code=USAGE)


def _say(source: KnowledgeSource, came: Came, found: list[Chunk], *, trust: bool) -> None:
    words = {
        Came.NEW: "is added",
        Came.SAME: "is there already; nothing was changed",
        Came.REPLACED: f"has a new text (revision {source.revision})",
    }
    out.print(f"{source.id} {words[came]}: {source.chunks} passages.", highlight=False)
    ordering = [chunk for chunk in found if chunk.instructs]
    for chunk in ordering[:5]:
        err.print(f"  gives orders to a machine: {' '.join(chunk.text.split())[:160]!r}", markup=False, highlight=False)
    if ordering and not trust:
        err.print(f"{len(ordering)} passages are kept out of answers; --trust lets them in.", highlight=False)


def _run(work: Coroutine[None, None, T]) -> T:
    try:
        return asyncio.run(work)
    except (NotFound, Transient) as error:
        fail(error.detail)
    except AppError as error:
        fail(error.detail, code=USAGE)


async def _added(
    settings: Settings, facts: Facts, found: list[Chunk], replaces: str | None, trusted: bool
) -> tuple[KnowledgeSource, Came]:
    async with opened(settings) as services:
        return await services.knowledge.add(facts, found, by=BY, replaces=replaces, trusted=trusted)


async def _all(settings: Settings) -> list[KnowledgeSource]:
    async with opened(settings) as services:
        found: list[KnowledgeSource] = []
        cursor: str | None = None
        while True:
            page = await services.knowledge.sources_by_age(cursor=cursor)
            found += page.items
            cursor = page.next
            if cursor is None:
                return found


async def _found(settings: Settings, words: str, limit: int) -> Found:
    async with opened(settings) as services:
        await services.knowledge.prepared()
        return await services.knowledge.look(words, limit=limit)


async def _removed(settings: Settings, id: str) -> None:
    async with opened(settings) as services:
        await services.knowledge.remove(id, by=BY)
