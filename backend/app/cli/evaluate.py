"""`resq eval`: how well messages are read, measured on labelled files."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.agent_v2.assess import RulesAssessor
from app.agent_v2.learned.reader import LearnedReader
from app.cli.evaluate_all import evaluate_all
from app.cli.measured import show
from app.core.settings import Settings
from app.schemas.measured import Measured
from app.services.evaluating import chatbot as held_prompts
from app.services.evaluating import injection as held_attacks
from app.services.evaluating import retrieval as asked_of
from app.services.evaluating.assess import LABELS, GoldenReport, MessageReport, measure_golden, measure_messages
from app.services.evaluating.plan import measured_plans, read_cases
from app.services.evaluating.severity import measured_severity, shipped
from app.services.integrations.embedding.spaces import spaces_of
from app.services.labelled_files import BadFile, read_golden, read_messages

eval_app = typer.Typer(invoke_without_command=True, help="Measure on labelled data; without a name of one, all.")

_UNSAFE, _BAD_INPUT = 1, 2


@eval_app.callback()
def _evaluate(
    context: typer.Context,
    kept: Annotated[
        Path | None, typer.Option("--kept", help="The document with the table of the last time, to compare with.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Renew that table.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Measure on labelled data. Without the name of an evaluation all are run, each on its own data."""
    if context.invoked_subcommand is None:
        evaluate_all(kept=kept, write=write, as_json=as_json)


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
    """Measure the assessment without a model: needs, severity, people, and what is taken for no request.

    Messages that it was learned from are foretold by coefficients that have not seen them.
    """
    reader = LearnedReader(unseen=True)
    by_rules = RulesAssessor(learned=reader).finding
    if messages is None and golden is None:
        _show_safety([measured_severity(shipped(), by_rules, by="rules")], as_json=as_json)
        return
    try:
        on_messages = measure_messages(read_messages(messages, LABELS), by_rules, reader.saw) if messages else None
        on_golden = measure_golden(read_golden(golden), by_rules) if golden else None
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
def chatbot(
    prompts: Annotated[
        Path | None, typer.Option("--prompts", help="JSON lines with id, kind, prompt and what has to be so.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Hold the chatbot to its rules: emergency number first, no dose, no promise, nothing of others, all cited."""
    with _named_bad_files():
        asked = held_prompts.read_prompts(prompts) if prompts else held_prompts.shipped()
    _show_safety(asyncio.run(held_prompts.measured(asked, Settings())), as_json=as_json)


@eval_app.command()
def injection(
    attacks: Annotated[
        Path | None, typer.Option("--attacks", help="JSON lines with id, channel, technique, before, attack, after.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Attack assessment, planning and chatbot with texts that give orders: by rules, then with a model that obeys."""
    with _named_bad_files():
        tried = held_attacks.read_attacks(attacks) if attacks else held_attacks.shipped()
    _show_safety(asyncio.run(held_attacks.measured(tried, Settings())), as_json=as_json)


def _show_safety(measured: Sequence[Measured], *, as_json: bool) -> None:
    """Show it, and end with 1 where a figure of safety is not what it has to be."""
    show(measured, as_json=as_json)
    if any(figure.safety and not figure.met for one in measured for figure in one.figures):
        raise typer.Exit(_UNSAFE)


@contextmanager
def _named_bad_files() -> Iterator[None]:
    try:
        yield
    except BadFile as error:
        typer.echo(f"Cannot evaluate: {error}", err=True)
        raise typer.Exit(_BAD_INPUT) from None


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


@eval_app.command()
def retrieval(
    documents: Annotated[
        Path | None, typer.Option("--documents", help="JSON lines with id, title and text; else our own cards.")
    ] = None,
    questions: Annotated[
        Path | None, typer.Option("--questions", help="JSON lines with question and relevant (ids); else our own.")
    ] = None,
    split: Annotated[str, typer.Option("--split", help="Of our own questions: test, dev or all.")] = "test",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Measure retrieval on any collection: by words and rules alone, and with embeddings where they are on."""
    with _named_bad_files():
        if documents and not questions:
            raise BadFile("--documents needs --questions about them")
        collection = asked_of.read_documents(documents) if documents else asked_of.our_cards()
        asked = asked_of.read_questions(questions) if questions else asked_of.our_questions(split)
    show(asyncio.run(asked_of.measured_retrieval(collection, asked, spaces_of(Settings()))), as_json=as_json)


def _as_json(on_messages: MessageReport | None, on_golden: GoldenReport | None) -> dict[str, object]:
    out: dict[str, object] = dict(on_messages.as_json()) if on_messages else {}
    if on_golden:
        out["golden"] = on_golden.as_json()
    return out


def _ratio(value: object) -> str:
    return "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def _print_messages(console: Console, report: MessageReport) -> None:
    needs = Table(title=f"Needs ({report.n_direct} direct messages)")
    for column in ("label", "precision", "recall", "F1", "F1 by rules", "support"):
        needs.add_column(column, justify="left" if column == "label" else "right")
    for label, score in report.needs.items():
        ratios = (score.precision, score.recall, score.f1, report.by_rules[label].f1)
        needs.add_row(label, *(_ratio(one) for one in ratios), str(score.support))
    console.print(needs)
    if report.n_seen:
        console.print(f"{report.n_seen} of the messages were learned from; each is foretold without itself.")
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
