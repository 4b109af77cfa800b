"""`resq import`: requests from a file, into this node's own data or through a server's API."""

import asyncio
import csv
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.cli.console import FAILED, USAGE, checked, err, fail, out
from app.cli.intake import ApiIntake, Intake, OwnIntake, Refused, Unreachable, login_of
from app.core.settings import Settings
from app.schemas.request_states import Stage
from app.services.importing import FIELDS, LABELS, Places, Row, UnreadableFile, idempotency_key, read_rows

AT_ONCE = 16
POLL_SECONDS = 0.5
SETTLED = {Stage.MATCHED: "planned", Stage.NOT_A_REQUEST: "not_a_request", Stage.NEEDS_HUMAN: "needs_human"}


@dataclass
class Tally:
    """What became of the rows."""

    rows: int = 0
    accepted: int = 0
    repeated: int = 0
    problems: list[tuple[Row, str]] = field(default_factory=list)
    requests: dict[str, Row] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)
    seconds: float = 0.0
    broken: str | None = None

    def report(self) -> dict[str, object]:
        ended = Counter(SETTLED.get(self.stages.get(id, Stage.RECEIVED), "pending") for id in self.requests)
        settled = len(self.requests) - ended["pending"]
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "repeated": self.repeated,
            "rejected": len(self.problems),
            "planned": ended["planned"],
            "not_a_request": ended["not_a_request"],
            "needs_human": ended["needs_human"],
            "pending": ended["pending"],
            "seconds": round(self.seconds, 2),
            "per_second": round(settled / self.seconds, 1) if self.seconds else None,
            "labels": self.confusion(),
        }

    def confusion(self) -> dict[str, dict[str, int]]:
        """How rows with and without a label ended, for the labels that the file has."""
        found: dict[str, dict[str, int]] = {}
        for id, row in self.requests.items():
            for label, on in row.labels.items():
                counts = found.setdefault(f"{label}={int(on)}", {"planned": 0, "not_a_request": 0, "other": 0})
                ended = SETTLED.get(self.stages.get(id, Stage.RECEIVED), "other")
                counts[ended if ended in counts else "other"] += 1
        return dict(sorted(found.items(), reverse=True))


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV with a header, or JSONL.", show_default=False)],
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help=f"FIELD=COLUMN; fields are {', '.join(FIELDS)}.")
    ] = None,
    positions: Annotated[
        Path | None, typer.Option(help="TSV of places, from which rows without a position draw one.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws the same places.")] = 0,
    disaster: Annotated[str | None, typer.Option(help="The disaster of rows that name none.")] = None,
    url: Annotated[str | None, typer.Option(help="Send to this server instead of this node's own data.")] = None,
    email: Annotated[str | None, typer.Option(envvar="RESQ_EMAIL", help="Account at that server.")] = None,
    password: Annotated[str | None, typer.Option(envvar="RESQ_PASSWORD", help="Its password.")] = None,
    token: Annotated[str | None, typer.Option(envvar="RESQ_TOKEN", help="An ID token instead of both.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until all are planned.")] = False,
    wait_seconds: Annotated[float, typer.Option(help="At most so long without any progress.")] = 300.0,
    errors: Annotated[Path | None, typer.Option(help="Where rejected rows are written, with the reason.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Take in requests from a file. Safe to repeat: a row that is there already is found again, not doubled."""
    settings = checked(Settings())
    errors = errors or settings.data_dir / f"import-errors-{file.stem}.csv"
    try:
        renamed = _renamed(mapping or [])
        places = Places.read(positions, seed) if positions else None
        rows = list(read_rows(file, renamed=renamed, places=places, disaster_id=disaster))
    except UnreadableFile as error:
        fail(str(error), code=USAGE)
    if url:
        intake: Intake = ApiIntake(url, login_of(settings, email=email, password=password, token=token))
    else:
        intake = OwnIntake(settings)
    try:
        tally = asyncio.run(_run(rows, intake, wait=wait, wait_seconds=wait_seconds))
    except (Refused, Unreachable) as error:
        fail(str(error))
    _write_errors(errors, tally)
    if as_json:
        out.print(json.dumps(tally.report()), soft_wrap=True, highlight=False, markup=False)
    else:
        _show(tally, errors)
    if tally.broken:
        fail(tally.broken)
    if wait and tally.report()["pending"]:
        fail(f"{tally.report()['pending']} requests are still pending.", code=FAILED)


async def _run(rows: list[Row], intake: Intake, *, wait: bool, wait_seconds: float) -> Tally:
    tally = Tally(rows=len(rows))
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(intake)
        progress = stack.enter_context(
            Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=err,
                transient=True,
            )
        )
        await _submit(rows, intake, tally, progress)
        await _watch(intake, tally, progress, wait=wait and not tally.broken, quiet_seconds=wait_seconds)
    tally.seconds = time.monotonic() - began
    return tally


async def _submit(rows: list[Row], intake: Intake, tally: Tally, progress: Progress) -> None:
    bar = progress.add_task("sent", total=len(rows))
    turn = iter(rows)
    seen: dict[str, Row] = {}

    async def sender() -> None:
        for row in turn:
            await _one(row, seen, intake, tally)
            progress.advance(bar)

    await asyncio.gather(*(sender() for _ in range(AT_ONCE)))


async def _one(row: Row, seen: dict[str, Row], intake: Intake, tally: Tally) -> None:
    if row.body is None:
        tally.problems.append((row, row.problem or ""))
        return
    first = seen.setdefault(row.key, row)
    if first is not row:
        if first.body == row.body:
            tally.repeated += 1
        else:
            tally.problems.append((row, f"row {first.number} has the same id and other words"))
        return
    if tally.broken:
        tally.problems.append((row, "not sent: the server did not answer any more"))
        return
    try:
        sent = await intake.submit(row.body, idempotency_key(row))
    except Refused as error:
        tally.problems.append((row, str(error)))
    except Unreachable as error:
        tally.broken = str(error)
        tally.problems.append((row, f"not sent: {error}"))
    else:
        tally.requests[sent.id] = row
        tally.accepted += sent.new
        tally.repeated += not sent.new


async def _watch(intake: Intake, tally: Tally, progress: Progress, *, wait: bool, quiet_seconds: float) -> None:
    """Learn how the requests ended; with `wait`, when all have, or nothing has moved for `quiet_seconds`."""
    bar = progress.add_task("planned", total=len(tally.requests))
    before, moved = -1, time.monotonic()
    while wait:
        waiting = await intake.waiting()
        progress.update(bar, completed=max(0, len(tally.requests) - waiting))
        if not waiting:
            break
        if waiting != before:
            before, moved = waiting, time.monotonic()
        elif time.monotonic() - moved > quiet_seconds:
            break
        await asyncio.sleep(POLL_SECONDS)
    async for id, stage in _stages(intake):
        tally.stages[id] = stage


async def _stages(intake: Intake) -> AsyncIterator[tuple[str, Stage]]:
    try:
        async for id, stage in intake.stages():
            yield id, stage
    except Unreachable as error:
        err.print(f"Could not ask how they ended: {error}")


def _renamed(mapping: list[str]) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for pair in mapping:
        name, _, column = pair.partition("=")
        if name not in FIELDS or not column:
            raise UnreadableFile(f"--map {pair}: give FIELD=COLUMN with a field of {', '.join(FIELDS)}.")
        renamed[name] = column
    return renamed


def _write_errors(path: Path, tally: Tally) -> None:
    if not tally.problems:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "id", "reason"])
        writer.writerows([row.number, row.key, reason] for row, reason in tally.problems)


def _show(tally: Tally, errors: Path) -> None:
    report = tally.report()
    table = Table("what", "requests", title="Import")
    for name, value in report.items():
        if name != "labels":
            table.add_row(name.replace("_", " "), "" if value is None else f"{value:,}")
    out.print(table)
    confusion = tally.confusion()
    if confusion:
        labels = Table("label", "planned", "not a request", "other", title=f"Against the labels {', '.join(LABELS)}")
        for label, counts in confusion.items():
            labels.add_row(label, *(str(counts[name]) for name in ("planned", "not_a_request", "other")))
        out.print(labels)
    for reason, count in Counter(reason for _, reason in tally.problems).most_common(5):
        out.print(f"rejected {count}: {reason}", highlight=False)
    if tally.problems:
        out.print(f"All rejected rows: {errors}", highlight=False)
