"""The numbers that `make learn` wrote, and what they make of a message. Needs numpy alone."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.agent_v2.learned.features import Features

Floats = NDArray[np.float32]

FILE = "coefficients.npz"
RULES_SHARE = np.float32(0.3)
"""How much a rule that fired counts beside the pieces of words, whose squares add up to 1."""
_SEPARATOR = "\n"


@dataclass(frozen=True)
class Coefficients:
    """One column a label, one row a feature."""

    made_for: str
    """Version of the rules whose findings they were learned from."""
    labels: tuple[str, ...]
    rules: Mapping[str, int]
    rule_weights: Floats
    pieces: Mapping[str, int]
    piece_weights: Floats
    rarity: Floats
    """By piece, the logarithm of how rare it is."""
    bias: Floats
    seen: Mapping[int, Floats]
    """Of each message that all this was learned from, by `key`, the likelihoods by coefficients without it."""

    def likelihoods(self, features: Features) -> Floats:
        """By label, from 0 to 1."""
        total = self.bias.copy()
        known = [(self.rules[name], value) for name, value in features.rules.items() if name in self.rules]
        if known:
            values = np.array([value for _, value in known], dtype=np.float32)
            total += RULES_SHARE * values @ self.rule_weights[[row for row, _ in known]]
        rows, weights = self.weighed(features.pieces)
        if len(rows):
            total += weights @ self.piece_weights[rows]
        likelihoods: Floats = (1 / (1 + np.exp(-total))).astype(np.float32)
        return likelihoods

    def weighed(self, pieces: Mapping[str, int]) -> tuple[NDArray[np.intp], Floats]:
        """The known ones among the pieces, and their weights, whose squares add up to 1."""
        known = [(self.pieces[piece], count) for piece, count in pieces.items() if piece in self.pieces]
        rows = np.array([row for row, _ in known], dtype=np.intp)
        counts = np.array([count for _, count in known], dtype=np.float32)
        weights = (np.float32(1) + np.log(counts)) * self.rarity[rows]
        length = float(np.linalg.norm(weights))
        return rows, (weights / length if length else weights).astype(np.float32)

    def speaks_for(self, label: str, pieces: Iterable[str]) -> float:
        """How much pieces of words speak for a label; below 0 against it."""
        column = self.labels.index(label)
        rows = [self.pieces[piece] for piece in pieces if piece in self.pieces]
        return float(self.rarity[rows] @ self.piece_weights[rows, column])


def key(message: str) -> int:
    """By which a message is known again without keeping its words."""
    return int.from_bytes(hashlib.sha256(message.strip().encode("utf-8", "replace")).digest()[:8], "big")


@cache
def coefficients() -> Coefficients:
    """Those that the package carries."""
    with as_file(files("app.agent_v2.learned") / FILE) as path:
        return load(path)


def save(path: Path, found: Coefficients) -> None:
    """Write them; the same ones always give the same bytes."""
    keys = sorted(found.seen)
    np.savez_compressed(
        path,
        made_for=np.array(found.made_for),
        labels=np.array(found.labels),
        rules=np.array(_SEPARATOR.join(found.rules)),
        rule_weights=found.rule_weights.astype(np.float16),
        pieces=np.array(_SEPARATOR.join(found.pieces)),
        piece_weights=found.piece_weights.astype(np.float16),
        rarity=found.rarity.astype(np.float16),
        bias=found.bias,
        seen=np.array(keys, dtype=np.uint64),
        seen_likelihoods=np.array([found.seen[one] for one in keys], dtype=np.float16),
    )


def load(path: Path) -> Coefficients:
    """What `save` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        seen = zip(stored["seen"], stored["seen_likelihoods"].astype(np.float32), strict=True)
        return Coefficients(
            made_for=str(stored["made_for"]),
            labels=tuple(str(label) for label in stored["labels"]),
            rules=_rows(str(stored["rules"])),
            rule_weights=stored["rule_weights"].astype(np.float32),
            pieces=_rows(str(stored["pieces"])),
            piece_weights=stored["piece_weights"].astype(np.float32),
            rarity=stored["rarity"].astype(np.float32),
            bias=stored["bias"],
            seen={int(one): likelihoods for one, likelihoods in seen},
        )


def _rows(names: str) -> dict[str, int]:
    return {name: row for row, name in enumerate(names.split(_SEPARATOR))} if names else {}
