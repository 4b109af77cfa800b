"""Measuring an assessor on labelled messages: needs, severity, and what it takes for no request at all."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.agent_v2.learned.labels import LABEL_NEEDS, MEDICAL_LABELS, MEDICAL_UNION, REQUEST, found_label
from app.schemas.assessment import Finding
from app.schemas.measured import Figure, Measured
from app.schemas.vocabulary import NeedCategory, Severity
from app.services.labelled_files import Golden, Message

Assess = Callable[[str], Finding]

LABELS = tuple(dict.fromkeys((*LABEL_NEEDS, *MEDICAL_LABELS)))
"""Every need label of a message file that is measured."""

_LEVELS: Mapping[str, frozenset[Severity]] = {
    "Critical": frozenset({Severity.CRITICAL}),
    "Urgent": frozenset({Severity.HIGH}),
    "Standard": frozenset({Severity.MEDIUM, Severity.LOW}),
}
_KIND: Mapping[NeedCategory, str] = {
    NeedCategory.MEDICAL: "Medical",
    NeedCategory.RESCUE: "Structural",
    NeedCategory.EVACUATION: "Structural",
    NeedCategory.TRANSPORT_ACCESS: "Structural",
    NeedCategory.PROTECTION: "Structural",
    NeedCategory.OTHER: "Structural",
}


@dataclass(frozen=True, slots=True)
class Score:
    """How well one label is found. A ratio is None where nothing was there to divide by."""

    true_positive: int
    false_positive: int
    false_negative: int

    @property
    def support(self) -> int:
        """How many messages carry the label."""
        return self.true_positive + self.false_negative

    @property
    def precision(self) -> float | None:
        """Of those found, the share that carry the label."""
        return ratio(self.true_positive, self.true_positive + self.false_positive)

    @property
    def recall(self) -> float | None:
        """Of those that carry the label, the share found."""
        return ratio(self.true_positive, self.support)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; None where no message carries the label."""
        if not self.support:
            return None
        return ratio(2 * self.true_positive, 2 * self.true_positive + self.false_positive + self.false_negative)

    def as_json(self) -> dict[str, float | int | None]:
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1, "support": self.support}


@dataclass(frozen=True, slots=True)
class GoldenRow:
    """One golden message, expected and found."""

    id: str
    expected: str
    found: Severity
    verdict: str
    """`ok`, `under` or `over`."""
    category: str
    category_ok: bool | None
    people: int
    people_ok: bool | None
    critical_underrated: bool


@dataclass(frozen=True, slots=True)
class MessageReport:
    """What was measured on a message file."""

    needs: Mapping[str, Score]
    confusion: Mapping[str, int]
    reasons: Mapping[str, int]
    n: int
    n_direct: int
    rates: Mapping[str, float | None] = field(default_factory=dict)
    by_rules: Mapping[str, Score] = field(default_factory=dict)
    """The same labels as the needs of the finding say them, without likelihoods."""
    n_seen: int = 0
    """How many were learned from. Each of them is foretold by coefficients that have not seen it (out of fold)."""

    def as_json(self) -> dict[str, object]:
        """The figures as JSON types; ratios 0..1 or null."""
        return {
            "needs": {label: found.as_json() for label, found in self.needs.items()},
            "by_rules": {label: found.as_json() for label, found in self.by_rules.items()},
            "not_a_request": {**self.confusion, "reasons": dict(self.reasons)},
            "rates": dict(self.rates),
            "messages": {
                "n": self.n,
                "n_direct": self.n_direct,
                "learned_from": self.n_seen,
                "out_of_fold": self.n_seen > 0,
            },
        }


