"""A language model behind OpenAI's API, or any server that speaks it. Imported only where a key is set."""

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import openai
import structlog
from openai import AsyncOpenAI
from pydantic import BaseModel, SecretStr

from app.core.breaker import Breaker, Call, Health, Open
from app.core.metrics import Metrics
from app.core.model import NoAnswer, Prompt, Told, Usage, Why
from app.core.token_budget import Budget, NoBudget, Reserved
from app.core.tracing import NoTracer, Tracer
from app.core.usage import TokenPrice, spend
from app.services.integrations.bounded import TooLarge
from app.services.integrations.openai_wire import ChatWire, ResponsesWire, Said, Wire, at_openai, checked, tokens_of
from app.services.integrations.traced import outgoing

AnswerT = TypeVar("AnswerT", bound=BaseModel)

FIRST_PAUSE, MOST_PAUSE = 0.25, 4.0
MOST_BYTES = 2_000_000
"""Of one answer: the longest asked for has some 100 KB, thinking aloud beside it included."""
LEAST_SECONDS = 0.05
"""With less time left than this no other try is begun."""

log = structlog.get_logger(__name__)

_AGAIN = frozenset({Why.LIMITED, Why.FAULT, Why.UNREACHABLE})
"""What another try may heal. Nonsense is not tried again: it costs as much as the first, and the rules are there."""
_BLAMELESS = frozenset({Why.REFUSED, Why.TRUNCATED})
"""What may be the fault of one stranger's words: they shall not take the model from all others."""
_ABOUT_THE_CALL = frozenset({400, 413, 422})
"""Statuses that are about this one call; others about the key, the model, the server."""
_MAY_HAVE_COST = frozenset({Why.SLOW, Why.UNREACHABLE})
"""Nobody knows whether it wrote an answer that did not arrive: what was reserved stays counted."""


@dataclass(frozen=True, slots=True)
class Means:
    """How the model is asked."""

    base_url: str
    key: SecretStr
    model: str
    vision: str | None = None
    api: str = "chat"
    seconds: float = 15.0
    retries: int = 1
    failures: int = 5
    pause: float = 30.0
    prices: Mapping[str, TokenPrice] = field(default_factory=dict)


