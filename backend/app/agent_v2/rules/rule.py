"""What a row of the word tables is."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.schemas.vocabulary import NeedCategory, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that mean a need or a danger, and how urgent each use of them is at least."""

    name: str
    severity: Severity
    category: NeedCategory
    detail: str
    phrases: tuple[str, ...]


def rule(name: str, severity: Severity, category: NeedCategory, detail: str, phrases: str) -> Rule:
    """A row from a table with one phrase a line."""
    return Rule(name, severity, category, detail, tuple(line.strip() for line in phrases.strip().splitlines()))


def by_name(rules: Iterable[Rule]) -> dict[str, Rule]:
    """The rows by name; rows of one name in several languages share level, category and detail."""
    found: dict[str, Rule] = {}
    for one in rules:
        if one.name in found:
            same = found[one.name]
            one = Rule(same.name, same.severity, same.category, same.detail, same.phrases + one.phrases)
        found[one.name] = one
    return found
