"""Firebase Auth for real: sign-ins, roles, ends and deletions, with Google's own Auth emulator."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from app.core.security.emulator import EmulatorTokenVerifier
from app.core.security.tokens import TokenExpired, TokenRefused
from app.core.settings import Environment, IdentityKind, Misconfigured, Settings
from app.schemas.vocabulary import RoleId
from app.services import Services, opened
from tests.auth_emulator import PROJECT
from tests.firebase_client import FirebaseClient, SignedIn, unsigned
from tests.serving import client, serving


@dataclass
class Product:
    """The whole product, opened as in production but with the emulator for Firebase."""

    app: FastAPI
    services: Services

    def http(self, session: SignedIn) -> httpx2.AsyncClient:
        http = client(self.app)
        http.headers["Authorization"] = f"Bearer {session.token}"
        return http

    async def admin(self, firebase: FirebaseClient) -> SignedIn:
        session = await firebase.sign_up("admin")
        async with self.http(session) as http:
            await http.get("/users/me")
        await self.services.users.grant("test", session.uid, RoleId.ADMIN)
        return session


def firebase_settings(folder: Path, host: str, **more: Any) -> Settings:
    return Settings(
        data_dir=folder,
        identity=IdentityKind.FIREBASE,
        firebase_project_id=PROJECT,
        firebase_auth_emulator_host=host,
        standing_seconds=0,
        **more,
    )


@pytest.fixture
async def product(auth_host: str, tmp_path: Path) -> AsyncIterator[Product]:
    async with opened(firebase_settings(tmp_path, auth_host)) as services, serving(services) as app:
        yield Product(app, services)


async def me(product: Product, session: SignedIn) -> httpx2.Response:
    async with product.http(session) as http:
        return await http.get("/users/me")


# Signing in.


async def test_whoever_signs_up_with_firebase_is_somebody_here(product: Product, firebase: FirebaseClient) -> None:
    session = await firebase.sign_up("asha")

    found = (await me(product, session)).json()

    assert (found["uid"], found["email"]) == (session.uid, session.email)
    assert (found["anonymous"], found["role_id"]) == (False, "affected_individual")
    again = await firebase.sign_in(session.email)
    assert (await me(product, again)).json()["uid"] == session.uid


async def test_an_anonymous_sign_in_can_ask_for_help(product: Product, firebase: FirebaseClient) -> None:
    session = await firebase.anonymous()

    async with product.http(session) as http:
        assert (await http.get("/users/me")).json()["anonymous"] is True
        assert (await http.post("/requests", json={"description": "We need water"})).status_code == 201
        assert (await http.post("/users/register", json={"role_id": "volunteer"})).status_code == 403


async def test_a_number_that_was_signed_in_with_is_known(product: Product, firebase: FirebaseClient) -> None:
    session = await firebase.with_phone("+94771234567")

    found = (await me(product, session)).json()

    assert (found["phone"], found["email"], found["anonymous"]) == ("+94771234567", None, False)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"exp": 1_700_000_000}, "expired"),
        ({"aud": "another"}, "another project"),
        ({"iss": "https://securetoken.google.com/another"}, "another issuer"),
        ({"sub": ""}, "names no user"),
        ({"iat": 4_000_000_000}, "from the future"),
        ({"auth_time": None}, "no usable `auth_time`"),
    ],
)
async def test_what_the_emulator_would_let_pass_is_refused(
    product: Product, firebase: FirebaseClient, changes: dict[str, Any], says: str
) -> None:
    session = await firebase.sign_up()
    forged = SignedIn(session.uid, unsigned({**session.claims, **changes}), "")

    assert (await me(product, SignedIn(session.uid, unsigned(session.claims), ""))).status_code == 200
    refused = await me(product, forged)

    assert (refused.status_code, says in refused.json()["detail"]) == (401, True)


# Roles, and the claims that follow them.


async def test_the_role_that_is_given_and_taken_is_in_the_next_token(
    product: Product, firebase: FirebaseClient
) -> None:
    admin, helper = await product.admin(firebase), await firebase.sign_up("helper")
    await me(product, helper)
    assert "role" not in helper.claims

    for role in ("first_responder", "affected_individual"):
        async with product.http(admin) as http:
            answer = await http.patch(f"/users/{helper.uid}/role", json={"role_id": role})
            assert answer.status_code == 200
        await product.services.queue.drained()
        helper = await firebase.refreshed(helper)
        assert helper.claims["role"] == role
    assert (await firebase.refreshed(admin)).claims["role"] == "admin"


async def test_a_role_that_is_taken_oneself_is_told_too(product: Product, firebase: FirebaseClient) -> None:
    session = await firebase.sign_up()
    async with product.http(session) as http:
        await http.post("/users/register", json={"display_name": "Asha", "role_id": "volunteer"})
    await product.services.queue.drained()

    assert (await firebase.refreshed(session)).claims["role"] == "volunteer"


async def test_claims_of_others_stay_beside_the_role(product: Product, firebase: FirebaseClient) -> None:
    session = await firebase.sign_up()
    await me(product, session)
    await firebase.administer("update", localId=session.uid, customAttributes='{"district":"Ratnapura","role":"king"}')

    await product.services.users.grant("test", session.uid, RoleId.VOLUNTEER)
    await product.services.queue.drained()

    claims = (await firebase.refreshed(session)).claims
    assert (claims["district"], claims["role"]) == ("Ratnapura", "volunteer")


async def test_a_role_in_the_token_gives_nothing_here(product: Product, firebase: FirebaseClient) -> None:
    session = await firebase.sign_up()
    await firebase.administer("update", localId=session.uid, customAttributes='{"role":"admin"}')
    session = await firebase.refreshed(session)
    assert session.claims["role"] == "admin"

    async with product.http(session) as http:
        assert (await http.get("/users/me")).json()["role_id"] == "affected_individual"
        assert (await http.get("/audit")).status_code == 403


# The end of a sign-in.


async def test_a_sign_in_that_was_ended_decides_nothing_and_can_still_ask_for_help(
    product: Product, firebase: FirebaseClient
) -> None:
    admin = await product.admin(firebase)
    async with product.http(admin) as http:
        assert (await http.get("/audit")).status_code == 200
        # As `revokeRefreshTokens` does, a moment later.
        await firebase.administer("update", localId=admin.uid, validSince=str(int(time.time()) + 1))
        for method, path, body in SENSITIVE:
            refused = await http.request(method, path, json=body)
            assert (refused.status_code, "ended" in refused.json()["detail"]) == (401, True), path
        assert (await http.get("/users/me")).status_code == 200
        assert (await http.post("/requests", json={"description": "We need water"})).status_code == 201


SENSITIVE: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/audit", None),
    ("PATCH", "/users/nobody/role", {"role_id": "admin"}),
    ("PATCH", "/workflow-outputs/nothing", {"approval_status": "approved"}),
    ("GET", "/users/me/export", None),
    ("DELETE", "/users/me", None),
]


async def test_an_account_disabled_in_firebase_decides_nothing(product: Product, firebase: FirebaseClient) -> None:
    admin = await product.admin(firebase)
    await firebase.administer("update", localId=admin.uid, disableUser=True)
    async with product.http(admin) as http:
        for method, path, body in SENSITIVE[:-1]:
            refused = await http.request(method, path, json=body)
            assert (refused.status_code, "disabled" in refused.json()["detail"]) == (403, True), path

        await firebase.administer("update", localId=admin.uid, disableUser=False)
        assert (await http.get("/audit")).status_code == 200


async def test_an_account_deleted_in_firebase_decides_nothing_and_can_still_be_forgotten_here(
    product: Product, firebase: FirebaseClient
) -> None:
    admin, boss = await product.admin(firebase), await product.admin(firebase)
    await firebase.administer("delete", localId=admin.uid)
    async with product.http(admin) as http:
        assert (await http.get("/audit")).status_code == 401
        assert (await http.delete("/users/me")).status_code == 202
        await product.services.queue.drained()
    assert await product.services.users.users.find(admin.uid) is None
    assert await product.services.users.users.find(boss.uid) is not None


async def test_a_new_password_leaves_the_own_sign_in_as_it_is(product: Product, firebase: FirebaseClient) -> None:
    session = await firebase.sign_up()
    await me(product, session)

    session = await firebase.new_password(session, "battery staple")
    for one in (session, await firebase.refreshed(session)):
        async with product.http(one) as http:
            assert (await http.get("/users/me/export")).status_code == 200


async def test_who_is_disabled_here_gets_no_new_tokens_from_firebase(
    product: Product, firebase: FirebaseClient
) -> None:
    admin, other = await product.admin(firebase), await firebase.sign_up()
    await me(product, other)
    async with product.http(admin) as http:
        for disabled in (True, False):
            body = {"disabled": disabled, "reason": "False calls"}
            assert (await http.patch(f"/users/{other.uid}/access", json=body)).status_code == 200
            await product.services.queue.drained()
            found = await firebase.account(other.uid)
            assert found is not None
            assert found.get("disabled", False) is disabled


# Deletion.


async def test_whoever_deletes_their_account_is_gone_from_firebase_too(
    product: Product, firebase: FirebaseClient
) -> None:
    session = await firebase.sign_up()
    async with product.http(session) as http:
        await http.post("/users/register", json={"display_name": "Asha", "role_id": "volunteer"})
        answer = await http.delete("/users/me")
        assert "Your sign-in is deleted" in answer.text
        await product.services.queue.drained()

    assert await firebase.account(session.uid) is None
    assert await product.services.users.users.find(session.uid) is None
    with pytest.raises(httpx2.HTTPStatusError):
        await firebase.sign_in(session.email)


# Where its tokens are taken.


@pytest.mark.parametrize("environment", [Environment.PRODUCTION, Environment.EDGE])
def test_nothing_but_development_runs_with_unsigned_tokens(environment: Environment) -> None:
    settings = Settings(
        environment=environment,
        identity=IdentityKind.FIREBASE,
        firebase_project_id="resq",
        firebase_auth_emulator_host="127.0.0.1:9099",
        media_hosts=("*",),
        public_url="https://api.example.org",
    )

    with pytest.raises(Misconfigured, match="FIREBASE_AUTH_EMULATOR_HOST"):
        settings.check()


async def test_without_the_emulator_unsigned_tokens_are_refused(tmp_path: Path) -> None:
    now = int(time.time())
    claims = {"aud": PROJECT, "iss": f"https://securetoken.google.com/{PROJECT}", "sub": "asha"}
    token = unsigned({**claims, "iat": now, "auth_time": now, "exp": now + 3_600})
    assert (await EmulatorTokenVerifier(PROJECT).verify(token)).uid == "asha"

    async with opened(Settings(data_dir=tmp_path, firebase_project_id=PROJECT)) as services:
        with pytest.raises(TokenRefused, match="RS256"):
            await services.verifier.verify(token)


@pytest.mark.parametrize(
    "token",
    ["", "a.b.c", "..", "x" * 10_000, "W10.e30.", f"{unsigned({})}AAAA", unsigned({"sub": "asha"})],
)
async def test_what_is_no_token_of_the_emulator_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused):
        await EmulatorTokenVerifier(PROJECT).verify(token)


async def test_a_token_of_the_emulator_ends_with_its_hour() -> None:
    claims = {"aud": PROJECT, "iss": f"https://securetoken.google.com/{PROJECT}", "sub": "asha"}
    token = unsigned({**claims, "iat": 1_000, "auth_time": 1_000, "exp": 4_600})

    assert (await EmulatorTokenVerifier(PROJECT, clock=lambda: 4_609.0).verify(token)).uid == "asha"
    with pytest.raises(TokenExpired):
        await EmulatorTokenVerifier(PROJECT, clock=lambda: 4_610.0).verify(token)
