"""What tests of photos share: uploading, and asking with them."""

from typing import Any

from app.core.settings import Settings
from app.crud.store.port import Store
from app.schemas.media import Medium
from app.schemas.request import Request
from app.schemas.request_bodies import RequestCreate
from app.schemas.request_parts import MediaGiven
from app.schemas.user import User
from tests.photos import photo
from tests.world import HERE, World

BASE = "http://api.test"
JPEG = photo("JPEG")
EXTERNAL = "https://photos.example.org/flood.jpg"


def configured(store: Store, **settings: Any) -> World:
    return World.over(store, Settings(**settings))


async def uploaded(world: World, caller: User, file: bytes = JPEG, key: str | None = None) -> Medium:
    medium, _ = await world.services.media.take(caller, file, idempotency_key=key)
    return medium


async def asked(world: World, caller: User, *media: MediaGiven, **more: Any) -> Request:
    body = RequestCreate(description="We need water", location=HERE, media=media, **more)
    request, _ = await world.services.requests.submit(caller, body, base=BASE)
    return request


async def stored(world: World, id: str) -> Medium | None:
    return await world.services.media.media.find(id)


async def kept(world: World, medium: Medium) -> Medium:
    found = await stored(world, medium.id)
    assert found is not None
    return found


def by_id(medium: Medium) -> MediaGiven:
    return MediaGiven(id=medium.id)


def by_url(medium: Medium) -> MediaGiven:
    return MediaGiven(url=f"{BASE}/media/{medium.id}")
