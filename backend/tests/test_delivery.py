"""Pushes: to every device once, again only where that may help, and never in silence."""

from datetime import timedelta

import pytest

from app.schemas.device import FORGOTTEN_AFTER
from app.schemas.notification import NotificationStatus, Reach
from app.schemas.user_bodies import AccessChange
from app.schemas.vocabulary import RoleId
from tests.fcm_server import Manner, Sent
from tests.fixtures_push import Outbox


def once(manner: Manner) -> object:
    """On the first try of each token; then well."""
    return lambda sent: manner if sent.time == 1 else Manner.OK


async def test_a_notification_reaches_each_device_of_its_person_once(outbox: Outbox) -> None:
    asha = await outbox.world.person("asha")
    await outbox.device(asha, "phone")
    await outbox.device(asha, "installation", kind="fid")
    one = await outbox.note(asha)

    await outbox.worked()
    await outbox.worked()

    assert {token: [got.notification_id for got in pushes] for token, pushes in outbox.fcm.got.items()} == {
        "phone": [one.id],
        "installation": [one.id],
    }
    assert sorted(kind for message in outbox.fcm.messages for kind in ("token", "fid") if kind in message) == [
        "fid",
        "token",
    ]
    assert (await outbox.again(one)).status is NotificationStatus.SENT


async def test_a_try_again_goes_only_to_the_devices_not_reached(outbox: Outbox) -> None:
    outbox.fcm.manner = lambda sent: Manner.UNAVAILABLE if (sent.token, sent.time) == ("b", 1) else Manner.OK
    asha = await outbox.world.person("asha")
    for token in ("a", "b"):
        await outbox.device(asha, token)
    one = await outbox.note(asha)

    await outbox.worked()
    assert (await outbox.again(one)).status is NotificationStatus.SENT
    outbox.clock.go(minutes=2)
    await outbox.worked()

    assert (outbox.fcm.tries["a"], outbox.fcm.tries["b"]) == (1, 2)
    assert [len(outbox.fcm.got[token]) for token in ("a", "b")] == [1, 1]
    assert (await outbox.again(one)).due is None


@pytest.mark.parametrize("manner", [Manner.UNREGISTERED, Manner.OTHER_SENDER, Manner.BAD_TOKEN])
async def test_a_token_that_is_none_any_more_is_removed(outbox: Outbox, manner: Manner) -> None:
    outbox.fcm.manner = lambda sent: manner if sent.token == "old" else Manner.OK
    asha = await outbox.world.person("asha")
    kept, gone = await outbox.device(asha, "new"), await outbox.device(asha, "old")
    one = await outbox.note(asha)

    await outbox.worked()

    assert [device.id for device in await outbox.world.services.devices.listed(asha)] == [kept.id]
    assert await outbox.world.services.devices.holders.find(gone.id) is None
    assert (await outbox.again(one)).reached == {kept.id: Reach.SENT, gone.id: Reach.STALE}


async def test_with_stale_devices_alone_it_is_in_the_inbox(outbox: Outbox) -> None:
    outbox.fcm.manner = lambda _: Manner.UNREGISTERED
    asha = await outbox.world.person("asha")
    await outbox.device(asha, "old")
    one = await outbox.note(asha)

    await outbox.worked()

    assert (await outbox.again(one)).status is NotificationStatus.DELIVERED


@pytest.mark.parametrize(
    "manner",
    [Manner.QUOTA, Manner.UNAVAILABLE, Manner.INTERNAL, Manner.APPLE, Manner.NO_RIGHT, Manner.HANGS_UP, Manner.PAGE],
)
async def test_what_may_heal_is_tried_again_and_not_before_its_time(outbox: Outbox, manner: Manner) -> None:
    outbox.fcm.manner = lambda sent: manner if sent.time == 1 else Manner.OK
    outbox.fcm.retry_after = 40
    asha = await outbox.world.person("asha")
    await outbox.device(asha, "phone")
    one = await outbox.note(asha)

    await outbox.worked()
    failed = await outbox.again(one)
    await outbox.worked()

    assert (failed.status, failed.attempts, outbox.fcm.tries["phone"]) == (NotificationStatus.FAILED, 1, 1)
    assert failed.due is not None
    if manner in (Manner.QUOTA, Manner.UNAVAILABLE):
        assert failed.due >= outbox.clock() + timedelta(seconds=40), "as the service asks for"
    outbox.clock.go(minutes=2)
    await outbox.worked()
    assert (await outbox.again(one)).status is NotificationStatus.SENT
    assert len(outbox.fcm.got["phone"]) == 1


async def test_a_second_copy_of_what_was_taken_unheard_is_shown_as_the_same(outbox: Outbox) -> None:
    outbox.fcm.manner = lambda sent: Manner.TAKES_IT_AND_HANGS_UP if sent.time == 1 else Manner.OK
    asha = await outbox.world.person("asha")
    await outbox.device(asha, "phone")
    await outbox.note(asha, request_id="r1")

    await outbox.worked()
    outbox.clock.go(minutes=2)
    await outbox.worked()

    first, second = outbox.fcm.got["phone"]
    assert first == second
    tags = {message["android"]["notification"]["tag"] for message in outbox.fcm.messages}
    ids = {message["apns"]["headers"]["apns-collapse-id"] for message in outbox.fcm.messages}
    assert len(tags) == len(ids) == 1


