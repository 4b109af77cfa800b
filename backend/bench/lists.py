"""What a list of 50 costs over HTTP, for one client, as its collection grows.

`python -m bench.lists` fills a node of its own with 1,000, 10,000 and 100,000 documents of each collection and prints a
table: p50, p95 and p99 in milliseconds at each size, and how the p50 grew; with `--json` the last line is one object.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.core.clock import rfc3339, utc_now
from app.crud.base import Repository
from app.crud.notifications import NotificationRepository
from app.crud.outputs import OutputRepository
from app.crud.requests import RequestRepository
from app.crud.resources import ResourceRepository
from app.crud.store.port import Set
from app.crud.store.sqlite import SqliteStore
from app.crud.tasks import TaskRepository
from app.schemas.assessment import Evidence, Finding, FoundNeed, People, PeopleSource
from app.schemas.base import Document, Location
from app.schemas.notification import Notification, NotificationKind, NotificationStatus
from app.schemas.plan import TaskKind
from app.schemas.request import Request, Stage, Status
from app.schemas.resource import Resource
from app.schemas.task import Member, Task
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Severity
from app.schemas.workflow import Candidate, PlanTask, WorkflowOutput
from bench.node import Node, node

SIZES = (1_000, 10_000, 100_000)
BATCH = 500
WORDS = ("water", "food", "roof", "bridge", "baby", "river", "village", "school", "temple", "medicine", "boat", "road")


@dataclass(frozen=True)
class Row:
    """One list at one size."""

    role: str
    path: str
    documents: int
    items: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Filler:
    """Documents as the product would have written them, spread over a year and a country."""

    here: Node
    draw: random.Random

    def moment(self, number: int) -> timedelta:
        return timedelta(seconds=number * 37 + self.draw.random())

    def place(self) -> Location:
        return Location(lat=self.draw.uniform(6, 9.7), lng=self.draw.uniform(79.8, 81.8), address="12 River Road")

    def stamps(self, number: int) -> dict[str, datetime]:
        at = utc_now() - timedelta(days=365) + self.moment(number)
        return {"created_at": at, "updated_at": at}

    def request(self, number: int) -> Request:
        need, severity = self.draw.choice(list(NeedCategory)), self.draw.choice(list(Severity))
        words = " ".join(self.draw.choices(WORDS, k=18))
        finding = Finding(
            is_request=True,
            needs=(FoundNeed(category=need, evidence=(Evidence(rule="bench", quote=words[:40]),)),),
            severity=severity,
            people=People(count=4, source=PeopleSource.STATED),
        )
        stamps = self.stamps(number)
        return Request(
            id=f"bench{number}",
            title=words[:60],
            description=words,
            disaster_id=self.here.disaster_id if number % 2 else None,
            group=self.here.disaster_id if number % 2 else "not-listed",
            location=self.place(),
            created_by=self.here.uids["affected_individual"] if number % 20 == 0 else f"person{number % 5000}",
            status=self.draw.choice([Status.PENDING, Status.APPROVED, Status.ASSIGNED]),
            stage=Stage.MATCHED,
            stage_since=stamps["created_at"],
            finding=finding,
            severity=severity,
            **stamps,
        )

    def task(self, number: int) -> Task:
        stamps = self.stamps(number)
        uid = self.here.uids["volunteer"] if number % 100 == 0 else f"person{number % 5000}"
        member = Member(uid=uid, offered_at=stamps["created_at"], changed_at=stamps["created_at"])
        return Task(
            id=f"bench{number}",
            request_id=f"bench{number}",
            disaster_id=self.here.disaster_id,
            group="bench",
            severity=Severity.MEDIUM,
            kind=TaskKind.DISTRIBUTION,
            step="Bring what the list says",
            priority="Medium",
            role=RoleId.VOLUNTEER,
            people=2,
            min_people=2,
            location=self.place(),
            members=(member,),
            holders=(uid,),
            approved_by="bench",
            open=False,
            **stamps,
        )

    def output(self, number: int) -> WorkflowOutput:
        stamps = self.stamps(number)
        tasks = tuple(
            PlanTask(
                id=f"bench{number}.1.t{one}",
                kind=TaskKind.DISTRIBUTION,
                step="Bring what the list says",
                priority="Medium",
                role=RoleId.VOLUNTEER,
                people=2,
                min_people=2,
                candidates=(Candidate(uid="someone", reason="nearest"),),
                **stamps,
            )
            for one in (1, 2, 3)
        )
        return WorkflowOutput(
            id=f"bench{number}",
            request_id=f"bench{number}",
            disaster_id=self.here.disaster_id,
            group="bench",
            workflow_run_id=f"bench{number}.1",
            planner="rules",
            tasks=tasks,
            people=4,
            days=3,
            **stamps,
        )

    def resource(self, number: int) -> Resource:
        return Resource(
            id=f"bench{number}",
            name=f"Depot {number}",
            resource_type=self.draw.choice(list(Item)),
            quantity=0,
            location=self.place(),
            disaster_id="bench",
            created_by="bench",
            **self.stamps(number),
        )

    def notification(self, number: int) -> Notification:
        uid = self.here.uids["volunteer"] if number % 20 == 0 else f"person{number % 5000}"
        return Notification(
            id=f"bench{number}",
            to=uid,
            kind=NotificationKind.TASK_OFFERED,
            title="Can you help?",
            body="Bring what the list says",
            status=NotificationStatus.DELIVERED,
            **self.stamps(number),
        )


SINCE = rfc3339(utc_now() - timedelta(days=2))


def calls(here: Node) -> Iterator[tuple[str, str]]:
    """Each list, as whom it is asked for, and with which filters."""
    there = f"disaster_id={here.disaster_id}"
    for query in (
        "",
        "&status=pending",
        "&severity=critical&stage=matched",
        "&need=water",
        "&q=temple",
        "&q=temple+bridge",
        "&near=7.5,80.6&radius_km=2",
        "&near=7.5,80.6&radius_km=40",
        "&bbox=80,6,81,7&severity=high",
        "&order=urgency",
        "&order=urgency&status=pending",
        "&order=oldest",
        f"&{there}",
        f"&{there}&q=temple&severity=low",
        f"&since={SINCE}",
    ):
        yield "admin", f"/requests?limit=50{query}"
    yield "first_responder", "/requests?limit=50&order=urgency"
    yield "first_responder", f"/requests/disaster/{here.disaster_id}?limit=50"
    yield "affected_individual", "/requests/me?limit=50"
    yield "affected_individual", f"/requests/me?limit=50&since={SINCE}"
    yield "admin", "/workflow-outputs?limit=50"
    yield "first_responder", "/workflow-outputs?limit=50"
    yield "volunteer", "/tasks/me?limit=50"
    yield "volunteer", "/resources?limit=50"
    yield "volunteer", "/resources?limit=50&resource_type=boat"
    yield "volunteer", "/notifications?limit=50"
    yield "nobody", "/disasters?limit=50"


async def fill(here: Node, first: int, last: int) -> None:
    """Documents `first` to `last` of every collection, straight into the node's database."""
    store = SqliteStore(here.database)
    filler = Filler(here, random.Random(first))
    pairs: tuple[tuple[Repository[Any], Callable[[int], Document]], ...] = (
        (RequestRepository(store, utc_now), filler.request),
        (TaskRepository(store, utc_now), filler.task),
        (OutputRepository(store, utc_now), filler.output),
        (ResourceRepository(store, utc_now), filler.resource),
        (NotificationRepository(store, utc_now), filler.notification),
    )
    for repository, make in pairs:
        for start in range(first, last, BATCH):
            made = [make(number) for number in range(start, min(start + BATCH, last))]
            await store.commit([Set(repository.key(one.id), repository.written(one)) for one in made])
    await store.close()


