"""The chatbot's answer piece by piece: the same rules for every piece, over real HTTP as well."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import fastapi.routing
import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from app.agent_v2.answer import ModelAnswerer, Said, Written
from app.core.model import AnswerT, NoAnswer, Prompt, Told, Usage, Why
from app.core.server import uvicorn_options
from app.core.settings import Settings
from app.crud.store.port import Store
from app.main import create_app
from app.services import Services
from app.services.evaluating.obeying import EVIL, Obeying
from tests.serving import client
from tests.world import World

DANGER = {"prompt": "we are trapped on the roof, the water is rising"}
CALM = {"prompt": "How do I make flood water safe to drink?"}
Event = tuple[str, dict[str, Any]]


def events_in(text: str) -> list[Event]:
    """The events of a stream, without its comments."""
    found: list[Event] = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


async def streamed(http: httpx2.AsyncClient, body: Mapping[str, object]) -> list[Event]:
    answer = await http.post("/chatbot/stream", json=body)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-cache"
    return events_in(answer.text)


@dataclass
class ScriptedModel:
    """Says what it is told to, once it may; remembers whether it was let go of."""

    written: Written = field(default_factory=lambda: Written(answered=True, sentences=()))
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: asyncio.Event = field(default_factory=asyncio.Event)
    on: bool = True
    name: str = "scripted-1"
    sees: bool = False
    place: str = "here"
    works: bool = True

    async def ask(self, prompt: Prompt, answer: type[AnswerT]) -> Told[AnswerT]:
        self.asked.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.dropped.set()
            raise
        if not isinstance(self.written, answer):
            raise NoAnswer(Why.NONSENSE)
        return Told(self.written, self.name, Usage())

    async def aclose(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def live(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The API with these services behind its real server, on a port of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        options = uvicorn_options(Settings()) | {"log_level": None}  # a level would stay set for the whole process
        server = uvicorn.Server(uvicorn.Config(create_app(Settings(), services), **options))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn says so by a flag
            await asyncio.sleep(0.01)
        try:
            async with httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=20
            ) as http:
                yield http
        finally:
            server.should_exit = True
            await serving


def answering(services: Services, model: ScriptedModel | Obeying) -> Services:
    return replace(services, chatbot=replace(services.chatbot, answerer=ModelAnswerer(model)))


@pytest.mark.parametrize("body", [DANGER, CALM, {"prompt": "Where is my request?"}, {"prompt": "I want to die"}])
async def test_the_pieces_put_together_are_the_answer(api: FastAPI, body: Mapping[str, object]) -> None:
    async with client(api) as http:
        whole = (await http.post("/chatbot/ask", json=body)).json()
        events = await streamed(http, body)

    names = [name for name, _ in events]
    assert names[0] == "frame"
    assert names[-1] == "done"
    assert names[-2] in ("sources", "offer")
    text = "".join(data["text"] for name, data in events if name in ("frame", "part"))
    assert text.strip() == whole["response"]
    told = dict(events)
    assert told["sources"]["sources"] == whole["sources"]
    assert (told.get("offer") or {}).get("kind") == (whole["offer"] or {}).get("kind")
    assert told["done"] == {"parts": names.count("part"), "answered_by": whole["answered_by"]}


async def test_in_danger_the_first_thing_sent_is_the_emergency_number(api: FastAPI) -> None:
    async with client(api) as http:
        (name, frame), *_ = await streamed(http, DANGER)

    assert name == "frame"
    assert frame["text"].startswith("EMERGENCY: call 117")
    assert frame["severity"] == "critical"


async def test_a_model_that_breaks_every_rule_has_nothing_of_it_streamed(one_store: Store) -> None:
    world = World.over(one_store)
    services = answering(world.services, Obeying(("Say that help is coming in 5 minutes.",)))
    async with live(services) as http:
        events = await streamed(http, CALM)

    text = "".join(data["text"] for name, data in events if name in ("frame", "part"))
    assert not [evil for evil in EVIL if evil in text]
    assert "Procedure says:" in text


async def test_what_a_model_says_well_is_streamed_sentence_by_sentence_with_its_cards(one_store: Store) -> None:
    said = (
        Said(text="Bring the water to a rolling boil for 1 minute.", cards=("water-treat",)),
        Said(text="Take two tablets of 500 mg.", cards=("water-treat",)),
        Said(text="Stay calm and ask a neighbour for help.", cards=()),
    )
    model = ScriptedModel(Written(answered=True, sentences=said))
    model.go_on.set()
    async with live(answering(World.over(one_store).services, model)) as http:
        events = await streamed(http, CALM)

    parts = [(data["text"].strip(), data["cards"]) for name, data in events if name == "part"]
    assert ("- Bring the water to a rolling boil for 1 minute. [water-treat]", ["water-treat"]) in parts
    assert ("General advice (not a procedure):", []) in parts
    assert ("- Stay calm and ask a neighbour for help.", []) in parts
    assert "500 mg" not in json.dumps(events)
    assert dict(events)["done"]["answered_by"] == "scripted-1"


async def test_the_frame_does_not_wait_for_the_model(one_store: Store) -> None:
    model = ScriptedModel()
    async with (
        live(answering(World.over(one_store).services, model)) as http,
        http.stream(
            "POST", "/chatbot/stream", json=CALM | {"prompt": "¿cómo purifico el agua? estamos atrapados"}
        ) as answer,
    ):
        lines = answer.aiter_lines()
        first = [await anext(lines), await anext(lines)]
        assert first[0] == "event: frame"
        assert json.loads(first[1].removeprefix("data: "))["text"].startswith("EMERGENCY: call 117")
        model.go_on.set()
        rest = [line async for line in lines]
    assert "event: done" in rest


async def test_whoever_hangs_up_stops_the_work(one_store: Store) -> None:
    model = ScriptedModel()
    async with live(answering(World.over(one_store).services, model)) as http:
        async with http.stream("POST", "/chatbot/stream", json=CALM) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("event: frame"):
                    break
            await asyncio.wait_for(model.asked.wait(), 10)
        await asyncio.wait_for(model.dropped.wait(), 10)


async def test_while_the_model_thinks_the_connection_is_kept_open(
    one_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.05)
    model = ScriptedModel()
    async with (
        live(answering(World.over(one_store).services, model)) as http,
        http.stream("POST", "/chatbot/stream", json=CALM) as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith(":"):
                model.go_on.set()
            if line == "event: done":
                return
    pytest.fail("There was no comment, or no end.")


@pytest.mark.parametrize("body", [{}, {"prompt": ""}, {"prompt": "x" * 4_001}, {"prompt": "a\x00b"}, {"prompt": 3}])
async def test_what_is_no_question_is_422_and_no_stream(api: FastAPI, body: Mapping[str, object]) -> None:
    async with client(api) as http:
        answer = await http.post("/chatbot/stream", json=body)

    assert answer.status_code == 422
    assert "prompt" in answer.json()["message"]


async def test_what_a_stream_costs_is_taken_from_the_same_budget_as_an_answer(api: FastAPI) -> None:
    async with client(api, "someone") as http:
        left = [
            (await http.post(f"/chatbot/{way}", json=CALM)).headers["RateLimit"] for way in ("ask", "stream", "ask")
        ]

    remaining = [int(one.rpartition("r=")[2]) for one in left]
    assert remaining == [remaining[0], remaining[0] - 1, remaining[0] - 2]
