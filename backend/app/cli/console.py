"""Where commands speak: results to standard output, everything else to standard error."""

from typing import NoReturn

import typer
from rich.console import Console

from app.core.settings import Misconfigured, Settings

out = Console()
err = Console(stderr=True)

USAGE = 2
FAILED = 1


def fail(sentence: str, *, code: int = FAILED) -> NoReturn:
    """End the command with one line that says why."""
    err.print(f"[red]resq:[/red] {sentence}", highlight=False)
    raise typer.Exit(code)


def checked(settings: Settings) -> Settings:
    """The settings, or the end of the command where they contradict each other."""
    try:
        settings.check()
    except Misconfigured as error:
        fail(str(error), code=USAGE)
    return settings
