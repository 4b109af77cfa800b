"""All open requests in memory, and for any request those that the rules link it with: every one of them."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from app.services.duplicates.postings import Postings
from app.services.duplicates.rules import Bools, Floats, Limits, Link, Measures, Reason, Report, linked
from app.services.duplicates.tables import Table
from app.services.duplicates.words import Wording

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""

Places = NDArray[np.intp]

_TEXT = np.dtype([("shingles", "f8"), ("sounds", "f8")])
_REQUEST = np.dtype(
    [
        *((name, "i4") for name in ("whole", "alone")),
        *((name, "f8") for name in ("at", "x", "y", "z")),
        *((name, "u8") for name in ("id", "sender", "disaster")),
    ]
)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a search found: all linked requests, nearest in words first, with the evidence for the first few."""

    ids: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(slots=True)
class Index:
    """A set of reports. Equal words are kept and compared once, however many requests have them.

    A search counts the overlap with all texts by running over the lists of their features, so it misses nothing, and
    takes as long for thousands of equal calls from one town as for as many different ones. For one thread at a time.
    """

    limits: Limits = field(default_factory=Limits)
    _texts: Table = field(default_factory=lambda: Table(_TEXT))
    _wordings: dict[int, Wording] = field(default_factory=dict)
    _holders: dict[int, int] = field(default_factory=dict)
    _places: dict[bytes, int] = field(default_factory=dict)
    _shingles: Postings = field(default_factory=Postings)
    _sounds: Postings = field(default_factory=Postings)
    _requests: Table = field(default_factory=lambda: Table(_REQUEST))
    _rows: dict[str, int] = field(default_factory=dict)
    _ids: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, id: str) -> bool:
        return id in self._rows

    def put(self, report: Report) -> None:
        """Hold a report, in the place of an earlier one of the same id."""
        self.discard(report.id)
        texts = (self._hold(report.whole), self._hold(report.alone) if report.alone else 0)
        names = (_digest(report.id), _digest(report.sender), _digest(report.disaster or ""))
        row = self._requests.add((*texts, report.at, *_on_the_globe(report.position), *names))
        self._rows[report.id], self._ids[row] = row, report.id

    def discard(self, id: str) -> None:
        """Forget a report; nothing where it is not held."""
        row = self._rows.pop(id, None)
        if row is None:
            return
        for column in ("whole", "alone"):
            self._release(int(self._requests.column(column)[row]))
        self._requests.clear(row)
        del self._ids[row]

    def expire(self, before: float) -> None:
        """Forget what was sent before that second."""
        old = (self._requests.column("at") < before) & (self._requests.column("whole") > 0)
        for row in np.flatnonzero(old).tolist():
            self.discard(self._ids[row])

    def near(self, report: Report, *, most: int = 3, limits: Limits | None = None) -> Neighbours:
        """Those that the rules link with `report`, itself left out; evidence for `most` of them."""
        limits = limits or self.limits
        found = [
            self._measured(report, wording, column, limits)
            for wording in (report.whole, report.alone)
            if wording is not None
            for column in ("whole", "alone")
        ]
        rows = np.concatenate([one for one, _ in found])
        measures = Measures.joined([one for _, one in found])
        rules = linked(measures, limits)
        hits = np.flatnonzero(np.any(list(rules.values()), axis=0) & (rows != self._rows.get(report.id, 0)))
        km = np.nan_to_num(measures.km[hits], nan=np.inf)
        names = self._requests.column("id")[rows[hits]]
        hits = hits[np.lexsort((names, measures.hours[hits], km, -measures.similar[hits]))]
        hits = hits[np.sort(np.unique(rows[hits], return_index=True)[1])]
        ids = tuple(self._ids[row] for row in rows[hits].tolist())
        best = zip(ids[:most], hits[:most].tolist(), strict=True)
        return Neighbours(ids, tuple(_link(id, measures, rules, hit) for id, hit in best))

    def _measured(self, report: Report, wording: Wording, column: str, limits: Limits) -> tuple[Places, Measures]:
        """The requests whose text in `column` overlaps enough for any rule."""
        rows, texts = self._requests, self._texts
        shingles, sounds = texts.column("shingles"), texts.column("sounds")
        shared = self._shingles.overlaps(wording.shingles, len(texts))
        heard = self._sounds.overlaps(wording.sounds, len(texts))
        fewer = np.minimum(len(wording.shingles), shingles)
        similar = shared / (len(wording.shingles) + shingles - shared)
        contained = shared / np.maximum(fewer, 1)
        alike = heard / np.maximum(len(wording.sounds) + sounds - heard, 1)
        enough = (similar >= limits.least_similar) | (contained >= limits.contained) | (alike >= limits.least_alike)
        enough[0] = False
        text_of = rows.column(column)
        hours = np.abs(rows.column("at") - report.at) / 3600
        places = np.flatnonzero(enough[text_of] & (hours <= limits.window_hours + 1))
        text = text_of[places]
        return places, Measures(
            similar=similar[text],
            contained=contained[text],
            shingles=fewer[text],
            alike=alike[text],
            words=np.minimum(len(wording.sounds), sounds)[text],
            km=self._km(report, places),
            hours=hours[places],
            same_sender=rows.column("sender")[places] == _digest(report.sender),
            same_disaster=(rows.column("disaster")[places] == _digest(report.disaster or "")) & bool(report.disaster),
            doors_differ=self._differ(text, wording.contradicts_doors if wording.doors else None),
            numbers_differ=self._differ(text, wording.contradicts_numbers if wording.numbers else None),
        )

    def _km(self, report: Report, places: Places) -> Floats:
        """Great-circle distances; NaN where either position is unknown."""
        here = _on_the_globe(report.position)
        there = [self._requests.column(axis)[places] for axis in ("x", "y", "z")]
        chord = np.sqrt(sum((one - other) ** 2 for one, other in zip(here, there, strict=True)))
        return 2 * EARTH_KM * np.arcsin(np.minimum(chord / 2, 1))

    def _differ(self, texts: Places, contradicts: Callable[[Wording], bool] | None) -> Bools:
        """For each place of a text, whether that text contradicts; every text is asked once."""
        if contradicts is None:
            return np.zeros(len(texts), dtype=np.bool_)
        each, back = np.unique(texts, return_inverse=True)
        told = [contradicts(self._wordings[text]) for text in each.tolist()]
        return np.array(told, dtype=np.bool_)[back]

    def _hold(self, wording: Wording) -> int:
        """The place of a text, held once more."""
        place = self._places.get(wording.digest)
        if place is None:
            place = self._texts.add((len(wording.shingles), len(wording.sounds)))
            self._places[wording.digest], self._wordings[place], self._holders[place] = place, wording, 0
            self._shingles.add(place, wording.shingles)
            self._sounds.add(place, wording.sounds)
        self._holders[place] += 1
        return place

    def _release(self, place: int) -> None:
        if not place:
            return
        self._holders[place] -= 1
        if self._holders[place]:
            return
        wording = self._wordings.pop(place)
        del self._holders[place], self._places[wording.digest]
        self._shingles.remove(place, wording.shingles)
        self._sounds.remove(place, wording.sounds)
        self._texts.clear(place)


def _link(id: str, measures: Measures, rules: dict[Reason, Bools], hit: int) -> Link:
    km = float(measures.km[hit])
    return Link(
        id=id,
        reason=next(reason for reason, links in rules.items() if links[hit]),
        similarity=round(float(measures.similar[hit]), 3),
        metres=None if math.isnan(km) else round(km * 1000),
        hours=round(float(measures.hours[hit]), 2),
        same_sender=bool(measures.same_sender[hit]),
    )


def _digest(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest())


def _on_the_globe(position: tuple[float, float] | None) -> tuple[float, float, float]:
    """A place as a point of the unit sphere, NaN for none."""
    if position is None:
        return (math.nan, math.nan, math.nan)
    lat, lng = math.radians(position[0]), math.radians(position[1])
    return (math.cos(lat) * math.cos(lng), math.cos(lat) * math.sin(lng), math.sin(lat))