@dataclass(frozen=True, slots=True)
class GoldenReport:
    """What was measured on a golden file."""

    rows: tuple[GoldenRow, ...]

    def as_json(self) -> dict[str, object]:
        """The figures as JSON types; `critical_underrated` is a count, shares are 0..1 or null."""
        n = len(self.rows)
        return {
            "n": n,
            "critical_underrated": sum(row.critical_underrated for row in self.rows),
            "overrated_share": ratio(sum(row.verdict == "over" for row in self.rows), n),
            "underrated_share": ratio(sum(row.verdict == "under" for row in self.rows), n),
            "category_accuracy": _share(row.category_ok for row in self.rows),
            "people_accuracy": _share(row.people_ok for row in self.rows),
        }


def ratio(part: int, whole: int) -> float | None:
    """`part / whole`, or None where there is no whole."""
    return part / whole if whole else None


def _share(marks: Iterable[bool | None]) -> float | None:
    known = [mark for mark in marks if mark is not None]
    return ratio(sum(known), len(known))


def _nothing(_: str) -> bool:
    return False


def measure_messages(
    messages: Sequence[Message], assess: Assess, saw: Callable[[str], bool] = _nothing
) -> MessageReport:
    """Needs, and the label `request`, on the direct messages (`genre` direct); what is kept as a request on all.

    A label that likelihoods were learned for is found where they say so, any other where the needs do.
    """
    read = [(message, assess(message.text)) for message in messages]
    direct = [(message, finding) for message, finding in read if message.genre == "direct"]
    labels = [label for label in _labels(messages) if label in {REQUEST, *LABELS, MEDICAL_UNION}]
    return MessageReport(
        needs={label: _score(label, direct, said_label) for label in labels},
        by_rules={label: _score(label, direct, found_label) for label in labels},
        confusion=_confusion(read),
        reasons=dict(Counter(f.not_a_request_reason or "" for _, f in read if not f.is_request).most_common()),
        n=len(read),
        n_direct=len(direct),
        rates=_rates(read),
        n_seen=sum(saw(message.text) for message in messages),
    )


def _labels(messages: Sequence[Message]) -> list[str]:
    names = list(messages[0].labels) if messages else []
    return [*names, MEDICAL_UNION] if any(name in names for name in MEDICAL_LABELS) else names


def said_label(finding: Finding, label: str) -> bool:
    """Whether a label is taken for given, all told: by what was learned, where it was, or by the needs."""
    if label == MEDICAL_UNION:
        return any(said_label(finding, one) for one in MEDICAL_LABELS)
    learned = next((one.likely for one in finding.likelihoods if one.label == label), None)
    return found_label(finding, label) if learned is None else learned


def _score(label: str, read: Sequence[tuple[Message, Finding]], says: Callable[[Finding, str], bool]) -> Score:
    pairs = [(_labelled(message, label), says(finding, label)) for message, finding in read]
    return Score(
        true_positive=sum(labelled and found for labelled, found in pairs),
        false_positive=sum(found and not labelled for labelled, found in pairs),
        false_negative=sum(labelled and not found for labelled, found in pairs),
    )


def _labelled(message: Message, label: str) -> bool:
    if label == MEDICAL_UNION:
        return any(message.labels.get(one, False) for one in MEDICAL_LABELS)
    return message.labels.get(label, False)


def _confusion(read: Sequence[tuple[Message, Finding]]) -> dict[str, int]:
    """How many messages are taken for no request, by what the file says they are."""
    cells: Counter[str] = Counter()
    for message, finding in read:
        kind = _kind(message)
        cells[f"{kind}_{'kept' if finding.is_request else 'not_a_request'}"] += 1
    kinds = ("request", "aid_related", "plain")
    return {f"{kind}_{side}": cells[f"{kind}_{side}"] for kind in kinds for side in ("kept", "not_a_request")}


def _kind(message: Message) -> str:
    """`request`; `aid_related` where it only tells of aid; `plain` where it does neither."""
    if message.labels.get("request", False):
        return "request"
    return "aid_related" if message.labels.get("aid_related", False) else "plain"