async def test_tries_end_and_the_end_is_seen(outbox: Outbox) -> None:
    outbox.fcm.manner = lambda _: Manner.INTERNAL
    asha = await outbox.world.person("asha")
    await outbox.device(asha, "phone")
    one = await outbox.note(asha)

    for _ in range(20):
        await outbox.worked()
        outbox.clock.go(minutes=10)

    ended = await outbox.again(one)
    assert (ended.status, ended.due) == (NotificationStatus.DEAD, None)
    assert outbox.fcm.tries["phone"] == outbox.world.services.settings.push_attempts
    inbox = await outbox.world.services.notifications.inbox(asha, limit=10, cursor=None)
    assert [item.id for item in inbox.items] == [one.id], "the inbox has it all the same"


async def test_what_comes_too_late_to_be_of_use_is_not_pushed(outbox: Outbox) -> None:
    asha = await outbox.world.person("asha")
    await outbox.device(asha, "phone")
    one = await outbox.note(asha, critical=True)
    outbox.clock.go(hours=2)

    await outbox.worked()

    assert outbox.fcm.tries == {}
    assert (await outbox.again(one)).status is NotificationStatus.DEAD


async def test_a_body_that_is_refused_is_not_sent_again_and_costs_no_device(outbox: Outbox) -> None:
    outbox.fcm.manner = lambda _: Manner.BAD_BODY
    asha = await outbox.world.person("asha")
    await outbox.device(asha, "phone")
    one = await outbox.note(asha)

    await outbox.worked()

    assert (await outbox.again(one)).status is NotificationStatus.DEAD
    assert len(await outbox.world.services.devices.listed(asha)) == 1


async def test_a_service_that_is_away_is_left_alone_and_costs_no_tries(outbox: Outbox) -> None:
    outbox.fcm.manner = lambda _: Manner.UNAVAILABLE
    people = [await outbox.world.person(f"person{number}") for number in range(40)]
    for person in people:
        await outbox.device(person, f"phone of {person.id}")
    notes = [await outbox.note(person) for person in people]

    await outbox.worked()

    tried = [one for one in [await outbox.again(note) for note in notes] if one.attempts]
    assert 20 <= len(tried) < 40
    assert sum(outbox.fcm.tries.values()) == len(tried)
    assert not outbox.world.services.delivery.push.due


async def test_what_is_read_before_it_is_pushed_is_not_pushed(outbox: Outbox) -> None:
    asha = await outbox.world.person("asha")
    await outbox.device(asha, "phone")
    one = await outbox.note(asha)
    await outbox.world.services.notifications.read(asha, one.id)

    await outbox.worked()

    assert outbox.fcm.tries == {}


async def test_no_more_pushes_are_made_at_once_than_are_allowed(outbox: Outbox) -> None:
    outbox.fcm.answer_seconds = 0.02
    for number in range(40):
        person = await outbox.world.person(f"person{number}")
        await outbox.device(person, f"phone{number}")
        await outbox.note(person)

    await outbox.worked()

    assert sum(map(len, outbox.fcm.got.values())) == 40
    assert outbox.fcm.most_at_once <= 10


async def test_a_device_not_heard_of_for_270_days_is_removed(outbox: Outbox) -> None:
    asha = await outbox.world.person("asha")
    await outbox.device(asha, "drawer")
    outbox.clock.go(days=200)
    await outbox.device(asha, "phone")
    outbox.clock.go(days=FORGOTTEN_AFTER.days - 199)
    await outbox.note(asha)

    await outbox.worked()

    assert list(outbox.fcm.got) == ["phone"]
    assert [device.token for device in await outbox.world.services.devices.listed(asha)] == ["phone"]


async def test_devices_of_those_who_are_told_nothing_go_as_well(outbox: Outbox) -> None:
    asha = await outbox.world.person("asha")
    await outbox.device(asha, "drawer")
    outbox.clock.go(days=260)
    await outbox.device(asha, "phone")
    outbox.clock.go(days=11)

    assert await outbox.world.services.retention.apply("devices") == 1

    assert [device.token for device in await outbox.world.services.devices.listed(asha)] == ["phone"]
    assert await outbox.world.services.retention.apply("devices") == 0


async def test_somebody_who_is_shut_out_gets_no_pushes_any_more(outbox: Outbox) -> None:
    admin, asha = await outbox.world.person("boss", RoleId.ADMIN), await outbox.world.person("asha")
    await outbox.device(asha, "phone")
    one = await outbox.note(asha)

    await outbox.world.services.users.set_access(admin, asha.id, AccessChange(disabled=True, reason="abuse"))
    await outbox.worked()

    assert not await outbox.world.services.devices.listed(asha)
    assert outbox.fcm.tries == {}
    assert (await outbox.again(one)).status is NotificationStatus.DELIVERED


async def test_a_receipt_and_a_reading_are_kept(outbox: Outbox) -> None:
    asha = await outbox.world.person("asha")
    await outbox.device(asha, "phone")
    one = await outbox.note(asha)
    await outbox.worked()
    notifications = outbox.world.services.notifications

    received = await notifications.received(asha, one.id)
    outbox.clock.go(minutes=1)
    read = await notifications.read(asha, one.id)
    late = await notifications.received(asha, one.id)

    assert received.status is NotificationStatus.DELIVERED
    assert (read.status, late.status) == (NotificationStatus.READ, NotificationStatus.READ)
    assert late.received_at == received.received_at


def test_the_loopback_service_answers_the_same_tokens_alike() -> None:
    from tests.fcm_server import shares

    manner = shares(stale=2, quota=1, unavailable=1)
    first = [manner(Sent(f"token-{number}", "token", {}, 1)) for number in range(10_000)]
    assert first == [manner(Sent(f"token-{number}", "token", {}, 1)) for number in range(10_000)]
    assert 150 < first.count(Manner.UNREGISTERED) < 250
    assert {manner(Sent(f"token-{number}", "token", {}, 2)) for number in range(10_000)} == {
        Manner.OK,
        Manner.UNREGISTERED,
    }
