"""The devices people are signed in on."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from app.core.errors import NotFound
from app.crud.devices import TokenHolderRepository
from app.crud.store.port import Store
from app.schemas.device import DEVICES, DeviceKind, DeviceRegistration, Platform, device_id
from app.schemas.user import User
from app.services.devices import Devices
from tests.serving import client
from tests.world import World

PHONE = "fXo3:APA91bH-token-of-a-phone"


def phone(token: str = PHONE, **more: str) -> DeviceRegistration:
    return DeviceRegistration.model_validate({"token": token, "kind": "fcm", "platform": "android", **more})


class Ticking:
    """A clock that goes on by a second whenever it is asked."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def devices(world: World, store: Store) -> Devices:
    """Those of the world, with a clock on which no two moments are the same."""
    clock = Ticking()
    return Devices(world.services.users.users, TokenHolderRepository(store, clock), clock)


async def ids_of(devices: Devices, person: User) -> list[str]:
    return [device.id for device in await devices.listed(person)]


async def test_the_same_token_is_the_same_device(world: World, devices: Devices) -> None:
    asha = await world.person("asha")

    first, new = await devices.register(asha, phone())
    again, new_again = await devices.register(asha, phone(app_version="1.5.0", language="si"))

    assert (new, new_again) == (True, False)
    assert first.id == again.id
    assert (again.app_version, again.language, again.created_at) == ("1.5.0", "si", first.created_at)
    assert again.seen_at > first.seen_at
    assert await ids_of(devices, asha) == [first.id]


async def test_a_token_moves_to_whoever_signed_in_last(world: World, devices: Devices) -> None:
    asha, nimal = await world.person("asha"), await world.person("nimal")
    await devices.register(asha, phone())

    moved, new = await devices.register(nimal, phone())

    assert new
    assert await ids_of(devices, asha) == []
    assert await ids_of(devices, nimal) == [moved.id]
    await devices.register(asha, phone())
    assert await ids_of(devices, nimal) == [], "and back"


async def test_two_people_registering_one_token_at_once_leave_it_with_one(world: World, devices: Devices) -> None:
    people = [await world.person(f"person{number}") for number in range(4)]

    await asyncio.gather(*(devices.register(person, phone()) for person in people))

    assert sum([len(await ids_of(devices, person)) for person in people]) == 1


async def test_one_device_too_many_takes_the_place_of_the_one_not_heard_of_longest(
    world: World, devices: Devices
) -> None:
    asha = await world.person("asha")
    for number in range(DEVICES):
        await devices.register(asha, phone(f"token-{number:02}"))
    await devices.register(asha, phone("token-00"))  # heard of again

    await devices.register(asha, phone("one-more"))

    held = await ids_of(devices, asha)
    assert len(held) == DEVICES
    assert device_id("token-00") in held
    assert device_id("token-01") not in held
    assert await devices.holders.find(device_id("token-01")) is None


async def test_registrations_at_once_do_not_exceed_the_limit(world: World, devices: Devices) -> None:
    asha = await world.person("asha")
    for number in range(DEVICES - 1):
        await devices.register(asha, phone(f"token-{number:02}"))

    await asyncio.gather(*(devices.register(asha, phone(f"new-{number}")) for number in range(5)))

    held = await ids_of(devices, asha)
    assert len(held) == DEVICES
    assert {device_id(f"new-{number}") for number in range(5)} <= set(held)


async def test_a_device_that_is_signed_out_is_gone_and_another_persons_is_not_there(
    world: World, devices: Devices
) -> None:
    asha, nimal = await world.person("asha"), await world.person("nimal")
    device, _ = await devices.register(asha, phone())

    with pytest.raises(NotFound):
        await devices.remove(nimal, device.id)
    await devices.remove(asha, device.id)

    assert await ids_of(devices, asha) == []
    with pytest.raises(NotFound):
        await devices.remove(asha, device.id)
    _, new = await devices.register(nimal, phone())
    assert new


async def test_a_token_is_never_shown_again(api: FastAPI) -> None:
    async with client(api, "asha") as http:
        body = {"token": PHONE, "platform": "android", "app_version": "1.4.0", "language": "si"}
        made = await http.post("/users/me/devices", json=body)
        again = await http.post("/users/me/devices", json=body)
        listed = await http.get("/users/me/devices")
        gone = await http.delete(f"/users/me/devices/{made.json()['id']}")
        assert (await http.get("/users/me/devices")).json() == []

    assert (made.status_code, again.status_code, gone.status_code) == (201, 200, 204)
    assert PHONE not in made.text + again.text + listed.text
    assert [(one["kind"], one["platform"], one["token_end"]) for one in listed.json()] == [("fcm", "android", "hone")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"platform": "ios"}, "token"),
        ({"token": "", "platform": "ios"}, "token"),
        ({"token": "x" * 4_097, "platform": "ios"}, "token"),
        ({"token": "line\nbreak", "platform": "ios"}, "token"),
        ({"token": "t", "platform": "toaster"}, "platform"),
        ({"token": "t", "platform": "ios", "kind": "pigeon"}, "kind"),
        ({"token": "t", "platform": "ios", "language": "!"}, "language"),
    ],
)
async def test_a_device_that_makes_no_sense_is_refused(api: FastAPI, body: dict[str, str], field: str) -> None:
    async with client(api, "asha") as http:
        answer = await http.post("/users/me/devices", json=body)
        assert (await http.get("/users/me/devices")).json() == []

    assert (answer.status_code, field in answer.json()["message"]) == (422, True)


async def test_every_kind_of_device_is_kept_as_it_is(world: World, devices: Devices) -> None:
    asha = await world.person("asha")
    for kind, platform in ((DeviceKind.FID, Platform.IOS), (DeviceKind.WEB_PUSH, Platform.WEB)):
        await devices.register(asha, phone(f"token of {kind}", kind=kind, platform=platform))

    held = await devices.listed(asha)

    assert {(one.kind, one.platform) for one in held} == {
        (DeviceKind.FID, Platform.IOS),
        (DeviceKind.WEB_PUSH, Platform.WEB),
    }
