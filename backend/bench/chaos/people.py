"""Those who go on while everything fails: people who ask until they are heard, and a coordinator who decides."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

NEEDS = (
    "We are {n} people and need drinking water",
    "No food since yesterday, {n} of us, two children",
    "Our roof is gone, {n} persons need a place to sleep",
    "We are trapped, the water is rising, {n} people on the roof",
    "My grandmother needs insulin, {n} people here",
)
AGAIN_SECONDS = 0.5
CALL_SECONDS = 20.0


class Wrong(Exception):
    """An answer that no failure explains."""


@dataclass
class Callers:
    """Sends each request, with a key of its own, to one server after the other until one takes it."""

    urls: Sequence[str]
    token: str
    disaster_id: str
    first: int = 0
    taken: dict[int, str] = field(default_factory=dict)
    """The id that each request was taken under."""
    waits: list[float] = field(default_factory=list)
    """How many seconds each took to be taken, failures and all."""
    tries: int = 0

    async def all(self, requests: int, per_second: float) -> None:
        """Send so many, at this pace; returns when the last is taken."""
        limits = httpx2.Limits(max_connections=100)
        async with httpx2.AsyncClient(timeout=CALL_SECONDS, limits=limits) as http, asyncio.TaskGroup() as calls:
            began = time.monotonic()
            for number in range(requests):
                await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
                calls.create_task(self._until_taken(http, self.first + number))

    async def _until_taken(self, http: httpx2.AsyncClient, number: int) -> None:
        body = asked(number, self.disaster_id)
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"chaos-{number}"}
        began = time.monotonic()
        for turn in range(10_000):
            self.tries += 1
            try:
                url = self.urls[(number + turn) % len(self.urls)]
                answer = await http.post(f"{url}/requests", json=body, headers=headers)
            except httpx2.TransportError:
                await asyncio.sleep(random.uniform(0.1, AGAIN_SECONDS))
                continue
            if answer.status_code == 201:
                self.taken[number] = str(answer.json()["id"])
                self.waits.append(time.monotonic() - began)
                return
            if answer.status_code < 500 and answer.status_code != 429:
                raise Wrong(f"{answer.status_code}: {answer.text[:300]}")
            await asyncio.sleep(random.uniform(0.1, AGAIN_SECONDS))
        raise Wrong("One request was never taken.")


def asked(number: int, disaster_id: str) -> dict[str, object]:
    """The body of one request; each tells of another house, a few kilometres apart."""
    words = NEEDS[number % len(NEEDS)].format(n=2 + number % 5)
    place = {"lat": 6.0 + (number * 37 % 1_000) / 400, "lng": 80.0 + (number * 91 % 1_000) / 700}
    return {"description": f"{words}, house {number}", "location": place, "disaster_id": disaster_id}


@dataclass
class Coordinator:
    """Decides on what is proposed, approving most of it, and remembers each decision that was confirmed."""

    urls: Sequence[str]
    token: str
    draw: random.Random
    decided: dict[tuple[str, str], str] = field(default_factory=dict)
    """The status that each item of a plan (request, item) was given."""
    refused: int = 0
    _turn: int = 0

    async def decide_until(self, done: asyncio.Event) -> None:
        async with httpx2.AsyncClient(timeout=CALL_SECONDS) as http:
            while not done.is_set():
                plans = await self._call(http, "GET", "/workflow-outputs?limit=50")
                for plan in plans or []:
                    await self._decide(http, plan)
                await asyncio.sleep(0.2)

    async def _decide(self, http: httpx2.AsyncClient, plan: Mapping[str, Any]) -> None:
        for kind, items in (("tasks", plan["tasks"]), ("resources", plan["resource_suggestions"])):
            for item in items:
                if item["approval_status"] != "pending" or self.draw.random() < 0.5:
                    continue
                word = "approved" if self.draw.random() < 0.8 else "rejected"
                path = f"/workflow-outputs/{plan['request_id']}/{kind}/{item['id']}"
                if await self._call(http, "PATCH", path, {"approval_status": word}) is not None:
                    self.decided[plan["request_id"], item["id"]] = word
                else:
                    self.refused += 1

    async def _call(
        self, http: httpx2.AsyncClient, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> Any:
        """What the API answers, asked again until it does; None where it refuses."""
        headers = {"Authorization": f"Bearer {self.token}"}
        for _ in range(200):
            self._turn += 1
            url = self.urls[self._turn % len(self.urls)]
            try:
                answer = await http.request(method, url + path, json=body, headers=headers)
            except httpx2.TransportError:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            if answer.status_code in (404, 409):
                return None  # decided by an earlier try of this very call, not there any more, or out of stock
            if answer.status_code < 300:
                return answer.json()
            if answer.status_code < 500 and answer.status_code != 429:
                raise Wrong(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            await asyncio.sleep(AGAIN_SECONDS)
        return None
