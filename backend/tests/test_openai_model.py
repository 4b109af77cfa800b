"""The model behind OpenAI's API, over real HTTP by the real SDK: whatever comes back, it is an answer or a why."""

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from pydantic import BaseModel, Field

from app.core.metrics import Metrics
from app.core.model import Image, NoAnswer, NoModel, Prompt, Told, Why
from app.core.settings import Settings
from app.core.strict_schema import strict_schema
from app.core.token_budget import Allowance, SharedBudget
from app.core.tracing import NoTracer
from app.core.usage import TokenPrice, counting
from app.crud.store.port import Store
from app.services.edges import open_model
from app.services.health import State, described
from app.services.integrations.openai_model import MOST_BYTES, OpenAIModel
from app.services.integrations.openai_wire import MOST_TOKENS, at_openai, checked
from tests.fixtures_model import Opened
from tests.openai_server import BAD, KEY, MODEL, VISION, Manner, ScriptedModel
from tests.scrape import Scrape
from tests.world import World

APIS = ("chat", "responses")
WORDS = "our grandmother Kamala is on the roof"


class Mood(StrEnum):
    CALM = "calm"
    AFRAID = "afraid"


class Place(BaseModel):
    name: str


class Answer(BaseModel):
    mood: Mood
    people: int = Field(ge=0, le=100)
    notes: tuple[str, ...] = Field(max_length=3)
    place: Place | None


GOOD: dict[str, Any] = {"mood": "afraid", "people": 4, "notes": ["on the roof"], "place": {"name": "Ratnapura"}}


def prompt(**more: Any) -> Prompt:
    return Prompt(**{"name": "mood", "version": "1", "instructions": "Say how they feel.", "data": WORDS, **more})


FAILING = [
    (Manner.REFUSES, Why.REFUSED, 1),
    (Manner.FILTERED, Why.REFUSED, 1),
    (Manner.TRUNCATED, Why.TRUNCATED, 1),
    (Manner.NONSENSE, Why.NONSENSE, 1),
    (Manner.WRONG_SHAPE, Why.NONSENSE, 1),
    (Manner.WRONG_COUNT, Why.NONSENSE, 1),
    (Manner.EMPTY, Why.NONSENSE, 1),
    (Manner.PAGE, Why.NONSENSE, 1),
    (Manner.BROKEN_BODY, Why.NONSENSE, 1),
    (Manner.FLOODS, Why.NONSENSE, 1),
    (Manner.PACKED, Why.NONSENSE, 1),
    (Manner.SLOW, Why.SLOW, 1),
    (Manner.DRIPS, Why.SLOW, 1),
    (Manner.LIMITED, Why.LIMITED, 2),
    (Manner.LIMITED_FOR, Why.LIMITED, 2),
    (Manner.FAULT, Why.FAULT, 2),
    (Manner.OVERLOADED, Why.FAULT, 2),
    (Manner.HANGS_UP, Why.UNREACHABLE, 2),
    (Manner.HANGS_UP_MIDWAY, Why.UNREACHABLE, 2),
    (Manner.REJECTS, Why.REJECTED, 1),
    (Manner.FORBIDS, Why.REJECTED, 1),
    (Manner.MISSING, Why.REJECTED, 1),
]


def counted(metrics: Metrics) -> Scrape:
    return Scrape.of(generate_latest(metrics.registry).decode())


async def why(model: OpenAIModel, asked: Prompt | None = None) -> Why:
    with pytest.raises(NoAnswer) as none:
        await model.ask(asked or prompt(), Answer)
    return none.value.why


@pytest.fixture(autouse=True)
def _answers(scripted_model: ScriptedModel) -> None:
    scripted_model.answers["mood"] = lambda _: GOOD