class _Failed(Exception):
    """One try without an answer.

    `after` is in how many seconds the server wants to be asked again, where it says so; `final` that no other try will
    help; `blameless` that it may be the fault of what was asked.
    """

    def __init__(self, why: Why, *, after: float | None = None, final: bool = False, blameless: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.after = after
        self.final = final
        self.blameless = blameless


class OpenAIModel:
    """One for each process and its event loop. It writes no word of what it asks, or is told, into any log."""

    on = True

    def __init__(
        self, means: Means, *, metrics: Metrics, budget: Budget | None = None, tracer: Tracer | None = None
    ) -> None:
        # At debug the SDK logs every call with all its words, whoever asked it to.
        logging.getLogger("openai").setLevel(logging.WARNING)
        self.name = means.model
        self.sees = means.vision is not None
        self._means = means
        self._metrics = metrics
        self._budget = budget or NoBudget()
        self._tracer = tracer or NoTracer()
        self._wire: Wire = ResponsesWire() if means.api == "responses" else ChatWire(at_openai(means.base_url))
        self._breakers = {name: self._breaker(name) for name in {means.model, means.vision} if name}
        self._client: AsyncOpenAI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def _breaker(self, name: str) -> Breaker:
        return Breaker(f"model {name}", failures=self._means.failures, pause=self._means.pause)

    @property
    def place(self) -> str:
        means = self._means
        seeing = f", {means.vision} for photos" if means.vision else ""
        return f"{means.model}{seeing} at {_host(means.base_url)} ({means.api}); rules wherever it gives no answer"

    @property
    def works(self) -> bool:
        return all(one.closed for one in self._breakers.values())

    async def ask(self, prompt: Prompt, answer: type[AnswerT]) -> Told[AnswerT]:
        began, outcome = time.perf_counter(), "cancelled"
        name = self._means.vision if prompt.images else self._means.model
        if name is None:
            raise NoAnswer(Why.OFF)
        try:
            told = await self._asked(name, prompt, answer)
            outcome = "answered"
            return told
        except NoAnswer as none:
            outcome = none.why.value
            log.info("model.no_answer", purpose=prompt.name, model=name, why=outcome)
            raise
        finally:
            self._metrics.model_asked(name, prompt.name, outcome, time.perf_counter() - began)

    async def _asked(self, name: str, prompt: Prompt, answer: type[AnswerT]) -> Told[AnswerT]:
        if not self._breakers[name].closed and not self._breakers[name].due:
            raise NoAnswer(Why.CIRCUIT_OPEN)
        reserved = await self._budget.reserve(tokens_of(prompt, answer))
        if reserved is None:
            raise NoAnswer(Why.BUDGET)
        try:
            with self._breakers[name].call() as call:
                return await self._tried(name, prompt, answer, reserved, call)
        except Open:
            await self._budget.settle(reserved, 0)
            raise NoAnswer(Why.CIRCUIT_OPEN) from None

    async def _tried(
        self, name: str, prompt: Prompt, answer: type[AnswerT], reserved: Reserved, call: Call
    ) -> Told[AnswerT]:
        try:
            said = await self._until(name, prompt, answer, call)
        except NoAnswer as none:
            await self._budget.settle(reserved, reserved.tokens if none.why in _MAY_HAVE_COST else 0)
            raise
        await self._pay(name, prompt, said.usage, reserved)
        try:
            if said.why is not None:
                raise NoAnswer(said.why)
            found = checked(said.text, answer)
        except NoAnswer as none:
            call.health = Health.UNKNOWN if none.why in _BLAMELESS else Health.ILL
            raise
        call.health = Health.WELL
        return Told(found, name, said.usage)

    async def _until(self, name: str, prompt: Prompt, answer: type[BaseModel], call: Call) -> Said:
        """What the server said in the end, within the patience for all tries."""
        seconds = prompt.seconds or self._means.seconds
        ends, tries = time.monotonic() + seconds, 0
        try:
            async with asyncio.timeout(seconds):
                while True:
                    tries += 1
                    try:
                        return await self._once(name, prompt, answer, seconds)
                    except _Failed as failed:
                        pause = self._pause(failed, tries, ends - time.monotonic())
                        if pause is None:
                            call.health = Health.UNKNOWN if failed.blameless else Health.ILL
                            raise NoAnswer(failed.why) from None
                    await asyncio.sleep(pause)
        except TimeoutError:
            call.health = Health.ILL
            raise NoAnswer(Why.SLOW) from None

    def _pause(self, failed: _Failed, tries: int, left: float) -> float | None:
        """Seconds until the next try; None where there is to be none."""
        if failed.final or failed.why not in _AGAIN or tries > self._means.retries:
            return None
        pause = min(MOST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)) * random.uniform(0.75, 1.25)
        pause = pause if failed.after is None else max(0.0, failed.after)
        return pause if pause + LEAST_SECONDS < left else None

    async def _once(self, name: str, prompt: Prompt, answer: type[BaseModel], seconds: float) -> Said:
        try:
            return await self._wire.ask(self._open_client(), name, prompt, answer, seconds)
        except openai.APITimeoutError:
            raise _Failed(Why.SLOW) from None
        except openai.APIConnectionError as error:
            raise _Failed(Why.NONSENSE if isinstance(error.__cause__, TooLarge) else Why.UNREACHABLE) from None
        except openai.RateLimitError as error:
            spent = error.code == "insufficient_quota"
            raise _Failed(Why.LIMITED, after=_retry_after(error), final=spent) from None
        except openai.APIStatusError as error:
            why = Why.FAULT if error.status_code >= 500 else Why.REJECTED
            ours = error.status_code in _ABOUT_THE_CALL
            raise _Failed(why, after=_retry_after(error), blameless=ours) from None
        except openai.OpenAIError:
            raise _Failed(Why.FAULT) from None
        except ValueError:
            raise _Failed(Why.NONSENSE) from None  # said to be JSON, and is none

    async def _pay(self, name: str, prompt: Prompt, usage: Usage, reserved: Reserved) -> None:
        usd = self._means.prices.get(name, TokenPrice()).of(usage)
        self._metrics.model_used(name, prompt.name, read=usage.input_tokens, written=usage.output_tokens, usd=usd)
        spend(name, read=usage.input_tokens, written=usage.output_tokens, usd=usd)
        await self._budget.settle(reserved, usage.input_tokens + usage.output_tokens)

    def _open_client(self) -> AsyncOpenAI:
        """The client of this event loop: connections of a loop that has ended cannot be used in another."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            self._client = AsyncOpenAI(
                api_key=self._means.key.get_secret_value(),
                base_url=self._means.base_url,
                max_retries=0,  # retried here, within the patience of whoever asks
                http_client=outgoing(self._tracer, seconds=self._means.seconds, most_bytes=MOST_BYTES),
            )
        return self._client

    async def aclose(self) -> None:
        if self._client is not None and self._loop is asyncio.get_running_loop():
            await self._client.close()
        self._client = None
        await self._budget.aclose()


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Seconds that the server asks to be left alone for; a date is taken for none, and so the pause is our own."""
    for name, part in (("retry-after-ms", 1_000.0), ("retry-after", 1.0)):
        try:
            return float(error.response.headers[name]) / part
        except (KeyError, ValueError):
            continue
    return None


def _host(address: str) -> str:
    """The address without what may be secret in it."""
    return address.partition("://")[2].partition("/")[0].rpartition("@")[2]
