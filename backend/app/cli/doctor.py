"""`resq doctor`: what is configured, what is missing, and what happens without it."""

import asyncio
import json
from typing import Annotated

import typer
from rich.table import Table

from app.cli.console import FAILED, out
from app.core.settings import Misconfigured, Settings
from app.services import opened
from app.services.health import Part, State

_MARKS = {
    State.OK: "[green]ok[/green]",
    State.OFF: "[yellow]off[/yellow]",
    State.DEGRADED: "[yellow]degraded[/yellow]",
    State.FAILING: "[red]failing[/red]",
    State.FAILING_OPEN: "[yellow]failing open[/yellow]",
}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say what this node is made of. Ends with 1 where something it needs does not work."""
    settings = Settings()
    parts = [*_configuration(settings), *asyncio.run(_running(settings))]
    if as_json:
        out.print_json(json.dumps({"parts": [part.model_dump() for part in parts]}))
    else:
        table = Table("part", "state", "what that means", title=f"ResQConnect, {settings.environment}")
        for part in parts:
            table.add_row(part.name, _MARKS[part.state], part.detail)
        out.print(table)
    if any(part.state is State.FAILING for part in parts):
        raise typer.Exit(FAILED)


def _configuration(settings: Settings) -> list[Part]:
    try:
        settings.check()
    except Misconfigured as error:
        return [Part(name="settings", state=State.FAILING, detail=str(error))]
    return [
        Part(name="settings", state=State.OK, detail=f"ENVIRONMENT={settings.environment}"),
        Part(name="data", state=State.OK, detail=str(settings.data_dir.resolve())),
    ]


async def _running(settings: Settings) -> list[Part]:
    try:
        async with opened(settings) as services:
            return list((await services.health.check()).parts)
    except Misconfigured:
        return []
    except OSError as error:
        return [Part(name="store", state=State.FAILING, detail=f"{settings.data_dir}: {error.strerror}")]
