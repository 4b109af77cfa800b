"""Logs are events of one form, whoever speaks, and nobody's words, number, name or place is in them."""

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from app.core.logging import Handler, configure_logging
from app.core.security.signatures import body_signature
from app.core.settings import Settings
from app.main import create_app
from app.schemas.vocabulary import RoleId
from app.services import Services, opened
from tests.serving import client
from tests.world import SEED

EMAIL, PASSWORD, NAME = "sunethra.perera@example.org", "monsoon-gate-7714", "Sunethra Perera"
PHONE, OTHER_PHONE = "94771234567", "94779876543"
WORDS, STREET = "grandmother needs insulin", "12 River Road"
CHAT, ASKED = "the bridge behind the temple is gone", "my baby has swallowed kerosene"
LAT, LNG = "6.68281", "80.39927"
SECRETS = (
    *("sunethra", "perera", EMAIL, PASSWORD, PHONE, PHONE[2:], OTHER_PHONE, OTHER_PHONE[2:]),
    *("insulin", STREET, "river road", "temple", "kerosene", LAT[:5], LNG[:6], "secret-of-gateway"),
)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Other tests get their logging back."""
    yield
    configure_logging(json=False, level="info")


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


async def role(services: Services, uid: str, role_id: RoleId) -> None:
    await services.users.users.change(uid, lambda user: user.model_copy(update={"role_id": role_id}), SEED)


async def test_nobody_is_in_the_log_of_what_people_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings.model_validate(
        {"data_dir": tmp_path, "log_json": True, "log_level": "debug", "inbound_secret": "secret-of-gateway"}
    )
    configure_logging(json=True, level="debug")
    async with opened(settings) as services, services.working():
        app = create_app(settings, services)
        app.state.services = services
        async with client(app) as http:
            sign = "/identitytoolkit.googleapis.com/v1/accounts"
            account = {"email": EMAIL, "password": PASSWORD, "returnSecureToken": True}
            signed = (await http.post(f"{sign}:signUp?key=x", json=account)).json()
            await http.post(f"{sign}:signInWithPassword", json={**account, "password": f"{PASSWORD}-wrong"})
            http.headers["Authorization"] = f"Bearer {signed['idToken']}"
            profile = {"display_name": NAME, "phone": f"+{PHONE}", "role_id": "affected_individual"}
            assert (await http.post("/users/register", json=profile)).status_code == 200
            place = {"lat": float(LAT), "lng": float(LNG), "address": STREET}
            await http.patch("/users/me/location", json={"location": place})
            body = {"description": WORDS, "location": place, "contact": {"name": NAME, "phone": f"+{PHONE}"}}
            made = await http.post("/requests", json=body)
            assert made.status_code == 201, made.text
            await http.get(f"/requests/me?q=insulin&near={LAT},{LNG}")
            await http.post("/requests", json={"description": 7, "contact": {"phone": WORDS}})
            await http.get(f"/users/{EMAIL}/display_name")
            await http.get(f"/requests/{PHONE}?phone={PHONE}")
            await services.queue.drained()

            await role(services, signed["localId"], RoleId.ADMIN)
            disaster = {"name": "Flood", "severity": "High", "location": place, "description": WORDS}
            disaster_id = (await http.post("/disasters", json=disaster)).json()["id"]
            await http.post(f"/disasters/{disaster_id}/join", json={})
            said = await http.post(f"/disasters/{disaster_id}/chat/messages", json={"text": CHAT})
            assert said.status_code in {200, 201}, said.text
            answer = await http.post("/chatbot/ask", json={"prompt": ASKED})
            assert answer.status_code == 200, answer.text

            text = json.dumps({"id": "1", "from": f"+{OTHER_PHONE}", "text": f"{WORDS} at {LAT}, {LNG}"}).encode()
            signature = {"X-Hub-Signature-256": body_signature("secret-of-gateway", text)}
            json_body = {"Content-Type": "application/json"}
            sent = await http.post("/inbound/messages", content=text, headers={**json_body, **signature})
            assert sent.status_code == 200, sent.text
            await http.post("/inbound/messages", content=text, headers=json_body)
            await role(services, signed["localId"], RoleId.AFFECTED_INDIVIDUAL)
            gone = await http.delete("/users/me")
            assert gone.status_code == 202, gone.text
            await services.queue.drained()

    said_all = capsys.readouterr().err
    for secret in SECRETS:
        assert secret.lower() not in said_all.lower(), secret
    found = events(said_all)
    assert all({"timestamp", "level", "event"} <= one.keys() for one in found)
    happened = {one["event"] for one in found}
    assert {"request.received", "request.assessed", "request.planned", "chatbot.answered", "user.deleted"} <= happened
    answered = [one for one in found if one["event"] == "http.answered"]
    assert {"/requests/{request_id}", "/users/{uid}/display_name", "sign-in"} <= {one["route"] for one in answered}
    assert {201, 422, 404, 401} <= {one["status"] for one in answered}
    assert all(one["request_id"] and one["ms"] >= 0 for one in answered)
    jobs = [one for one in found if one["event"] == "request.assessed"]
    assert all(one["job"] == "assess" and one["job_id"] == one["id"] and one["request_id"] for one in jobs)


async def test_what_other_libraries_say_has_the_same_form_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(json=True, level="info")
    configure_logging(json=True, level="info")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
        logging.getLogger("celery.worker").warning("Connection lost\nTraceback of somebody: %s", WORDS)
        logging.getLogger("google.auth").info("not heard: it only informs")
        logging.getLogger("uvicorn.access").info('"GET /requests?q=%s"', WORDS)
    first, second = events(capsys.readouterr().err)
    assert (first["event"], first["level"], first["logger"]) == ("Started server process [7]", "info", "uvicorn.error")
    assert first["request_id"] == "r1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", first["timestamp"])
    assert second["event"] == "Connection lost"


async def test_an_error_is_said_by_its_kind_and_place_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(json=True, level="info")
    try:
        raise ValueError(WORDS)
    except ValueError as error:
        logging.getLogger("asyncio").exception("Task failed: %r", error)
        structlog.get_logger().warning("thing.failed", exc_info=True)
    said = capsys.readouterr().err
    assert "insulin" not in said
    for event in events(said):
        assert event["error"] == "ValueError"
        assert event["frames"][-1].endswith("test_an_error_is_said_by_its_kind_and_place_without_its_words")


async def test_a_task_that_nobody_waits_for_says_no_words(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(json=True, level="info")

    async def fails() -> None:
        raise RuntimeError(WORDS)

    loop = asyncio.get_running_loop()
    failed = asyncio.create_task(fails())
    await asyncio.sleep(0)
    loop.call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": failed.exception(), "future": failed}
    )
    [event] = events(capsys.readouterr().err)
    assert (event["event"], event["error"]) == ("Task exception was never retrieved", "RuntimeError")


def test_setting_up_twice_leaves_one_handler_and_those_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    others = [one for one in root.handlers if not isinstance(one, Handler)]
    for _ in range(3):
        configure_logging(json=False, level="info")
    assert [one for one in root.handlers if not isinstance(one, Handler)] == others
    assert len([one for one in root.handlers if isinstance(one, Handler)]) == 1
    logging.getLogger("uvicorn.error").warning("for people")
    assert "[warning  ] for people" in capsys.readouterr().err


@pytest.mark.parametrize(("share", "least", "most"), [("0", 0, 0), ("1", 50, 50), ("0.5", 5, 45)])
async def test_a_share_of_all_calls_is_logged(
    share: str, least: int, most: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "log_json": True, "log_calls": share})
    configure_logging(json=True, level="info")
    async with opened(settings) as services:
        app = create_app(settings, services)
        app.state.services = services
        async with client(app) as http:
            for _ in range(50):
                await http.get("/healthz")
    logged = [one for one in events(capsys.readouterr().err) if one["event"] == "http.answered"]
    assert least <= len(logged) <= most
