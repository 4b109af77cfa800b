"""A server of embeddings that answers without an end, or is away, costs neither memory nor time."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from app.core.embedding import NoVectors
from app.services.integrations.embedding import openai_embeddings
from app.services.integrations.embedding.openai_embeddings import OpenAIEmbeddings
from tests.openai_server import KEY, Manner, ScriptedModel


@pytest.fixture
async def embedder(scripted_model: ScriptedModel) -> AsyncIterator[OpenAIEmbeddings]:
    embedder = OpenAIEmbeddings(SecretStr(KEY), "text-embedding-3-small", scripted_model.url, question_seconds=5.0)
    yield embedder
    await embedder.aclose()


@pytest.mark.parametrize("manner", [Manner.FLOODS, Manner.PACKED])
async def test_no_more_of_an_answer_is_taken_in_than_the_longest_has(
    embedder: OpenAIEmbeddings, scripted_model: ScriptedModel, manner: Manner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_embeddings, "_MOST_BYTES", 1_000_000)
    scripted_model.manner = manner
    with pytest.raises(NoVectors):
        await embedder.embed(["where is water"], question=True)
    assert scripted_model.flooded < 20_000_000


async def test_after_its_pause_one_question_tries_it_and_the_others_do_not_wait(
    embedder: OpenAIEmbeddings, scripted_model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(embedder._breaker, "clock", lambda: now)
    scripted_model.script(Manner.FAULT)
    with pytest.raises(NoVectors):
        await embedder.embed(["where is water"], question=True)
    now, calls = 31.0, scripted_model.calls
    scripted_model.delay_seconds = 0.3
    began = time.monotonic()
    said = await asyncio.gather(
        *(embedder.embed(["where is water"], question=True) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(one, NoVectors) for one in said) == 19
    assert scripted_model.calls == calls + 1
    assert time.monotonic() - began < 2
