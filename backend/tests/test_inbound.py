"""SMS and WhatsApp: a message becomes a request, goes on in its thread, and is answered in its channel."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI

from app.core.security.signatures import body_signature, twilio_signature
from app.core.settings import Settings
from app.crud.store.port import Query, Store
from app.crud.store.sqlite import SqliteStore
from app.schemas.inbound import Channel, Inbound, place_in
from app.schemas.request import Request
from app.schemas.request_bodies import StatusChange
from app.schemas.request_states import Stage, Status
from app.schemas.task_states import TaskStatus
from app.schemas.vocabulary import RoleId
from tests.serving import client, serving
from tests.world import World

PHONE = "+94771234567"
TOKEN, SECRET = "twilio-auth-token", "shared-secret"
URL = "http://api.test/inbound/messages"


def message(text: str, id: str = "m1", **more: Any) -> Inbound:
    return Inbound(id=id, phone=PHONE, channel=Channel.SMS, text=text, **more)


async def requests_of(world: World) -> list[Request]:
    repository = world.services.requests.cases.requests
    return [repository.read(found.data) for found in await world.services.store.query(Query("requests"))]


async def test_a_first_message_is_a_request_and_the_reply_tells_what_is_kept(world: World) -> None:
    reply = await world.services.texting.receive(message("4 people on the roof at 6.6828, 80.3992"))
    await world.worked()

    [request] = await requests_of(world)
    assert (request.channel, request.contact and request.contact.phone) == ("sms", PHONE)
    assert request.location is not None
    assert request.location.point == (6.6828, 80.3992)
    assert request.stage is Stage.MATCHED
    assert reply.text.startswith("In danger of life call 117 now.")
    assert "STOP" in reply.text
    assert (reply.to, reply.request_id) == (PHONE, request.id)


async def test_the_same_message_twice_is_one_request_and_the_same_reply(world: World) -> None:
    first = await world.services.texting.receive(message("We need water"))
    again = await world.services.texting.receive(message("We need water"))

    assert len(await requests_of(world)) == 1
    assert again == first


async def test_what_a_number_writes_next_goes_to_its_open_request(world: World) -> None:
    await world.services.texting.receive(message("We need water"))
    await world.worked()
    reply = await world.services.texting.receive(message("now 6 people, blue house", "m2"))
    await world.services.texting.receive(message("now 6 people, blue house", "m2"))

    [request] = await requests_of(world)
    assert request.description == "We need water\nnow 6 people, blue house"
    assert request.stage is Stage.RECEIVED
    assert reply.text.startswith("In danger of life call 117 now. Added")
    assert "STOP" not in reply.text


async def test_words_that_come_after_a_decision_are_kept_without_undoing_it(world: World) -> None:
    admin = await world.person("boss", RoleId.ADMIN)
    for number in range(4):
        await world.person(f"helper{number}", RoleId.VOLUNTEER)
    await world.services.texting.receive(message("We need water", location=None))
    await world.worked()
    [request] = await requests_of(world)
    await world.services.requests.change_status(admin, request.id, StatusChange(status=Status.APPROVED))
    await world.services.texting.receive(message("the bridge is gone", "m2"))
    await world.worked()

    [request] = await requests_of(world)
    assert request.status is Status.APPROVED
    assert "the bridge is gone" in (request.description or "")
    tasks = await world.services.store.query(Query("tasks"))
    assert all(task.data["status"] != TaskStatus.CANCELLED for task in tasks)


async def test_after_a_day_or_an_end_the_next_message_is_a_new_request(store: Store) -> None:
    world = World.over(store)
    await world.services.texting.receive(message("We need water"))
    await world.services.texting.receive(message("cancel", "m2"))
    await world.services.texting.receive(message("Our roof is gone", "m3"))

    assert sorted(one.status for one in await requests_of(world)) == [Status.CANCELLED, Status.PENDING]
    thread = await world.services.texting.threads.get(world.services.texting.threads.id_of(PHONE))
    assert thread.goes_on(thread.last_at + timedelta(hours=23))
    assert not thread.goes_on(thread.last_at + timedelta(hours=25))


async def test_stop_ends_the_replies_and_a_new_call_for_help_brings_them_back(world: World) -> None:
    texting = world.services.texting
    await texting.receive(message("We need water"))
    assert "no more replies" in (await texting.receive(message("STOP", "m2"))).text
    assert (await texting.receive(message("status", "m3"))).text != ""
    await texting.receive(message("Stop.", "m4"))

    assert (await texting.receive(message("still waiting", "m5"))).text.startswith("In danger")
    assert len(await requests_of(world)) == 1


async def test_status_and_cancel_speak_of_the_numbers_own_request(world: World) -> None:
    texting = world.services.texting
    assert "no open request" in (await texting.receive(message("STATUS"))).text
    await texting.receive(message("We need water", "m2"))
    assert "pending" in (await texting.receive(message("status", "m3"))).text
    assert "taken back" in (await texting.receive(message("Cancel", "m4"))).text
    assert (await requests_of(world))[0].status is Status.CANCELLED


async def test_a_tamil_message_is_answered_in_tamil(world: World) -> None:
    reply = await world.services.texting.receive(message("தண்ணீர் வேண்டும்"))
    assert re.search("[\u0b80-\u0bff]", reply.text)


async def test_messages_at_once_from_one_number_are_one_request(world: World) -> None:
    texting = world.services.texting
    await asyncio.gather(*(texting.receive(message(f"part {n}", f"m{n}")) for n in range(8)))

    [request] = await requests_of(world)
    assert sorted((request.description or "").split("\n")) == [f"part {n}" for n in range(8)]


async def test_an_empty_message_is_a_call_for_help_all_the_same(world: World) -> None:
    await world.services.texting.receive(message(""))
    assert len(await requests_of(world)) == 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("we are at 6.6828,80.3992 please", (6.6828, 80.3992)),
        ("https://maps.google.com/?q=6.68,80.39", (6.68, 80.39)),
        ("geo:6.6828,80.3992", (6.6828, 80.3992)),
        ("https://www.google.com/maps/@-6.68,80.399,17z", (-6.68, 80.399)),
        ("call 077 123 4567", None),
        ("lat 96.55, 80.11", None),
        ("we are 4, 2 children", None),
    ],
)
def test_a_place_is_read_from_the_words(text: str, place: tuple[float, float] | None) -> None:
    found = place_in(text)
    assert (found.point if found else None) == place


@pytest.fixture
async def gateway(sqlite_store: SqliteStore) -> AsyncIterator[FastAPI]:
    settings = Settings(inbound_twilio_token=TOKEN, inbound_secret=SECRET, public_url="http://api.test")
    async with serving(World.over(sqlite_store, settings).services) as app:
        yield app


async def post_form(app: FastAPI, form: dict[str, str], *, token: str = TOKEN, url: str = URL) -> Any:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": twilio_signature(token, url, list(form.items())),
    }
    async with client(app) as http:
        return await http.post("/inbound/messages", content=urlencode(form), headers=headers)


async def post_json(app: FastAPI, body: bytes, *, secret: str = SECRET) -> Any:
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": body_signature(secret, body)}
    async with client(app) as http:
        return await http.post("/inbound/messages", content=body, headers=headers)


FORM = {
    "MessageSid": "SM1",
    "From": "whatsapp:+94771234567",
    "Body": "Water & food <please>",
    "Latitude": "6.68",
    "Longitude": "80.40",
    "ProfileName": "Nimal",
    "NumMedia": "1",
    "MediaUrl0": "https://api.twilio.com/media/1",
    "MediaContentType0": "image/jpeg",
}


async def test_a_form_as_twilio_signs_it_is_taken_in_and_answered_in_twiml(gateway: FastAPI) -> None:
    answer = await post_form(gateway, FORM)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?><Response><Message>In danger of life')
    [found] = await gateway.state.services.store.query(Query("requests"))
    assert found.data["channel"] == "whatsapp"
    assert found.data["description"] == "Water & food <please>"
    assert found.data["location"]["lat"] == 6.68
    assert found.data["contact"] == {"name": "Nimal", "phone": PHONE}
    assert found.data["media"][0]["type"] == "image/jpeg"


def test_the_signature_of_a_form_is_the_one_in_twilios_own_documentation() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature("12345", url, list(form.items())) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


async def test_a_bad_signature_is_refused_and_keeps_nothing(gateway: FastAPI) -> None:
    body = json.dumps({"id": "1", "from": PHONE, "text": "x"}).encode()
    refused = [
        await post_form(gateway, FORM, token="guess"),
        await post_form(gateway, FORM, url="http://api.test/other"),
        await post_json(gateway, body, secret="guess"),
    ]
    async with client(gateway) as http:
        refused.append(await http.post("/inbound/messages", json={"id": "1", "from": PHONE, "text": "x"}))

    assert [one.status_code for one in refused] == [401] * 4
    assert await gateway.state.services.store.query(Query("requests")) == []


async def test_without_a_secret_every_message_is_refused(api: FastAPI) -> None:
    assert (await post_form(api, FORM, token="")).status_code == 401
    assert (await post_json(api, b"{}", secret="")).status_code == 401


async def test_signed_json_is_taken_in_and_answered_in_json(gateway: FastAPI) -> None:
    body = json.dumps({"id": "1", "from": "077 123 4567", "text": "We need water\u0000", "extra": [1]}).encode()
    answer = await post_json(gateway, body)

    assert answer.status_code == 200
    assert answer.json()["to"] == PHONE
    assert answer.json()["text"].startswith("In danger")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"[]", "body"),
        (b"{", "body"),
        (b'{"id": "1", "from": "nobody", "text": "x"}', "From"),
        (b'{"from": "+94771234567"}', "id"),
        (b'{"id": "1", "from": "+94771234567", "location": {"lat": 91, "lng": 0}}', "location"),
    ],
)
async def test_signed_nonsense_is_422_and_names_the_field(gateway: FastAPI, body: bytes, field: str) -> None:
    answer = await post_json(gateway, body)

    assert answer.status_code == 422
    assert field in answer.json()["detail"][0]["loc"]
