"""Learn from labelled messages how likely each label is: `python -m bench.learn --messages FILE.csv`.

Reads the file in place and our own phrases beside this module, foretells every message by coefficients that have not
seen it, prints those figures, and writes `app/agent_v2/learned/coefficients.npz`. The same data give the same file.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

import app.agent_v2.learned as learned
from app.agent_v2.assess import VERSION, assess_text, signs
from app.agent_v2.learned.coefficients import FILE, RULES_SHARE, Coefficients, key, save
from app.agent_v2.learned.features import Features, features
from app.agent_v2.learned.labels import found_label
from app.agent_v2.learned.reader import MARKS
from app.agent_v2.rules.text import read
from app.services.evaluating.assess import LABELS, Score
from app.services.labelled_files import read_messages

PHRASES = Path(__file__).parent / "learning" / "phrases.tsv"

LEARNED = tuple(MARKS)
FOLDS, SEED = 10, 1
C = 3.0
NEWS_WEIGHT, PHRASE_WEIGHT = 0.2, 0.3
"""What a news item and a phrase of ours count beside a message that somebody sent."""
LEAST_MESSAGES = 3
"""In how many messages a piece of a word has to stand, so that none is one person's alone."""
ALIKE = 0.6
"""From this cosine on two messages count as one and lie in the same fold."""
NEWS = "news"
"""The feature by which news items differ as such; no message has it when it is read."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    text: str
    kind: str
    """`direct`, `news` (which any other genre counts as) or `phrase`."""
    labels: frozenset[str]


@dataclass(frozen=True)
class Table:
    """All rows as numbers."""

    rows: Sequence[Row]
    by_rules: Flags
    """Row by label, what the rules alone say."""
    given: Flags
    matrix: sp.csr_matrix
    rules: Mapping[str, int]
    pieces: Mapping[str, int]
    rarity: Floats
    weights: Floats

    def of(self, kind: str) -> NDArray[np.intp]:
        return np.flatnonzero([row.kind == kind for row in self.rows])


def phrases(path: Path = PHRASES) -> list[Row]:
    """Ours: labels, a tab, words."""
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [Row(text, "phrase", frozenset(filter(None, labels.split(",")))) for labels, text in lines]


def messages(path: Path) -> list[Row]:
    return [
        Row(
            one.text,
            "direct" if one.genre == "direct" else NEWS,
            frozenset(n for n, is_so in one.labels.items() if is_so),
        )
        for one in read_messages(path, LABELS)
    ]


def table(rows: Sequence[Row]) -> Table:
    findings = [assess_text(row.text) for row in rows]
    found = [
        features(read(row.text.strip()), one, signs(row.text.strip())) for row, one in zip(rows, findings, strict=True)
    ]
    rules = _index(name for one in found for name in one.rules)
    rules[NEWS] = len(rules)
    often = _counted(found)
    pieces = _index(piece for piece, n in often.items() if n >= LEAST_MESSAGES)
    rarity = np.log((1 + len(rows)) / (1 + np.array([often[piece] for piece in pieces]))) + 1
    kinds = {"direct": 1.0, NEWS: NEWS_WEIGHT, "phrase": PHRASE_WEIGHT}
    return Table(
        rows=rows,
        by_rules=np.array([[found_label(one, label) for label in LEARNED] for one in findings]),
        given=np.array([[label in row.labels for label in LEARNED] for row in rows]),
        matrix=sp.hstack([_rule_matrix(rows, found, rules), _piece_matrix(found, pieces, rarity)]).tocsr(),
        rules=rules,
        pieces=pieces,
        rarity=rarity,
        weights=np.array([kinds[row.kind] for row in rows]),
    )


def _index(names: Iterable[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(sorted(set(names)))}


def _counted(found: Iterable[Features]) -> dict[str, int]:
    often: dict[str, int] = {}
    for one in found:
        for piece in one.pieces:
            often[piece] = often.get(piece, 0) + 1
    return often


def _rule_matrix(rows: Sequence[Row], found: Sequence[Features], rules: Mapping[str, int]) -> sp.csr_matrix:
    matrix = sp.lil_matrix((len(found), len(rules)))
    for i, one in enumerate(found):
        for name, value in one.rules.items():
            matrix[i, rules[name]] = value
        matrix[i, rules[NEWS]] = float(rows[i].kind == NEWS)
    return matrix.tocsr() * float(RULES_SHARE)


def _piece_matrix(found: Sequence[Features], pieces: Mapping[str, int], rarity: Floats) -> sp.csr_matrix:
    cells = [
        (i, pieces[piece], (1 + np.log(n)) * rarity[pieces[piece]])
        for i, one in enumerate(found)
        for piece, n in one.pieces.items()
        if piece in pieces
    ]
    at, columns, values = zip(*cells, strict=True)
    matrix = sp.csr_matrix((values, (at, columns)), shape=(len(found), len(pieces)))
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sp.diags(1 / np.where(lengths > 0, lengths, 1)) @ matrix


def fitted(data: Table, rows: NDArray[np.intp], label: int) -> LogisticRegression:
    model = LogisticRegression(C=C, solver="liblinear", max_iter=3000, random_state=0)
    return model.fit(data.matrix[rows], data.given[rows, label], sample_weight=data.weights[rows])


def groups(data: Table, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """The same number for messages that are alike, directly or by way of others."""
    pieces = data.matrix[rows][:, len(data.rules) :]
    alike = (pieces @ pieces.T) >= ALIKE
    of_each: NDArray[np.intp] = connected_components(alike, directed=False)[1]
    return of_each


@dataclass(frozen=True)
class Foretold:
    """Every message of the file, foretold by those of the other folds."""

    rows: NDArray[np.intp]
    fold: NDArray[np.intp]
    scores: Floats


def foretold(data: Table) -> Foretold:
    """Scores (log odds) of the file's messages, each by coefficients that have seen neither it nor one like it."""
    rows = np.concatenate([data.of("direct"), data.of(NEWS)])
    ours = data.of("phrase")
    strata = data.given[rows, 0] + 2 * np.isin(rows, data.of("direct"))
    fold = np.zeros(len(rows), dtype=np.intp)
    scores = np.zeros((len(rows), len(LEARNED)))
    splits = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED).split(rows, strata, groups(data, rows))
    for number, (others, these) in enumerate(splits):
        fold[these] = number
        known = np.concatenate([rows[others], ours])
        unseen = _as_message(data, rows[these])
        for label in range(len(LEARNED)):
            scores[these, label] = fitted(data, known, label).decision_function(unseen)
    return Foretold(rows, fold, scores)


