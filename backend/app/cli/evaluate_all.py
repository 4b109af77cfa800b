"""Everything measured at once, against the table that is kept."""

import asyncio
import json
from pathlib import Path
from typing import NoReturn

import typer

from app.agent_v2.assess import RulesAssessor
from app.agent_v2.learned.reader import LearnedReader
from app.cli.measured import show
from app.core.settings import Settings
from app.schemas.measured import Measured
from app.services.evaluating import chatbot, injection, plan, retrieval, severity
from app.services.evaluating.kept import NoTable, figures_of, kept_in, missed, renewed, worse
from app.services.integrations.embedding.spaces import spaces_of

_WORSE, _BAD_INPUT = 1, 2


def evaluate_all(*, kept: Path | None, write: bool, as_json: bool) -> None:
    """Measure all, show it, and end with 1 where safety is less than what was `kept`, or not what it has to be."""
    before = _text(kept) if kept else None
    try:
        known = kept_in(before) if before is not None else {}
    except NoTable as error:
        _refuse(f"{kept}: {error}")
    measured = asyncio.run(_measured(Settings()))
    figures = figures_of(measured)
    lost = worse(known, figures)
    lost += [
        f"{key[0]} {key[2]} by {key[1]} is a matter of safety, and missed."
        for key, figure in figures.items()
        if figure.safety and not figure.met
    ]
    if not as_json:
        show(measured, as_json=False)
        for sentence in (*missed(figures), *lost):
            typer.echo(sentence)
    if write and kept and before is not None:
        kept.write_text(renewed(before, figures), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps({"measured": [one.model_dump(mode="json") for one in measured], "worse": lost}))
    if lost:
        raise typer.Exit(_WORSE)


async def _measured(settings: Settings) -> list[Measured]:
    found = [severity.measured_severity(severity.shipped(), RulesAssessor(learned=LearnedReader()).finding, by="rules")]
    found += await plan.measured_plans(plan.read_cases(None), settings)
    found += await retrieval.measured_retrieval(
        retrieval.our_cards(), retrieval.our_questions("test"), spaces_of(settings)
    )
    found += await chatbot.measured(chatbot.shipped(), settings)
    found += await injection.measured(injection.shipped(), settings)
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        _refuse(f"{path}: {error}")


def _refuse(why: str) -> NoReturn:
    typer.echo(f"Cannot evaluate: {why}", err=True)
    raise typer.Exit(_BAD_INPUT)
