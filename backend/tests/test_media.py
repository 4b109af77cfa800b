"""Uploaded photos: taken in once, seen by those who act on their request, and let go of."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO

import pytest
from fastapi import FastAPI
from PIL import Image

from app.core.clock import utc_now
from app.core.errors import Conflict, Gone, Invalid, NotFound, Transient
from app.crud.store.port import Query
from app.schemas.media import Medium, MediumStatus
from app.schemas.request import Request
from app.schemas.request_bodies import StatusChange
from app.schemas.request_parts import MediaGiven
from app.schemas.request_states import Status
from app.schemas.task import TaskStatusChange
from app.schemas.task_states import TaskStatus
from app.schemas.user import User
from app.schemas.vocabulary import RoleId, Skill
from app.schemas.workflow import Approval, PlanDecision
from app.services.media import AGAIN_AFTER
from tests.photos import SECRET, loaded, photo
from tests.serving import client, serving
from tests.uploads import EXTERNAL, JPEG, asked, by_id, kept, stored, uploaded
from tests.world import FakeBlobs, World


@pytest.fixture
async def owner(world: World) -> User:
    return await world.person("owner")


async def test_a_photo_is_kept_clean_and_described_as_it_is_kept(world: World, owner: User) -> None:
    sent = loaded("JPEG")

    medium, new = await world.services.media.take(owner, sent)

    file = world.blobs.files[medium.id]
    assert new
    assert SECRET not in file
    assert Image.open(BytesIO(file)).size == (medium.width, medium.height) == (60, 40)
    assert (medium.size, medium.type, world.blobs.types[medium.id]) == (len(file), "image/jpeg", "image/jpeg")
    assert medium.sha256 not in (medium.body_hash, "")
    assert medium.status is MediumStatus.KEPT


async def test_what_is_no_photo_leaves_nothing_behind(world: World, owner: User) -> None:
    with pytest.raises(Invalid):
        await world.services.media.take(owner, b"GIF89a", idempotency_key="k1")

    assert await world.services.store.query(Query("media")) == []
    assert world.blobs.files == {}


async def test_a_repeat_with_the_same_key_finds_the_first(world: World, owner: User) -> None:
    first, new = await world.services.media.take(owner, JPEG, idempotency_key="k1")
    again, new_again = await world.services.media.take(owner, JPEG, idempotency_key="k1")

    assert (new, new_again) == (True, False)
    assert again == first
    assert len(await world.services.store.query(Query("media"))) == len(world.blobs.files) == 1


async def test_ten_repeats_at_once_keep_one_photo(world: World, owner: User) -> None:
    found = await asyncio.gather(*(world.services.media.take(owner, JPEG, idempotency_key="k1") for _ in range(10)))

    assert len({medium.id for medium, _ in found}) == 1
    assert sum(new for _, new in found) == 1
    assert all(medium.status is MediumStatus.KEPT for medium, _ in found)
    assert len(world.blobs.files) == 1


async def test_a_key_used_for_another_photo_is_refused_and_another_persons_key_is_another(
    world: World, owner: User
) -> None:
    first = await uploaded(world, owner, key="k1")

    with pytest.raises(Invalid) as refused:
        await uploaded(world, owner, photo("PNG"), key="k1")
    other = await uploaded(world, await world.person("other"), key="k1")

    assert refused.value.field == "Idempotency-Key"
    assert other.id != first.id


async def test_a_photo_whose_place_is_away_is_taken_by_the_repeat(world: World, owner: User) -> None:
    world.blobs.error = Transient("away")
    with pytest.raises(Transient):
        await uploaded(world, owner, key="k1")
    [half] = await world.services.store.query(Query("media"))
    with pytest.raises(NotFound):
        await world.services.media.get(owner, half.key.id)
    with pytest.raises(Invalid):
        await asked(world, owner, MediaGiven(id=half.key.id))

    world.blobs.error = None
    medium = await uploaded(world, owner, key="k1")

    assert medium.id == half.key.id
    assert (
        await world.services.media.read(await world.services.media.get(owner, medium.id))
        == world.blobs.files[medium.id]
    )


@dataclass
class SweptBlobs(FakeBlobs):
    """The sweeper comes by whenever a file is put."""

    sweep: Callable[[], Awaitable[None]] | None = None

    async def put(self, name: str, data: bytes, *, type: str) -> None:
        if self.sweep is not None:
            await self.sweep()
        await super().put(name, data, type=type)


async def test_a_repeat_a_day_later_is_not_removed_while_it_comes_in(world: World, owner: User) -> None:
    long_ago = replace(world.services.media, clock=lambda: utc_now() - timedelta(hours=25))
    world.blobs.error = Transient("away")
    with pytest.raises(Transient):
        await long_ago.take(owner, JPEG, idempotency_key="k1")
    blobs = SweptBlobs(sweep=world.services.media.discard_overdue)

    medium, new = await replace(world.services.media, blobs=blobs).take(owner, JPEG, idempotency_key="k1")

    assert not new
    assert (await kept(world, medium)).status is MediumStatus.KEPT
    assert list(blobs.files) == [medium.id]


async def test_a_repeat_after_the_photo_was_deleted_does_not_bring_it_back_half(world: World, owner: User) -> None:
    medium = await uploaded(world, owner, key="k1")
    await world.services.media.delete(owner, medium.id)

    with pytest.raises(Gone):
        await uploaded(world, owner, key="k1")
    await world.worked()

    assert (await uploaded(world, owner, key="k1")).status is MediumStatus.KEPT


@dataclass
class Scene:
    """A request with a photo, in a disaster, with a task offered to two people."""

    world: World
    app: FastAPI
    request: Request
    medium: Medium
    task_id: str
    offered: list[User]

    async def status(self, uid: str | None, method: str = "GET") -> int:
        async with client(self.app, uid) as http:
            return (await http.request(method, f"/media/{self.medium.id}")).status_code


@pytest.fixture
async def over_http(world: World) -> AsyncIterator[FastAPI]:
    """The whole API over each kind of store."""
    async with serving(world.services) as app:
        yield app


@pytest.fixture
async def scene(world: World, over_http: FastAPI, owner: User) -> Scene:
    await world.disaster("flood")
    await world.disaster("storm")
    admin = await world.person("admin", RoleId.ADMIN)
    await world.person("coordinator", RoleId.FIRST_RESPONDER, joined=("flood",))
    await world.person("elsewhere", RoleId.FIRST_RESPONDER, joined=("storm",))
    await world.person("member", joined=("flood",))
    helpers = [await world.person(f"helper{n}", RoleId.VOLUNTEER, Skill.LOGISTICS, joined=("flood",)) for n in range(3)]
    medium = await uploaded(world, owner)
    request = await asked(world, owner, by_id(medium), disaster_id="flood")
    await world.services.queue.drained()
    plan = await world.services.plans.decide_plan(admin, request.id, PlanDecision(approval_status=Approval.APPROVED))
    await world.services.queue.drained()
    tasks = await world.services.requests.cases.tasks.get_many(task.id for task in plan.tasks)
    task = next(task for task in tasks.values() if len(task.holders) == 2)
    return Scene(world, over_http, request, medium, task.id, [one for one in helpers if one.id in task.holders])


async def test_who_sees_the_photo_of_a_request(scene: Scene) -> None:
    first, second = scene.offered
    for uid in ("owner", "admin", "coordinator"):
        assert await scene.status(uid) == 200, uid
    for uid in ("elsewhere", "member", "stranger", "helper0", "helper1", "helper2"):
        assert await scene.status(uid) == 404, uid
    assert await scene.status(None) == 401

    tasks = scene.world.services.tasks
    await tasks.accept(first, scene.task_id)
    assert (await scene.status(first.id), await scene.status(second.id)) == (200, 404)
    assert await scene.status("stranger") == 404

    await tasks.accept(second, scene.task_id)
    for step in (TaskStatus.ON_ROUTE, TaskStatus.ON_SITE):
        await tasks.change_status(first, scene.task_id, TaskStatusChange(status=step))
        assert await scene.status(first.id) == 200
    await tasks.change_status(second, scene.task_id, TaskStatusChange(status=TaskStatus.HANDED_BACK))
    assert await scene.status(second.id) == 404
    await tasks.change_status(first, scene.task_id, TaskStatusChange(status=TaskStatus.COMPLETED))
    assert await scene.status(first.id) == 404, "the work is done"
    assert await scene.status("owner") == 200


async def test_a_photo_that_no_request_names_is_seen_by_its_sender_only(scene: Scene) -> None:
    await scene.world.services.tasks.accept(scene.offered[0], scene.task_id)
    loose = replace(scene, medium=await uploaded(scene.world, await scene.world.person("sender")))

    assert await loose.status("sender") == 200
    for uid in ("owner", "admin", "coordinator", scene.offered[0].id, "stranger"):
        assert await loose.status(uid) == 404, uid


async def test_those_who_see_a_photo_may_not_delete_it_and_others_do_not_know_of_it(scene: Scene) -> None:
    await scene.world.services.tasks.accept(scene.offered[0], scene.task_id)

    for uid in ("admin", "coordinator", scene.offered[0].id):
        assert await scene.status(uid, "DELETE") == 403, uid
    for uid in ("elsewhere", "member", "stranger", scene.offered[1].id):
        assert await scene.status(uid, "DELETE") == 404, uid
    assert await scene.status(None, "DELETE") == 401
    assert await scene.status("owner", "DELETE") == 409
    assert await scene.status("owner") == 200


async def test_the_team_finds_the_photo_in_its_task(scene: Scene) -> None:
    tasks, helper = scene.world.services.tasks, scene.offered[0]
    before = await tasks.view(helper, await tasks.get(helper, scene.task_id))
    after = await tasks.view(helper, await tasks.accept(helper, scene.task_id))

    assert before.media == ()
    assert after.media == scene.request.media


async def test_a_photo_can_be_deleted_until_a_request_names_it_and_once_that_has_ended(
    world: World, owner: User
) -> None:
    medium = await uploaded(world, owner)
    request = await asked(world, owner, MediaGiven(url=EXTERNAL), by_id(medium))
    with pytest.raises(Conflict):
        await world.services.media.delete(owner, medium.id)
    await world.services.requests.change_status(owner, request.id, StatusChange(status=Status.CANCELLED))

    await world.services.media.delete(owner, medium.id)

    with pytest.raises(NotFound):
        await world.services.media.get(owner, medium.id)
    assert [one.url for one in (await world.request(request.id)).media] == [EXTERNAL]
    await world.worked()
    assert world.blobs.files == {}
    assert await stored(world, medium.id) is None
    with pytest.raises(NotFound):
        await world.services.media.delete(owner, medium.id)


async def test_the_photos_of_a_deleted_request_go_with_it(world: World, owner: User) -> None:
    named, loose = await uploaded(world, owner), await uploaded(world, owner)
    request = await asked(world, owner, by_id(named))

    await world.services.requests.delete(owner, request.id)

    assert (await kept(world, named)).status is MediumStatus.DISCARDED
    with pytest.raises(NotFound):
        await world.services.media.get(owner, named.id)
    await world.worked()
    assert list(world.blobs.files) == [loose.id]
    assert await stored(world, named.id) is None


async def test_a_request_that_is_not_deleted_keeps_its_photos(world: World, owner: User) -> None:
    medium = await uploaded(world, owner)
    request = await asked(world, owner, by_id(medium))
    stranger = await world.person("stranger")

    with pytest.raises(NotFound):
        await world.services.requests.delete(stranger, request.id)
    await world.services.requests.change_status(owner, request.id, StatusChange(status=Status.CANCELLED))
    await later(world, timedelta(days=30))

    assert (await world.services.media.get(owner, medium.id)).id == medium.id
    assert medium.id in world.blobs.files


async def later(world: World, wait: timedelta) -> int:
    """What the sweeper does after a while; returns how many it looked at."""
    media = world.services.media
    after = replace(media, clock=lambda: utc_now() + wait)
    swept = await after.sweep()
    await after.discard_overdue()
    return swept


async def test_what_no_request_names_is_removed_after_a_day(world: World, owner: User) -> None:
    old, named = await uploaded(world, owner), await uploaded(world, owner)
    world.blobs.error = Transient("away")
    with pytest.raises(Transient):
        await uploaded(world, owner)
    world.blobs.error = None
    await asked(world, owner, by_id(named))

    assert await later(world, timedelta(hours=23)) == 0
    assert old.id in world.blobs.files
    assert await later(world, timedelta(hours=25)) == 1

    assert list(world.blobs.files) == [named.id]
    assert [one.key.id for one in await world.services.store.query(Query("media"))] == [named.id]


async def test_the_sweeper_removes_what_a_lost_message_left(world: World, owner: User) -> None:
    medium = await uploaded(world, owner)
    await world.services.media.delete(owner, medium.id)  # rung, and no worker there to hear it
    fresh = World.over(world.services.store)
    fresh.blobs.files.update(world.blobs.files)

    await fresh.services.sweeper.once()
    await fresh.worked()

    assert fresh.blobs.files == {}
    assert await stored(world, medium.id) is None


async def test_a_file_that_cannot_be_removed_is_tried_again_and_holds_nobody_up(world: World, owner: User) -> None:
    media = world.services.media
    stuck, other = await uploaded(world, owner), await uploaded(world, owner)
    for medium in (stuck, other):
        await media.delete(owner, medium.id)
    world.blobs.error = Transient("away")
    with pytest.raises(Transient):
        await media.discard_overdue()
    world.blobs.error = None

    await media.discard_overdue()
    assert len(world.blobs.files) == 1
    assert await later(world, AGAIN_AFTER + timedelta(minutes=1)) == 1
    assert world.blobs.files == {}


async def test_discarding_twice_is_discarding_once(world: World, owner: User) -> None:
    medium = await uploaded(world, owner)
    await world.services.media.delete(owner, medium.id)

    await asyncio.gather(*(world.services.media.discard_overdue() for _ in range(3)))

    assert await stored(world, medium.id) is None
    removed = [one for one in await world.services.store.query(Query("audit")) if one.data["event"] == "medium.removed"]
    assert len(removed) == 1


async def test_a_photo_is_either_named_or_removed_when_both_want_it_at_once(world: World, owner: User) -> None:
    for _ in range(5):
        medium = await uploaded(world, owner)
        overdue = replace(world.services.media, clock=lambda: utc_now() + timedelta(hours=25))

        answer, _ = await asyncio.gather(
            asked(world, owner, by_id(medium)), overdue.discard_overdue(), return_exceptions=True
        )

        left = await stored(world, medium.id)
        if isinstance(answer, Request):
            assert left is not None
            assert (left.status, left.request_ids) == (MediumStatus.KEPT, (answer.id,))
            assert medium.id in world.blobs.files
        else:
            assert isinstance(answer, Invalid)
            assert left is None


async def test_every_change_of_a_photo_is_remembered_without_what_is_on_it(world: World, owner: User) -> None:
    medium = await uploaded(world, owner)
    request = await asked(world, owner, by_id(medium))
    await world.services.requests.delete(owner, request.id)
    await world.worked()

    audit = await world.services.store.query(Query("audit"))
    events = [one.data["event"] for one in audit if one.data["subject"] == f"media/{medium.id}"]
    assert set(events) == {
        "medium.received",
        "medium.kept",
        "request.received",
        "request.deleted",
        "medium.removed",
    }
