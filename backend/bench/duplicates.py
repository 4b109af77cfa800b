"""How long the search for duplicates takes, and how many of those that people would call so it finds.

`python -m bench.duplicates` prints two tables; with `--json` the last line is one object with the same figures.
`--messages FILE.csv` takes its texts from the `message` column instead of our own labelled pairs.
"""

import argparse
import csv
import json
import platform
import random
import statistics
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.services.duplicates import Index, Report, shingles

SIZES = (1_000, 10_000, 50_000)
"""Open requests."""
CHECKS = 400
EDITS = 20_000
START = datetime(2025, 11, 28, tzinfo=UTC)
PAIRS = Path(__file__).parents[1] / "tests" / "data" / "duplicate_pairs.jsonl"
CRY = "We are trapped on the roof at Temple Road with two small children, please send a boat"
REPEATED = 3_000
COUNTRY_KM, TOWN_KM = 150.0, 0.7
"""Half the side of the square that requests come from; all of one town are in each other's reach."""


@dataclass(frozen=True)
class Row:
    """One size and spread. `links` is the mean number of requests that a check found.

    The first two times are as a clock on the wall sees them, the third without what other processes took.
    """

    corpus: str
    open: int
    p50_ms: float
    p99_ms: float
    p99_cpu_ms: float
    links: float
    megabytes: float


@dataclass(frozen=True)
class Band:
    """Pairs whose shingles overlap so far: how many there were, and the share that is linked."""

    jaccard: str
    pairs: int
    linked: float


def own_texts() -> list[str]:
    """The messages of the labelled pairs."""
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    return _long_enough(row[side] for row in rows for side in "ab")


def texts_of(file: Path) -> list[str]:
    """The messages of a CSV file."""
    with file.open(encoding="utf-8", newline="") as lines:
        return _long_enough(row["message"] for row in csv.DictReader(lines))


def _long_enough(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if len(text.split()) >= 3]


@dataclass(frozen=True)
class Writer:
    """Makes any number of different messages out of real ones."""

    texts: Sequence[str]
    vocabulary: Sequence[str]
    rng: random.Random

    @classmethod
    def of(cls, texts: Sequence[str], seed: int) -> "Writer":
        return cls(texts, [word for text in texts for word in text.split()], random.Random(seed))

    def different(self) -> str:
        """The beginning of one message and the end of another, with words of others strewn in."""
        one, two = self.rng.choice(self.texts).split(), self.rng.choice(self.texts).split()
        mixed = [*one[: self.rng.randrange(2, len(one) + 1)], *two[self.rng.randrange(len(two)) :]]
        for _ in range(3):
            mixed.insert(self.rng.randrange(len(mixed)), self.rng.choice(self.vocabulary))
        return " ".join(mixed)

    def edited(self, text: str) -> str:
        """With one to four small changes, as people make them who retell or retype."""
        rng, mixed = self.rng, text.split()
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
            place = rng.randrange(len(mixed))
            word, change = mixed[place], rng.randrange(5)
            if change == 0 and len(mixed) > 3:
                del mixed[place]
            elif change == 1:
                mixed.insert(place, rng.choice(self.vocabulary))
            elif change == 2 and len(word) > 3:
                cut = rng.randrange(len(word) - 1)
                mixed[place] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
            elif change == 3:
                mixed[place] = word.upper() + rng.choice(("", ",", "!!"))
            else:
                mixed.append(rng.choice(self.vocabulary))
        return " ".join(mixed)

    def repeated(self) -> str:
        return CRY

    def varied(self) -> str:
        return f"{CRY} {' '.join(self.rng.choices(self.vocabulary, k=2))}"


@dataclass(frozen=True)
class Corpus:
    """Where the open requests are, and how the first 3,000 of them and all checks are worded."""

    name: str
    half_km: float
    wording: Callable[[Writer], str]


CORPORA = (
    Corpus("different, a country", COUNTRY_KM, Writer.different),
    Corpus("different, one town", TOWN_KM, Writer.different),
    Corpus("3,000 equal, one town", TOWN_KM, Writer.repeated),
    Corpus("3,000 variants, one town", TOWN_KM, Writer.varied),
)


