"""Refresh tokens: what they give, what ends them, and that none is stored."""

from datetime import timedelta

import httpx2
import pytest

from app.api.identity import TOKEN
from app.schemas.identity import GRANTS, IdentityRefused
from app.schemas.identity_wire import RefreshBody
from app.services.identity import LocalIdentity
from tests.identity.calls import EMAIL, PASSWORD, PROJECT, Hands, call, refreshed


async def test_a_refresh_token_gives_new_id_tokens_and_stays_the_same(
    client: httpx2.AsyncClient, identity: LocalIdentity, hands: Hands
) -> None:
    first = await call(client, "signUp", email=EMAIL, password=PASSWORD)
    hands.on(hours=30)

    answer = (await refreshed(client, first["refreshToken"])).json()

    claims = await identity.verifier.verify(answer["id_token"])
    assert claims.issued_at == hands.now
    assert claims.auth_time == hands.now - timedelta(hours=30)
    assert answer["refresh_token"] == first["refreshToken"]
    assert answer["access_token"] == answer["id_token"]
    assert (answer["user_id"], answer["project_id"], answer["expires_in"]) == (first["localId"], PROJECT, "3600")


async def test_a_refresh_token_may_come_as_json(client: httpx2.AsyncClient) -> None:
    first = await call(client, "signUp", email=EMAIL, password=PASSWORD)

    answer = await client.post(TOKEN, json={"grant_type": "refresh_token", "refresh_token": first["refreshToken"]})

    assert answer.json()["user_id"] == first["localId"]


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        ("application/x-www-form-urlencoded", b"", "INVALID_GRANT_TYPE"),
        ("application/x-www-form-urlencoded", b"grant_type=password", "INVALID_GRANT_TYPE"),
        ("application/x-www-form-urlencoded", b"grant_type=refresh_token", "INVALID_REFRESH_TOKEN"),
        (
            "application/x-www-form-urlencoded",
            b"grant_type=refresh_token&refresh_token=..%2Fx.y",
            "INVALID_REFRESH_TOKEN",
        ),
        ("application/x-www-form-urlencoded", b"\xff=\xfe", "INVALID_ARGUMENT"),
        ("application/x-www-form-urlencoded", b"a=1&" * 50, "INVALID_ARGUMENT"),
        ("application/json", b"", "INVALID_ARGUMENT"),
        ("application/json", b"[]", "INVALID_ARGUMENT"),
        ("application/json", b"[" * 20_000, "INVALID_ARGUMENT"),
        ("application/json", b'{"grant_type": 7}', "INVALID_ARGUMENT"),
        ("text/plain", b"hello", "INVALID_GRANT_TYPE"),
    ],
)
async def test_what_is_no_refresh_is_refused(
    client: httpx2.AsyncClient, content_type: str, body: bytes, message: str
) -> None:
    answer = await client.post(TOKEN, content=body, headers={"content-type": content_type})

    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


async def test_a_made_up_refresh_token_gives_nothing(client: httpx2.AsyncClient) -> None:
    account = await call(client, "signUp", email=EMAIL, password=PASSWORD)

    guess = await refreshed(client, f"{account['localId']}.{'A' * 43}")
    nobody = await refreshed(client, f"{'x' * 28}.{'A' * 43}")

    assert guess.json()["error"]["message"] == "TOKEN_EXPIRED"
    assert nobody.json()["error"]["message"] == "USER_NOT_FOUND"


async def test_neither_password_nor_refresh_token_is_stored(identity: LocalIdentity) -> None:
    session = await identity.sign_up(EMAIL, PASSWORD)

    stored = (await identity.accounts.get(session.account.id)).model_dump_json()
    assert PASSWORD not in stored
    assert session.refresh_token not in stored
    assert "$argon2id$" in stored


async def test_only_the_latest_sign_ins_of_an_account_go_on(identity: LocalIdentity) -> None:
    first = await identity.sign_up(EMAIL, PASSWORD)
    later = [await identity.sign_in(EMAIL, PASSWORD) for _ in range(GRANTS)]

    with pytest.raises(IdentityRefused, match="TOKEN_EXPIRED"):
        await identity.refresh(RefreshBody(grant_type="refresh_token", refresh_token=first.refresh_token))
    for session in later:
        await identity.refresh(RefreshBody(grant_type="refresh_token", refresh_token=session.refresh_token))
