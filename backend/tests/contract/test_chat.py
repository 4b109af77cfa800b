"""Rows 29 to 31 of the contract: the chat of a disaster, and resQbot."""

from typing import Any

import pytest

from tests.contract.conftest import Site
from tests.contract.page import ClientError, Page
from tests.contract.shapes import MESSAGE, answer_text, array, is_sentence

ASKED: dict[str, Any] = {
    "user": {
        "id": "anonymous",
        "name": "Guest",
        "role": "individual",
        "location": {"latitude": 6.6828, "longitude": 80.3992},
    },
    "prompt": "How do I make flood water safe to drink?",
    "chat_history": [
        {"role": "system", "content": "You are resQbot."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello, how can I help?"},
    ],
}


@pytest.fixture
async def channel(owner: Page, flood: str) -> str:
    """The chat of a disaster that `owner` takes part in."""
    await owner.post(f"/disasters/{flood}/join", {"role": "affected_individual"})
    return f"/disasters/{flood}/chat/messages"


async def test_row_30_a_message_is_answered_with_itself(owner: Page, flood: str, channel: str) -> None:
    sent = await owner.send("POST", channel, {"text": "The bridge is closed"})

    assert sent.status_code == 201
    assert MESSAGE(sent.json())
    assert (sent.json()["text"], sent.json()["sender_id"]) == ("The bridge is closed", "owner")
    assert sent.json()["disaster_id"] in (None, flood)


async def test_row_29_the_channel_shows_what_was_said(owner: Page, channel: str) -> None:
    await owner.post(channel, {"text": "The bridge is closed"})

    messages = await owner.get(channel, limit=50)

    assert array(MESSAGE)(messages)
    assert [(one["text"], one["sender_name"]) for one in messages] == [("The bridge is closed", "Kamala")]


async def test_rows_29_and_30_of_an_unknown_disaster_are_404(owner: Page) -> None:
    for method, body in (("GET", ()), ("POST", ({"text": "x"},))):
        with pytest.raises(ClientError) as refused:
            await owner.call(method, "/disasters/nowhere/chat/messages", *body)
        assert refused.value.status == 404


async def test_row_30_nothing_said_is_422(owner: Page, channel: str) -> None:
    with pytest.raises(ClientError) as refused:
        await owner.post(channel, {"text": "  "})
    assert refused.value.status == 422


async def test_row_31_the_bot_answers_with_a_text_that_the_page_finds(site: Site, owner: Page) -> None:
    for page in (owner, await site.page(None)):
        assert is_sentence(answer_text(await page.post("/chatbot/ask", ASKED))[:400])


@pytest.mark.parametrize(
    "asked",
    [
        {**ASKED, "chat_history": []},
        {**ASKED, "prompt": "SOS the water is rising in my house"},
        {**ASKED, "user": {"id": "owner", "name": "Kamala", "role": "admin"}},
        {**ASKED, "chat_history": [{"role": "user", "content": "x"}] * 200},
    ],
)
async def test_row_31_whatever_the_page_sends_along(owner: Page, asked: dict[str, Any]) -> None:
    assert answer_text(await owner.post("/chatbot/ask", asked))