@pytest.fixture(params=APIS)
def api_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("manner", [Manner.GOOD, Manner.FENCED])
async def test_an_answer_has_the_shape_asked_for_and_says_what_it_took(
    open_scripted: Opened, scripted_model: ScriptedModel, api_name: str, manner: Manner
) -> None:
    scripted_model.manner = manner
    told: Told[Answer] = await open_scripted(openai_api=api_name).ask(prompt(), Answer)

    assert told.answer == Answer.model_validate(GOOD)
    assert told.model == MODEL
    assert (told.usage.input_tokens, told.usage.output_tokens) == scripted_model.usage
    [asked] = scripted_model.asked
    assert asked.path.endswith({"chat": "/v1/chat/completions", "responses": "/v1/responses"}[api_name])
    assert (asked.name, asked.instructions, asked.data) == ("mood", "Say how they feel.", WORDS)
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.most_tokens == 2_000


async def test_strangers_words_are_not_kept_at_openai(scripted_model: ScriptedModel, open_scripted: Opened) -> None:
    await open_scripted(openai_api="responses").ask(prompt(), Answer)
    assert scripted_model.asked[0].body["store"] is False

    await open_scripted(openai_api="chat").ask(prompt(), Answer)
    assert "store" not in scripted_model.asked[1].body, "compatible servers may refuse a field they do not know"
    assert at_openai("https://api.openai.com/v1")
    assert at_openai("https://eu.api.openai.com/v1")
    assert at_openai("https://relief.openai.azure.com/openai/v1")
    assert not at_openai("https://api.openai.com.evil.example/v1")
    assert not at_openai("http://127.0.0.1:11434/v1")


def test_a_schema_is_strict_with_every_field_required_and_no_bounds() -> None:
    schema = strict_schema(Answer)
    assert schema["required"] == ["mood", "people", "notes", "place"]
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Place"]["additionalProperties"] is False
    assert schema["properties"]["people"] == {"type": "integer"}
    assert schema["properties"]["notes"] == {"type": "array", "items": {"type": "string"}}
    assert schema["properties"]["place"] == {"anyOf": [{"$ref": "#/$defs/Place"}, {"type": "null"}]}

    class Loose(BaseModel):
        mood: str = "calm"

    with pytest.raises(TypeError):
        strict_schema(Loose)


async def test_photos_go_to_the_model_that_sees(
    open_scripted: Opened, scripted_model: ScriptedModel, api_name: str
) -> None:
    model = open_scripted(openai_api=api_name)
    assert model.sees
    told = await model.ask(prompt(images=(Image(b"\xff\xd8\xff", "image/jpeg"),)), Answer)

    assert told.model == VISION
    [asked] = scripted_model.asked
    assert asked.images == ("data:image/jpeg;base64,/9j/",)
    assert asked.model == VISION

    blind = open_scripted(openai_api=api_name, model_vision=None)
    assert not blind.sees
    assert await why(blind, prompt(images=(Image(b"", "image/jpeg"),))) is Why.OFF
    assert scripted_model.calls == 1


@pytest.mark.parametrize(("manner", "expected", "calls"), FAILING)
async def test_each_way_to_give_no_answer_has_its_reason(
    open_scripted: Opened, scripted_model: ScriptedModel, api_name: str, manner: Manner, expected: Why, calls: int
) -> None:
    metrics = Metrics()
    model = open_scripted(openai_api=api_name, metrics=metrics)
    scripted_model.manner = manner
    began = time.monotonic()

    assert await why(model, prompt(seconds=1.5)) is expected

    assert time.monotonic() - began < 2.5
    assert scripted_model.calls == calls
    found = counted(metrics)
    assert found.value("resq_model_calls_total", model=MODEL, purpose="mood", outcome=expected.value) == 1
    scripted_model.manner = Manner.GOOD
    assert (await model.ask(prompt(), Answer)).answer.people == 4


async def test_of_an_answer_without_an_end_no_more_is_taken_than_of_the_longest(
    open_scripted: Opened, scripted_model: ScriptedModel, api_name: str
) -> None:
    scripted_model.manner = Manner.FLOODS
    assert await why(open_scripted(openai_api=api_name)) is Why.NONSENSE
    # What lies in the buffers between is counted by the server as taken.
    assert scripted_model.flooded < 16 * MOST_BYTES


