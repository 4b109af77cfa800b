"""One message to all who take part in a disaster."""

import asyncio

import pytest

from app.core.errors import Invalid, NotFound, RateLimited
from app.schemas.broadcast import Broadcast, BroadcastCreate, BroadcastStatus
from app.schemas.notification import NotificationStatus
from app.schemas.participant import Join
from app.schemas.user import User
from app.schemas.vocabulary import RoleId
from app.services.broadcasts import AT_ONCE
from tests.fixtures_push import Outbox
from tests.serving import client, serving

TEXT = "Water is rising at the north bank. Go to the school now."


async def members(outbox: Outbox, count: int) -> tuple[User, list[User]]:
    """An admin, and so many who take part, each with a telephone."""
    world = outbox.world
    boss = await world.person("boss", RoleId.ADMIN)
    await world.disaster()
    people = [await world.person(f"p{number}", RoleId.VOLUNTEER) for number in range(count)]
    for person in people:
        await world.services.participants.join(person, "flood", Join())
        await outbox.device(person, f"phone of {person.id}")
        outbox.clock.go(seconds=1)
    return boss, people


async def told(outbox: Outbox, broadcast: Broadcast) -> Broadcast:
    """After the job has done all it does, rung as often as it rings."""
    broadcasts = outbox.world.services.broadcasts
    while (latest := await broadcasts.broadcasts.get(broadcast.id)).status is BroadcastStatus.SENDING:
        await broadcasts.run(broadcast.id)
    return latest


async def test_everybody_who_takes_part_is_told_once(outbox: Outbox) -> None:
    boss, people = await members(outbox, 5)
    await outbox.world.person("stranger")
    body = BroadcastCreate(text=TEXT, critical=True)

    sent = await outbox.world.services.broadcasts.send(boss, "flood", body, idempotency_key=None)
    ended = await told(outbox, sent)
    await outbox.world.services.broadcasts.run(sent.id)
    await outbox.worked()

    assert (ended.told, ended.status) == (5, BroadcastStatus.SENT)
    assert {token: len(got) for token, got in outbox.fcm.got.items()} == {f"phone of {one.id}": 1 for one in people}
    assert outbox.fcm.messages[0]["notification"]["body"] == TEXT
    report = await outbox.world.services.broadcasts.report("flood", sent.id)
    assert report.reached == {NotificationStatus.SENT: 5}


async def test_one_that_is_worked_on_twice_at_once_tells_everybody_once(outbox: Outbox) -> None:
    boss, _ = await members(outbox, 3)
    sent = await outbox.world.services.broadcasts.send(boss, "flood", BroadcastCreate(text=TEXT), idempotency_key=None)

    await asyncio.gather(*(outbox.world.services.broadcasts.run(sent.id) for _ in range(4)))

    assert (await told(outbox, sent)).told == 3


async def test_a_second_one_a_moment_later_is_refused_and_a_repeat_is_not(outbox: Outbox) -> None:
    boss, _ = await members(outbox, 1)
    broadcasts, body = outbox.world.services.broadcasts, BroadcastCreate(text=TEXT)
    first = await broadcasts.send(boss, "flood", body, idempotency_key="k")

    assert (await broadcasts.send(boss, "flood", body, idempotency_key="k")).id == first.id
    with pytest.raises(RateLimited):
        await broadcasts.send(boss, "flood", body, idempotency_key=None)
    with pytest.raises(Invalid):
        await broadcasts.send(boss, "flood", BroadcastCreate(text="Other"), idempotency_key="k")
    outbox.clock.go(minutes=2)
    assert (await broadcasts.send(boss, "flood", body, idempotency_key=None)).id != first.id


async def test_the_sweeper_goes_on_with_what_was_lost(outbox: Outbox) -> None:
    boss, _ = await members(outbox, 2)
    await outbox.world.services.broadcasts.send(boss, "flood", BroadcastCreate(text=TEXT), idempotency_key=None)

    assert await outbox.world.services.broadcasts.sweep() == 1


async def test_only_an_admin_sends_one_and_sees_whom_it_reached(outbox: Outbox) -> None:
    await members(outbox, 1)
    async with serving(outbox.world.services) as app:
        async with client(app, "p0") as http:
            refused = await http.post("/disasters/flood/broadcast", json={"text": TEXT})
        async with client(app, "boss") as http:
            taken = await http.post("/disasters/flood/broadcast", json={"text": TEXT, "drill": True})
            report = await http.get(f"/disasters/flood/broadcast/{taken.json()['id']}")
            nowhere = await http.post("/disasters/drought/broadcast", json={"text": TEXT})
            empty = await http.post("/disasters/flood/broadcast", json={"text": " "})

    assert [one.status_code for one in (refused, taken, report, nowhere, empty)] == [403, 202, 200, 404, 422]
    assert "reached" in report.json()


async def test_a_report_of_another_disaster_is_not_there(outbox: Outbox) -> None:
    boss, _ = await members(outbox, 1)
    sent = await outbox.world.services.broadcasts.send(boss, "flood", BroadcastCreate(text=TEXT), idempotency_key=None)
    with pytest.raises(NotFound):
        await outbox.world.services.broadcasts.report("drought", sent.id)


def test_a_page_and_what_goes_with_it_fit_one_commit() -> None:
    assert AT_ONCE * 2 < 500, "each notification, and room for the rest"
