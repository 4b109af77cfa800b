"""`resq firestore`: all that is kept, as a file, and back; whichever store the settings name."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.cli.console import USAGE, checked, err, fail, out
from app.core.clock import utc_now
from app.core.errors import Transient
from app.core.settings import Misconfigured, Settings, StoreKind
from app.services.archive import Archive, Ending, Header, UnreadableArchive, writing
from app.services.backup import Backup, Conflicting, OnConflict, Outcome, Restored, groups
from app.services.edges import open_store

BY = "resq-cli"

firestore_app = typer.Typer(help="All that is kept, as a file, and back.", no_args_is_help=True)

Accounts = Annotated[
    bool, typer.Option("--accounts", help="With the accounts of this node: e-mail addresses and password hashes.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


@firestore_app.callback()
def firestore() -> None:
    """All that is kept, as a file, and back."""


@firestore_app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="A new file; packed if it ends in .gz.", show_default=False)],
    accounts: Accounts = False,
    source: Annotated[
        StoreKind | None, typer.Option("--from", help="Instead of the store that RESQ_STORE names.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy all that is kept into a file. It holds people's data, and only its owner may read it."""
    settings = _settings(source)
    if file.exists():
        fail(f"{file} is there already.", code=USAGE)
    header = Header(
        version=_version(),
        project=settings.firebase_project_id,
        store=settings.store,
        at=utc_now(),
        accounts=accounts,
        groups=groups(accounts=accounts),
    )
    try:
        with _progress("exported") as told:
            ending = asyncio.run(_exported(settings, file, header, told))
    except Misconfigured as error:
        fail(str(error), code=USAGE)
    except Transient as error:
        fail(error.detail)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}.")
    table = Table("collection", "documents", title=f"Export of {settings.store}")
    for name, count in ending.counts.items():
        table.add_row(name, f"{count:,}")
    out.print(table)
    out.print(f"{ending.documents:,} documents in {file}", highlight=False, soft_wrap=True)
    if as_json:
        found = {"file": str(file), "bytes": file.stat().st_size, **ending.model_dump(mode="json", exclude={"end"})}
        _print_json(found)


@firestore_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="What `export` wrote.", show_default=False)],
    into: Annotated[
        StoreKind | None, typer.Option("--into", help="Instead of the store that RESQ_STORE names.")
    ] = None,
    on_conflict: Annotated[
        OnConflict,
        typer.Option(
            "--on-conflict",
            help="Where another document is there: skip it; let the newer one win by version and updated_at; fail "
            "before anything is written.",
        ),
    ] = OnConflict.NEWER,
    accounts: Accounts = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring an export back, here or elsewhere. Never overwrites what is newer, removes nothing, and may be repeated."""
    settings = _settings(into)
    try:
        archive = Archive.opened(file)
        with _progress("imported") as told:
            restored = asyncio.run(
                _restored(settings, archive, on_conflict, accounts=accounts, write=not dry_run, told=told)
            )
    except (UnreadableArchive, Misconfigured) as error:
        fail(str(error), code=USAGE)
    except Conflicting as error:
        fail(f"{error.key} is another document here; nothing was written.")
    except Transient as error:
        fail(f"{error.detail} Run the same command again: it goes on where it was.")
    _show(restored, f"{'Would be imported' if dry_run else 'Import'} into {settings.store}")
    if as_json:
        _print_json(_report(archive, restored, settings, dry_run=dry_run))


async def _exported(settings: Settings, file: Path, header: Header, told: Callable[[int], None]) -> Ending:
    store = open_store(settings)
    try:
        with writing(file) as writer:
            return await Backup(store, utc_now).export(writer, header, by=BY, told=told)
    finally:
        await store.close()


async def _restored(
    settings: Settings,
    archive: Archive,
    rule: OnConflict,
    *,
    accounts: bool,
    write: bool,
    told: Callable[[int], None],
) -> Restored:
    store = open_store(settings)
    try:
        backup = Backup(store, utc_now)
        return await backup.restore(archive, rule, accounts=accounts, by=BY, write=write, told=told)
    finally:
        await store.close()


def _settings(store: StoreKind | None) -> Settings:
    settings = Settings()
    return checked(settings if store is None else settings.model_copy(update={"store": store}))


def _show(restored: Restored, title: str) -> None:
    table = Table("collection", *Outcome, "left out", title=title)
    for group in restored.groups:
        counts = [f"{restored.counts[group, outcome]:,}" for outcome in Outcome]
        table.add_row(group, *counts, f"{restored.left_out[group]:,}")
    out.print(table)


def _report(archive: Archive, restored: Restored, settings: Settings, *, dry_run: bool) -> dict[str, object]:
    return {
        "file": str(archive.path),
        "exported_at": archive.header.model_dump(mode="json")["at"],
        "from": {"project": archive.header.project, "store": archive.header.store},
        "into": {"project": settings.firebase_project_id, "store": settings.store},
        "dry_run": dry_run,
        "documents": archive.ending.documents,
        **{outcome: restored.total(outcome) for outcome in Outcome},
        "left_out": restored.left_out.total(),
        "collections": {
            group: {outcome: restored.counts[group, outcome] for outcome in Outcome} for group in restored.groups
        },
    }


def _print_json(value: dict[str, object]) -> None:
    out.print(json.dumps(value), soft_wrap=True, highlight=False, markup=False)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        bar = progress.add_task(what, total=None)
        yield lambda number: progress.advance(bar, number)


def _version() -> str:
    try:
        return version("resqconnect")
    except PackageNotFoundError:
        return "unknown"
