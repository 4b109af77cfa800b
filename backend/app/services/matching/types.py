"""What the matcher is given and what it gives back: plain values, no store, no clock.

Distances are straight-line kilometres, times are minutes, quantities are in the unit of the item.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.schemas.vocabulary import Item, RoleId, Severity, Skill


@dataclass(frozen=True, slots=True)
class Point:
    """A place in WGS84 degrees."""

    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody on duty. `free` is how many more tasks they can take, beyond those they are committed to.

    `proven` are the skills somebody vouches for, None for all of them: a task for trusted people counts no others.
    `brings` is what they come with, a vehicle or a boat. `worked_minutes` is how long this shift has lasted;
    `rested_minutes` how long ago the last one ended, None where none is known.
    """

    id: str
    role: RoleId
    verified: bool
    skills: frozenset[Skill]
    position: Point | None
    position_age_minutes: float | None
    free: int
    proven: frozenset[Skill] | None = None
    brings: frozenset[Item] = frozenset()
    worked_minutes: float = 0.0
    rested_minutes: float | None = None

    def skills_for(self, task: "TaskNeed") -> frozenset[Skill]:
        """The skills that count for a task."""
        return self.skills if self.proven is None or not task.trusted_only else self.skills & self.proven


@dataclass(frozen=True, slots=True)
class Part:
    """Members of a team who must have something that the others need not: a driver, somebody who speaks Tamil.

    One person fills one place: a driver who speaks Tamil is the driver or the one who speaks Tamil.
    """

    count: int = 1
    skills_all: frozenset[Skill] = frozenset()
    skills_any: frozenset[Skill] = frozenset()
    brings: frozenset[Item] = frozenset()


@dataclass(frozen=True, slots=True)
class TaskNeed:
    """People wanted in one place.

    `since` is when the request came, an ISO time in UTC; all of one problem in the same form, for they are compared
    as text. `people` is the whole team and `min_people` the least it may start with; both include `kept`, the workers
    whom humans have committed already. `excluded` are workers who declined or failed it. `skills_all` and `skills_any`
    are asked of every member; `parts` of some, who all belong to the least team. `in_pairs` lets nobody go alone
    (DOMAIN.md §4): the team is at least two.
    """

    id: str
    request_id: str
    severity: Severity
    since: str
    position: Point | None
    role: RoleId
    people: int
    min_people: int
    skills_all: frozenset[Skill] = frozenset()
    skills_any: frozenset[Skill] = frozenset()
    verified_only: bool = False
    excluded: frozenset[str] = frozenset()
    kept: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    in_pairs: bool = False

    @property
    def size(self) -> int:
        """The whole team."""
        return max(self.people, self._floor)

    @property
    def open_places(self) -> int:
        """People still wanted, whatever part those kept play."""
        return max(0, self.size - len(self.kept))

    @property
    def least(self) -> int:
        """People still wanted before the team may start; 0 when those kept are enough."""
        return max(0, max(min(self.min_people, self.people), self._floor) - len(self.kept))

    @property
    def _floor(self) -> int:
        pair = 2 if self.in_pairs and self.people > 0 else 0
        return max(pair, sum(part.count for part in self.parts))

    @property
    def trusted_only(self) -> bool:
        """Whether an unverified volunteer is out of the question. A critical task never gets one (DOMAIN.md §4)."""
        return self.verified_only or self.severity is Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Stock:
    """What one depot can still give of one item."""

    id: str
    item: Item
    available: int
    position: Point | None


@dataclass(frozen=True, slots=True)
class SupplyNeed:
    """Goods wanted in one place; `substitutes` replace the item one for one, the first listed first."""

    id: str
    request_id: str
    severity: Severity
    since: str
    item: Item
    quantity: int
    position: Point | None
    substitutes: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """Closed by a verified observation to all but those of this role with one of these skills (none: any skill).

    A ring of at least three corners, or a circle around `centre`. Only the place of a task is looked at: which roads
    lead through is for a router.
    """

    id: str
    centre: Point | None = None
    radius_km: float = 0.0
    ring: tuple[Point, ...] = ()
    role: RoleId = RoleId.FIRST_RESPONDER
    skills_any: frozenset[Skill] = frozenset()


