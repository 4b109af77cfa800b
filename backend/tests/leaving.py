"""Somebody with a past, and how to look for what is left of it."""

import json
from typing import Any

from app.crud.base import Repository
from app.crud.clearing import graves
from app.crud.store.port import Data, Query, Store
from app.schemas.base import Location
from app.schemas.request_parts import Contact
from app.schemas.user import User
from app.schemas.vocabulary import RoleId, Skill
from app.schemas.workflow import Approval, PlanDecision
from tests.world import World

COVERED = {
    "users": "removed at the end",
    "requests": "OwnRequests",
    "workflow_outputs": "OwnRequests, with their requests",
    "tasks": "OwnTasks",
    "resources": "Charges",
    "disasters": "Charges, Memberships",
    "notifications": "Inbox",
    "threads": "Texts",
    "messages": "Writings",
    "observations": "Writings",
    "media": "Photos",
    "turns": "nobody's",
    "clusters": "nobody's",
    "device_tokens": "OwnDevices",
    "forgettings": "removed at the end",
    "untold": "removed by the job that finds nobody to tell of",
    "failed_jobs": "nobody's",
    "verdicts": "nobody's",
    "broadcasts": "the disaster's, removed by age",
    "knowledge": "an organisation's",
    "knowledge_parts": "an organisation's",
    "knowledge_edition": "nobody's",
}
"""What becomes of each collection when a person is deleted. A new one needs its kind in `services/belongings`."""

WORDS = "My name is Asha Perera of 12 River Road, call 0771234567"
HOME = Location(lat=6.683217, lng=80.398712, address="12 River Road")
SECRETS = ("Asha", "Perera", "River Road", "771234567", "asha@example.org", "6.6832", "80.3987", "photo-of-asha")


def collections(kind: type[Repository[Any]] = Repository) -> set[str]:
    """What the product keeps documents in."""
    ours = "collection" in vars(kind) and kind.__module__.startswith("app.")
    found = {kind.collection} if ours else set()
    return found.union(*(collections(child) for child in kind.__subclasses__()))


async def dump(store: Store) -> dict[str, Data]:
    """Every document of the store, by its place."""
    places = [*COVERED, "audit", "accounts", "account_emails", *graves()]
    for above, below in (("users", "devices"), ("disasters", "participants"), ("resources", "ledger")):
        places += [f"{above}/{one.key.id}/{below}" for one in await store.query(Query(above, limit=1_000))]
    places += ["users/asha/devices"]
    found: dict[str, Data] = {}
    for place in dict.fromkeys(places):
        found |= {str(one.key): one.data for one in await store.query(Query(place, limit=1_000))}
    return found


async def traces(store: Store, *words: str) -> set[str]:
    """Where any of the words stand."""
    found = await dump(store)
    return {
        place
        for place, data in found.items()
        for word in words
        if word in json.dumps(data, ensure_ascii=False) or word in place
    }


async def gone(world: World, person: User) -> None:
    """The person asks to be deleted, and the workers do it."""
    await world.services.forgettings.ask(person)
    await world.worked()
    assert await world.services.users.users.find(person.id) is None


async def asked_by(world: World, asha: User, **more: Any) -> str:
    more.setdefault("media", [{"url": "https://example.org/photo-of-asha.jpg"}])
    contact = Contact(name="Asha Perera", phone="0771234567")
    request = await world.asked(asha, WORDS, contact=contact, location=HOME, **more)
    return request.id


async def team(world: World, size: int = 6) -> list[User]:
    return [await world.person(f"helper{n}", RoleId.VOLUNTEER, Skill.LOGISTICS) for n in range(size)]


async def approved(world: World, admin: User, id: str) -> list[str]:
    """The ids of the tasks of a request whose plan is approved as a whole."""
    plan = await world.services.plans.decide_plan(admin, id, PlanDecision(approval_status=Approval.APPROVED))
    return [task.id for task in plan.approved_tasks]


async def taken(world: World, task_id: str) -> list[User]:
    """Everybody who was offered a task takes it."""
    task = await world.services.requests.cases.tasks.get(task_id)
    people = list((await world.services.users.users.get_many(task.holders)).values())
    for person in people:
        await world.services.tasks.accept(person, task_id)
    return people


async def exported(world: World, person: User) -> dict[str, Any]:
    pieces = [piece async for piece in await world.services.exports.of(person)]
    found: dict[str, Any] = json.loads("".join(pieces))
    return found
