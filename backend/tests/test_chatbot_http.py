"""The chatbot over HTTP: for anybody, with nothing of a question stored, repeated or logged."""

import json

import pytest
from fastapi import FastAPI

from app.crud.base import Repository
from app.crud.store.port import Query, Store
from app.services.askers import StoredAskers
from tests.serving import client
from tests.world import World

BODY = {
    "user": {"id": "u1", "name": "Zebulon", "role": "admin", "location": {"latitude": 6.912345, "longitude": 79.98765}},
    "prompt": "How do I make flood water safe to drink?",
    "chat_history": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}],
}


@pytest.mark.parametrize("token", [None, "stranger", "not.a.token"])
async def test_anybody_may_ask_even_with_a_token_that_has_run_out(api: FastAPI, token: str | None) -> None:
    async with client(api, token) as http:
        answer = await http.post("/chatbot/ask", json=BODY)

    assert answer.status_code == 200
    assert isinstance(answer.json()["response"], str)


async def test_the_client_shows_the_response_and_no_other_field(api: FastAPI) -> None:
    """It takes the first non-empty string of these."""
    async with client(api) as http:
        found = (await http.post("/chatbot/ask", json=BODY)).json()

    read = [name for name in ("message", "reply", "response", "text", "content") if isinstance(found.get(name), str)]
    assert read == ["response"]
    assert {"sources", "severity", "emergency_numbers", "language", "grounded", "answered_by"} <= found.keys()
    assert found["sources"][0].keys() == {"id", "title", "source", "date"}


async def test_nothing_of_a_question_is_stored_or_repeated(api: FastAPI) -> None:
    store: Store = api.state.services.store
    async with client(api, "someone") as http:
        answer = await http.post("/chatbot/ask", json=BODY)

    for collection in ("users", "requests", "messages", "audit", "notifications", "tombstones"):
        assert await store.query(Query(collection)) == []
    for private in ("Zebulon", "6.91", "79.98"):
        assert private not in answer.text


async def test_nothing_of_a_question_is_logged(api: FastAPI, capfd: pytest.CaptureFixture[str]) -> None:
    async with client(api) as http:
        await http.post("/chatbot/ask", json={**BODY, "prompt": "Xylophone drowning at 12 Acacia Street"})

    logged = "".join(capfd.readouterr())
    assert "chatbot.answered" in logged
    for private in ("Xylophone", "Acacia", "Zebulon", "6.91"):
        assert private not in logged


async def test_a_role_in_the_body_is_worth_nothing(api: FastAPI) -> None:
    async with client(api) as http:
        as_admin = await http.post("/chatbot/ask", json=BODY)
        as_nobody = await http.post("/chatbot/ask", json={"prompt": BODY["prompt"]})

    assert as_admin.json() == as_nobody.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": " \n "}, "prompt"),
        ({"prompt": "x" * 4_001}, "prompt"),
        ({"prompt": "help " * 2_000}, "prompt"),
        ({"prompt": "a\x00b"}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": ["help"]}, "prompt"),
        ({"chat_history": "hello"}, "chat_history"),
        ({"chat_history": [{"role": "root", "content": "x"}]}, "chat_history"),
        ({"chat_history": [{"role": "user", "content": 5}]}, "chat_history"),
        ({"user": "admin"}, "user"),
    ],
)
async def test_what_is_no_question_is_422_and_names_the_field(
    api: FastAPI, change: dict[str, object], field: str
) -> None:
    async with client(api) as http:
        answer = await http.post("/chatbot/ask", json={**BODY, **change})

    assert answer.status_code == 422
    assert field in answer.json()["message"]


async def test_half_a_character_is_refused(api: FastAPI) -> None:
    async with client(api) as http:
        answer = await http.post(
            "/chatbot/ask", content=b'{"prompt": "x\\ud800y"}', headers={"Content-Type": "application/json"}
        )

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"chat_history": None},
        {"chat_history": [{"role": "user", "content": "x" * 100_000}] * 3},
        {"chat_history": [{"role": "user", "content": "hello"}] * 500},
        {"chat_history": [{"role": "root"}] * 5 + [{"role": "user", "content": "hello"}] * 20},
        {"chat_history": [{"role": "user", "content": "a\x00b\x1b"}]},
        {"user": None},
        {"user": {"location": {"latitude": "here"}}},
        {"mood": {"of": ["the", "day"]}},
        {"prompt": "y" * 4_000},
        {"prompt": "\u202ehelp\u202c my house is on fire"},
        {"prompt": "\u200b"},
        {"prompt": "h\u200be\u200bl\u200bp"},
        {"prompt": "Z̷̧̛a̶͎͝l̸̰̏g̷͖̈́ő̵͇ " * 100},
        {"prompt": "🔥" * 1_000},
        {"prompt": "ﷺ" * 500},
        {"prompt": "'; DROP TABLE messages; -- <script>alert(1)</script> {{7*7}} %s %n"},
    ],
    ids=lambda change: json.dumps(change)[:40],
)
async def test_odd_but_honest_input_is_answered(api: FastAPI, change: dict[str, object]) -> None:
    async with client(api) as http:
        answer = await http.post("/chatbot/ask", json={**BODY, **change})

    assert answer.status_code == 200
    assert answer.json()["response"]
    assert "<script>" not in answer.json()["response"]


async def test_of_a_long_history_the_newest_turns_are_used(api: FastAPI) -> None:
    old = [{"role": "user", "content": "my father is not breathing"}]
    idle = [{"role": "user", "content": "hello"}] * 20
    async with client(api) as http:
        forgotten = await http.post("/chatbot/ask", json={**BODY, "chat_history": old + idle})
        remembered = await http.post("/chatbot/ask", json={**BODY, "chat_history": idle + old})

    assert "EMERGENCY" not in forgotten.json()["response"]
    assert remembered.json()["response"].startswith("EMERGENCY: call 1990")


async def test_whoever_answers_is_given_the_question_and_no_store(world: World) -> None:
    """Other people's data is out of reach: only what looks up the asker's own has repositories, and what finds
    passages has those of the knowledge base.
    """
    chatbot = world.services.chatbot
    finder = getattr(chatbot.answerer, "finder")  # noqa: B009 - the port has no such field

    assert isinstance(chatbot.askers, StoredAskers)
    assert {type(one).__name__ for one in (chatbot.knowledge, chatbot.country)} == {"Knowledge", "Country"}
    held = [value for value in vars(finder).values() if isinstance(value, Repository)]
    assert {one.place for one in held} == {"knowledge", "knowledge_parts", "knowledge_edition"}
