"""Fixtures: a push service on this machine, and a world that pushes through it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.tracing import NoTracer
from app.crud.store.port import Store
from app.schemas.audit import Act
from app.schemas.device import Device, DeviceRegistration
from app.schemas.notification import Notification, NotificationKind
from app.schemas.user import User
from app.services.integrations.fcm import FcmPush
from tests.fcm_server import PROJECT, FcmServer, fcm
from tests.world import World


@dataclass
class Moving:
    """A clock that goes on when it is told to."""

    now: datetime = datetime(2026, 11, 24, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go(self, **more: float) -> None:
        self.now += timedelta(**more)


@dataclass
class Outbox:
    """A world with a push service, and the time in hand."""

    world: World
    fcm: FcmServer
    clock: Moving
    number: int = field(default=0)

    async def device(self, person: User, token: str, **more: str) -> Device:
        body = DeviceRegistration.model_validate({"token": token, "platform": "android", **more})
        device, _ = await self.world.services.devices.register(person, body)
        return device

    async def note(
        self, person: User, kind: NotificationKind = NotificationKind.REQUEST_PROGRESS, **more: Any
    ) -> Notification:
        """One that is recorded, as by the change that caused it."""
        self.number += 1
        at = self.clock()
        fields = {"title": "Title", "body": "Of whom and where", **more}
        one = Notification(id=f"n{self.number}", to=person.id, kind=kind, created_at=at, updated_at=at, **fields)
        return await self.world.services.notifications.notifications.add(one, Act(event="test"))

    async def worked(self) -> None:
        """What is due is delivered, as workers do that are rung for by the sweeper."""
        services = self.world.services
        for shard in await services.notifications.notifications.shards_due(self.clock()):
            await services.delivery.run(shard)

    async def again(self, one: Notification) -> Notification:
        return await self.world.services.notifications.notifications.get(one.id)


@pytest.fixture
def fcm_server() -> Iterator[FcmServer]:
    with fcm() as server:
        yield server


@pytest.fixture
async def outbox(store: Store, fcm_server: FcmServer) -> AsyncIterator[Outbox]:
    clock = Moving()
    push = FcmPush.of(PROJECT, fcm_server.url, at_once=10, seconds=5, tracer=NoTracer())
    yield Outbox(World.over(store, clock=clock, push=push), fcm_server, clock)
    await push.aclose()
