"""The one table of all evaluations, kept in a document between two marks, and what has become worse since."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from app.schemas.measured import Figure, Measured

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
"""`resq eval --write` replaces what stands between them."""
_HEAD = (
    "| evaluation | by | figure | value | cases | goal | safety |",
    "|---|---|---|---|---|---|---|",
)
_NOTHING = "–"
_GOAL = re.compile(r"([≥≤]) (\S+)")
_SAME = 0.0005
"""Half of the last digit that is kept."""

Key: TypeAlias = tuple[str, str, str]
"""Evaluation, who was measured, figure."""


class NoTable(Exception):
    """The document has no place for the table, or what stands there is not one."""


def figures_of(measured: Iterable[Measured]) -> dict[Key, Figure]:
    return {(one.evaluation, one.by, figure.name): figure for one in measured for figure in one.figures}


def kept_in(document: str) -> dict[Key, Figure]:
    """The figures of the document's table; raises `NoTable`."""
    rows = [line for line in _between(document)[1].splitlines() if line.startswith("|") and line not in _HEAD]
    return dict(_read(row) for row in rows)


def renewed(document: str, figures: Mapping[Key, Figure]) -> str:
    """The document with these figures in its table, in place of those of the same names; others stay."""
    before, _, after = _between(document)
    evaluated = {key[:2] for key in figures}
    kept = {key: figure for key, figure in kept_in(document).items() if key[:2] not in evaluated}
    rows = [_written(key, figure) for key, figure in sorted({**kept, **figures}.items(), key=lambda row: row[0][:2])]
    return "\n".join([before + BEGIN, *_HEAD, *rows, END + after])


def worse(before: Mapping[Key, Figure], now: Mapping[Key, Figure]) -> list[str]:
    """What of safety was better before, or is no longer measured by an evaluation that was run; a sentence each."""
    evaluated = {key[:2] for key in now}
    found: list[str] = []
    for key, figure in before.items():
        if not figure.safety or figure.value is None or key[:2] not in evaluated:
            continue
        name = " ".join((key[0], key[2]))
        latest = now.get(key)
        if latest is None or latest.value is None:
            found.append(f"{name} is no longer measured; it was {_number(figure.value)}.")
        elif _lost(latest, figure.value, latest.value):
            found.append(f"{name} was {_number(figure.value)} and is {_number(latest.value)}.")
    return found


def missed(figures: Mapping[Key, Figure]) -> Sequence[str]:
    """The goals that are not met, a sentence each."""
    return [
        f"{key[0]} {key[2]} is {_number(figure.value)}, wanted {_goal(figure)}."
        for key, figure in figures.items()
        if not figure.met
    ]


def _lost(figure: Figure, before: float, now: float) -> bool:
    return now > before + _SAME if figure.at_most else now < before - _SAME


def _between(document: str) -> tuple[str, str, str]:
    before, begin, rest = document.partition(BEGIN)
    table, end, after = rest.partition(END)
    if not begin or not end:
        raise NoTable(f"There is no table between {BEGIN} and {END}.")
    return before, table, after


def _written(key: Key, figure: Figure) -> str:
    evaluation, by, name = key
    cells = (evaluation, by, name, _number(figure.value), str(figure.cases), _goal(figure), _mark(figure))
    return f"| {' | '.join(cells)} |"


def _read(row: str) -> tuple[Key, Figure]:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    try:
        evaluation, by, name, value, cases, goal, mark = cells
        wanted = _GOAL.fullmatch(goal)
        figure = Figure(
            name=name,
            value=None if value == _NOTHING else float(value),
            cases=int(cases),
            goal=float(wanted[2]) if wanted else None,
            at_most=bool(wanted and wanted[1] == "≤"),
            safety=mark == "yes",
        )
    except ValueError:
        raise NoTable(f"This row is not one of the table: {row}") from None
    return (evaluation, by, name), figure


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return _NOTHING
    return f"{'≤' if figure.at_most else '≥'} {_number(figure.goal)}"


def _mark(figure: Figure) -> str:
    return "yes" if figure.safety else ""
