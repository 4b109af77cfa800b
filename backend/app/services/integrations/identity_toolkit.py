"""The accounts of a Firebase project, through Google's Identity Toolkit, or through the emulator that speaks it."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, cast

import google.auth
import httpx2
import structlog
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request

from app.core.clock import Clock, utc_now
from app.core.errors import Transient
from app.core.security.directory import Standing

GOOGLE = "https://identitytoolkit.googleapis.com/v1"
SCOPE = "https://www.googleapis.com/auth/identitytoolkit"
ANSWER_SECONDS = 2.0
CREDENTIAL_SECONDS = 10.0
UNABLE_SECONDS = 60.0
ROLE = "role"

log = structlog.get_logger(__name__)


class Rights(Protocol):
    """What a call carries to be allowed to look into accounts and change them."""

    async def headers(self) -> Mapping[str, str]:
        """`GoogleAuthError` where there are none."""


class Credentials(Protocol):
    """The part of google-auth's credentials that is used here; the library does not say its types."""

    valid: bool

    def refresh(self, request: Request) -> None: ...

    def apply(self, headers: dict[str, str]) -> None: ...


@dataclass(frozen=True, slots=True)
class EmulatorRights:
    """The emulator takes this word for an administrator's token."""

    async def headers(self) -> Mapping[str, str]:
        return {"Authorization": "Bearer owner"}


@dataclass(slots=True)
class GoogleRights:
    """Application Default Credentials: a key file named by `GOOGLE_APPLICATION_CREDENTIALS`, or those of the machine.

    google-auth blocks, so it works in a thread; one for all who wait, once an hour or so. A caller who gives up
    leaves it at work, for the next one.
    """

    scope: str = SCOPE
    _credentials: Credentials | None = None
    _flight: "asyncio.Task[Credentials] | None" = None

    async def headers(self) -> Mapping[str, str]:
        if self._credentials is None or not self._credentials.valid:
            self._credentials = await asyncio.shield(self._take_off())
        found: dict[str, str] = {}
        self._credentials.apply(found)
        return {name.title(): value for name, value in found.items()}

    def _take_off(self) -> "asyncio.Task[Credentials]":
        if self._flight is None:
            self._flight = asyncio.create_task(self._renewed(self._credentials), name="google-credentials")
            self._flight.add_done_callback(self._landed)
        return self._flight

    def _landed(self, flight: "asyncio.Task[Credentials]") -> None:
        self._flight = None
        if not flight.cancelled() and flight.exception() is None:
            self._credentials = flight.result()

    async def _renewed(self, credentials: Credentials | None) -> Credentials:
        return await asyncio.to_thread(_renewed, credentials, self.scope)


def _renewed(credentials: Credentials | None, scope: str) -> Credentials:
    found = credentials or cast("Credentials", google.auth.default(scopes=[scope])[0])
    found.refresh(Request())
    return found


@dataclass(slots=True)
class IdentityToolkit:
    """The accounts of one project. A role is kept in the custom claim `role`, beside whatever others keep there."""

    project_id: str
    rights: Rights
    base_url: str = GOOGLE
    answer_seconds: float = ANSWER_SECONDS
    clock: Clock = utc_now
    client: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(timeout=ANSWER_SECONDS))
    ticks: Callable[[], float] = time.monotonic
    _unable_until: float = 0.0

    @classmethod
    def of(cls, project_id: str, emulator_host: str | None, client: httpx2.AsyncClient) -> "IdentityToolkit":
        if emulator_host is None:
            return cls(project_id, GoogleRights(), client=client)
        url = f"http://{emulator_host}/identitytoolkit.googleapis.com/v1"
        return cls(project_id, EmulatorRights(), url, client=client)

    async def warm(self) -> bool:
        """Find the credentials before somebody waits for them; whether there are any, which is logged if not."""
        try:
            async with asyncio.timeout(CREDENTIAL_SECONDS):
                await self.rights.headers()
        except (GoogleAuthError, TimeoutError) as error:
            log.error("accounts.no_credentials", error=type(error).__name__, set="GOOGLE_APPLICATION_CREDENTIALS")
            return False
        return True

    async def able(self) -> bool:
        """Whether there are credentials; where there are none they are looked for once in `UNABLE_SECONDS`."""
        if self.ticks() < self._unable_until:
            return False
        able = await self.warm()
        self._unable_until = 0.0 if able else self.ticks() + UNABLE_SECONDS
        return able

    async def standing(self, uid: str) -> Standing | None:
        account = await self._account(uid)
        if account is None:
            return None
        since = _seconds(account.get("validSince"))
        return Standing(disabled=account.get("disabled") is True, valid_since=datetime.fromtimestamp(since, UTC))

    async def set_role(self, uid: str, role: str) -> None:
        account = await self._account(uid)
        if account is None:
            return
        claims = _claims(account.get("customAttributes"))
        if claims.get(ROLE) != role:
            await self._update(uid, customAttributes=json.dumps({**claims, ROLE: role}, separators=(",", ":")))

    async def set_disabled(self, uid: str, disabled: bool) -> None:
        await self._update(uid, disableUser=disabled)

    async def end_sign_ins(self, uid: str) -> None:
        await self._update(uid, validSince=str(int(self.clock().timestamp())))

    async def remove(self, uid: str) -> bool:
        return await self._call("delete", {"localId": uid}) is not None

    async def aclose(self) -> None:
        await self.client.aclose()

    async def _account(self, uid: str) -> dict[str, object] | None:
        answer = await self._call("lookup", {"localId": [uid]})
        users = answer.get("users") if answer else None
        if not isinstance(users, list) or not users:
            return None
        if not isinstance(users[0], dict) or users[0].get("localId") != uid:
            raise _away("nonsense")
        return users[0]

    async def _update(self, uid: str, **changes: object) -> None:
        await self._call("update", {"localId": uid, **changes})

    async def _call(self, verb: str, body: dict[str, object]) -> dict[str, object] | None:
        """The answer of one call on an account, None where the account is not there; all else is `Transient`."""
        url = f"{self.base_url}/projects/{self.project_id}/accounts:{verb}"
        try:
            async with asyncio.timeout(self.answer_seconds):
                response = await self.client.post(url, json=body, headers=await self.rights.headers())
                answer = response.json()
        except (httpx2.HTTPError, httpx2.InvalidURL, GoogleAuthError, TimeoutError, ValueError) as error:
            raise _away(type(error).__name__) from None
        if response.is_success and isinstance(answer, dict):
            return answer
        message = _message(answer)
        if message == "USER_NOT_FOUND":
            return None
        raise _away(f"{response.status_code} {message}"[:80])


def _away(why: str) -> Transient:
    log.warning("accounts.failed", error=why)
    return Transient("The sign-in service cannot be asked right now.")


def _message(answer: object) -> str:
    """The word for what went wrong; what may follow it, of accounts, is left out."""
    error = answer.get("error") if isinstance(answer, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return message.split(" ")[0] if isinstance(message, str) and message else "UNKNOWN"


def _seconds(value: object) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 12 else 0


def _claims(value: object) -> dict[str, object]:
    try:
        found = json.loads(value) if isinstance(value, str) else {}
    except (ValueError, RecursionError):
        found = {}
    return found if isinstance(found, dict) else {}