def measure(here: Node, documents: int, rounds: int) -> list[Row]:
    rows = []
    for role, path in calls(here):
        with here.client(role) as http:
            items = len(
                http.get(path).raise_for_status().json()
            )  # also makes the index, if it is the first of its kind
            times = []
            for _ in range(rounds):
                began = time.perf_counter()
                http.get(path).raise_for_status()
                times.append((time.perf_counter() - began) * 1_000)
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        rows.append(Row(role, path, documents, items, round(cuts[49], 2), round(cuts[94], 2), round(cuts[98], 2)))
    return rows


def table(rows: Sequence[Row]) -> Iterator[str]:
    by_call: dict[tuple[str, str], dict[int, Row]] = {}
    for row in rows:
        by_call.setdefault((row.role, row.path), {})[row.documents] = row
    sizes = sorted({row.documents for row in rows})
    yield f"{'as':20}{'list':66}" + "".join(f"{f'{size:,}':>24}" for size in sizes) + f"{'growth':>8}"
    yield " " * 86 + "".join(f"{'p50   p95   p99 ms':>24}" for _ in sizes) + f"{'of p50':>8}"
    for (role, path), found in by_call.items():
        cells = "".join(f"{one.p50_ms:>12.1f}{one.p95_ms:>6.1f}{one.p99_ms:>6.1f}" for one in found.values())
        growth = found[sizes[-1]].p50_ms / found[sizes[0]].p50_ms
        yield f"{role:20}{path[:64]:66}{cells}{growth:>8.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, node(Path(folder)) as here:
        filled = 0
        for size in arguments.sizes:
            began = time.perf_counter()
            asyncio.run(fill(here, filled, size))
            print(f"filled to {size:,} documents of each kind in {time.perf_counter() - began:.0f} s", flush=True)
            filled = size
            rows += measure(here, size, arguments.rounds)
    print("\n".join(table(rows)))
    slowest: Mapping[int, float] = {
        size: max(row.p95_ms for row in rows if row.documents == size) for size in arguments.sizes
    }
    print("slowest p95: " + ", ".join(f"{ms:.1f} ms at {size:,}" for size, ms in slowest.items()))
    if arguments.json:
        print(json.dumps({"slowest_p95_ms": slowest, "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