def report(number: int, text: str, half_km: float, rng: random.Random) -> Report:
    """From somewhere in the square, within two days."""
    degrees = half_km / 111.2
    return Report.of(
        f"r{number}",
        sender=f"u{number}",
        at=START + timedelta(hours=rng.uniform(0, 48)),
        description=text,
        position=(7.0 + rng.uniform(-degrees, degrees), 80.6 + rng.uniform(-degrees, degrees)),
        disaster="flood",
    )


def measure(corpus: Corpus, size: int, texts: Sequence[str]) -> Row:
    """Fill an index, then check new requests against it: reading their words, searching, and the evidence."""
    writer = Writer.of(texts, seed=7)
    tracemalloc.start()
    index = Index()
    for number in range(size):
        text = corpus.wording(writer) if number < REPEATED else writer.different()
        index.put(report(number, text, corpus.half_km, writer.rng))
    megabytes = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    times, busy, links = [], [], 0
    for number in range(size, size + CHECKS):
        text = corpus.wording(writer)
        start, started = time.perf_counter(), time.thread_time()
        found = index.near(report(number, text, corpus.half_km, writer.rng))
        times.append((time.perf_counter() - start) * 1000)
        busy.append((time.thread_time() - started) * 1000)
        links += len(found.ids)
    return Row(
        corpus=corpus.name,
        open=size,
        p50_ms=round(statistics.median(times), 2),
        p99_ms=round(statistics.quantiles(times, n=100)[98], 2),
        p99_cpu_ms=round(statistics.quantiles(busy, n=100)[98], 2),
        links=round(links / CHECKS, 1),
        megabytes=round(megabytes, 1),
    )


def plain(text: str) -> list[str]:
    return text.lower().split()


def recall(texts: Sequence[str], *, edits: int = EDITS, cut: Callable[[str], list[str]] = plain) -> list[Band]:
    """The share of linked pairs, by the overlap that somebody else's way of cutting words would give them."""
    writer = Writer.of(texts, seed=11)
    told: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    for _ in range(edits):
        text = writer.rng.choice(texts)
        other = writer.edited(text)
        one, two = (shingles(tuple(cut(words))) for words in (text, other))
        similar = len(one & two) / len(one | two)
        if similar >= 0.7:
            band = min(9, int(similar * 10 + 1e-9)) / 10
            index = Index()
            index.put(report(0, text, TOWN_KM, writer.rng))
            told[f"{band:.1f} to {band + 0.1:.1f}"][bool(index.near(report(1, other, TOWN_KM, writer.rng)).ids)] += 1
    return [Band(name, tally.total(), round(tally[True] / tally.total(), 4)) for name, tally in sorted(told.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one object as the last line")
    parser.add_argument("--messages", type=Path, help="a CSV file with a column `message`")
    arguments = parser.parse_args()
    texts = texts_of(arguments.messages) if arguments.messages else own_texts()
    print(f"{'open requests':>34} {'p50 ms':>8} {'p99 ms':>8} {'(cpu)':>8} {'links':>8} {'MB':>7}")
    rows = []
    for corpus in CORPORA:
        for size in SIZES:
            row = measure(corpus, size, texts)
            rows.append(row)
            times = f"{row.p50_ms:>8} {row.p99_ms:>8} {row.p99_cpu_ms:>8}"
            print(f"{row.corpus:>26} {row.open:>7} {times} {row.links:>8} {row.megabytes:>7}")
    print(f"\n{'Jaccard':>12} {'pairs':>7} {'linked':>8}")
    bands = recall(texts)
    for band in bands:
        print(f"{band.jaccard:>12} {band.pairs:>7} {band.linked:>8.2%}")
    if arguments.json:
        figures = {
            "bench": "duplicates",
            "python": platform.python_version(),
            "rows": [asdict(row) for row in rows],
            "recall": [asdict(band) for band in bands],
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
