"""People who tell of the same, and what becomes of what they tell."""

from typing import Any

from app.schemas.base import Location
from app.schemas.cluster import Cluster
from app.schemas.notification import NotificationKind
from app.schemas.request import Request
from app.schemas.request_bodies import RequestCreate, RequestEdit, StatusChange
from app.schemas.request_states import Status
from app.schemas.vocabulary import NeedCategory, Severity
from tests.world import HERE, World, finding

CRY = "We are trapped on the roof at Temple Road with two small children, water is rising, please send a boat"
OTHER = "Our well smells and eight families have nothing to drink, we need chlorine and a bowser tomorrow"
NORTH = Location(lat=9.66, lng=80.02)
_METRES = 1 / 111_195


def metres_away(metres: float) -> Location:
    return Location(lat=HERE.lat + metres * _METRES, lng=HERE.lng)


def call(words: str = CRY, location: Location | None = HERE) -> RequestCreate:
    return RequestCreate(description=words, location=location)


def wanting_links(request: Request) -> Request:
    return request.model_copy(update={"wants_link": True})


async def offers(world: World, uid: str) -> list[str | None]:
    """The requests that somebody was offered to add to an earlier one, the latest first."""
    page = await world.services.notifications.notifications.inbox(uid, limit=50)
    return [one.request_id for one in page.items if one.kind is NotificationKind.REPEAT_OFFERED]


async def asked(world: World, uid: str, words: str = CRY, *, level: Severity = Severity.MEDIUM, **more: Any) -> Request:
    """Somebody new asks, and the machine does its part."""
    world.assessor.finding = finding(NeedCategory.WATER, severity=level)
    users = world.services.users.users
    return await world.asked(await users.find(uid) or await world.person(uid), words, **more)


async def cluster_of(world: World, request: Request) -> Cluster:
    found = (await world.request(request.id)).cluster_id
    assert found is not None
    return await world.services.clusters.clusters.get(found)


async def moved(world: World, uid: str, request: Request, status: Status, reason: str | None = None) -> None:
    caller = await world.services.users.users.get(uid)
    await world.services.requests.change_status(caller, request.id, StatusChange(status=status, reason=reason))
    await world.worked()


async def edited(world: World, request: Request, **changes: Any) -> Request:
    owner = await world.services.users.users.get(request.created_by)
    await world.services.requests.edit(owner, request.id, RequestEdit(**changes))
    await world.worked()
    return await world.request(request.id)
