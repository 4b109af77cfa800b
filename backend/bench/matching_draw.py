"""A disaster drawn from a seed: who asks for whom, who is there, what lies in which depot.

Shaped like the instance of LIBRARIES.md §5: requests in clusters, people spread wider, a few rare skills wanted more
often than they are found. Places are those of the country's smallest divisions where a file of them is given.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from app.schemas.vocabulary import Item, RoleId, Severity, Skill
from app.services.matching import Part, Point, Problem, Stock, SupplyNeed, TaskNeed, Worker

SKILLS = (Skill.LOGISTICS, Skill.DRIVER, Skill.FIRST_AID, Skill.BOAT_OPERATOR, Skill.NURSE, Skill.ELECTRICIAN)
HELD = (0.30, 0.25, 0.20, 0.12, 0.08, 0.05)
WANTED = (0.25, 0.20, 0.20, 0.15, 0.12, 0.08)
ITEMS = (Item.DRINKING_WATER, Item.FOOD_PACK, Item.BLANKET, Item.TARPAULIN, Item.HYGIENE_KIT)
SHARES = {Severity.CRITICAL: 0.1, Severity.HIGH: 0.25, Severity.MEDIUM: 0.4, Severity.LOW: 0.25}
CLUSTERS = 12
HERE = Path(__file__).parents[2]
PLACES = (HERE / "../shared/data/lk_admin/gnds.tsv", HERE / "../../shared/data/lk_admin/gnds.tsv")
"""Where the divisions are looked for when no file is named."""

Degrees = NDArray[np.float64]


@dataclass(frozen=True)
class Size:
    """Requests, people and depots."""

    requests: int
    people: int
    depots: int


def divisions(path: Path | None) -> Degrees | None:
    """Centres of the divisions, or None where there is no such file."""
    found = next((one for one in ((path,) if path else PLACES) if one.is_file()), None)
    if found is None:
        return None
    with found.open(newline="", encoding="utf-8") as file:
        rows = [(row["center_lat"], row["center_lon"]) for row in csv.DictReader(file, delimiter="\t")]
    return np.array([(float(lat), float(lng)) for lat, lng in rows if lat not in ("", "nan")])


@dataclass(frozen=True)
class _Ground:
    rng: np.random.Generator
    centres: Degrees
    divisions: Degrees | None

    def places(self, number: int, spread: float) -> list[Point]:
        """Around the clusters, moved into the nearest division and half a kilometre about in it."""
        drawn = self.centres[self.rng.integers(len(self.centres), size=number)] + self.rng.normal(
            0, spread, (number, 2)
        )
        if self.divisions is not None:
            _, nearest = cKDTree(self.divisions).query(drawn)
            drawn = self.divisions[nearest] + self.rng.normal(0, 0.004, (number, 2))
        return [Point(float(lat), float(lng)) for lat, lng in drawn]


def draw(size: Size, *, teams: bool, seed: int = 7, places: Degrees | None = None) -> Problem:
    """People wanted one by one, or with `teams` in teams that need their least number, some of them with a driver."""
    rng = np.random.default_rng(seed)
    if places is None:
        centres = np.column_stack((rng.uniform(6.2, 8.6, CLUSTERS), rng.uniform(79.9, 81.4, CLUSTERS)))
    else:
        centres = places[rng.integers(len(places), size=CLUSTERS)]
    ground = _Ground(rng, centres, places)
    spots = ground.places(size.requests, 0.15)
    levels = [Severity(one) for one in rng.choice(list(SHARES), size=size.requests, p=list(SHARES.values()))]
    return Problem(
        workers=tuple(_workers(rng, ground.places(size.people, 0.3))),
        tasks=tuple(_tasks(rng, spots, levels, teams=teams)),
        stocks=tuple(_stocks(rng, ground.places(size.depots, 0.25), size)),
        supplies=tuple(_supplies(rng, spots, levels)),
    )


def _workers(rng: np.random.Generator, spots: Sequence[Point]) -> list[Worker]:
    def one(number: int, spot: Point) -> Worker:
        held = rng.choice(len(SKILLS), size=int(rng.integers(1, 4)), replace=False, p=HELD)
        return Worker(
            id=f"w{number:05}",
            role=RoleId.VOLUNTEER,
            verified=bool(rng.random() < 0.8),
            skills=frozenset(SKILLS[place] for place in held),
            position=spot,
            position_age_minutes=float(rng.exponential(20)),
            free=int(rng.integers(1, 4)) if rng.random() < 0.85 else 0,
            brings=frozenset({Item.VEHICLE}) if rng.random() < 0.2 else frozenset(),
        )

    return [one(number, spot) for number, spot in enumerate(spots)]


def _tasks(
    rng: np.random.Generator, spots: Sequence[Point], levels: Sequence[Severity], *, teams: bool
) -> list[TaskNeed]:
    found: list[TaskNeed] = []
    for number, (spot, level) in enumerate(zip(spots, levels, strict=True)):
        since = _since(rng)
        for _ in range(1 + int(rng.random() < 0.65)):
            people = int(rng.integers(1, 4))
            least = int(rng.integers(1, people + 1)) if teams else 1
            driven = teams and least > 1 and bool(rng.random() < 0.2)
            skill = SKILLS[int(rng.choice(len(SKILLS), p=WANTED))]
            found.append(
                TaskNeed(
                    id=f"t{len(found):05}",
                    request_id=f"r{number:05}",
                    severity=level,
                    since=since,
                    position=spot,
                    role=RoleId.VOLUNTEER,
                    people=people,
                    min_people=least,
                    skills_all=frozenset() if driven else frozenset({skill}),
                    parts=(Part(1, frozenset({skill})), Part(1, brings=frozenset({Item.VEHICLE}))) if driven else (),
                )
            )
    return found


def _supplies(rng: np.random.Generator, spots: Sequence[Point], levels: Sequence[Severity]) -> list[SupplyNeed]:
    return [
        SupplyNeed(
            id=f"n{number:05}",
            request_id=f"r{number:05}",
            severity=level,
            since=_since(rng),
            item=ITEMS[int(rng.integers(len(ITEMS)))],
            quantity=int(rng.integers(1, 60)),
            position=spot,
        )
        for number, (spot, level) in enumerate(zip(spots, levels, strict=True))
    ]


def _stocks(rng: np.random.Generator, spots: Sequence[Point], size: Size) -> list[Stock]:
    """About three quarters of what is wanted."""
    share = 0.75 * 30 * size.requests / size.depots / 3
    return [
        Stock(f"s{number:04}-{item}", item, int(rng.exponential(share)), spot)
        for number, spot in enumerate(spots)
        for item in (ITEMS[int(place)] for place in rng.choice(len(ITEMS), size=3, replace=False))
    ]


def _since(rng: np.random.Generator) -> str:
    return f"2025-11-28T{rng.integers(24):02}:{rng.integers(60):02}:{rng.integers(60):02}Z"
