"""A surge over two processes at once, with edits, cancellations and coordinators' words: what holds in the end."""

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from app.core.errors import Conflict
from app.crud.store.sqlite import SqliteStore
from app.schemas.base import Location
from app.schemas.cluster import Unlink
from app.schemas.request import Request
from app.schemas.request_bodies import Judgement, RequestCreate, RequestEdit, StatusChange
from app.schemas.request_states import Status
from app.schemas.user import User
from app.schemas.vocabulary import NeedCategory, RoleId, Severity
from app.services.duplicates import Index
from app.services.neighbourhood import report_of
from tests.world import HERE, World, finding

SAID = "kanda udin pasa kadagena wetenawa gedarawal deka yata wela minissu ho gala innawa ikmanata enna puluwanda"
STORIES = [
    *(" ".join(SAID.split(" ")[start : start + 12]) for start in (0, 2, 4)),
    "Our well smells and eight families have nothing to drink, we need chlorine and a bowser tomorrow",
    "please help",
]
"""The first is linked with the second and the second with the third, but not the first with the third."""


@dataclass
class Surge:
    """People who write, edit and cancel, and coordinators, at random, while two processes work."""

    both: tuple[World, World]
    people: list[User]
    boss: User
    rng: random.Random
    with_unlinking: bool
    ids: list[str] = field(default_factory=list)

    async def step(self) -> None:
        world = self.rng.choice(self.both)
        world.assessor.finding = finding(NeedCategory.WATER, severity=self.rng.choice(list(Severity)))
        acts = [self.ask] * 6 + [self.edit, self.cancel, self.judge] + [self.unlink] * self.with_unlinking
        with contextlib.suppress(Conflict):  # it has ended, or is in no cluster
            await self.rng.choice(acts)(world)

    async def ask(self, world: World) -> None:
        place = Location(lat=HERE.lat + self.rng.uniform(0, 0.03), lng=HERE.lng)
        body = RequestCreate(description=self.rng.choice(STORIES), location=place)
        request, _ = await world.services.requests.submit(self.rng.choice(self.people), body)
        self.ids.append(request.id)

    async def edit(self, world: World) -> None:
        request = await self.some(world)
        await world.services.requests.edit(
            await self.owner(world, request), request.id, RequestEdit(description=self.rng.choice(STORIES))
        )

    async def cancel(self, world: World) -> None:
        request = await self.some(world)
        change = StatusChange(status=Status.CANCELLED)
        await world.services.requests.change_status(await self.owner(world, request), request.id, change)

    async def judge(self, world: World) -> None:
        request = await self.some(world)
        await world.services.requests.judge(self.boss, request.id, Judgement(is_request=False))

    async def unlink(self, world: World) -> None:
        await world.services.clusters.unlink(self.boss, (await self.some(world)).id, Unlink())

    async def some(self, world: World) -> Request:
        if not self.ids:
            raise Conflict("Nobody has asked yet.")
        return await world.request(self.rng.choice(self.ids))

    async def owner(self, world: World, request: Request) -> User:
        return await world.services.users.users.get(request.created_by)

    async def work(self) -> None:
        """What waits is assessed, by either process, and linked by both."""
        assess = [self.rng.choice(self.both).services.assessment.run(id) for id in self.ids]
        link = [world.services.linking.run("") for world in self.both]
        await asyncio.gather(*assess, *link)

    async def settle(self) -> None:
        services = self.both[0].services
        for _ in range(20):
            await self.work()
            requests, clusters = services.requests.cases.requests, services.clusters.clusters
            if not await requests.to_link(limit=1) and not await clusters.joining(limit=1):
                return
        raise AssertionError("It never comes to rest.")


@pytest.mark.parametrize("with_unlinking", [False, True], ids=["nobody corrects", "coordinators correct"])
@pytest.mark.parametrize("seed", range(4))
async def test_what_is_linked_and_what_a_cluster_says_is_right_once_all_is_done(
    sqlite_store: SqliteStore, seed: int, with_unlinking: bool
) -> None:
    both = World.over(sqlite_store), World.over(sqlite_store)
    people = [await both[0].person(f"p{n}") for n in range(8)]
    boss = await both[0].person("boss", RoleId.ADMIN)
    surge = Surge(both, people, boss, random.Random(seed), with_unlinking)
    for _ in range(12):
        await asyncio.gather(*(surge.step() for _ in range(6)), surge.work())
    await surge.settle()

    requests = await both[0].services.requests.cases.requests.get_many(surge.ids)
    await right(both[0], requests.values())
    if not with_unlinking:
        linked_as_the_rules_say({id: one for id, one in requests.items() if one.linkable})


async def right(world: World, requests: Iterable[Request]) -> None:
    """Every cluster says what its open requests say, and holds none that a coordinator took out of it."""
    members = defaultdict(list)
    for one in requests:
        assert one.cluster_id not in one.apart
        if one.cluster_id is not None:
            members[one.cluster_id].append(one)
    clusters = await world.services.clusters.clusters.get_many(members)
    for id, found in members.items():
        still_open = [one for one in found if one.status is Status.PENDING]
        levels = [one.severity for one in still_open if one.severity]
        assert clusters[id].joined_into is None
        assert clusters[id].severity == min(levels, key=lambda level: level.rank, default=None)
        assert clusters[id].lead == min(((one.created_at, one.id) for one in still_open), default=(None, None))[1]


def linked_as_the_rules_say(requests: dict[str, Request]) -> None:
    index = Index()
    for one in requests.values():
        index.put(report_of(one))
    assert len(requests) > 10
    for one in requests.values():
        near = index.near(report_of(one))
        assert {requests[id].cluster_id for id in near.ids} <= {one.cluster_id}
        assert one.cluster_id is not None or not near.ids