def _rates(read: Sequence[tuple[Message, Finding]]) -> dict[str, float | None]:
    def kept(kind: str, genre: str | None = None) -> float | None:
        chosen = [f.is_request for m, f in read if _kind(m) == kind and genre in (None, m.genre)]
        return ratio(sum(chosen), len(chosen))

    def dropped(genre: str | None = None) -> float | None:
        share = kept("plain", genre)
        return None if share is None else 1 - share

    return {
        "requests_kept": kept("request"),
        "requests_kept_direct": kept("request", "direct"),
        "requests_kept_news": kept("request", "news"),
        "plain_not_a_request": dropped(),
        "plain_news_not_a_request": dropped("news"),
        "needs_review": ratio(sum(f.needs_review for _, f in read), len(read)),
    }


def measure_golden(golden: Sequence[Golden], assess: Assess) -> GoldenReport:
    """Severity, first need and people of every golden message against what is accepted for it."""
    return GoldenReport(tuple(_golden_row(one, assess(one.message)) for one in golden))


def _golden_row(golden: Golden, finding: Finding) -> GoldenRow:
    expect = golden.expect
    allowed = frozenset().union(*(_LEVELS[level] for level in (*(expect.severity_ok or ()), expect.severity)))
    verdict = _verdict(finding.severity, allowed)
    category = _KIND.get(finding.needs[0].category, "Supply") if finding.needs else ""
    categories = [*(expect.category_ok or ()), *([expect.category] if expect.category else ())]
    people = [*(expect.people_ok or ()), *([expect.people] if expect.people is not None else ())]
    return GoldenRow(
        id=golden.id,
        expected=expect.severity,
        found=finding.severity,
        verdict=verdict,
        category=category,
        category_ok=category in categories if categories else None,
        people=finding.people.count,
        people_ok=finding.people.count in people if people else None,
        critical_underrated=expect.severity == "Critical" and verdict == "under",
    )


def _verdict(found: Severity, allowed: frozenset[Severity]) -> str:
    if found in allowed:
        return "ok"
    return "over" if found.rank < min(level.rank for level in allowed) else "under"


F1_GOALS: Mapping[str, float] = {
    "request": 0.68,
    "water": 0.88,
    "food": 0.87,
    "shelter": 0.78,
    "clothing": 0.72,
}
MOST_OVERRATED = 0.2


def measured_assessment(messages: MessageReport | None, golden: GoldenReport | None, *, by: str = "rules") -> Measured:
    """The figures that have a goal, with the golden messages that were read as less or more urgent than they are."""
    figures: list[Figure] = []
    if messages:
        for label, goal in F1_GOALS.items():
            if label in messages.needs:
                found = messages.needs[label]
                figures.append(Figure(name=f"{label} f1", value=found.f1, cases=found.support, goal=goal))
        figures += _medical(messages.needs)
    if golden:
        under = sum(row.critical_underrated for row in golden.rows)
        over = sum(row.verdict == "over" for row in golden.rows)
        n = len(golden.rows)
        figures += [
            Figure(name="critical under-rated", value=ratio(under, n), cases=n, goal=0, at_most=True, safety=True),
            Figure(name="over-rated", value=ratio(over, n), cases=n, goal=MOST_OVERRATED, at_most=True),
        ]
    wrong = [f"{row.id}: {row.verdict}" for row in golden.rows if row.verdict != "ok"] if golden else []
    return Measured(evaluation="assess", by=by, figures=tuple(figures), wrong=tuple(wrong))


def _medical(needs: Mapping[str, Score]) -> list[Figure]:
    goals = {"medical_help": (0.45, 0.50), "medical_products": (0.60, 0.40)}
    return [
        figure
        for label, (precision, recall) in goals.items()
        if label in needs
        for figure in (
            Figure(name=f"{label} precision", value=needs[label].precision, cases=needs[label].support, goal=precision),
            Figure(name=f"{label} recall", value=needs[label].recall, cases=needs[label].support, goal=recall),
        )
    ]
