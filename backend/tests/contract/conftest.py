"""The whole API over each kind of store, with its workers running, and pages of the web client open on it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI

from app.crud.store.port import Store
from app.schemas.vocabulary import RoleId
from tests.contract.page import Page
from tests.serving import client, serving
from tests.world import World


@dataclass
class Site:
    app: FastAPI
    world: World
    stack: AsyncExitStack
    _pages: dict[str | None, Page] = field(default_factory=dict)

    async def page(self, uid: str | None, role: RoleId | None = None, **more: Any) -> Page:
        """A page that `uid` is signed in on (None: nobody); with a role, an account made before."""
        if role is not None and uid is not None:
            await self.world.person(uid, role, **more)
        if uid not in self._pages:
            http = await self.stack.enter_async_context(client(self.app))
            self._pages[uid] = Page(http, token=uid)
        return self._pages[uid]

    async def settled(self) -> None:
        """Wait until the workers have done all that waits."""
        await self.world.services.queue.drained()

    async def asked(self, page: Page, **more: Any) -> str:
        """The id of a request that the form sent, when the machine is done with it."""
        request = await page.post("/requests", {**FORM, **more})
        await self.settled()
        return str(request["id"])


FORM: dict[str, Any] = {
    "disaster_id": "not-listed",
    "type_of_need": "general",
    "title": "Water needed",
    "description": "We need drinking water and food for four people",
    "location": {"lat": 6.6828, "lng": 80.3992, "address": "12 River Road"},
    "media": [{"url": "https://bucket.s3.amazonaws.com/a.jpg", "type": "image/jpeg"}],
}
"""What the help form sends."""


@pytest.fixture
async def site(store: Store) -> AsyncIterator[Site]:
    world = World.over(store)
    async with serving(world.services) as app, AsyncExitStack() as stack:
        yield Site(app, world, stack)


@pytest.fixture
async def admin(site: Site) -> Page:
    return await site.page("admin", RoleId.ADMIN)


@pytest.fixture
async def owner(site: Site) -> Page:
    """Somebody in need."""
    page = await site.page("owner")
    await page.post("/users/register", {"display_name": "Kamala", "role_id": "affected_individual"})
    return page


@pytest.fixture
async def flood(admin: Page) -> str:
    """The id of a disaster that can be joined."""
    disaster = await admin.post(
        "/disasters", {"name": "Flood", "severity": "High", "type": "Flood", "location": {"lat": 6.68, "lng": 80.4}}
    )
    return str(disaster["id"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The client's pages are whole stories."""
    for item in items:
        if "tests/contract/" in item.nodeid:
            item.add_marker(pytest.mark.story)
