"""Adapters of the port for embeddings: two models that packages carry, and OpenAI's."""
