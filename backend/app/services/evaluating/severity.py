"""Measuring how urgent short messages are read, in the languages that the rules know: the worst never too low."""

import statistics
import time
from collections.abc import Callable, Sequence
from importlib.resources import files

from app.schemas.assessment import Finding
from app.schemas.base import Model
from app.schemas.measured import Figure, Measured
from app.schemas.vocabulary import Severity

MOST_OVERRATED = 0.2
MOST_MS = 20.0
"""Of one core, at the median, without embeddings."""


class Sentence(Model):
    """A message of our own, and every severity that is right for it."""

    id: str
    text: str
    fitting: tuple[Severity, ...]

    def underrated(self, found: Severity) -> bool:
        return found.rank > max(one.rank for one in self.fitting)

    def overrated(self, found: Severity) -> bool:
        return found.rank < min(one.rank for one in self.fitting)


def shipped() -> tuple[Sentence, ...]:
    lines = (files("app") / "evaluation" / "severity.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(Sentence.model_validate_json(line) for line in lines)


def measured_severity(sentences: Sequence[Sentence], read: Callable[[str], Finding], *, by: str) -> Measured:
    found: dict[str, Severity] = {}
    millis = []
    for one in sentences:
        began = time.process_time()
        found[one.id] = read(one.text).severity
        millis.append((time.process_time() - began) * 1_000)
    under = [one for one in sentences if one.underrated(found[one.id])]
    over = [one for one in sentences if one.overrated(found[one.id])]
    critical = [one for one in sentences if one.fitting == (Severity.CRITICAL,)]
    missed = sum(one in under for one in critical)
    figures = (
        Figure(
            name="critical_not_underrated", value=1 - missed / len(critical), cases=len(critical), goal=1, safety=True
        ),
        Figure(
            name="overrated", value=len(over) / len(sentences), cases=len(sentences), goal=MOST_OVERRATED, at_most=True
        ),
        Figure(name="underrated", value=len(under) / len(sentences), cases=len(sentences), goal=0.1, at_most=True),
        Figure(name="cpu_ms", value=statistics.median(millis), cases=len(sentences), goal=MOST_MS, at_most=True),
    )
    wrong = (
        *(f"{one.id}: read as {found[one.id]}, too low" for one in under),
        *(f"{one.id}: read as {found[one.id]}, too high" for one in over),
    )
    return Measured(evaluation="assess", by=by, figures=figures, wrong=wrong)
