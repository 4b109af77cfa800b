"""Who signs in on the stack: each world has a project of its own in Google's Auth emulator.

Tests say a user id where a token belongs. Here that is exchanged, once for each person, for an account in the emulator
and a token in its form, which travels with the call; the product's own code checks the one and asks for the other.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from fastapi import FastAPI

from app.core.security.emulator import EmulatorTokenVerifier
from app.core.security.tokens import Claims, payload_of
from app.services.integrations.identity_toolkit import EmulatorRights, IdentityToolkit
from tests.firebase_client import OWNER, TOOLKIT, unsigned

BEARER = "Bearer "


def claims_of(uid: str) -> Claims:
    """What a token says of somebody whose name and address are made of their id."""
    now = datetime.now(UTC)
    return Claims(
        uid=uid,
        email=f"{uid}@example.org",
        email_verified=True,
        name=uid,
        picture=None,
        phone=None,
        provider="password",
        auth_time=now,
        issued_at=now,
        expires_at=now + timedelta(hours=1),
    )


@dataclass
class Accounts(EmulatorTokenVerifier):
    """The accounts of one project; as a verifier it takes the tokens of that project alone."""

    host: str
    project: str = field(default_factory=lambda: f"demo-{secrets.token_hex(6)}")
    client: httpx2.AsyncClient = field(init=False)
    _tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.project)
        # A world has no end at which somebody would close a connection, so none is kept; the emulator has no TLS.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self.client = httpx2.AsyncClient(limits=limits, timeout=20, trust_env=False, verify=False)

    @property
    def directory(self) -> IdentityToolkit:
        # Beside a whole suite the emulator may take longer than Google would.
        url = f"http://{self.host}{TOOLKIT}"
        return IdentityToolkit(self.project, EmulatorRights(), url, answer_seconds=10, client=self.client)

    async def token(self, uid: str) -> str:
        """The token of somebody, who gets an account with the first one."""
        if uid not in self._tokens:
            claims = claims_of(uid)
            account = {"localId": uid, "displayName": uid, "email": claims.email, "emailVerified": True}
            url = f"http://{self.host}{TOOLKIT}/projects/{self.project}/accounts"
            answer = await self.client.post(url, json=account, headers=OWNER)
            if "DUPLICATE_LOCAL_ID" not in answer.text:  # two calls of one person at the same time
                answer.raise_for_status()
            self._tokens[uid] = unsigned(payload_of(claims, project_id=self.project))
        return self._tokens[uid]


class SignedInTransport(httpx2.ASGITransport):
    """Calls an app; where its people are in the emulator, a user id for a token becomes a token."""

    def __init__(self, app: FastAPI, **more: Any) -> None:
        super().__init__(app=app, **more)
        self.served = app

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        services = getattr(self.served.state, "services", None)
        accounts = getattr(services, "verifier", None)
        said = request.headers.get("authorization", "")
        if isinstance(accounts, Accounts) and said.startswith(BEARER) and (uid := said[len(BEARER) :]).isalnum():
            request.headers["authorization"] = BEARER + await accounts.token(uid)
        return await super().handle_async_request(request)
