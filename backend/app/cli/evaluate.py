"""`resq eval`: how well messages are read, measured on labelled files."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.agent_v2.assess import assess_text
from app.cli.measured import show
from app.core.settings import Settings
from app.services.evaluating.plan import measured_plans, read_cases
from app.services.evaluation import LABELS, GoldenReport, MessageReport, measure_golden, measure_messages
from app.services.labelled_files import BadFile, read_golden, read_messages

eval_app = typer.Typer(no_args_is_help=True, help="Measure on labelled data.")

_BAD_INPUT = 2


@eval_app.callback()
def _evaluate() -> None:
    """Measure on labelled data."""


@eval_app.command()
def assess(
    messages: Annotated[
        Path | None, typer.Option("--messages", help="CSV with id, message, genre and labels of 0 and 1.")
    ] = None,
    golden: Annotated[
        Path | None, typer.Option("--golden", help="JSON lines with id, message and what to expect.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Measure the rule-based assessment: needs, severity, people, and what is taken for no request."""
    try:
        if messages is None and golden is None:
            raise BadFile("give --messages, --golden or both")
        on_messages = measure_messages(read_messages(messages, LABELS), assess_text) if messages else None
        on_golden = measure_golden(read_golden(golden), assess_text) if golden else None
    except BadFile as error:
        typer.echo(f"Cannot evaluate: {error}", err=True)
        raise typer.Exit(_BAD_INPUT) from None
    if as_json:
        typer.echo(json.dumps(_as_json(on_messages, on_golden)))
        return
    console = Console()
    if on_messages:
        _print_messages(console, on_messages)
    if on_golden:
        _print_golden(console, on_golden)


@eval_app.command()
def plan(
    requests: Annotated[
        Path | None, typer.Option("--requests", help="JSON lines with id, text, must and must_not; else our own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Measure plans: are they whole, do they serve what was asked, are they safe. By rules, and with a model if any."""
    try:
        cases = read_cases(requests)
    except BadFile as error:
        typer.echo(f"Cannot evaluate: {error}", err=True)
        raise typer.Exit(_BAD_INPUT) from None
    show(asyncio.run(measured_plans(cases, Settings())), as_json=as_json)


def _as_json(on_messages: MessageReport | None, on_golden: GoldenReport | None) -> dict[str, object]:
    out: dict[str, object] = dict(on_messages.as_json()) if on_messages else {}
    if on_golden:
        out["golden"] = on_golden.as_json()
    return out


def _ratio(value: object) -> str:
    return "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def _print_messages(console: Console, report: MessageReport) -> None:
    needs = Table(title=f"Needs ({report.n_direct} direct messages)")
    for column in ("label", "precision", "recall", "F1", "support"):
        needs.add_column(column, justify="left" if column == "label" else "right")
    for label, score in report.needs.items():
        needs.add_row(label, _ratio(score.precision), _ratio(score.recall), _ratio(score.f1), str(score.support))
    console.print(needs)
    confusion = Table(title=f"Request or not ({report.n} messages)")
    for column in ("labelled", "kept", "not a request"):
        confusion.add_column(column, justify="left" if column == "labelled" else "right")
    for kind in ("request", "aid_related", "plain"):
        confusion.add_row(kind, str(report.confusion[f"{kind}_kept"]), str(report.confusion[f"{kind}_not_a_request"]))
    console.print(confusion)
    rates = Table("rate", "value", title="Rates")
    for name, value in report.rates.items():
        rates.add_row(name, _ratio(value))
    console.print(rates)


def _print_golden(console: Console, report: GoldenReport) -> None:
    table = Table("id", "expected", "found", "severity", "first need", "people", title="Golden messages")
    for row in report.rows:
        table.add_row(
            row.id,
            row.expected,
            row.found,
            row.verdict,
            f"{row.category} {_mark(row.category_ok)}",
            f"{row.people} {_mark(row.people_ok)}",
        )
    console.print(table)
    summary = Table("measure", "value", title="Summary")
    for name, value in report.as_json().items():
        summary.add_row(name, _ratio(value))
    console.print(summary)


def _mark(right: bool | None) -> str:
    return "" if right is None else "ok" if right else "differs"
