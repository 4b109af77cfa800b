"""Whatever happens on the way, a deletion comes to its end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.core.clock import utc_now
from app.core.errors import Transient
from app.crud.store.port import Json, Write
from app.crud.store.sqlite import SqliteStore
from app.schemas.notification import Notification, NotificationKind
from app.schemas.request_states import Status
from app.schemas.user import User
from app.schemas.vocabulary import Item, RoleId
from app.services.belongings import Leaver
from app.services.forgettings import BATCH
from tests.leaving import (
    SECRETS,
    approved,
    asked_by,
    taken,
    team,
    traces,
)
from tests.world import SEED, World


class Shaky(SqliteStore):
    """While it shakes, one commit in six fails, and of one in six the answer is lost."""

    shaking = False
    commits = 0

    async def _commit(self, writes: Sequence[Write]) -> None:
        self.commits += self.shaking
        if self.shaking and self.commits % 6 == 3:
            raise Transient("The store is away.")
        await super()._commit(writes)
        if self.shaking and self.commits % 6 == 0:
            raise Transient("The answer of the store was lost.")


async def test_cut_off_anywhere_it_goes_on_where_things_are(tmp_path: Path) -> None:
    store = Shaky(tmp_path / "shaky.db")
    world = World.over(store)
    admin = await world.person("admin", RoleId.ADMIN)
    asha = await world.person("asha", RoleId.FIRST_RESPONDER)
    await world.stock(Item.BLANKET, 5)
    await world.services.resources.resources.change(
        "depot", lambda one: one.model_copy(update={"created_by": asha.id}), SEED
    )
    await team(world, 3)
    ids = [await asked_by(world, asha) for _ in range(4)]
    tasks = await approved(world, admin, ids[0])
    await taken(world, tasks[0])
    await world.services.forgettings.ask(await world.services.users.users.get(asha.id))

    store.shaking, tries, failures = True, 0, 0
    while await world.services.users.users.find(asha.id) is not None:
        tries += 1
        assert tries < 200
        try:
            await world.services.forgettings.run(asha.id)
        except Transient:
            failures += 1
    store.shaking = False

    assert failures > 5
    assert await world.services.forgettings.forgettings.find(asha.id) is None
    requests = [await world.request(id) for id in ids]
    assert [request.status for request in requests] == [Status.ASSIGNED] + [Status.CANCELLED] * 3
    assert [request.owner_left for request in requests] == [True, False, False, False]
    assert len({request.created_by for request in requests}) == 1
    assert (await world.services.resources.get("depot")).created_by == admin.id
    on_their_way = {f"requests/{ids[0]}", *(f"tasks/{id}" for id in tasks)}
    assert await traces(store, "Perera", "River Road", "771234567") == on_their_way
    await store.close()


async def test_two_processes_at_it_are_as_good_as_one(world: World, asha: User, admin: User) -> None:
    ids = [await asked_by(world, asha) for _ in range(3)]
    await world.services.forgettings.ask(asha)
    other = World.over(world.services.store)

    for _ in range(10):
        await asyncio.gather(world.services.forgettings.run(asha.id), other.services.forgettings.run(asha.id))

    assert await world.services.users.users.find(asha.id) is None
    assert len({(await world.request(id)).created_by for id in ids}) == 1
    assert await traces(world.services.store, *SECRETS) == set()


async def test_what_the_queue_lost_the_sweeper_finds(world: World, asha: User) -> None:
    await world.services.forgettings.ask(asha)
    lost = World.over(world.services.store)  # another process, whose queue knows of nothing

    await lost.services.sweeper.once()
    await lost.worked()

    assert await world.services.users.users.find(asha.id) is None


async def test_a_deletion_that_fails_is_tried_later_and_later(world: World, asha: User) -> None:
    await world.services.forgettings.ask(asha)
    forgettings = replace(world.services.forgettings, belongings=(Stubborn(),))

    pauses = []
    for _ in range(3):
        with pytest.raises(Transient):
            await forgettings.run(asha.id)
        marker = await forgettings.forgettings.get(asha.id)
        pauses.append((marker.due - marker.updated_at).total_seconds())

    assert [round(pause) for pause in pauses] == [10, 20, 40]
    assert await forgettings.sweep() == 0, "nothing is due yet"


@dataclass(frozen=True)
class Stubborn:
    """Belongings that cannot be let go of at the moment."""

    name: str = "things"
    promise: str = "Nothing happens."

    async def forget(self, leaver: Leaver, limit: int) -> int:
        raise Transient("The store is away.")

    async def held(self, person: User) -> AsyncIterator[Json]:
        yield None


async def test_a_long_past_is_let_go_of_in_small_steps(world: World, asha: User) -> None:
    notifications = world.services.notifications.notifications
    at = utc_now()
    for number in range(BATCH + 50):
        note = Notification(
            id=f"n{number}",
            to="asha",
            kind=NotificationKind.TASK_OFFERED,
            title="",
            body="",
            created_at=at,
            updated_at=at,
        )
        await notifications.add(note, SEED)
    await world.services.forgettings.ask(asha)

    await world.services.forgettings.run(asha.id)
    left = len((await notifications.inbox("asha", limit=500)).items)
    await world.worked()

    assert left == 50
    assert (await notifications.inbox("asha", limit=500)).items == ()
    (entry,) = [one for one in await world.services.audit.log.of("users/asha") if one.event == "user.deleted"]
    assert entry.why == f"{BATCH + 50} notifications"
