"""Showing what an evaluation found: a table for people, one JSON object for everything else."""

import json
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.schemas.measured import Figure, Measured

_MOST_WRONG = 60


def show(measured: Sequence[Measured], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"measured": [one.model_dump(mode="json") for one in measured]}, ensure_ascii=False))
        return
    console = Console()
    for one in measured:
        table = Table(title=f"{one.evaluation}, by {one.by}")
        for column in ("figure", "value", "cases", "goal", ""):
            table.add_column(column, justify="right" if column in ("value", "cases", "goal") else "left")
        for figure in one.figures:
            table.add_row(figure.name, _number(figure.value), str(figure.cases), _goal(figure), _mark(figure))
        console.print(table)
        for wrong in one.wrong[:_MOST_WRONG]:
            console.print(f"  {escape(wrong)}")
        if len(one.wrong) > _MOST_WRONG:
            console.print(f"  … and {len(one.wrong) - _MOST_WRONG} more")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _goal(figure: Figure) -> str:
    return "" if figure.goal is None else f"{'≤' if figure.at_most else '≥'} {figure.goal:g}"


def _mark(figure: Figure) -> str:
    words = (["safety"] if figure.safety else []) + ([] if figure.met else ["missed"])
    return ", ".join(words)