def _as_message(data: Table, rows: NDArray[np.intp]) -> sp.csr_matrix:
    """Rows as they are when read: nobody says then that it is a news item."""
    keep = np.ones(data.matrix.shape[1])
    keep[data.rules[NEWS]] = 0
    return data.matrix[rows] @ sp.diags(keep)


def calibrated(scores: Floats, given: Flags) -> tuple[float, float]:
    """Slope and height that make of scores the log odds of what is given."""
    model = LogisticRegression(C=1.0).fit(scores[:, None], given)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def score(given: Flags, said: Flags) -> Score:
    return Score(int((given & said).sum()), int((said & ~given).sum()), int((given & ~said).sum()))


@dataclass(frozen=True)
class Learned:
    label: str
    slope: float
    height: float
    likelihoods: Floats
    """Of the foretold rows."""
    by_rules: Score
    out_of_fold: Score


def judged(data: Table, told: Foretold, label: int) -> Learned:
    """One label: its calibration, and how well it is foretold in messages that people sent."""
    direct = np.isin(told.rows, data.of("direct"))
    given, by_rules = data.given[told.rows, label], data.by_rules[told.rows, label]
    slope, height = calibrated(told.scores[direct, label], given[direct])
    likelihoods = 1 / (1 + np.exp(-(slope * told.scores[:, label] + height)))
    likely = MARKS[LEARNED[label]].reached(likelihoods, by_rules)
    return Learned(
        label=LEARNED[label],
        slope=slope,
        height=height,
        likelihoods=likelihoods,
        by_rules=score(given[direct], by_rules[direct]),
        out_of_fold=score(given[direct], likely[direct]),
    )


def coefficients(data: Table, told: Foretold, kept: Sequence[Learned]) -> Coefficients:
    """Learned once more from everything, for messages that nobody has seen."""
    everything = np.arange(len(data.rows))
    weights, bias = [], []
    for one in kept:
        model = fitted(data, everything, LEARNED.index(one.label))
        weights.append(one.slope * model.coef_[0])
        bias.append(one.slope * model.intercept_[0] + one.height)
    by_feature = np.array(weights).T
    seen = {
        key(data.rows[row].text): np.array([one.likelihoods[i] for one in kept], dtype=np.float32)
        for i, row in enumerate(told.rows)
    }
    return Coefficients(
        made_for=VERSION,
        labels=tuple(one.label for one in kept),
        rules=data.rules,
        rule_weights=by_feature[: len(data.rules)].astype(np.float32),
        pieces=data.pieces,
        piece_weights=by_feature[len(data.rules) :].astype(np.float32),
        rarity=data.rarity.astype(np.float32),
        bias=np.array(bias, dtype=np.float32),
        seen=seen,
    )


def _figures(found: Score) -> dict[str, float | int | None]:
    return {"precision": found.precision, "recall": found.recall, "f1": found.f1, "support": found.support}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=Path, required=True, help="CSV with id, message, genre and labels")
    parser.add_argument("--out", type=Path, default=Path(next(iter(learned.__path__))) / FILE)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    args = parser.parse_args()
    data = table([*messages(args.messages), *phrases()])
    told = foretold(data)
    found = [judged(data, told, label) for label in range(len(LEARNED))]
    save(args.out, coefficients(data, told, found))
    report = {one.label: {"rules": _figures(one.by_rules), "out_of_fold": _figures(one.out_of_fold)} for one in found}
    if args.json:
        json.dump(report, sys.stdout)
        return
    for one in found:
        ours, theirs = one.out_of_fold, one.by_rules
        print(
            f"{one.label:18} P {ours.precision or 0:.2f} R {ours.recall or 0:.2f} F1 {ours.f1 or 0:.3f}  "
            f"(rules {theirs.precision or 0:.2f} {theirs.recall or 0:.2f} {theirs.f1 or 0:.3f}, n={ours.support})"
        )
    print(f"{args.out}: {args.out.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
