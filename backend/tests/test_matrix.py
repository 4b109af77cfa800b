"""Every route, as every role, in every relation to the thing it names: over HTTP, against what the policy promises."""

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI

from app.api.policy import POLICY, Relation
from app.core.clock import utc_now
from app.core.errors import NotFound
from app.core.settings import Settings
from app.crud.base import Repository
from app.crud.store.sqlite import SqliteStore
from app.main import create_app
from app.schemas.broadcast import Broadcast
from app.schemas.cluster import Cluster
from app.schemas.media import Medium, MediumStatus
from app.schemas.message import Message
from app.schemas.notification import Notification, NotificationKind
from app.schemas.observation import Observation
from app.schemas.observation_kinds import ObservationKind
from app.schemas.participant import Join
from app.schemas.plan import TaskKind
from app.schemas.request import Request
from app.schemas.request_bodies import RequestCreate
from app.schemas.task import Member, Task
from app.schemas.task_states import TaskStatus
from app.schemas.user import User
from app.schemas.vocabulary import Item, RoleId, Severity
from tests.matrix import Cell, Outcome, all_cells, cells, document
from tests.serving import FAR_AWAY, client, serving
from tests.world import HERE, SEED, World

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"


@dataclass
class Place:
    """A disaster with everything in it that a route can name."""

    world: World
    app: FastAPI

    async def caller(self, cell: Cell) -> User | None:
        if cell.role is None:
            return None
        uid = re.sub(r"\W|_", "", f"{cell.role}{cell.relation or ''}")
        joined = cell.relation is Relation.CONCERNED and "/tasks/" not in cell.route
        coordinates = cell.role is RoleId.FIRST_RESPONDER and cell.relation in (Relation.COORDINATOR, None)
        return await self.world.person(uid, cell.role, joined=("flood",) if joined or coordinates else ())

    async def request(self, owner: str) -> Request:
        body = RequestCreate(description="We need water and food", location=HERE, disaster_id="flood")
        users = self.world.services.users.users
        user = await users.find(owner) or await self.world.person(owner)
        request, _ = await self.world.services.requests.submit(user, body)
        return request

    async def planned(self) -> dict[str, str]:
        request = await self.request("somebody")
        await self.world.services.queue.drained()
        plan = await self.world.services.plans.cases.outputs.get(request.id)
        return {
            "request_id": request.id,
            "task_id": plan.tasks[0].id,
            "resource_id": plan.resource_suggestions[0].id,
        }

    async def task(self, request: Request, uid: str, status: TaskStatus = TaskStatus.OFFERED) -> Task:
        at = utc_now()
        task = await self._add(
            self.world.services.tasks.cases.tasks,
            Task(
                id=f"{request.id}.task",
                request_id=request.id,
                disaster_id="flood",
                group="flood",
                severity=Severity.MEDIUM,
                kind=TaskKind.DISTRIBUTION,
                step="Bring water",
                priority="Medium",
                role=RoleId.VOLUNTEER,
                people=2,
                min_people=1,
                location=HERE,
                status=status,
                members=(Member(uid=uid, status=status, offered_at=at, changed_at=at),),
                holders=(uid,),
                approved_by="boss",
                created_at=at,
                updated_at=at,
            ),
        )
        return cast("Task", task)

    async def path(self, cell: Cell, caller: User | None) -> str:
        """The route's address with the ids of things that stand to the caller as the cell says."""
        mine = caller.id if caller else "nobody"
        owner = mine if cell.relation is Relation.OWNER else "somebody"
        ids = {"disaster_id": "flood", "uid": "somebody", "device_id": "d", "entry_id": "e"}
        if "/workflow-outputs/{" in cell.route:
            ids |= await self.planned()
        elif "{request_id}" in cell.route:
            ids["request_id"] = (await self.request(owner)).id
        elif "{task_id}" in cell.route:
            asked = mine if cell.relation is Relation.CONCERNED else "somebody"
            ids["task_id"] = (await self.task(await self.request("somebody"), asked)).id
        elif "{resource_id}" in cell.route:
            ids["resource_id"] = "depot"
        if "{uid}" in cell.route:
            somebody = await self.world.services.users.users.get("somebody")
            await self.world.services.participants.join(somebody, "flood", Join())
        ids |= await self._made_by(cell.route, owner, mine, cell)
        return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], cell.route.split(" ")[1])

    async def _made_by(self, route: str, owner: str, mine: str, cell: Cell) -> dict[str, str]:
        at, services = utc_now(), self.world.services
        stamps: dict[str, Any] = {"created_at": at, "updated_at": at}
        if "{broadcast_id}" in route:
            spoken = Broadcast(id="b", disaster_id="flood", text="Hello", critical=False, created_by=owner, **stamps)
            return {"broadcast_id": (await self._add(services.broadcasts.broadcasts, spoken)).id}
        if "{message_id}" in route:
            message = Message(id="m", disaster_id="flood", text="hello", created_by=owner, **stamps)
            return {"message_id": (await self._add(services.messages.messages, message)).id}
        if "{observation_id}" in route:
            seen = Observation(
                id="o",
                disaster_id="flood",
                kind=ObservationKind.FLOODING,
                title="Flooding",
                location=HERE,
                severity=Severity.MEDIUM,
                observed_at=at,
                expires_at=at.replace(year=at.year + 1),
                created_by=owner,
                **stamps,
            )
            return {"observation_id": (await self._add(services.observations.observations, seen)).id}
        if "{notification_id}" in route:
            told = Notification(id="n", to=owner, kind=NotificationKind.NEEDS_DECISION, title="t", body="b", **stamps)
            return {"notification_id": (await self._add(services.notifications.notifications, told)).id}
        if "{cluster_id}" in route:
            cluster = Cluster.begun("c", "r", at, at).model_copy(update={"disaster_id": "flood"})
            return {"cluster_id": (await self._add(services.clusters.clusters, cluster)).id}
        if "{media_id}" in route:
            return {"media_id": await self._photo(owner, mine, cell, stamps)}
        return {}

    async def _photo(self, owner: str, mine: str, cell: Cell, stamps: dict[str, Any]) -> str:
        request = await self.request(owner)
        if cell.relation is Relation.TEAM:
            await self.task(request, mine, TaskStatus.ACCEPTED)
        await self.world.blobs.put("p" * 20, b"x", type="image/png")
        photo = Medium(
            id="p" * 20,
            type="image/png",
            size=1,
            width=1,
            height=1,
            sha256="0" * 64,
            status=MediumStatus.KEPT,
            # Named by no request where its owner is to be able to remove it.
            request_ids=() if cell.relation is Relation.OWNER else (request.id,),
            keep_until=None,
            created_by=owner,
            **stamps,
        )
        await self._add(self.world.services.media.media, photo)
        return photo.id

    @staticmethod
    async def _add(repository: Repository[Any], document: Any) -> Any:
        with suppress(NotFound):  # or taken away by a job, of what the caller before has asked for
            await repository.remove(document.id, SEED)
        return await repository.add(document, SEED)

    def body(self, cell: Cell) -> Any:
        """The example that the API's own description gives, about this disaster."""
        method, path = cell.route.split(" ")
        content = DESCRIPTION["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        while "$ref" in schema:
            schema = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        found = {**(schema.get("examples") or [{}])[0]} if isinstance(schema, dict) else {}
        if "disaster_id" in found:
            found["disaster_id"] = "flood"
        return {**found, **BODIES.get(cell.route, {})}


DESCRIPTION = create_app(Settings()).openapi()
BODIES: dict[str, dict[str, Any]] = {
    # What both its owner and a coordinator may ask for, whatever the state makes of it.
    "PATCH /requests/{request_id}/status": {"status": "closed"},
    "POST /resources": {"disaster_id": "flood"},
}
QUERIES = {"GET /observations": {"disaster_id": "flood"}}


@pytest.fixture
async def place(sqlite_store: SqliteStore) -> AsyncIterator[Place]:
    world = World.over(sqlite_store)
    async with serving(world.services) as app:
        await world.disaster()
        await world.person("somebody")
        stock = await world.stock(Item.DRINKING_WATER, 10)
        await world.services.resources.resources.change(
            stock.id, lambda latest: latest.model_copy(update={"disaster_id": "flood"}), SEED
        )
        yield Place(world, app)


@pytest.mark.story
@pytest.mark.parametrize("route", POLICY)
async def test_every_caller_gets_what_the_policy_promises(place: Place, route: str) -> None:
    method = route.split(" ")[0]
    for cell in cells(route):
        caller = await place.caller(cell)
        path = await place.path(cell, caller)
        async with client(place.app, caller.id if caller else None, address=FAR_AWAY) as http:
            answer = await http.request(
                method, path, json=place.body(cell) if method != "GET" else None, params=QUERIES.get(route)
            )
        said = f"{cell.id}: {answer.status_code} {answer.text[:300]}"
        assert answer.status_code < 500, said
        if cell.outcome is Outcome.ALLOWED:
            assert answer.status_code not in {401, 403}, said
            assert cell.relation is None or answer.status_code != 404, said
        else:
            assert str(answer.status_code) == cell.outcome, said
        if caller is not None:
            await place.world.services.users.users.remove(caller.id, SEED)


def test_every_kind_of_refusal_is_in_the_matrix() -> None:
    assert {cell.outcome for cell in all_cells()} == set(Outcome)
    assert len(all_cells()) > 4 * len(POLICY)


def test_the_page_of_permissions_is_that_of_the_policy() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(), "run `make matrix`"
