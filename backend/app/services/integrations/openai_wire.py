"""The two ways in which OpenAI and compatible servers are asked: `responses`, and `chat` completions.

Answers are read from the bytes that came: whatever a server sends, what comes of it is what it said or a `ValueError`.
"""

import base64
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import urlsplit

from openai import AsyncOpenAI
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from app.core.model import Image, NoAnswer, Prompt, Usage, Why
from app.core.strict_schema import strict_schema

R = TypeVar("R", bound=BaseModel)

_OPENAI = (".openai.com", ".openai.azure.com")
_FENCE, _THINKING_ENDS = "```", "</think>"
MOST_TOKENS = 10_000_000
"""More than any model takes in one call: what a server says beyond is a mistake of its own."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a server answered: a text, or why there is none; and what it took either way."""

    text: str
    why: Why | None
    usage: Usage


class Wire(Protocol):
    async def ask(
        self, client: AsyncOpenAI, model: str, prompt: Prompt, answer: type[BaseModel], seconds: float
    ) -> Said:
        """One try. Raises what the SDK raises, and `ValueError` for an answer that is none."""


class _Read(BaseModel):
    """Of what comes only this is read; the rest may be what it likes."""

    model_config = ConfigDict(extra="ignore", strict=False)


class _ChatMessage(_Read):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Read):
    message: _ChatMessage
    finish_reason: str | None = None


def _plausible(tokens: object) -> int:
    """A number of tokens that can be added up, whatever a server says there: an answer is not lost for it."""
    if not isinstance(tokens, int | float) or math.isnan(tokens):
        return 0
    return int(min(max(tokens, 0), MOST_TOKENS))


_Tokens = Annotated[int, BeforeValidator(_plausible)]


class _ChatUsage(_Read):
    prompt_tokens: _Tokens = 0
    completion_tokens: _Tokens = 0


class _ChatAnswer(_Read):
    choices: tuple[_Choice, ...]
    usage: _ChatUsage | None = None


@dataclass(frozen=True, slots=True)
class ChatWire:
    """`POST /chat/completions`, which every compatible server has."""

    at_openai: bool
    """Elsewhere fields are left out that only OpenAI's own servers know."""

    async def ask(
        self, client: AsyncOpenAI, model: str, prompt: Prompt, answer: type[BaseModel], seconds: float
    ) -> Said:
        limit: dict[str, Any] = {"max_tokens": prompt.most_tokens}
        if self.at_openai:
            limit = {"max_completion_tokens": prompt.most_tokens, "store": False}
        form: Any = {"name": prompt.name, "strict": True, "schema": strict_schema(answer)}
        content: Any = prompt.data
        if prompt.images:
            shown = [{"type": "image_url", "image_url": {"url": _url(one), "detail": "low"}} for one in prompt.images]
            content = [{"type": "text", "text": prompt.data}, *shown]
        said = await client.chat.completions.with_raw_response.create(
            model=model,
            messages=[
                {"role": "system", "content": prompt.instructions},
                {"role": "user", "content": content},
            ],
            response_format={"type": "json_schema", "json_schema": form},
            timeout=seconds,
            **limit,
        )
        return self._read(said.http_response.content)

    def _read(self, data: bytes) -> Said:
        found = _ChatAnswer.model_validate_json(data)
        used = found.usage or _ChatUsage()
        usage = Usage(used.prompt_tokens, used.completion_tokens)
        if not found.choices:
            return Said("", Why.NONSENSE, usage)
        message, reason = found.choices[0].message, found.choices[0].finish_reason
        if message.refusal or reason == "content_filter":
            return Said("", Why.REFUSED, usage)
        if reason == "length":
            return Said("", Why.TRUNCATED, usage)
        return Said(message.content or "", None, usage)


class _Part(_Read):
    type: str = ""
    text: str | None = None


class _Item(_Read):
    type: str = ""
    content: tuple[_Part, ...] | None = None


class _Why(_Read):
    reason: str | None = None


class _ResponsesUsage(_Read):
    input_tokens: _Tokens = 0
    output_tokens: _Tokens = 0


class _ResponsesAnswer(_Read):
    status: str | None = None
    incomplete_details: _Why | None = None
    output: tuple[_Item, ...]
    usage: _ResponsesUsage | None = None

    def parts(self) -> Iterator[_Part]:
        for item in self.output:
            if item.type == "message":
                yield from item.content or ()


@dataclass(frozen=True, slots=True)
class ResponsesWire:
    """`POST /responses`; nothing is kept there."""

    async def ask(
        self, client: AsyncOpenAI, model: str, prompt: Prompt, answer: type[BaseModel], seconds: float
    ) -> Said:
        form: Any = {"type": "json_schema", "name": prompt.name, "strict": True, "schema": strict_schema(answer)}
        shown = [{"type": "input_image", "image_url": _url(one), "detail": "low"} for one in prompt.images]
        content: Any = [{"type": "input_text", "text": prompt.data}, *shown]
        said = await client.responses.with_raw_response.create(
            model=model,
            instructions=prompt.instructions,
            input=[{"role": "user", "content": content}],
            text={"format": form},
            max_output_tokens=prompt.most_tokens,
            store=False,
            timeout=seconds,
        )
        return self._read(said.http_response.content)

    def _read(self, data: bytes) -> Said:
        found = _ResponsesAnswer.model_validate_json(data)
        used = found.usage or _ResponsesUsage()
        usage = Usage(used.input_tokens, used.output_tokens)
        reason = found.incomplete_details and found.incomplete_details.reason
        if reason == "content_filter" or any(part.type == "refusal" for part in found.parts()):
            return Said("", Why.REFUSED, usage)
        if found.status == "incomplete":
            return Said("", Why.TRUNCATED, usage)
        if found.status == "failed":
            return Said("", Why.FAULT, usage)
        return Said("".join(part.text or "" for part in found.parts()), None, usage)


def at_openai(base_url: str) -> bool:
    """Whether an address is one of OpenAI's own, also as Azure serves them."""
    host = urlsplit(base_url).hostname or ""
    return f".{host}".endswith(_OPENAI)


def checked(text: str, answer: type[R]) -> R:
    """The answer in a text; `NoAnswer` where it has not the shape that was asked for."""
    try:
        return answer.model_validate_json(_bare(text))
    except ValidationError:
        raise NoAnswer(Why.NONSENSE) from None  # its words may be a stranger's


def _bare(text: str) -> str:
    """Without thinking aloud before it and a fence around it. Not by patterns: a text of nothing but line ends would
    keep one busy for seconds.
    """
    text = text.strip()
    if text.startswith("<think>"):
        text = text.partition(_THINKING_ENDS)[2].strip()
    if text.endswith(_FENCE):
        _, opened, inside = text.removesuffix(_FENCE).partition(_FENCE)
        if opened:
            text = inside.removeprefix("json")
    return text


def tokens_of(prompt: Prompt, answer: type[BaseModel]) -> int:
    """The most that a call may take, by a rough count: 3 bytes a token, and 1,000 tokens an image."""
    written = len(prompt.instructions.encode()) + len(prompt.data.encode()) + len(json.dumps(strict_schema(answer)))
    return written // 3 + 1_000 * len(prompt.images) + prompt.most_tokens


def _url(image: Image) -> str:
    return f"data:{image.type};base64,{base64.b64encode(image.data).decode()}"