class Order(StrEnum):
    """What comes first where the severe and the less severe compete for a person."""

    CLASS = "class"
    """Everything of a severe class, its travel too, before the next one is looked at."""
    COVERAGE = "coverage"
    """The same people served of each class at least, and of the lower ones as many as can be; then all travel.
    Somebody may come from further away to a severe task so that another can do what nobody else can."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of the matcher. Sources: DOMAIN.md; "ours" marks an operational assumption of this project."""

    detour: float = 1.35
    """Road kilometres per straight-line kilometre; ours."""
    speed_kmh: float = 25.0
    """Between the 16 and 30 km/h of disrupted roads (DOMAIN.md §3)."""
    max_travel_minutes: float = 180.0
    """Nobody is sent further; ours: a quarter of a 12 h shift (§4), there and back a half."""
    max_supply_minutes: float = 360.0
    """No goods are sent further; ours: there and back within a 12 h shift (§4)."""
    stale_after_minutes: float = 30.0
    """A position older than this is uncertain (§4: 1800 s)."""
    stale_share: float = 0.5
    """Minutes added per minute of age beyond that; ours: away half as fast as one could go."""
    stale_cap_minutes: float = 60.0
    """The most that age adds, and what a position of unknown age is charged; ours."""
    unlocated_minutes: float = 60.0
    """The flat charge where a task, need or stock has no position, so that no distance is known; ours."""
    change_minutes: float = 5.0
    """Charged for anybody not proposed the last time, so that proposals do not flicker; ours."""
    max_age_minutes: float = 720.0
    """A position older than a whole shift (12 h, §4) is no position; ours."""
    max_shift_minutes: float = 720.0
    """Nobody is sent where they would arrive later in their shift than this (12 h, §4)."""
    min_rest_minutes: float = 480.0
    """Nobody starts a shift after less rest than this (8 h, §4)."""
    order: Order = Order.CLASS
    all_pairs: int = 150_000
    """Up to so many pairs of one class every one is looked at; beyond, only those that prices ask for; ours."""
    gap_share: float = 0.02
    """Beyond that, the search for less travel ends when it is proven to be within this share of the least; ours."""
    exact_pairs: int = 800
    """Contested teams are chosen with proof up to this many worker-task pairs; ours, for the time it takes."""
    exact_nodes: int = 500
    """Search nodes spent on that proof before the heuristic's answer is taken; ours, for the time it takes."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything the matcher looks at. The order of the sequences means nothing.

    `previous` maps a task to the workers last proposed for it, the only memory there is.
    """

    workers: tuple[Worker, ...] = ()
    tasks: tuple[TaskNeed, ...] = ()
    stocks: tuple[Stock, ...] = ()
    supplies: tuple[SupplyNeed, ...] = ()
    limits: Limits = Limits()
    previous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closed: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person proposed for one task. Distance and time are None where the place of the task is unknown."""

    task_id: str
    worker_id: str
    distance_km: float | None
    travel_minutes: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Allocation:
    """Goods of one stock for one need; `substitution_for` is the item asked for when another one is sent."""

    need_id: str
    stock_id: str
    item: Item
    quantity: int
    distance_km: float | None
    travel_minutes: float | None
    reason: str
    substitution_for: Item | None = None


class ShortfallCode(StrEnum):
    """Why somebody or something is missing: the first gate that leaves nobody, or what is left at the end."""

    NO_PEOPLE = "no_people"
    WRONG_ROLE = "wrong_role"
    NO_SKILL_IN_REACH = "no_skill_in_reach"
    UNVERIFIED_ONLY = "unverified_only"
    AREA_CLOSED = "area_closed"
    ALL_RESTING = "all_resting"
    POSITION_UNKNOWN = "position_unknown"
    TOO_FAR = "too_far"
    ALL_DECLINED = "all_declined"
    ALL_COMMITTED = "all_committed"
    TEAM_INCOMPLETE = "team_incomplete"
    NO_STOCK_OF_ITEM = "no_stock_of_item"
    OUT_OF_STOCK = "out_of_stock"
    STOCK_TOO_FAR = "stock_too_far"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What a need lacks and what would cure it.

    For a task that is `blocking`, nobody new is proposed and `missing` is how many more people would make its least
    team possible; otherwise the team can start and `missing` are the places left. Two tasks may count on the same
    spare person, so the numbers do not add up over tasks. For supplies `missing` is the quantity not covered.
    """

    need_id: str
    missing: int
    code: ShortfallCode
    cure: str
    blocking: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """One severity class: people wanted, people sent, and the most that could be sent.

    `most_sent` counts a part of a team as that part, so that no staffing sends more; under `Order.CLASS` given what
    more severe classes took. `minutes` is what is minimised: the way, the age of positions, and changes.
    """

    severity: Severity
    wanted: int
    sent: int
    most_sent: int
    minutes: float


@dataclass(frozen=True, slots=True)
class Matching:
    """The proposal. `proven` is False where contested teams were too many for the proof (see ADR 0006).

    `least_minutes` is what the minutes of all tallies must be at least for as many people; None where teams had to be
    released, since those left were chosen for more than travel.
    """

    assignments: tuple[Assignment, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    proven: bool = True
    tallies: tuple[Tally, ...] = ()
    least_minutes: float | None = 0.0
