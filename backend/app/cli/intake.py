"""Where imported requests go: straight into this node's services, or over HTTP to a server."""

import asyncio
import json
import os
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

import httpx2

from app.core.errors import AppError
from app.core.settings import Settings
from app.schemas.request_bodies import RequestCreate
from app.schemas.request_states import WORKING, Stage
from app.schemas.user import User
from app.services import Services, opened

IMPORTER = "resq-import"
TRIES = 8


class Refused(Exception):
    """The other side does not take this; trying again will not help."""


class Unreachable(Exception):
    """The other side did not answer, however often it was tried."""


@dataclass(frozen=True, slots=True)
class Sent:
    id: str
    new: bool


class Intake(Protocol):
    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *failure: object) -> None: ...

    async def submit(self, body: RequestCreate, key: str) -> Sent:
        """Hand over one request; `Refused` with the reason, `Unreachable` after several tries."""

    async def waiting(self) -> int:
        """How many of this importer's requests the machine has still to do something for, as far as it can tell."""

    def stages(self) -> AsyncIterator[tuple[str, Stage]]:
        """Id and stage of all of this importer's requests."""


@dataclass
class OwnIntake:
    """Into this node's own data, with its own workers."""

    settings: Settings
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        self.services: Services = await self._stack.enter_async_context(opened(self.settings))
        await self._stack.enter_async_context(self.services.working())
        at = self.services.requests.clock()
        self.user = User(id=IMPORTER, display_name="Import", created_at=at, updated_at=at)
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._stack.aclose()

    async def submit(self, body: RequestCreate, key: str) -> Sent:
        try:
            request, new = await self.services.requests.submit(self.user, body, idempotency_key=key, channel="import")
        except AppError as error:
            raise Refused(error.detail) from error
        return Sent(request.id, new)

    async def waiting(self) -> int:
        return await self.services.requests.cases.requests.count_of(self.user.id, stages=tuple(WORKING))

    async def stages(self) -> AsyncIterator[tuple[str, Stage]]:
        cursor: str | None = None
        while True:
            page = await self.services.requests.mine(self.user, limit=500, cursor=cursor)
            for request in page.items:
                yield request.id, request.stage
            cursor = page.next
            if cursor is None:
                return


@dataclass(frozen=True)
class Login:
    """An account at a server, or a token of one."""

    email: str | None = None
    password: str | None = None
    token: str | None = None


def login_of(settings: Settings, *, email: str | None, password: str | None, token: str | None) -> Login:
    """The account given; without one, an account that this data folder keeps for its imports."""
    if token:
        return Login(token=token)
    if email and password:
        return Login(email=email, password=password)
    return _kept(settings.data_dir / "import-account.json")


def _kept(path: Path) -> Login:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        account = {
            "email": f"import-{secrets.token_hex(8)}@example.org",
            "password": secrets.token_urlsafe(24),
        }
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(account, file)
    return Login(**json.loads(path.read_text(encoding="utf-8")))


@dataclass
class ApiIntake:
    """Over HTTP to a server. Without an answer it tries again, later and later, for about half a minute."""

    url: str
    login: Login
    _http: httpx2.AsyncClient = field(init=False)

    async def __aenter__(self) -> Self:
        self._http = httpx2.AsyncClient(base_url=self.url.rstrip("/"), timeout=30)
        token = self.login.token or await self._signed_in()
        self._http.headers["Authorization"] = f"Bearer {token}"
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._http.aclose()

    async def submit(self, body: RequestCreate, key: str) -> Sent:
        answer = await self._call(
            "POST", "/requests", json=body.model_dump(mode="json"), headers={"Idempotency-Key": key}
        )
        return Sent(answer.json()["id"], answer.headers.get("Idempotency-Replayed") != "true")

    async def waiting(self) -> int:
        found = 0
        for stage in WORKING:
            answer = await self._call("GET", "/requests/me", params={"stage": stage, "limit": 50})
            found += len(answer.json())
        return found

    async def stages(self) -> AsyncIterator[tuple[str, Stage]]:
        address: str | None = "/requests/me?limit=500"
        while address:
            answer = await self._call("GET", address)
            for request in answer.json():
                yield request["id"], Stage(request["stage"])
            address = answer.links.get("next", {}).get("url")

    async def _signed_in(self) -> str:
        account = {"email": self.login.email, "password": self.login.password, "returnSecureToken": True}
        path = "/identitytoolkit.googleapis.com/v1/accounts"
        try:
            answer = await self._call("POST", f"{path}:signInWithPassword", json=account)
        except Refused:
            answer = await self._call("POST", f"{path}:signUp", json=account)
        return str(answer.json()["idToken"])

    async def _call(self, method: str, path: str, **options: object) -> httpx2.Response:
        problem = ""
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(random.uniform(0.5, 1) * min(8.0, 0.25 * 2**attempt))
            try:
                answer = await self._in_turn(method, path, **options)
            except httpx2.TransportError as error:
                problem = f"{self.url} does not answer ({type(error).__name__})"
                continue
            if answer.status_code not in {429, 500, 502, 503, 504}:
                if answer.is_error:
                    raise Refused(_reason(answer))
                return answer
            problem = f"{self.url} answers {answer.status_code}"
        raise Unreachable(problem)

    async def _in_turn(self, method: str, path: str, **options: object) -> httpx2.Response:
        """The answer; where the server names a time at which it takes the next call, the one after that wait."""
        answer = await self._http.request(method, path, **options)  # type: ignore[arg-type]
        for _ in range(TRIES):
            if answer.status_code != httpx2.codes.TOO_MANY_REQUESTS or not answer.headers.get("Retry-After"):
                break
            await asyncio.sleep(float(answer.headers["Retry-After"]))
            answer = await self._http.request(method, path, **options)  # type: ignore[arg-type]
        return answer


def _reason(answer: httpx2.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return f"the server answered {answer.status_code}"
    for name in ("message", "detail", "error"):
        if isinstance(body.get(name), str):
            return str(body[name])
    return f"the server answered {answer.status_code}: {json.dumps(body)[:200]}"
