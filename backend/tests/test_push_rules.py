"""When a push is made, in which words, and when not."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI

from app.schemas.audit import Act
from app.schemas.notification import Notification, NotificationKind, NotificationStatus
from app.schemas.push import PushSettings, QuietHours
from app.schemas.push_texts import TEXTS, language_for
from app.schemas.user import User
from app.schemas.vocabulary import RoleId
from tests.fixtures_push import Outbox
from tests.serving import client

NIGHT = {"begin": "22:00", "end": "06:00", "zone": "Asia/Colombo"}


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


async def wanting(outbox: Outbox, uid: str = "asha", role: RoleId = RoleId.AFFECTED_INDIVIDUAL, **more: object) -> User:
    """Somebody with a telephone, and with these things said of pushes or of themselves."""
    person = await outbox.world.person(uid, role)
    await outbox.device(person, f"phone of {uid}")
    users = outbox.world.services.users.users
    return await users.change(uid, lambda latest: latest.model_copy(update=more), Act(event="test"))


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (NIGHT, at(16, 30), at(0, 30, 25)),  # 22:00 there
        (NIGHT, at(16, 29), None),
        (NIGHT, at(0, 29), at(0, 30)),
        (NIGHT, at(0, 30), None),
        ({**NIGHT, "begin": "09:00", "end": "17:00", "zone": "UTC"}, at(12), at(17)),
        ({**NIGHT, "begin": "09:00", "end": "17:00", "zone": "UTC"}, at(17), None),
        ({**NIGHT, "begin": "08:00", "end": "08:00", "zone": "UTC"}, at(12), at(8, 0, 25)),
    ],
)
def test_quiet_hours_are_those_of_the_persons_own_clock(
    hours: dict[str, str], now: datetime, until: datetime | None
) -> None:
    assert QuietHours.model_validate(hours).until(now) == until


async def test_what_is_not_critical_waits_until_quiet_hours_are_over_and_comes_as_one(outbox: Outbox) -> None:
    asha = await wanting(outbox, push=PushSettings(quiet=QuietHours.model_validate(NIGHT)))
    outbox.clock.now = at(18)
    held = [await outbox.note(asha, request_id=f"r{number}") for number in range(3)]
    danger = await outbox.note(asha, critical=True)

    await outbox.worked()
    assert [got.notification_id for got in outbox.fcm.got["phone of asha"]] == [danger.id]
    outbox.clock.now = at(0, 31, 25)
    await outbox.worked()

    _, digest = outbox.fcm.got["phone of asha"]
    assert digest.title == "You have new notifications"
    assert outbox.fcm.messages[-1]["data"]["count"] == "3"
    assert {(await outbox.again(one)).status for one in held} == {NotificationStatus.SENT}


async def test_one_that_waited_alone_comes_as_itself(outbox: Outbox) -> None:
    asha = await wanting(outbox, push=PushSettings(quiet=QuietHours.model_validate(NIGHT)))
    outbox.clock.now = at(18)
    one = await outbox.note(asha)
    await outbox.worked()
    outbox.clock.now = at(1, 0, 25)

    await outbox.worked()

    assert [got.notification_id for got in outbox.fcm.got["phone of asha"]] == [one.id]


async def test_a_muted_kind_is_in_the_inbox_alone(outbox: Outbox) -> None:
    asha = await wanting(outbox, push=PushSettings(muted=frozenset({NotificationKind.REQUEST_PROGRESS})))
    muted = await outbox.note(asha)
    other = await outbox.note(asha, NotificationKind.REQUEST_APPROVED)

    await outbox.worked()

    assert [got.notification_id for got in outbox.fcm.got["phone of asha"]] == [other.id]
    assert (await outbox.again(muted)).status is NotificationStatus.DELIVERED


@pytest.mark.parametrize(
    ("kind", "critical", "pushed"),
    [
        (NotificationKind.TASK_OFFERED, False, False),
        (NotificationKind.TASK_OFFERED, True, False),
        (NotificationKind.BROADCAST, False, False),
        (NotificationKind.BROADCAST, True, True),
        (NotificationKind.TASK_CANCELLED, False, True),
        (NotificationKind.REQUEST_PROGRESS, False, True),
    ],
)
async def test_off_duty_is_off_except_for_a_critical_broadcast(
    outbox: Outbox, kind: NotificationKind, critical: bool, pushed: bool
) -> None:
    nimal = await wanting(outbox, "nimal", RoleId.VOLUNTEER, availability=False)
    await outbox.note(nimal, kind, critical=critical)

    await outbox.worked()

    assert bool(outbox.fcm.got) is pushed


async def test_a_push_shows_nothing_of_what_people_wrote(outbox: Outbox) -> None:
    asha = await wanting(outbox)
    secret = "Kumari, 12 River Road, insulin"
    await outbox.note(asha, NotificationKind.TASK_OFFERED, title=secret, body=secret, task_id="t1", critical=True)

    await outbox.worked()

    [message] = outbox.fcm.messages
    assert secret not in str(message)
    assert message["notification"]["title"] == "Urgent: can you help now?"
    assert message["data"] == {
        "notification_id": "n1",
        "kind": "task_offered",
        "link": "/tasks/t1",
        "language": "en",
        "task_id": "t1",
    }
    assert message["android"]["priority"] == "HIGH"
    assert message["android"]["ttl"] == "3600s"
    assert message["apns"]["headers"]["apns-priority"] == "10"
    assert message["webpush"]["headers"]["Urgency"] == "high"
    assert len(message["webpush"]["headers"]["Topic"]) <= 32


async def test_a_push_is_in_the_language_of_the_device_or_else_of_the_person(outbox: Outbox) -> None:
    asha = await wanting(outbox, language="ta-LK")
    await outbox.device(asha, "other", language="si")
    await outbox.note(asha)

    await outbox.worked()

    kind = NotificationKind.REQUEST_PROGRESS
    assert outbox.fcm.got["other"][0].title == TEXTS["si"][kind]
    assert outbox.fcm.got["phone of asha"][0].title == TEXTS["ta"][kind]


def test_every_language_has_every_text() -> None:
    [english, *others] = TEXTS.values()
    assert set(NotificationKind) <= set(english)
    assert all(set(other) == set(english) for other in others)
    assert [language_for(*tags) for tags in ((None, "si"), ("de", "ta-LK"), ("fr",), ())] == ["si", "ta", "en", "en"]


def test_pushes_about_the_same_task_replace_each_other() -> None:
    more = {"to": "u", "title": "", "body": "", "task_id": "t1", "created_at": at(8), "updated_at": at(8)}
    offered = Notification(id="a", kind=NotificationKind.TASK_OFFERED, **more)
    cancelled = Notification(id="b", kind=NotificationKind.TASK_CANCELLED, **more)

    assert offered.collapse_key == cancelled.collapse_key


async def test_what_a_person_says_of_pushes_is_kept(api: FastAPI) -> None:
    async with client(api, "asha") as http:
        before = await http.get("/users/me/notification-settings")
        said = await http.put("/users/me/notification-settings", json={"quiet": NIGHT, "muted": ["request_progress"]})
        after = await http.get("/users/me/notification-settings")
        nothing = await http.put("/users/me/notification-settings", json={})

    assert before.json() == nothing.json() == {"quiet": None, "muted": []}
    assert said.json() == after.json() == {"quiet": NIGHT, "muted": ["request_progress"]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"quiet": {**NIGHT, "zone": "Asia/Atlantis"}}, "zone"),
        ({"quiet": {**NIGHT, "zone": "../../etc/passwd"}}, "zone"),
        ({"quiet": {**NIGHT, "begin": "24:00"}}, "begin"),
        ({"quiet": {"begin": "22:00"}}, "end"),
        ({"muted": ["rain"]}, "muted"),
    ],
)
async def test_settings_that_make_no_sense_are_refused(api: FastAPI, body: dict[str, object], field: str) -> None:
    async with client(api, "asha") as http:
        answer = await http.put("/users/me/notification-settings", json=body)
        kept = await http.get("/users/me/notification-settings")

    assert (answer.status_code, field in answer.json()["message"]) == (422, True)
    assert kept.json()["quiet"] is None


async def test_a_receipt_is_taken_from_the_person_it_is_for_alone(outbox: Outbox) -> None:
    from tests.serving import serving

    asha = await wanting(outbox)
    one = await outbox.note(asha)
    async with serving(outbox.world.services) as app:
        async with client(app, "nimal") as http:
            refused = await http.post(f"/notifications/{one.id}/received")
        async with client(app, "asha") as http:
            taken = await http.post(f"/notifications/{one.id}/received")

    assert (refused.status_code, taken.status_code) == (404, 200)
    assert taken.json()["received_at"] is not None
