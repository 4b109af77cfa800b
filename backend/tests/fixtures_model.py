"""Fixtures: a scripted language model on this machine, and the adapter that asks it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any, TypeAlias

import pytest

from app.core.metrics import Metrics
from app.core.settings import Settings
from app.core.tracing import NoTracer
from app.services.edges import open_model
from app.services.integrations.openai_model import OpenAIModel
from tests.openai_server import ScriptedModel, scripted

Opened: TypeAlias = Callable[..., OpenAIModel]


@pytest.fixture
def scripted_model() -> Iterator[ScriptedModel]:
    """See `tests.openai_server`."""
    with scripted() as model:
        yield model


@pytest.fixture
async def open_scripted(scripted_model: ScriptedModel) -> AsyncIterator[Opened]:
    """The adapter as the settings make it, over the scripted server; arguments are fields of `Settings`."""
    async with AsyncExitStack() as stack:

        def opened(*, metrics: Metrics | None = None, **settings: Any) -> OpenAIModel:
            more = {"model_seconds": 3.0, **settings}
            model = open_model(Settings(**scripted_model.settings(**more)), metrics or Metrics(), NoTracer())
            assert isinstance(model, OpenAIModel)
            stack.push_async_callback(model.aclose)
            return model

        yield opened
