"""`resq jobs`: what was given up, and having it tried again."""

import asyncio
import json
from typing import Annotated

import typer
from rich.table import Table

from app.cli.console import USAGE, checked, fail, out
from app.core.errors import NotFound
from app.core.settings import Settings
from app.schemas.failed_job import FailedJob
from app.services import Services, opened

jobs_app = typer.Typer(no_args_is_help=True, help="Jobs that were given up.")
_PAGE = 200


@jobs_app.command("failed")
def failed(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """List the jobs that were given up, the last one first."""
    found = asyncio.run(_listed(checked(Settings())))
    if as_json:
        out.print_json(json.dumps({"jobs": [one.model_dump(mode="json") for one in found]}))
        return
    table = Table("id", "tries", "first", "last", "error", "reason")
    for one in found:
        first, last = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (one.first_at, one.last_at))
        table.add_row(one.id, str(one.attempts), first, last, one.error, one.reason)
    out.print(table)


@jobs_app.command("retry")
def retry(
    id: Annotated[str | None, typer.Argument(help="As `resq jobs failed` lists it.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that were given up.")] = False,
) -> None:
    """Have one of them tried again, or all; the next sweep rings for it."""
    if everything is (id is not None):
        fail("Name one job, or say --all.", code=USAGE)
    try:
        count = asyncio.run(_retried(checked(Settings()), id))
    except NotFound:
        fail(f"No job {id} has failed.")
    out.print(f"{count} to be tried again.")


async def _listed(settings: Settings) -> list[FailedJob]:
    async with opened(settings) as services:
        return await _all(services)


async def _retried(settings: Settings, id: str | None) -> int:
    async with opened(settings) as services:
        ids = [one.id for one in await _all(services)] if id is None else [id]
        for one in ids:
            await services.failures.retry(one)
        return len(ids)


async def _all(services: Services) -> list[FailedJob]:
    found: list[FailedJob] = []
    cursor: str | None = None
    while True:
        page = await services.failures.listed(limit=_PAGE, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found