@pytest.mark.parametrize("usage", [(-5, -7), (10**40, 10**300), (None, "many"), (1.5, float("nan")), ([], {})])
async def test_an_answer_is_not_lost_for_what_a_server_says_that_it_took(
    open_scripted: Opened, scripted_model: ScriptedModel, api_name: str, usage: Any
) -> None:
    scripted_model.usage = usage
    model = open_scripted(openai_api=api_name, model_tokens_day=10**9)
    told = await model.ask(prompt(), Answer)
    assert told.answer == Answer.model_validate(GOOD)
    assert 0 <= told.usage.input_tokens <= MOST_TOKENS
    assert 0 <= told.usage.output_tokens <= MOST_TOKENS
    await model.ask(prompt(), Answer)


@pytest.mark.parametrize("text", ["```" + "\n" * 100_000, "```json\n" * 20_000, "<think>" * 20_000, "```" * 60_000])
def test_no_text_of_a_model_keeps_a_process_busy(text: str) -> None:
    began = time.process_time()
    with pytest.raises(NoAnswer):
        checked(text, Answer)
    assert time.process_time() - began < 0.5


def test_fences_within_what_is_said_are_no_fences_around_it() -> None:
    said = json.dumps({**GOOD, "notes": ["write ```json\n{}\n``` there"]})
    for text in (said, f"```json\n{said}\n```", f"Here you are:\n```\n{said}\n```\n", f"<think>?</think> {said}"):
        assert checked(text, Answer).notes == ("write ```json\n{}\n``` there",)


def test_every_manner_to_misbehave_is_among_them() -> None:
    assert {manner for manner, _, _ in FAILING} == set(BAD)


async def test_a_port_where_nobody_listens_is_unreachable(open_scripted: Opened, silent_url: str) -> None:
    model = open_scripted(openai_base_url="http://127.0.0.1:9/v1")
    assert await why(model) is Why.UNREACHABLE
    silent = open_scripted(openai_base_url=silent_url.replace("redis", "http") + "/v1")
    assert await why(silent, prompt(seconds=0.3)) is Why.SLOW


@pytest.mark.parametrize("manner", [Manner.LIMITED, Manner.FAULT, Manner.HANGS_UP, Manner.HANGS_UP_MIDWAY])
async def test_what_may_heal_is_tried_once_more(
    open_scripted: Opened, scripted_model: ScriptedModel, manner: Manner
) -> None:
    scripted_model.script(manner)
    assert (await open_scripted().ask(prompt(), Answer)).answer.people == 4
    assert scripted_model.calls == 2


async def test_the_server_is_left_alone_for_as_long_as_it_says(
    open_scripted: Opened, scripted_model: ScriptedModel
) -> None:
    model = open_scripted()
    scripted_model.retry_after = "0.6"
    scripted_model.script(Manner.LIMITED_FOR)
    began = time.monotonic()
    await model.ask(prompt(), Answer)
    assert 0.6 <= time.monotonic() - began < 2

    scripted_model.retry_after = "20"
    scripted_model.script(Manner.LIMITED_FOR)
    began = time.monotonic()
    assert await why(model) is Why.LIMITED
    assert time.monotonic() - began < 0.5, "longer than its patience: nobody waits for nothing"
    assert scripted_model.calls == 3


