"""`resq retention`: what has been kept for long enough, and letting go of it."""

import asyncio
import json
from typing import Annotated

import typer
from rich.table import Table

from app.cli.console import checked, out
from app.core.settings import Settings
from app.schemas.retention import Expiry
from app.services import opened


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Let go of what is older than RESQ_RETENTION_DAYS says; the server does so by itself once an hour."""
    found = asyncio.run(_applied(checked(Settings()), dry_run=dry_run))
    if as_json:
        out.print_json(json.dumps({"dry_run": dry_run, "kinds": [one.model_dump(mode="json") for one in found]}))
        return
    table = Table("what", "kept for", "older than", "would go" if dry_run else "gone")
    for one in found:
        kept, cutoff = (f"{one.days} days", f"{one.cutoff:%Y-%m-%d}") if one.cutoff else ("ever", "-")
        table.add_row(one.name, kept, cutoff, str(one.count))
    out.print(table)


async def _applied(settings: Settings, *, dry_run: bool) -> list[Expiry]:
    async with opened(settings) as services:
        if dry_run:
            return await services.retention.preview()
        found = []
        for one in await services.retention.preview():
            count = 0
            while went := await services.retention.apply(one.name):
                count += went
            found.append(one.model_copy(update={"count": count}))
        return found
