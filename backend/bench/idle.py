"""How soon one request is planned and matched where nothing else is going on: embedded, SQLite, one call at a time.

`python -m bench.idle` starts a node with some hundred volunteers and stocks in it, asks for help once, waits for the
stage `matched`, rests, and asks again; with `--json` the last line is one object. Time counts from the 201.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from app.core.clock import utc_now
from app.crud.resources import ResourceRepository
from app.crud.store.port import Set
from app.crud.store.sqlite import SqliteStore
from app.crud.users import UserRepository
from app.schemas.base import Location
from app.schemas.resource import Resource
from app.schemas.user import User
from app.schemas.vocabulary import Item, RoleId, Skill
from bench.node import Node, node

WORDS = (
    "We need drinking water and food for 4 people near the river",
    "My grandmother is trapped on the roof, the water is rising, please send a boat",
    "The baby needs milk and medicine, three children, no food since yesterday",
    "The house has collapsed, two are injured and bleeding",
    "The road is blocked by a landslide, we need shelter for 12 people",
)
GIVE_UP_SECONDS = 30.0
REST_SECONDS = 0.3
LOOK_SECONDS = 0.005


@dataclass(frozen=True)
class Row:
    requests: int
    volunteers: int
    stocks: int
    median_ms: float
    p90_ms: float
    slowest_ms: float
    unmatched: int


def place(draw: random.Random) -> Location:
    return Location(lat=draw.uniform(6.4, 7.0), lng=draw.uniform(80.1, 80.7))


async def fill(here: Node, volunteers: int, stocks: int) -> None:
    """People who are on call, and what is in stock, around one town."""
    store, draw, at = SqliteStore(here.database), random.Random(5), utc_now()
    users, resources = UserRepository(store, utc_now), ResourceRepository(store, utc_now)
    people = []
    for number in range(volunteers):
        skills = frozenset(draw.sample(list(Skill), 2))
        people.append(
            User(
                id=f"helper{number}",
                display_name=f"Helper {number}",
                role_id=RoleId.VOLUNTEER,
                verified=True,
                skills=skills,
                verified_skills=skills,
                availability=True,
                location=place(draw),
                located_at=at,
                created_at=at,
                updated_at=at,
            )
        )
    kept = [
        Resource(
            id=f"stock{number}",
            name=f"Depot {number}",
            resource_type=draw.choice(list(Item)),
            quantity=10_000,
            location=place(draw),
            created_by="bench",
            created_at=at,
            updated_at=at,
        )
        for number in range(stocks)
    ]
    writes = [Set(users.key(one.id), users.written(one)) for one in people]
    writes += [Set(resources.key(one.id), resources.written(one)) for one in kept]
    for start in range(0, len(writes), 400):
        await store.commit(writes[start : start + 400])
    await store.close()


def once(here: Node, number: int, draw: random.Random) -> float | None:
    """Seconds from the 201 until the request is matched; None where that never happens."""
    where = place(draw)
    body = {"description": f"{WORDS[number % len(WORDS)]}, house {number}", "location": where.model_dump(mode="json")}
    with here.client("affected_individual") as http:
        id = http.post("/requests", json=body).raise_for_status().json()["id"]
        began = time.perf_counter()
        while (waited := time.perf_counter() - began) < GIVE_UP_SECONDS:
            if http.get(f"/requests/{id}").raise_for_status().json()["stage"] == "matched":
                return waited
            time.sleep(LOOK_SECONDS)
    return None


def measured(requests: int, volunteers: int, stocks: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="resq-idle-") as folder, node(Path(folder)) as here:
        asyncio.run(fill(here, volunteers, stocks))
        draw, found = random.Random(7), list[float | None]()
        once(here, 0, draw)  # the first one makes the indexes
        for number in range(1, requests + 1):
            time.sleep(REST_SECONDS)
            found.append(once(here, number, draw))
    times = sorted(one * 1_000 for one in found if one is not None)
    return Row(
        requests=requests,
        volunteers=volunteers,
        stocks=stocks,
        median_ms=round(statistics.median(times), 1),
        p90_ms=round(times[int(len(times) * 0.9)], 1),
        slowest_ms=round(times[-1], 1),
        unmatched=found.count(None),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--volunteers", type=int, default=300)
    parser.add_argument("--stocks", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    row = measured(arguments.requests, arguments.volunteers, arguments.stocks)
    print(
        f"{row.requests} requests one after the other, {row.volunteers} volunteers, {row.stocks} stocks: matched "
        f"{row.median_ms} ms after the 201 at the median, {row.p90_ms} ms at the p90, {row.slowest_ms} ms at most; "
        f"{row.unmatched} never"
    )
    if arguments.json:
        print(json.dumps(asdict(row)))


if __name__ == "__main__":
    main()
