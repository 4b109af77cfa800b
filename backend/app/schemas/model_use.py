"""What a language model took for its part in an output."""

from pydantic import Field

from app.schemas.base import Model


class ModelUse(Model):
    """The model, what it was asked by, and its tokens."""

    model: str
    prompt: str = Field(description="Name and version of the instructions.", examples=["assess-1"])
    input_tokens: int = 0
    output_tokens: int = 0
