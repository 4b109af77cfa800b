"""Sign-in calls as Firebase's clients make them, a clock that is moved by hand, and a cheap hasher that counts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx2
from pwdlib.hashers.argon2 import Argon2Hasher

from app.api.identity import TOKEN
from app.core.security.local import SigningKey

PROJECT = "demo-resq"
ACCOUNTS = "/identitytoolkit.googleapis.com/v1/accounts"
EMAIL, PASSWORD = "asha@example.org", "correct horse"


@dataclass
class Hands:
    """A clock that stands still until a test moves it."""

    now: datetime = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)


class CountingHasher(Argon2Hasher):
    """Argon2 at its cheapest, counting the checks."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.checks = 0

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        self.checks += 1
        return super().verify(password, hash)


@cache
def signing_key() -> SigningKey:
    return SigningKey.generated()


async def call(client: httpx2.AsyncClient, name: str, **body: object) -> Any:
    answer = await client.post(f"{ACCOUNTS}:{name}?key=any", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refusal(client: httpx2.AsyncClient, name: str, **body: object) -> str:
    answer = await client.post(f"{ACCOUNTS}:{name}?key=any", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, 400)
    assert error["errors"][0]["message"] == error["message"]
    return str(error["message"])


async def refreshed(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": token})
