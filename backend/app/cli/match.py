"""`resq match`: solve an instance from a file, so that anybody can check a run."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli.match_plot import plotted
from app.services.matching import Matching, Problem, solve
from app.services.matching.instance import BadInstance, Changes, read_instance

_BAD_INPUT = 2
_MOST_GAPS = 40


def match(
    instance: Annotated[Path, typer.Option("--instance", help="An instance as docs/matching.md describes it.")],
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw the result as a map into this PNG file.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the instance with its result, and nothing else.")
    ] = False,
) -> None:
    """Match people and goods to needs: what is covered, what is short and why, how far that is from the best."""
    try:
        if plot is not None and plot.suffix.lower() != ".png":
            raise BadInstance("--plot draws PNG files only")
        given = read_instance(instance.read_bytes())
    except (BadInstance, OSError) as error:
        typer.echo(f"Cannot match: {error}", err=True)
        raise typer.Exit(_BAD_INPUT) from None
    matching = solve(given.problem)
    if plot is not None:
        plotted(given.problem, matching).save(plot)
    if as_json:
        typer.echo(replace(given, result=matching).as_json())
        return
    _show(Console(), given.problem, matching)


def _show(console: Console, problem: Problem, matching: Matching) -> None:
    table = Table(title=f"{len(problem.tasks)} tasks, {len(problem.workers)} people")
    for column in ("severity", "wanted", "sent", "at most", "minutes"):
        table.add_column(column, justify="left" if column == "severity" else "right")
    for one in matching.tallies:
        table.add_row(one.severity, *map(str, (one.wanted, one.sent, one.most_sent)), f"{one.minutes:.1f}")
    console.print(table)
    spent = sum(one.minutes for one in matching.tallies)
    if matching.least_minutes is None:
        console.print("Teams had to be released, so there is no bound for the travel of the others.")
    else:
        console.print(f"Travel: {spent:.1f} min; as many people take {matching.least_minutes:.1f} min at least.")
    given = sum(one.quantity for one in matching.allocations)
    console.print(f"Goods: {given} of {sum(one.quantity for one in problem.supplies)} units.")
    if problem.previous:
        changes = Changes.of(problem, matching)
        console.print(f"Since the last proposal: {changes.same} stay, {changes.new} are new, {changes.gone} are gone.")
    for gap in matching.shortfalls[:_MOST_GAPS]:
        console.print(f"  {escape(gap.need_id)}: {gap.code}: {escape(gap.cure)}")
    if len(matching.shortfalls) > _MOST_GAPS:
        console.print(f"  … and {len(matching.shortfalls) - _MOST_GAPS} more")
