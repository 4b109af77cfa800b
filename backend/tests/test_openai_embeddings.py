"""Embeddings over HTTP, from a server of this machine that misbehaves in every way."""

import time
from collections.abc import Iterator

import numpy as np
import pytest
from pydantic import SecretStr

from app.core.embedding import NoVectors
from app.services.integrations.embedding.openai_embeddings import DIMENSIONS, OpenAIEmbeddings
from tests.openai_server import BAD, KEY, Manner, ScriptedModel, scripted


@pytest.fixture
def server() -> Iterator[ScriptedModel]:
    with scripted() as running:
        yield running


def embeddings(server: ScriptedModel, seconds: float = 1.0) -> OpenAIEmbeddings:
    return OpenAIEmbeddings(SecretStr(KEY), "text-embedding-3-small", server.url, question_seconds=seconds)


async def test_texts_come_back_as_rows_of_length_one_in_their_order(server: ScriptedModel) -> None:
    embedder = embeddings(server)
    texts = [f"text number {n}" for n in range(130)]
    found = await embedder.embed(texts)

    assert found.shape == (130, DIMENSIONS)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert np.allclose(found[[7]], await embedder.embed([texts[7]], question=True), atol=1e-5)
    await embedder.aclose()


@pytest.mark.parametrize("manner", [one for one in BAD if one not in (Manner.REFUSES, Manner.FILTERED)])
async def test_a_server_that_misbehaves_costs_a_question_no_more_than_its_patience(
    server: ScriptedModel, manner: Manner
) -> None:
    embedder = embeddings(server, seconds=0.4)
    await embedder.embed(["warm"], question=True)
    server.manner = manner
    began = time.monotonic()
    try:
        found = await embedder.embed(["a question"], question=True)
        assert found.shape == (1, DIMENSIONS)
    except NoVectors:
        pass
    assert time.monotonic() - began < 2
    await embedder.aclose()


async def test_after_a_failure_it_is_left_alone_for_a_while(server: ScriptedModel) -> None:
    embedder = embeddings(server)
    server.manner = Manner.FAULT
    with pytest.raises(NoVectors):
        await embedder.embed(["a question"], question=True)
    server.manner = Manner.GOOD
    with pytest.raises(NoVectors, match="left alone"):
        await embedder.embed(["a question"], question=True)

    assert (await embedder.embed(["a document"])).shape == (1, DIMENSIONS)
    await embedder.aclose()


async def test_no_text_asks_nothing(server: ScriptedModel) -> None:
    embedder = embeddings(server)

    assert (await embedder.embed([])).shape == (0, DIMENSIONS)
    assert server.embedded == []