async def test_after_failures_in_a_row_it_is_left_alone_then_tried_by_one(
    open_scripted: Opened, scripted_model: ScriptedModel
) -> None:
    model = open_scripted(model_failures=3, model_pause_seconds=0.5, model_retries=0)
    scripted_model.manner = Manner.FAULT
    assert [await why(model) for _ in range(5)] == [Why.FAULT] * 3 + [Why.CIRCUIT_OPEN] * 2
    assert (scripted_model.calls, model.works) == (3, False)

    await asyncio.sleep(0.6)
    assert await why(model) is Why.FAULT
    assert await why(model) is Why.CIRCUIT_OPEN
    assert scripted_model.calls == 4

    await asyncio.sleep(0.6)
    scripted_model.manner, scripted_model.delay_seconds = Manner.GOOD, 0.2
    results = await asyncio.gather(*(model.ask(prompt(), Answer) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(one, Told) for one in results) == 1
    assert all(isinstance(one, Told) or (isinstance(one, NoAnswer) and one.why is Why.CIRCUIT_OPEN) for one in results)
    assert model.works
    assert (await model.ask(prompt(), Answer)).answer.people == 4


async def test_one_strangers_words_do_not_take_the_model_from_all_others(
    open_scripted: Opened, scripted_model: ScriptedModel
) -> None:
    model = open_scripted(model_failures=2, model_retries=0)
    for manner in (Manner.REFUSES, Manner.TRUNCATED, Manner.FILTERED, Manner.REJECTS) * 2:
        scripted_model.script(manner)
        await why(model)
    assert model.works
    assert (await model.ask(prompt(), Answer)).answer.people == 4


async def test_a_model_that_cannot_see_leaves_the_one_that_reads_alone(
    open_scripted: Opened, scripted_model: ScriptedModel
) -> None:
    model = open_scripted(model_failures=1)
    scripted_model.script(Manner.MISSING)
    photo = prompt(images=(Image(b"x", "image/png"),))
    assert [await why(model, photo) for _ in range(2)] == [Why.REJECTED, Why.CIRCUIT_OPEN]
    assert (await model.ask(prompt(), Answer)).model == MODEL


async def test_a_probe_that_is_cancelled_lets_the_next_one_try(
    open_scripted: Opened, scripted_model: ScriptedModel
) -> None:
    model = open_scripted(model_failures=1, model_pause_seconds=0.1, model_retries=0)
    scripted_model.script(Manner.FAULT, Manner.SLOW)
    await why(model)
    await asyncio.sleep(0.15)
    probe = asyncio.create_task(model.ask(prompt(), Answer))
    await asyncio.sleep(0.2)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    assert (await model.ask(prompt(), Answer)).answer.people == 4


async def test_past_its_budget_nothing_is_asked_and_what_was_not_used_is_given_back(
    open_scripted: Opened, scripted_model: ScriptedModel
) -> None:
    scripted_model.usage = (800, 200)
    model = open_scripted(model_tokens_day=4_000)
    asked = prompt(most_tokens=1_500)  # reserves about 1,600
    assert [(await model.ask(asked, Answer)).answer.people for _ in range(3)] == [4] * 3
    assert await why(model, asked) is Why.BUDGET
    assert scripted_model.calls == 3

    refused = open_scripted(model_tokens_day=2_000, model_retries=0)
    scripted_model.script(Manner.FAULT)
    assert await why(refused, asked) is Why.FAULT
    assert (await refused.ask(asked, Answer)).answer.people == 4, "a call that failed has cost nothing"
    assert await why(refused, asked) is Why.BUDGET


async def test_a_budget_is_shared_by_all_processes_and_begins_anew(redis_url: str, new_key: str) -> None:
    now = [1_000_000.0]
    one, two = (
        SharedBudget(Allowance(minute=100, day=150), redis_url, new_key, clock=lambda: now[0]) for _ in range(2)
    )
    first = await one.reserve(60)
    assert first is not None
    assert await two.reserve(60) is None
    await one.settle(first, 30)
    assert await two.reserve(60) is not None
    assert await one.reserve(60) is None
    now[0] += 60
    assert await one.reserve(60) is not None
    now[0] += 60
    assert await one.reserve(60) is None, "150 a day"
    now[0] += 86_400
    assert await one.reserve(60) is not None
    await one.aclose()
    await two.aclose()


async def test_a_budget_whose_redis_is_away_is_counted_here(silent_url: str, new_key: str) -> None:
    for url in (silent_url, "redis://127.0.0.1:9/0"):
        budget = SharedBudget(Allowance(minute=100), url, new_key, answer_seconds=0.1)
        began = time.monotonic()
        first = await budget.reserve(60)
        assert first is not None
        assert await budget.reserve(60) is None
        await budget.settle(first, 10)
        assert await budget.reserve(60) is not None
        assert time.monotonic() - began < 0.4, "asked once, then left alone for a while"
        await budget.aclose()


async def test_tokens_and_their_price_are_counted_by_purpose_and_for_what_is_being_done(open_scripted: Opened) -> None:
    metrics = Metrics()
    model = open_scripted(metrics=metrics, model_prices={MODEL: TokenPrice(1.0, 10.0)})
    with counting() as outer:
        with counting() as inner:
            await asyncio.gather(model.ask(prompt(), Answer), model.ask(prompt(), Answer))
        await model.ask(prompt(), Answer)

    assert (inner.calls, inner.read, inner.written, inner.models) == (2, 240, 60, [MODEL])
    assert outer.calls == 3
    assert outer.usd == pytest.approx(3 * (120 * 1 + 30 * 10) / 1e6)
    found = counted(metrics)
    assert found.value("resq_model_tokens_total", purpose="mood", direction="read") == 360
    assert found.value("resq_model_cost_usd_total", model=MODEL) == pytest.approx(outer.usd)
    assert found.value("resq_model_seconds_count", purpose="mood") == 3


def test_prices_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESQ_MODEL_PRICES", "gpt-x=0.25/2, org/small=0.1")
    assert Settings().model_prices == {"gpt-x": TokenPrice(0.25, 2), "org/small": TokenPrice(0.1, 0)}
    monkeypatch.setenv("RESQ_MODEL_PRICES", "gpt-x=free")
    with pytest.raises(ValueError, match="RESQ_MODEL_PRICES"):
        Settings()


async def test_no_word_and_no_key_is_ever_logged(
    open_scripted: Opened, scripted_model: ScriptedModel, capfd: pytest.CaptureFixture[str]
) -> None:
    from app.core.logging import configure_logging

    configure_logging(json=True, level="debug")
    model = open_scripted(model_failures=100, model_retries=0)
    scripted_model.slow_seconds = 1
    for manner in Manner:
        scripted_model.script(manner)
        with suppress(NoAnswer):
            await model.ask(prompt(seconds=0.3), Answer)
    said = "".join(capfd.readouterr())
    assert "model.no_answer" in said
    assert not any(word in said for word in ("Kamala", "roof", KEY, "Ratnapura"))
    assert KEY not in repr(model) + repr(Settings(**scripted_model.settings()))


def test_one_client_serves_one_event_loop_after_the_other(scripted_model: ScriptedModel) -> None:
    model = open_model(Settings(**scripted_model.settings()), Metrics(), NoTracer())
    for _ in range(3):
        told = asyncio.run(_and_closed(model))
        assert told.answer.people == 4


async def _and_closed(model: Any) -> Told[Answer]:
    told: Told[Answer] = await model.ask(prompt(), Answer)
    await model.aclose()
    return told


async def test_many_at_once_share_a_few_connections(open_scripted: Opened, scripted_model: ScriptedModel) -> None:
    model = open_scripted()
    told = await asyncio.gather(*(model.ask(prompt(), Answer) for _ in range(100)))
    assert len(told) == 100


async def test_probes_and_the_start_line_say_which_model_it_is(
    one_store: Store, open_scripted: Opened, scripted_model: ScriptedModel
) -> None:
    model = open_scripted(model_failures=1)
    health = World.over(one_store, model=model).services.health
    [part] = [one for one in (await health.check()).parts if one.name == "model"]
    assert part.state is State.OK
    assert all(word in part.detail for word in (MODEL, VISION, "127.0.0.1", "rules wherever"))

    scripted_model.script(Manner.FORBIDS)
    await why(model)
    readiness = await health.check()
    assert readiness.ready, "people are served all the same"
    assert [one.state for one in readiness.parts if one.name == "model"] == [State.DEGRADED]

    [line] = [one.detail for one in described(Settings(**scripted_model.settings())) if one.name == "model"]
    assert MODEL in line
    assert KEY not in line + part.detail


_WITHOUT_A_KEY = """
import asyncio, sys, time
from app.core.settings import Settings
from app.services import opened

async def main():
    async with opened(Settings()) as services:
        assert not services.model.on and services.model.name == "rules"
asyncio.run(main())
loaded = sorted(name for name in sys.modules if name.split(".")[0] in ("openai", "langfuse"))
assert not loaded, loaded[:5]
"""


def test_without_a_key_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "RESQ"))}
    subprocess.run(
        [sys.executable, "-c", _WITHOUT_A_KEY],
        check=True,
        env={**environment, "RESQ_DATA_DIR": str(tmp_path)},
        cwd=Path(__file__).parents[1],
    )
    assert isinstance(open_model(Settings(openai_api_key=None), Metrics(), NoTracer()), NoModel)
