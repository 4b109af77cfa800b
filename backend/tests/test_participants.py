"""Taking part in a disaster, and being seen and removed by its coordinators."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.crud.store.port import Key, Snapshot
from app.crud.store.sqlite import SqliteStore
from app.schemas.disaster import Disaster, Phase
from app.schemas.notification import NotificationKind
from app.schemas.participant import Join, ParticipantEdit, ParticipantFilter, ParticipantView
from app.schemas.request_bodies import RequestCreate
from app.schemas.task_states import TaskStatus
from app.schemas.user import User
from app.schemas.vocabulary import RoleId, Skill
from app.schemas.workflow import Approval, PlanDecision
from tests.serving import client
from tests.world import HERE, NEAR, SEED, World


@dataclass
class There:
    """A disaster, its coordinator, and some who take part."""

    world: World
    disaster: Disaster
    admin: User
    responder: User
    helpers: list[User]

    async def seen(
        self, caller: User, wanted: ParticipantFilter | None = None, *, limit: int = 100
    ) -> list[ParticipantView]:
        participants = self.world.services.participants
        found: list[ParticipantView] = []
        cursor: str | None = None
        while True:
            page = await participants.listed(
                caller, self.disaster.id, wanted or ParticipantFilter(), limit=limit, cursor=cursor
            )
            found += await participants.views(page.items)
            cursor = page.next
            if cursor is None:
                return found

    async def fresh(self, user: User) -> User:
        return await self.world.services.users.users.get(user.id)


@pytest.fixture
async def there(world: World) -> There:
    disaster = await world.disaster()
    admin = await world.person("admin", RoleId.ADMIN)
    responder = await world.person("responder", RoleId.FIRST_RESPONDER, Skill.SAR)
    skills = [Skill.LOGISTICS, Skill.FIRST_AID, Skill.LOGISTICS, Skill.LOGISTICS]
    helpers = [await world.person(f"helper{n}", RoleId.VOLUNTEER, skill) for n, skill in enumerate(skills)]
    for user in (responder, *helpers):
        await world.services.participants.join(user, disaster.id, Join())
    users = world.services.users.users
    return There(world, disaster, admin, await users.get("responder"), [await users.get(one.id) for one in helpers])


@pytest.mark.parametrize(
    ("own", "asked", "given"),
    [
        (RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER, RoleId.VOLUNTEER),
        (RoleId.AFFECTED_INDIVIDUAL, RoleId.VOLUNTEER, RoleId.AFFECTED_INDIVIDUAL),
        (RoleId.FIRST_RESPONDER, RoleId.VOLUNTEER, RoleId.VOLUNTEER),
        (RoleId.VOLUNTEER, None, RoleId.VOLUNTEER),
    ],
)
async def test_nobody_joins_in_a_higher_role_than_their_own(
    world: World, own: RoleId, asked: RoleId | None, given: RoleId
) -> None:
    disaster, user = await world.disaster(), await world.person("user", own)

    await world.services.participants.join(user, disaster.id, Join(role=asked))

    user = await world.services.users.users.get("user")
    assert user.role_id is own
    assert (await world.services.participants.joined(user, disaster.id)).role is given


async def test_joining_twice_is_joining_once_in_the_role_asked_for_last(there: There) -> None:
    helper, participants = there.helpers[0], there.world.services.participants
    await participants.join(helper, there.disaster.id, Join(role=RoleId.AFFECTED_INDIVIDUAL))

    assert (await there.fresh(helper)).joined == (there.disaster.id,)
    assert (await participants.joined(helper, there.disaster.id)).role is RoleId.AFFECTED_INDIVIDUAL
    assert len(await there.seen(there.admin)) == 5


@pytest.mark.parametrize(("phase", "open_"), [(Phase.RECOVERY, True), (Phase.CLOSED, False), (Phase.ARCHIVED, False)])
async def test_a_disaster_is_joined_as_long_as_it_goes_on(there: There, phase: Phase, open_: bool) -> None:
    await there.world.services.disasters.disasters.change(
        there.disaster.id, lambda latest: latest.model_copy(update={"phase": phase}), SEED
    )
    late = await there.world.person("late", RoleId.VOLUNTEER)
    joining = there.world.services.participants.join(late, there.disaster.id, Join())
    if open_:
        await joining
        return
    with pytest.raises(Conflict) as refused:
        await joining
    assert refused.value.extra["allowed"] == ["active", "recovery"]
    left = await there.world.services.participants.leave(there.helpers[0], there.disaster.id)
    assert left.id == there.disaster.id, "one may leave it all the same"


async def test_the_calls_of_the_web_client_are_answered_as_it_reads_them(api: FastAPI) -> None:
    services = api.state.services
    disaster = await World(services, services.assessment.assessor).disaster()
    read = {"id", "name", "description", "severity", "type", "location", "created_at", "status", "image_urls"}
    async with client(api, "someone") as http:
        assert (await http.get(f"/disasters/{disaster.id}/joined")).json() == {"joined": False, "role": None}
        joined = await http.post(f"/disasters/{disaster.id}/join", json={"role": "volunteer"})
        assert joined.status_code == 200
        assert read <= set(joined.json())
        assert (await http.get(f"/disasters/{disaster.id}/joined")).json()["role"] == "affected_individual"
        left = await http.delete(f"/disasters/{disaster.id}/leave")
        assert (left.status_code, left.json()) == (200, joined.json())
        assert (await http.get("/disasters/nowhere/joined")).status_code == 404
        assert (await http.post(f"/disasters/{disaster.id}/join", json={"role": "king"})).status_code == 422


class CountingStore(SqliteStore):
    reads = 0

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        self.reads += len(keys)
        return await super().get_many(keys)


async def test_whether_one_has_joined_costs_one_document(tmp_path: Path) -> None:
    store = CountingStore(tmp_path / "counted.sqlite3")
    world = World.over(store)
    disaster, other = await world.disaster("flood"), await world.disaster("storm")
    user = await world.person("user")
    await world.services.participants.join(user, disaster.id, Join())
    user = await world.services.users.users.get("user")
    store.reads = 0

    assert (await world.services.participants.joined(user, disaster.id)).joined
    assert not (await world.services.participants.joined(user, other.id)).joined

    assert store.reads == 2
    await store.close()


async def test_coordinators_see_who_takes_part_and_where_those_are_who_can_be_sent(there: There) -> None:
    users = there.world.services.users
    await users.users.change("helper1", lambda user: user.model_copy(update={"availability": False}), SEED)
    needy = await there.world.person("needy")
    await there.world.services.participants.join(needy, there.disaster.id, Join())

    for coordinator in (there.admin, there.responder):
        seen = {one.uid: one for one in await there.seen(coordinator)}
        assert set(seen) == {"responder", "needy", *(f"helper{n}" for n in range(4))}
        assert seen["helper0"].location == NEAR
        assert (seen["helper0"].display_name, seen["helper0"].role) == ("Helper0", RoleId.VOLUNTEER)
        assert seen["helper1"].location is None, "does not say that they are available"
        assert seen["needy"].location is None, "is not sent anywhere"
    told = seen["helper0"].model_dump_json()
    assert "@" not in told
    assert not {"email", "phone"} & set(ParticipantView.model_fields)


async def test_the_list_is_filtered_and_paged_without_loss(there: There) -> None:
    users = there.world.services.users.users
    await users.change("helper2", lambda user: user.model_copy(update={"availability": False}), SEED)

    async def uids(wanted: ParticipantFilter) -> list[str]:
        return [one.uid for one in await there.seen(there.admin, wanted, limit=2)]

    assert await uids(ParticipantFilter()) == ["helper3", "helper2", "helper1", "helper0", "responder"]
    assert await uids(ParticipantFilter(role=RoleId.FIRST_RESPONDER)) == ["responder"]
    assert await uids(ParticipantFilter(skill=Skill.LOGISTICS)) == ["helper3", "helper2", "helper0"]
    available = ParticipantFilter(skill=Skill.LOGISTICS, available=True, role=RoleId.VOLUNTEER)
    assert await uids(available) == ["helper3", "helper0"]
    assert await uids(ParticipantFilter(available=False)) == ["helper2"]


async def test_who_does_not_coordinate_there_sees_and_removes_nobody(there: There) -> None:
    participants = there.world.services.participants
    elsewhere = await there.world.person("elsewhere", RoleId.FIRST_RESPONDER, joined=("storm",))
    for caller in (elsewhere, there.helpers[0]):
        with pytest.raises(NotFound):
            await there.seen(caller)
        with pytest.raises(NotFound):
            await participants.remove(caller, there.disaster.id, "helper1")
        with pytest.raises(NotFound):
            await participants.edit(
                caller, there.disaster.id, "helper1", ParticipantEdit(role=RoleId.AFFECTED_INDIVIDUAL)
            )
    assert len(await there.seen(there.admin)) == 5


async def test_who_is_removed_is_told_why_and_it_is_remembered_who_did_it(there: There) -> None:
    participants, helper = there.world.services.participants, there.helpers[0]

    await participants.remove(there.responder, there.disaster.id, helper.id, reason="Ill.")

    assert (await there.fresh(helper)).joined == ()
    assert "helper0" not in {one.uid for one in await there.seen(there.admin)}
    inbox = await there.world.services.notifications.inbox(helper, limit=5, cursor=None)
    [told] = inbox.items
    assert (told.kind, told.body, told.disaster_id) == (
        NotificationKind.REMOVED_FROM_DISASTER,
        "Ill.",
        there.disaster.id,
    )
    entries = await there.world.services.requests.audit.of(f"disasters/{there.disaster.id}/participants/{helper.id}")
    assert [(one.event, one.by, one.why) for one in entries] == [("disaster.participant_removed", "responder", "Ill.")]
    with pytest.raises(NotFound):
        await participants.remove(there.responder, there.disaster.id, helper.id)
    await participants.join(await there.fresh(helper), there.disaster.id, Join())
    await participants.remove(there.responder, there.disaster.id, helper.id, reason="Still ill.")
    inbox = await there.world.services.notifications.inbox(helper, limit=5, cursor=None)
    assert [one.body for one in inbox.items] == ["Still ill.", "Ill."]


async def test_coordinators_do_not_remove_one_another_but_an_admin_does(there: There) -> None:
    participants = there.world.services.participants
    rival = await there.world.person("rival", RoleId.FIRST_RESPONDER)
    await participants.join(rival, there.disaster.id, Join())

    with pytest.raises(Forbidden):
        await participants.remove(there.responder, there.disaster.id, rival.id)
    await participants.remove(there.admin, there.disaster.id, rival.id)

    assert not (await there.fresh(rival)).joined


async def test_who_is_removed_is_taken_off_the_tasks_there(there: There) -> None:
    world, services = there.world, there.world.services
    owner = await world.person("owner")
    request, _ = await services.requests.submit(
        owner, RequestCreate(description="We need water and food", location=HERE, disaster_id=there.disaster.id)
    )
    await world.worked()
    await services.plans.decide_plan(there.admin, request.id, PlanDecision(approval_status=Approval.APPROVED))
    await world.worked()
    busy = [user for user in [await there.fresh(one) for one in there.helpers] if user.commitments]
    assert len(busy) >= 2, "the plan has work for two of them"
    asked, taker = busy[0], busy[1]
    await services.tasks.accept(taker, taker.commitments[0])

    for user in (asked, taker):
        await services.participants.remove(there.responder, there.disaster.id, user.id, reason="Not reliable.")

    for user, left in ((asked, TaskStatus.DECLINED), (taker, TaskStatus.HANDED_BACK)):
        assert (await there.fresh(user)).commitments == ()
        task = await services.requests.cases.tasks.get(user.commitments[0])
        assert user.id not in task.holders
        [part] = [member for member in task.members if member.uid == user.id]
        assert (part.status, part.note) == (left, "Not reliable.")
        entries = await services.requests.audit.of(f"tasks/{task.id}")
        assert any(one.event == f"task.{left}" and one.by == "responder" for one in entries)


async def test_a_coordinator_gives_a_role_up_to_the_persons_own(there: There) -> None:
    participants = there.world.services.participants
    lesser = ParticipantEdit(role=RoleId.AFFECTED_INDIVIDUAL)

    edited = await participants.edit(there.responder, there.disaster.id, "helper0", lesser)

    assert edited.role is RoleId.AFFECTED_INDIVIDUAL
    with pytest.raises(Invalid) as refused:
        await participants.edit(
            there.responder, there.disaster.id, "helper0", ParticipantEdit(role=RoleId.FIRST_RESPONDER)
        )
    assert refused.value.field == "role"
    with pytest.raises(NotFound):
        await participants.edit(there.responder, there.disaster.id, "owner", lesser)


async def test_the_addresses_of_coordinators(api: FastAPI) -> None:
    services = api.state.services
    world = World(services, services.assessment.assessor)
    await world.disaster()
    admin = await world.person("admin", RoleId.ADMIN)
    helper = await world.person("helper", RoleId.VOLUNTEER, Skill.NURSE)
    for user in (admin, helper):
        await services.participants.join(user, "flood", Join())
    async with client(api, "admin") as http:
        volunteers = await http.get("/disasters/flood/volunteers?skill=nurse&available=true")
        assert [one["uid"] for one in volunteers.json()] == ["helper"]
        everybody = await http.get("/disasters/flood/participants?limit=1")
        following = await http.get(everybody.links["next"]["url"])
        assert [one["uid"] for one in (*everybody.json(), *following.json())] == ["helper", "admin"]
        changed = await http.patch("/disasters/flood/participants/helper", json={"role": "affected_individual"})
        assert changed.json()["role"] == "affected_individual"
        assert (await http.get("/disasters/flood/participants?skill=juggling")).status_code == 422
        assert (await http.delete("/disasters/flood/participants/helper?reason=Ill")).status_code == 204
        assert (await http.delete("/disasters/flood/participants/helper")).status_code == 404
        assert (await http.get("/disasters/nowhere/participants")).status_code == 404
