"""What each part of the stack can tell of a call for help, asked of that part itself."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx2
from redis.asyncio import Redis

from stack.layout import PROJECT, Layout

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Witnesses:
    layout: Layout
    http: httpx2.AsyncClient

    async def document(self, id: str) -> Json | None:
        """The fields of the request as they lie in Firestore; None where there is none."""
        place = f"projects/{PROJECT}/databases/(default)/documents/requests/{id}"
        url = f"http://{self.layout.address('firestore')}/v1/{place}"
        answer = await self.http.get(url, headers={"Authorization": "Bearer owner"})
        if answer.is_error:
            return None
        found: Json = answer.json()["fields"]
        return found

    async def messages(self) -> int:
        """How many messages Redis has taken in since it was started."""
        async with Redis.from_url(self.layout.environment["REDIS_URL"]) as redis:
            stats = await redis.info("commandstats")
        return int(stats.get("cmdstat_lpush", {}).get("calls", 0))

    def worked_on(self, id: str) -> dict[str, list[str]]:
        """What each worker has logged of the request, by the worker's name."""
        found = {name: self._events(name, id) for name in self.layout.worker_names}
        return {name: events for name, events in found.items() if events}

    def answered(self) -> dict[str, int]:
        """How many calls each API has answered, as the proxy wrote it down."""
        served: Counter[str] = Counter()
        for line in self.layout.access_log.read_text(encoding="utf-8").splitlines():
            served.update(json.loads(line)["upstream"].split(", ")[-1:])  # the last that was asked
        return {name: served[self.layout.address(name)] for name in self.layout.api_names}

    def _events(self, name: str, id: str) -> list[str]:
        return [line["event"] for line in self._logged(name) if id in line.values()]

    def _logged(self, name: str) -> Iterator[Json]:
        """The events that a program has logged; lines of other kinds are passed over."""
        for line in (self.layout.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("{"):
                yield json.loads(line)
