"""Adding what was learned from labelled messages to what the rules found. Nothing is taken away by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.agent_v2.learned.coefficients import Coefficients, coefficients, key
from app.agent_v2.learned.features import features, pieces
from app.agent_v2.learned.labels import LABEL_NEEDS, REQUEST, found_label
from app.agent_v2.rules.text import END, Text, read
from app.schemas.assessment import Evidence, Finding, FoundNeed, Likelihood
from app.schemas.vocabulary import NeedCategory


@dataclass(frozen=True, slots=True)
class Mark:
    """From which likelihood on a label is taken for given: where the rules found it, and where they did not."""

    found: float
    missed: float

    def reached(self, value: NDArray[np.float64], by_rules: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.asarray(value >= np.where(by_rules, self.found, self.missed), dtype=np.bool_)


MARKS: Mapping[str, Mark] = {
    REQUEST: Mark(0.4, 0.4),
    "water": Mark(0.4, 0.4),
    "food": Mark(0.2, 0.6),
    "shelter": Mark(0.35, 0.35),
    "clothing": Mark(0.1, 0.6),
    "medical_help": Mark(0.2, 0.2),
    "medical_products": Mark(0.2, 0.6),
}
"""Round numbers near half of the F1 that is reached, where F1 is highest if likelihoods are true; where learning
finds no more than the rules do, theirs stands unless it is hardly believed, and little is added."""

_GUESSED = frozenset({"unstated", "plea"})
"""Rules under which a need stands that nobody has named."""

ADDED_FROM = 0.6
"""From here on a need that the rules missed is put among the needs: it is right more often than not."""


@dataclass(frozen=True)
class LearnedReader:
    """`unseen`: messages that were learned from are foretold without themselves, which is for measuring."""

    known: Coefficients = field(default_factory=coefficients)
    unseen: bool = False

    def added(self, message: str, finding: Finding, signs: tuple[str, ...]) -> Finding:
        """The finding of the rules with likelihoods, and with the needs that they missed and these are sure of."""
        text = read(message)
        values = self._values(message, text, finding, signs)
        said = tuple(
            Likelihood(label=label, value=round(value, 3), likely=_likely(label, value, finding))
            for label, value in zip(self.known.labels, values, strict=True)
        )
        return finding.model_copy(
            update={"likelihoods": said, "needs": _with(finding.needs, self._missed(text, finding, said))}
        )

    def saw(self, message: str) -> bool:
        """Whether the message is one of those that were learned from."""
        return key(message) in self.known.seen

    def _values(self, message: str, text: Text, finding: Finding, signs: tuple[str, ...]) -> list[float]:
        told = self.known.seen.get(key(message)) if self.unseen else None
        found = self.known.likelihoods(features(text, finding, signs)) if told is None else told
        return [float(one) for one in found]

    def _missed(self, text: Text, finding: Finding, said: tuple[Likelihood, ...]) -> tuple[FoundNeed, ...]:
        if not finding.is_request:
            return ()
        known = {need.category for need in finding.needs}
        missed: dict[NeedCategory, FoundNeed] = {}
        for one in said:
            category = _category(one.label)
            if category is None or one.value < ADDED_FROM or category in known or category in missed:
                continue
            quote = self._telling(text, one.label)
            missed[category] = FoundNeed(
                category=category, evidence=(Evidence(rule=f"learned.{one.label}", quote=quote),)
            )
        return tuple(missed.values())

    def _telling(self, text: Text, label: str) -> str:
        """The word that speaks most for a label; empty where none does."""
        spoken = [(self.known.speaks_for(label, pieces(word)), i) for i, word in enumerate(text.words) if word != END]
        most, at = max(spoken, default=(0.0, 0), key=lambda one: one[0])
        return text.quote(at, at + 1) if most > 0 else ""


def _with(needs: tuple[FoundNeed, ...], missed: tuple[FoundNeed, ...]) -> tuple[FoundNeed, ...]:
    """Those that were missed come last, but before one that nobody has named."""
    guessed = tuple(need for need in needs if all(one.rule in _GUESSED for one in need.evidence))
    return (*(need for need in needs if need not in guessed), *missed, *guessed)


def _category(label: str) -> NeedCategory | None:
    if label == "medical_help":
        return NeedCategory.MEDICAL
    return LABEL_NEEDS[label][0] if label in LABEL_NEEDS else None


def _likely(label: str, value: float, finding: Finding) -> bool:
    mark = MARKS[label]
    return value >= (mark.found if found_label(finding, label) else mark.missed)
