"""Short ways to say a problem."""

from typing import Any

from app.schemas.vocabulary import Item, RoleId, Severity
from app.services.matching import Matching, Point, Stock, SupplyNeed, TaskNeed, Worker

HERE = Point(6.9, 80.0)

KM = 1 / 111.195
"""Degrees of latitude in a kilometre."""


def km_north(km: float) -> Point:
    """A place so far north of `HERE`."""
    return Point(HERE.lat + km * KM, HERE.lng)


def worker(id: str, km: float | None = 1.0, **changes: Any) -> Worker:
    """A verified volunteer with a fresh position so far from `HERE`, free for one task."""
    given: dict[str, Any] = {
        "role": RoleId.VOLUNTEER,
        "verified": True,
        "skills": frozenset(),
        "position": None if km is None else km_north(km),
        "position_age_minutes": 5.0,
        "free": 1,
    }
    return Worker(id=id, **given | changes)


def task(id: str, people: int = 1, **changes: Any) -> TaskNeed:
    """A task of high severity at `HERE` that takes any volunteers, all of them or none."""
    given: dict[str, Any] = {
        "request_id": f"request-of-{id}",
        "severity": Severity.HIGH,
        "since": "2025-11-28T06:00:00Z",
        "position": HERE,
        "role": RoleId.VOLUNTEER,
        "people": people,
        "min_people": people,
    }
    return TaskNeed(id=id, **given | changes)


def need(id: str, quantity: int, **changes: Any) -> SupplyNeed:
    """So many blankets wanted at `HERE`, of high severity."""
    given: dict[str, Any] = {
        "request_id": f"request-of-{id}",
        "severity": Severity.HIGH,
        "since": "2025-11-28T06:00:00Z",
        "item": Item.BLANKET,
        "position": HERE,
    }
    return SupplyNeed(id=id, quantity=quantity, **given | changes)


def stock(id: str, available: int, km: float | None = 1.0, item: Item = Item.BLANKET) -> Stock:
    """So many blankets so far from `HERE`."""
    return Stock(id, item, available, None if km is None else km_north(km))


def teams(matching: Matching) -> dict[str, set[str]]:
    """Worker ids by task."""
    found: dict[str, set[str]] = {}
    for assignment in matching.assignments:
        found.setdefault(assignment.task_id, set()).add(assignment.worker_id)
    return found


def sent(matching: Matching) -> dict[tuple[str, str], int]:
    """Quantities by need and stock."""
    return {(a.need_id, a.stock_id): a.quantity for a in matching.allocations}
